"""WTForms fields out of definitions, so that a staff-defined field looks like every other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, StringField

from app.framework.console.fields import MoneyField
from app.kernel.forms.models import FieldDefinition
from app.kernel.forms.queries import categories_of, words_of

PREFIX = "answers."


class Marked:
    """Marks a required field; `validate_answers` is what checks."""

    field_flags = {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Refuse nothing."""


class AskedField(StringField):
    """A line of text; `required` and the kind of keyboard come from the definition."""


def extended(base: type[FlaskForm], definitions: Sequence[FieldDefinition], answers: Mapping[str, Any]) -> type[FlaskForm]:
    """A form class with a field `answers.<name>` for each definition, filled from stored answers. They only parse: `validate_answers` checks."""
    return type(base.__name__, (base,), {f"{PREFIX}{each.name}": _field(each, answers.get(each.name)) for each in definitions})


def by_category(form: FlaskForm, definitions: Sequence[FieldDefinition]) -> FlaskForm:
    """The form with each field of one category marked: pages show it while that one is chosen, without scripts they say whose it is."""
    for each in definitions:
        if each.category:
            field = form[f"{PREFIX}{each.name}"]
            field.category, field.category_label = each.category, categories_of(each.trade).get(each.category, each.category)
    return form


def typed_answers(form: FlaskForm, definitions: Sequence[FieldDefinition]) -> dict[str, Any]:
    """Name → what was typed, for `validate_answers`."""
    return {each.name: _typed(form[f"{PREFIX}{each.name}"]) for each in definitions}


def _typed(field: Field) -> Any:
    if isinstance(field, BooleanField):
        return bool(field.data)
    return field.raw_data[0] if field.raw_data else ""


def _field(definition: FieldDefinition, answer: Any) -> Field:
    marks = [Marked()] if definition.required else []
    words = {"label": words_of(definition), "description": definition.help, "default": answer, "validators": marks}
    if definition.kind == "boolean":
        return BooleanField(**words)
    if definition.kind == "choice":
        choices = [("", _("选一个")), *((each, each) for each in definition.choices)]
        return SelectField(choices=choices, validate_choice=False, **words)
    if definition.kind == "money":
        return MoneyField(**words)
    shape = {"date": {"type": "date"}, "phone": {"type": "tel", "inputmode": "tel"}, "number": {"inputmode": "decimal"}}.get(definition.kind, {})
    return AskedField(render_kw=shape, **words)
