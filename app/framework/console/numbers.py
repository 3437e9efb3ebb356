"""Every record by its number: whatever has a page and a number of its own is found by it, without its package saying so."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app
from sqlalchemy import String, inspect, literal, select, union_all

from app.core.actors import Actor
from app.extensions import db
from app.framework.console.find import Hit
from app.framework.console.page import may
from app.framework.console.seeing import hidden_names
from app.framework.console.view import ConsoleView

LONGEST_KEY = 18  # digits
NUMBER = re.compile(r"[A-Z]{1,4}[0-9][0-9A-Z-]{4,38}")


def find_numbered(text: str, actor: Actor) -> list[Hit]:
    """The records with that very number whose pages the reader may open, each by its index, in one statement; nothing for other words."""
    number = text.upper()
    views = [view for view in _numbered() if may(view, "show") and "number" not in hidden_names(view.name, actor.roles)]
    if not views or not NUMBER.fullmatch(number):
        return []
    asked = [statement for place, view in enumerate(views) if (statement := _with_number(place, view, number)) is not None]
    found = db.session.execute(union_all(*asked)) if asked else ()
    return [Hit(number, views[place].url("show", pk=key), views[place].singular or views[place].title, icon=views[place].icon) for place, key in found]


def _numbered() -> list[ConsoleView]:
    """The views of records that have a number which no other has, or are called by their key."""
    views = (each for each in current_app.extensions["appbuilder"].baseviews if isinstance(each, ConsoleView))
    return [view for view in views if view.key_prefix or _has_number(view)]


def _has_number(view: ConsoleView) -> bool:
    column = inspect(view.model).columns.get("number")
    return column is not None and bool(column.unique) and isinstance(column.type, String)


def _with_number(place: int, view: Any, number: str) -> Any:
    """Place and key of the view's record of that number; None where its records are called by their key and the number is none."""
    key = inspect(view.model).primary_key[0]
    digits = number.removeprefix(view.key_prefix)
    if view.key_prefix and (digits == number or not digits.isdecimal() or len(digits) > LONGEST_KEY):
        return None
    rows = select(literal(place), key).select_from(view.model).where(key == int(digits) if view.key_prefix else view.model.number == number)
    return rows if view.base is None else rows.where(type(view).base(view.model))
