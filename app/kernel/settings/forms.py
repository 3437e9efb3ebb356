"""The form that changes a setting."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.framework.console.fields import CountField, MoneyField, PercentField
from app.framework.settings import Setting
from app.kernel.settings.rules import UNITS, written

MUST = InputRequired(_l("填写数值"))


def setting_form(setting: Setting, **filled: Any) -> FlaskForm:
    """Value and reason; `filled` are values of a fresh form."""
    fields = {"value": _value_field(setting), "reason": StringField(_l("为什么改"), validators=[DataRequired(_l("写明原因")), Length(max=200)])}
    form: FlaskForm = type("SettingForm", (FlaskForm,), fields)(data=filled)
    return form


def _value_field(setting: Setting) -> Field:
    range_words = ""
    if setting.kind not in {"boolean", "text"} and setting.most is not None:
        range_words = _l("%(least)s 到 %(most)s", least=written(setting, setting.least or 0), most=written(setting, setting.most))
    if setting.kind == "boolean":
        return BooleanField(setting.label)
    if setting.kind == "text":
        return StringField(setting.label, validators=[Length(max=setting.most or 200)])
    if setting.kind == "money":
        return MoneyField(setting.label, description=range_words, validators=[MUST])
    if setting.kind == "percent":
        return PercentField(setting.label, description=range_words, validators=[MUST])
    return CountField(setting.label, unit=UNITS.get(setting.kind, setting.unit), description=range_words, validators=[MUST])
