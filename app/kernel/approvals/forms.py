"""What people type: newcomers, applicants, reviewers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.core.money import Ppm
from app.framework.console.fields import PercentField
from app.kernel.approvals.checks import FIELDS


class Later:
    """Marks a field as required in the end, though a draft may leave it empty: the operation says what is missing."""

    field_flags = {"required": True}

    def __call__(self, form: object, field: object) -> None:
        """Refuse nothing."""


def _must(label: object) -> DataRequired:
    return DataRequired(_l("填写%(label)s", label=label))


class JoinForm(FlaskForm):
    """A newcomer's beginning."""

    name = StringField(_l("店名"), description=_l("顾客看到的名字"), validators=[_must(_l("店名")), Length(max=60)])
    trade = SelectField(_l("行业"), validators=[_must(_l("行业"))])
    last_name = StringField(_l("姓"), validators=[_must(_l("姓")), Length(max=20)])
    first_name = StringField(_l("名"), validators=[_must(_l("名")), Length(max=20)])
    phone = StringField(
        _l("手机号"), validators=[_must(_l("手机号")), Regexp(r"^1[3-9][0-9]{9}$", message=_l("手机号不对：11 位数字，1 开头"))],
        render_kw={"type": "tel", "autocomplete": "tel-national"},
    )
    code = StringField(
        _l("短信验证码"), validators=[_must(_l("短信验证码")), Regexp(r"^[0-9]{6}$", message=_l("验证码是 6 位数字"))],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )
    username = StringField(
        _l("账号"), description=_l("登录用，定了不能改"),
        validators=[_must(_l("账号")), Length(min=3, max=64), Regexp(r"^[A-Za-z0-9_.-]+$", message=_l("账号用字母、数字、点、横线"))],
    )
    password = PasswordField(_l("密码"), description=_l("至少 10 个字符"), validators=[_must(_l("密码")), Length(max=128)])


class CompanyForm(FlaskForm):
    """The fixed part of an application; a draft may be half empty, so nothing is refused here."""

    category = SelectField(_l("业态"), description=_l("按主要经营的选；不同业态要填的不一样"), validators=[Later()], validate_choice=False)
    company = StringField(FIELDS["company"][0], validators=[Later()])
    credit_code = StringField(FIELDS["credit_code"][0], description=_l("执照上的 18 位代码"), validators=[Later()])
    legal_person = StringField(FIELDS["legal_person"][0], validators=[Later()])
    contact_name = StringField(FIELDS["contact_name"][0], validators=[Later()])
    contact_phone = StringField(FIELDS["contact_phone"][0], validators=[Later()], render_kw={"type": "tel"})
    address = StringField(FIELDS["address"][0], description=_l("和执照一致"), validators=[Later()])
    bank_name = StringField(FIELDS["bank_name"][0], validators=[Later()])
    bank_account = StringField(FIELDS["bank_account"][0], validators=[Later()], render_kw={"inputmode": "numeric"})


class PaperForm(FlaskForm):
    """A document of an application."""

    file = FileField(_l("文件"), validators=[InputRequired(_l("选择文件"))])
    number = StringField(_l("编号"), validators=[Length(max=40)])
    expires_on = DateField(_l("有效期至"), validators=[Optional()])


class RenewalForm(FlaskForm):
    """The successor of a document."""

    file = FileField(_l("新证照片或 PDF"), validators=[InputRequired(_l("选择文件"))])
    number = StringField(_l("编号"), description=_l("和旧证一样可以不填"), validators=[Length(max=40)])
    expires_on = DateField(_l("有效期至"), validators=[Optional()])


class ReasonForm(FlaskForm):
    """A sentence of the library."""

    sentence = StringField(_l("理由"), description=_l("申请人会看到，写清楚怎么改"), validators=[_must(_l("理由")), Length(max=120)])
    sentence_en = StringField(_l("英文"), validators=[Length(max=200)])
    kind = SelectField(_l("用在"))
    position = IntegerField(_l("排在第几"), default=0, validators=[NumberRange(min=0, max=999)])
    active = BooleanField(_l("启用"), default=True)


class PolicyForm(FlaskForm):
    """A review policy."""

    kind = SelectField(_l("类别"), validators=[_must(_l("类别"))])
    mode = SelectField(_l("送审范围"), validators=[_must(_l("送审范围"))])
    minutes = IntegerField(_l("承诺几分钟内"), default=120, validators=[NumberRange(min=5, max=10_080)])
    young_days = IntegerField(_l("新商户指几天内"), default=30, validators=[NumberRange(min=0, max=365)])
    sample_ppm = PercentField(_l("通过后抽查"), default=Ppm(50_000), validators=[InputRequired(_l("填写比例，不抽查填 0"))])
    words = TextAreaField(_l("另加的风险词"), description=_l("用空格或换行隔开"), validators=[Length(max=2000)])


class DemandChangeForm(FlaskForm):
    """What may change about a demanded document."""

    label_zh = StringField(_l("中文名称"), validators=[_must(_l("中文名称")), Length(max=40)])
    label_en = StringField(_l("英文名称"), validators=[Length(max=80)])
    many = IntegerField(_l("最多几张"), default=1, validators=[NumberRange(min=1, max=9)])
    position = IntegerField(_l("排在第几"), default=0, validators=[NumberRange(min=0, max=999)])
    required = BooleanField(_l("必交"), default=True)
    expires = BooleanField(_l("有有效期，到期要换"))
    active = BooleanField(_l("启用"), default=True)


class DemandForm(DemandChangeForm):
    """One more document to demand."""

    trade = SelectField(_l("行业"), validators=[_must(_l("行业"))])
    kind = StringField(_l("代码"), description=_l("定了不能改，例如 fire_permit"), validators=[_must(_l("代码")), Length(max=40)])
