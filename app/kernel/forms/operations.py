"""Define fields; check answers against them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import save
from app.kernel.audit.operations import append, differences
from app.kernel.forms.models import FieldDefinition
from app.kernel.forms.queries import categories_of, fields_of, words_of
from app.kernel.forms.rules import EMPTY, NotAnAnswerError, stored_answer

CHANGEABLE = ("category", "label_zh", "label_en", "required", "choices", "help", "position", "active")


class FieldNameTaken(Refusal):
    """The form has a field of that name."""

    code = "form.name_taken"
    status = 409
    sentence = _l("这张表已有字段“%(name)s”，换一个名称")


class FieldNeedsChoices(Refusal):
    """A field of kind choice without anything to choose."""

    code = "form.needs_choices"
    status = 422
    sentence = _l("选项字段至少要写一个选项，一行一个")


class CategoryOfOtherTrade(Refusal):
    """The category is none of the trade whose form it is."""

    code = "form.category"
    status = 422
    sentence = _l("这张表没有这个业态，选它自己的")


class BadFieldName(Refusal):
    """The key is no plain word."""

    code = "form.bad_name"
    status = 422
    sentence = _l("字段名用小写字母开头，只含小写字母、数字、下划线，最多 40 个")


def define_field(
    form: str, name: str, *, kind: str, label_zh: str, label_en: str = "", required: bool = False, choices: list[str] | None = None,
    help: str = "", position: int = 0, active: bool = True, category: str = "", actor: Actor, now: datetime,
) -> FieldDefinition:
    """A new field of the form `<trade>.<purpose>`, asked from the next submission on: of everybody, or of one `category` of the trade.

    Raises BadFieldName, FieldNameTaken, FieldNeedsChoices, CategoryOfOtherTrade.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise BadFieldName(field="name")
    if db.session.scalars(select(FieldDefinition.id).where(FieldDefinition.form == form, FieldDefinition.name == name)).first():
        raise FieldNameTaken(field="name", name=name)
    _check_category(form, category)
    kept = _choices(kind, choices)
    field = save(FieldDefinition(
        trade=form.partition(".")[0], form=form, category=category, name=name, kind=kind, label_zh=label_zh, label_en=label_en, required=required, choices=kept,
        help=help, position=position, active=active, created_at=now, updated_at=now,
    ))
    append("field.defined", field, actor=actor, now=now)
    return field


def change_field(field: FieldDefinition, *, actor: Actor, now: datetime, **values: Any) -> FieldDefinition:
    """Other words, choices, order, or no longer asked. Name, form and kind stay: answers are kept under them."""
    _check_category(field.form, values.get("category", field.category))
    before = {name: getattr(field, name) for name in CHANGEABLE}
    if "choices" in values:
        values["choices"] = _choices(field.kind, values["choices"])
    for name in CHANGEABLE:
        if name in values:
            setattr(field, name, values[name])
    append("field.changed", field, actor=actor, now=now, changes=differences(before, {name: getattr(field, name) for name in CHANGEABLE}))
    return field


def _check_category(form: str, category: str) -> None:
    if category and category not in categories_of(form.partition(".")[0]):
        raise CategoryOfOtherTrade(field="category")


def _choices(kind: str, choices: list[str] | None) -> list[str]:
    kept = list(dict.fromkeys(each.strip() for each in choices or [] if each.strip())) if kind == "choice" else []
    if kind == "choice" and not kept:
        raise FieldNeedsChoices(field="choices")
    return kept


def validate_answers(
    form: str, answers: Mapping[str, Any], *, whole: bool = True, prefix: str = "answers.", category: str | None = None,
) -> dict[str, Any]:
    """The answers as they are stored. Raises Invalid with every field at fault, named `<prefix><name>`; unknown fields are refused,
    and with a `category` those of other ones are unknown.

    With `whole` False required fields may be missing: a draft is kept as far as it goes.
    """
    definitions = fields_of(form, category=category)
    known = {each.name for each in definitions}
    errors = [_error(f"{prefix}{name}", "unknown", str(_l("没有这个字段"))) for name in sorted({*answers} - known)]
    stored: dict[str, Any] = {}
    for each in definitions:
        value = answers.get(each.name)
        if value in EMPTY or (each.kind == "boolean" and each.required and value is False):
            if each.required and whole:
                errors.append(_error(f"{prefix}{each.name}", "required", str(_l("填写%(label)s", label=words_of(each)))))
            continue
        try:
            stored[each.name] = stored_answer(each.kind, each.choices, value)
        except NotAnAnswerError as refused:
            errors.append(_error(f"{prefix}{each.name}", "invalid", str(refused)))
    if errors:
        raise Invalid(errors=errors)
    return stored


def _error(field: str, code: str, message: str) -> dict[str, Any]:
    return {"field": field, "code": code, "message": message}
