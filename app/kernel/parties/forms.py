"""What people type when they sign in or manage people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.kernel.parties.roles import MERCHANT_ROLES


class SignInForm(FlaskForm):
    """Name and password."""

    username = StringField(_l("账号"), validators=[DataRequired(_l("填写账号")), Length(max=64)])
    password = PasswordField(_l("密码"), validators=[DataRequired(_l("填写密码")), Length(max=128)])


class SecondFactorForm(FlaskForm):
    """Six digits of the authenticator."""

    code = StringField(_l("六位验证码"), validators=[DataRequired(_l("填写验证码")), Length(max=8)])


class ChangePasswordForm(FlaskForm):
    """The old password and the new one twice."""

    old = PasswordField(_l("现在的密码"), validators=[DataRequired(_l("填写现在的密码")), Length(max=128)])
    password = PasswordField(_l("新密码"), validators=[DataRequired(_l("填写新密码")), Length(max=128)])


class MemberForm(FlaskForm):
    """A new member of a merchant."""

    last_name = StringField(_l("姓"), validators=[DataRequired(_l("填写姓")), Length(max=20)])
    first_name = StringField(_l("名"), validators=[DataRequired(_l("填写名")), Length(max=20)])
    username = StringField(_l("账号"), validators=[DataRequired(_l("填写账号")), Length(min=3, max=64)])
    password = PasswordField(_l("初始密码"), validators=[DataRequired(_l("填写初始密码")), Length(max=128)])
    role = SelectField(_l("角色"), choices=[(role.name, role.label) for role in MERCHANT_ROLES])


class MemberChangeForm(FlaskForm):
    """Another role, or no access."""

    role = SelectField(_l("角色"), choices=[(role.name, role.label) for role in MERCHANT_ROLES])
    active = BooleanField(_l("可以登录"))
