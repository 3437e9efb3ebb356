"""Pages with columns, what of them may be hidden from a role, and the rules as every page asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.framework.console.rights import ADMIN
from app.framework.console.seeing import Rules
from app.framework.console.view import ConsoleView
from app.framework.opening import at_opening, read_at_opening
from app.kernel.visibility.models import VisibilityRule, names_in

read_at_opening("visibility", "(SELECT jsonb_agg(jsonb_build_array(page, role, hidden)) FROM visibility_rule)")

READING = ("can_list", "can_show")


def rules() -> Rules:
    """View → role → hidden names."""
    found: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    opened = at_opening("visibility")
    stored: Iterable[Any] = (opened[0] or ()) if opened else db.session.execute(select(VisibilityRule.page, VisibilityRule.role, VisibilityRule.hidden))
    for page, role, hidden in stored:
        found[page][role] = names_in(hidden)
    return found


def pages() -> dict[str, ConsoleView]:
    """Name → console view, for those that a role other than Admin may read."""
    views = (view for view in current_app.extensions["appbuilder"].baseviews if isinstance(view, ConsoleView))
    return {view.name: view for view in views if roles_of(view.name)}


def roles_of(page: str) -> dict[str, Any]:
    """Name → words of the roles that may read the page; Admin sees everything and is none of them."""
    rights = current_app.extensions["console"].rights
    return {role: words for role, words in rights.roles.items() if role != ADMIN and any(rights.allow([role], right, page) for right in READING)}


def hideable(view: ConsoleView, role: str) -> dict[str, Any]:
    """Name → words of what may be hidden from the role: not the column that leads to the record, its state, what the role types into
    its form, or an amount that the role confirms."""
    kept = {"status"} | {column.name for column in view.list_columns if column.link} | _typed(view, role) | _confirmed(view, role)
    columns = {column.name: column.label for column in (*view.list_columns, *view.facts)}
    sections = {section.key: section.title for section in view.sections if section.key}
    return {name: words for name, words in {**columns, **sections}.items() if name not in kept}


def words_of(hidden: Iterable[str]) -> str:
    """Stored names (`page:name`) as the page calls them."""
    found = []
    for each in hidden:
        page, _colon, name = each.partition(":")
        view = pages().get(page)
        titles = {section.key: section.title for section in view.sections} if view else {}
        found.append(str(titles.get(name) or (view.label_of_column(name) if view else name)))
    return "、".join(found)


def _typed(view: ConsoleView, role: str) -> set[str]:
    rights = current_app.extensions["console"].rights
    if view.form is None or not any(rights.allow([role], right, view.name) for right in ("can_add", "can_edit")):
        return set()
    return {name for name in dir(view.form) if hasattr(getattr(view.form, name), "field_class")}


def _confirmed(view: ConsoleView, role: str) -> set[str]:
    rights = current_app.extensions["console"].rights
    return {move.confirm_amount for move in view.moves() if move.confirm_amount and rights.allow([role], f"can_{move.name}", view.name)}
