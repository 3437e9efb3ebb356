"""Reads of staff-defined fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.extensions import db
from app.framework.manifest import Manifest
from app.kernel.forms.models import FieldDefinition
from app.kernel.forms.rules import shown_answer


def categories_of(trade: str) -> dict[str, Any]:
    """Name → words of the categories that a trade tells apart."""
    manifests: list[Manifest] = current_app.extensions["manifests"]
    return {each.name: each.label for manifest in manifests if manifest.name == trade for each in manifest.categories}


def category_in_words(name: str) -> Any:
    """The words of a category wherever it belongs; everybody for none."""
    manifests: list[Manifest] = current_app.extensions["manifests"]
    labels = {each.name: each.label for manifest in manifests for each in manifest.categories}
    return labels.get(name, name) or _l("都要填")


def fields_of(form: str, *, active: bool = True, category: str | None = None) -> list[FieldDefinition]:
    """The fields that staff defined for a form, in order; with `active` False also those taken away, with a `category` (also the empty
    one) only those that it answers."""
    statement = select(FieldDefinition).where(FieldDefinition.form == form).order_by(FieldDefinition.position, FieldDefinition.id)
    if category is not None:
        statement = statement.where(FieldDefinition.category.in_(("", category)))
    return list(db.session.scalars(statement.where(FieldDefinition.active) if active else statement))


def words_of(definition: FieldDefinition) -> str:
    """The label in the reader's language; Chinese where there is no English."""
    return definition.label_en if str(get_locale() or "zh").startswith("en") and definition.label_en else definition.label_zh


def answers_in_words(form: str, answers: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, label, answer in words) of what was answered, in the order of the form; fields taken away later stay readable."""
    return [
        (each.name, words_of(each), shown_answer(each.kind, answers[each.name]))
        for each in fields_of(form, active=False) if answers.get(each.name) not in (None, "")
    ]
