"""Who sees what: the columns, facts, sections, and filters of a view that are left to a reader.

Which names a role does not see is registered by the package that keeps the rules; without one everybody sees everything. What a
hidden column would tell goes with it: its filter, its sort, its total, the search over it, and its lines in the timeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, g

from app.framework.console.columns import Column, Section, TimelineItem
from app.framework.console.filters import Filter
from app.framework.console.rights import ADMIN, IN_TRADE
from app.framework.opening import forget_opening

Rules = Mapping[str, Mapping[str, frozenset[str]]]

ONE_MERCHANT = frozenset({"merchant.name"})  # what says nothing to a member, whose rows are all of the same merchant

_read: list[Callable[[], Rules]] = []


def hide_with(read: Callable[[], Rules]) -> None:
    """Register who says which names (view name → role → names) are hidden; the last registration counts."""
    _read[:] = [read]


def forget_rules() -> None:
    """Read the rules again in this request: they were changed in it."""
    forget_opening()
    g.pop("hidden_names", None)


def hidden_names(view: str, roles: Iterable[str]) -> frozenset[str]:
    """The names of the view that none of the roles sees; nothing is hidden from Admin. Rules are read once a request."""
    if not _read:
        return frozenset()
    if "hidden_names" not in g:
        g.hidden_names = _read[0]()
    rules, held = g.hidden_names.get(view), frozenset(roles)
    if not rules or ADMIN in held:
        return frozenset()
    rights = current_app.extensions["console"].rights
    readers = [role for role in held if any(rights.allow([role], right, view) for right in ("can_list", "can_show"))]
    return frozenset.intersection(*(rules.get(role, frozenset()) for role in readers)) if readers else frozenset()


@dataclass(frozen=True)
class Seen:
    """What a reader sees of a view."""

    list_columns: tuple[Column, ...]
    facts: tuple[Column, ...]
    sections: tuple[Section, ...]
    filters: tuple[Filter, ...]
    search_columns: tuple[str, ...]
    hidden: frozenset[str]
    passed: frozenset[str] = frozenset()  # columns whose filters all rows of the reader pass: they hold, and are not offered

    def of_one_merchant(self, roles: Iterable[str]) -> Seen:
        """The same without the column that would name one's own merchant in every row; filters that all rows pass are not offered."""
        several = sum(role.startswith(IN_TRADE) for role in roles) > 1
        return replace(self, list_columns=_left(self.list_columns, ONE_MERCHANT), passed=frozenset({"merchant_id"} if several else {"merchant_id", "trade"}))

    def told(self, item: TimelineItem) -> TimelineItem:
        """An act of the timeline without the fields that are hidden."""
        if not self.hidden & set(item.changes):
            return item
        return replace(
            item, differences=tuple(each for each in item.differences if each.field not in self.hidden),
            changes={name: values for name, values in item.changes.items() if name not in self.hidden},
        )


def seen_of(view: Any, hidden: frozenset[str]) -> Seen:
    """The view without the hidden names."""
    if not hidden:
        return Seen(view.list_columns, view.facts, view.sections, view.filters, view.search_columns, hidden)
    stored = hidden | {f"{name.partition('.')[0]}_id" for name in hidden if "." in name}
    return Seen(
        _left(view.list_columns, hidden), _left(view.facts, hidden), tuple(each for each in view.sections if each.key not in hidden),
        tuple(each for each in view.filters if each.column not in stored), tuple(each for each in view.search_columns if each not in hidden), hidden,
    )


def _left(columns: tuple[Column, ...], hidden: frozenset[str]) -> tuple[Column, ...]:
    """The column that leads to the record is never left out."""
    return tuple(replace(each, sub=None) if each.sub in hidden else each for each in columns if each.link or each.name not in hidden)
