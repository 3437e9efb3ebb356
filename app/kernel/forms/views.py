"""The console page where staff define fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange

from app.core.actors import Actor
from app.framework.console.columns import Column, Section
from app.framework.console.filters import ChoiceFilter
from app.framework.console.view import ConsoleView
from app.kernel.forms.fields import PREFIX, extended
from app.kernel.forms.models import KINDS, FieldDefinition
from app.kernel.forms.operations import change_field, define_field
from app.kernel.forms.queries import categories_of, category_in_words, fields_of

NAMED = (DataRequired(_l("填写字段名")), Length(max=40))


class Place:
    """Where a field stands and what it holds: said once, before everything else."""

    form = SelectField(_l("用在哪张表"), validators=[DataRequired(_l("选一张表"))])
    kind = SelectField(_l("类型"), choices=list(KINDS.items()), validators=[DataRequired(_l("选一个类型"))])
    name = StringField(_l("字段名"), description=_l("存答案用，定了不能改，例如 kitchen_area"), validators=NAMED)


class FieldChangeForm(FlaskForm):
    """What may change about a field."""

    category = SelectField(_l("哪种业态要填"), default="", description=_l("不选就是都要填"))
    label_zh = StringField(_l("中文名称"), validators=[DataRequired(_l("填写中文名称")), Length(max=40)])
    label_en = StringField(_l("英文名称"), validators=[Length(max=80)])
    choices = TextAreaField(_l("选项"), description=_l("只用于选项字段，一行一个"), validators=[Length(max=2000)])
    help = StringField(_l("填写说明"), validators=[Length(max=200)])
    position = IntegerField(_l("排在第几"), default=0, validators=[NumberRange(min=0, max=999)])
    required = BooleanField(_l("必填"))
    active = BooleanField(_l("启用"), default=True)


class FieldForm(Place, FieldChangeForm):
    """A new field."""


def known_forms() -> list[tuple[str, str]]:
    """(name, words) of the forms that take fields of staff: the application of each trade that asks for documents."""
    manifests = current_app.extensions["manifests"]
    return [(f"{each.name}.application", f"{each.title} · {_l('入驻申请')}") for each in manifests if each.documents]


def _form_words(field: FieldDefinition) -> str:
    """The form in words; its name when its trade is switched off."""
    return dict(known_forms()).get(field.form, field.form)


def _categories(trades: Iterable[str]) -> list[tuple[str, Any]]:
    """(name, words) of the categories of these trades, after everybody."""
    return [("", category_in_words("")), *(pair for trade in trades for pair in categories_of(trade).items())]


def _lines(text: str | None) -> list[str]:
    return (text or "").splitlines()


def _define(*, actor: Actor, now: datetime, form: str, name: str, choices: str, **values: Any) -> FieldDefinition:
    return define_field(form, name, choices=_lines(choices), actor=actor, now=now, **values)


def _change(record: FieldDefinition, *, actor: Actor, now: datetime, choices: str, **values: Any) -> FieldDefinition:
    return change_field(record, choices=_lines(choices), actor=actor, now=now, **values)


def _preview(record: FieldDefinition) -> dict[str, Any]:
    """The form as an applicant of the field's category sees it, with this field in its place."""
    definitions = fields_of(record.form, category=record.category)
    form = extended(FlaskForm, definitions, {})(meta={"csrf": False})
    return {"fields": [form[f"{PREFIX}{each.name}"] for each in definitions]}


class FieldView(ConsoleView):
    """Fields that staff added to forms."""

    name = "forms.fields"
    route_base = "/form-fields"
    model = FieldDefinition
    title = _l("自定义字段")
    singular = _l("字段")
    measure = _l("个")
    icon = "list"
    order = "position"
    search_columns = ("label_zh", "name")
    search_hint = _l("名称")
    form_note = _l("入驻申请里除了固定资料，还要申请人填什么。改了以后，下一次提交生效。")
    list_columns = (
        Column("label_zh", _l("名称"), link=True, sub="name"),
        Column("form", _l("用在哪张表"), value=_form_words),
        Column("category", _l("哪种业态要填"), value=lambda field: category_in_words(field.category)),
        Column("kind", _l("类型"), kind="choice", choices=KINDS),
        Column("required", _l("必填"), kind="flag"),
        Column("position", _l("排在第几"), kind="count", sort=True, edit=True),
        Column("active", _l("启用"), kind="flag"),
    )
    facts = (
        Column("form", _l("用在哪张表"), value=_form_words), Column("category", _l("哪种业态要填"), value=lambda field: category_in_words(field.category)),
        Column("name", _l("字段名")), Column("kind", _l("类型"), kind="choice", choices=KINDS),
        Column("label_en", _l("英文名称")), Column("required", _l("必填"), kind="flag"), Column("active", _l("启用"), kind="flag"),
        Column("choices", _l("选项"), value=lambda field: "、".join(field.choices) or "—"), Column("help", _l("填写说明"), wide=True),
    )
    filters = (ChoiceFilter("form", choices=lambda: dict(known_forms())), ChoiceFilter("kind", choices=KINDS))
    sections = (Section(_l("申请人看到的样子"), template="forms/preview.html", context=_preview, note=_l("预览")),)
    create = staticmethod(_define)
    update = staticmethod(_change)
    revisable = True
    form = FieldForm
    exports = False

    def present(self, record: Any, name: str) -> Any:
        """Choices as the form writes them, a line each."""
        return "\n".join(record.choices) if name == "choices" else super().present(record, name)

    def make_form(self, record: Any = None) -> FlaskForm:
        """Name, form and kind are asked once."""
        if record is not None:
            form: FlaskForm = FieldChangeForm(obj=record)
            form["category"].choices = _categories([record.trade])
            if not form.is_submitted():
                form["choices"].data = "\n".join(record.choices)
            return form
        form = FieldForm()
        form["form"].choices = known_forms()
        form["category"].choices = _categories(name.partition(".")[0] for name, _words in known_forms())
        return form
