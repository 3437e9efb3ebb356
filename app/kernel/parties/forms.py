"""What people type when they sign in or manage people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from app.kernel.parties.operations.viewing import MINUTES, lengths
from app.kernel.parties.roles import MERCHANT_ROLES, PLATFORM_ROLES


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


class InviteForm(FlaskForm):
    """A person who shall have an account."""

    last_name = StringField(_l("姓"), validators=[DataRequired(_l("填写姓")), Length(max=20)])
    first_name = StringField(_l("名"), validators=[DataRequired(_l("填写名")), Length(max=20)])
    username = StringField(_l("账号"), validators=[
        DataRequired(_l("填写账号")), Length(min=3, max=64), Regexp(r"[A-Za-z0-9._@-]+\Z", message=_l("账号用字母、数字和 . _ @ -")),
    ])
    phone = StringField(
        _l("手机"), validators=[Length(max=11)], description=_l("填了就把链接用短信发过去；不填就复制链接发给对方"),
        filters=[lambda text: (text or "").strip()], render_kw={"inputmode": "tel", "data-sensitive": "yes"},
    )


class MemberInviteForm(InviteForm):
    """A member, who has one role."""

    role = RadioField(_l("角色"), choices=[(role.name, role.label) for role in MERCHANT_ROLES], validators=[InputRequired(_l("选择角色"))])


class StaffInviteForm(InviteForm):
    """Staff, who may have several roles."""

    roles = SelectMultipleField(_l("角色"), choices=[(role.name, role.label) for role in PLATFORM_ROLES], validators=[DataRequired(_l("至少选一个角色"))])


class MemberChangeForm(FlaskForm):
    """Another role, or no access."""

    role = RadioField(_l("角色"), choices=[(role.name, role.label) for role in MERCHANT_ROLES], validators=[InputRequired(_l("选择角色"))])
    active = BooleanField(_l("可以登录"))


class StaffChangeForm(FlaskForm):
    """Other roles, or no access."""

    roles = SelectMultipleField(_l("角色"), choices=[(role.name, role.label) for role in PLATFORM_ROLES], validators=[DataRequired(_l("至少选一个角色"))])
    active = BooleanField(_l("可以登录"))


class ReasonForm(FlaskForm):
    """Why."""

    reason = StringField(_l("原因"), validators=[DataRequired(_l("填写原因")), Length(max=200)])


class ViewAsForm(ReasonForm):
    """Why, and for how long."""

    minutes = RadioField(
        _l("多久"), coerce=int, default=MINUTES[0], validators=[InputRequired()],
        choices=lambda: [(each, _l("%(count)s 分钟", count=each)) for each in lengths()],
    )


class NewPasswordForm(FlaskForm):
    """The first password of an account."""

    password = PasswordField(_l("设置密码"), validators=[DataRequired(_l("设置密码")), Length(max=128)], description=_l("至少 10 个字符，不含账号名"))
