"""One page of a list: what the URL asks for, checked against what the view offers, and the two queries that answer it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, Subquery, and_, func, inspect, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.util import find_tables

from app.core.errors import Invalid
from app.extensions import db
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import Filter, escaped
from app.framework.database import plan_for_values

COUNT_UP_TO = 10_000
TAB_COUNT_UP_TO = 999  # each tab is counted on each page, so only as far as a glance tells more from less
SIZES = (25, 50, 100)
EVERYTHING = "all"  # `view=all`: the whole list, where a saved view would open by itself


class BadAddress(Invalid):
    """The list's address asks for something that the list does not have: a sort column, a tab, a page size, a position."""

    code = "list.bad_address"
    sentence = _l("地址里的“%(name)s=%(value)s”不对，去掉它再打开")


@dataclass
class Rows:
    """The records of a page, and the addresses of the pages beside it."""

    records: list[Any]
    next: str | None = None
    previous: str | None = None


@dataclass
class Summary:
    """How many rows the filter finds, up to 10,000; sums in fen unless there are more; counts of the tabs."""

    count: int
    capped: bool
    totals: list[tuple[Column, int]] = field(default_factory=list)
    tabs: dict[str, int] = field(default_factory=dict)


class Listing:
    """The state of a list, read from `args`; raises Invalid for anything that the view does not offer."""

    def __init__(self, view: Any, args: Mapping[str, str], chosen: Sequence[str] = ()) -> None:
        """Read and check everything but the position. `chosen` are the columns that the reader last chose, for an address without any."""
        self.view, self.args, self.model, self.seen = view, args, view.model, view.seen()
        self.key = inspect(self.model).get_property_by_column(inspect(self.model).primary_key[0]).key
        self.text = args.get("q", "").strip()[:80].replace("\x00", "")
        self.tab = self._tab(args.get("view", ""))
        self.size = self._size(args.get("size", ""))
        self.columns = self._chosen_columns(args.get("columns", ""), chosen)
        self.sort, self.descending = self._order(args.get("sort", "") or self._first_order())
        self.filters = [(each, args[each.name]) for each in self.seen.filters if args.get(each.name)]
        self._conditions = [each.condition(self.model, value) for each, value in self.filters]

    # ---- what the URL asks for ---------------------------------------------------------------------------------------

    def _tab(self, name: str) -> Tab | None:
        if name in {"", EVERYTHING}:
            return None
        found = next((tab for tab in self.view.tabs if tab.name == name), None)
        if found is None:
            raise BadAddress(name="view", value=name[:40])
        return found

    def _size(self, text: str) -> int:
        if text and text not in map(str, SIZES):
            raise BadAddress(name="size", value=text[:40])
        return int(text or self.view.page_size)

    def _chosen_columns(self, text: str, chosen: Sequence[str]) -> tuple[Column, ...]:
        """The columns that the address names, or else those of `chosen` that still exist, or else the list's own. The column that
        leads to the record is always among them."""
        offered = {column.name: column for column in self.seen.list_columns}
        names = [name for name in text.split(",") if name]
        unknown = next((name for name in names if name not in offered), None)
        if unknown is not None:
            raise BadAddress(name="columns", value=unknown[:40])
        names = names or [name for name in chosen if name in offered]
        if not names:
            return tuple(offered.values())
        links = [name for name, column in offered.items() if column.link and name not in names]
        return tuple(offered[name] for name in dict.fromkeys([*links, *names]))

    @property
    def customised(self) -> bool:
        """True when the columns are not the list's own."""
        return self.columns != self.seen.list_columns

    def _order(self, text: str) -> tuple[str, bool]:
        name = text.removeprefix("-")
        offered = {column.name for column in self.seen.list_columns if column.sort} | {self.view.order.removeprefix("-")} - self.seen.hidden | {self.key}
        if name not in offered:
            raise BadAddress(name="sort", value=text[:40])
        return name, text.startswith("-")

    def _first_order(self) -> str:
        """The view's own order; by age where that would tell a hidden column."""
        order: str = self.view.order
        return f"-{self.key}" if order.removeprefix("-") in self.seen.hidden else order

    @property
    def narrowed(self) -> bool:
        """True when a search or filter is in use: an empty list then means no result, not nothing yet."""
        return bool(self.text or self.filters or self.tab)

    def url(self, **changes: Any) -> str:
        """This list's address with changes; None takes a part away, and the position starts anew unless it is given."""
        kept = {name: value for name, value in self.args.items() if name not in {"after", "before", "_l_"}}
        kept.update(changes)
        return url_for(f"{self.view.endpoint}.list", **{name: value for name, value in kept.items() if value not in (None, "")})

    def sort_url(self, column: Column) -> str:
        """The address that sorts by `column`; the other way round when it is sorted by it."""
        return self.url(sort=f"{'' if self.descending else '-'}{column.name}" if self.sort == column.name else f"-{column.name}")

    # ---- queries -----------------------------------------------------------------------------------------------------

    def conditions(self) -> list[ColumnElement[bool]]:
        """All conditions of this list but the position."""
        found = [*self._base(), *self._conditions]
        if self.tab:
            found += self._of_tab(self.tab)
        if self.text and self.seen.search_columns:
            like = f"%{escaped(self.text)}%"
            found.append(or_(*(getattr(self.model, name).ilike(like, escape="\\") for name in self.seen.search_columns)))
        return found

    def _base(self) -> list[ColumnElement[bool]]:
        return [type(self.view).base(self.model)] if self.view.base else []

    def _of_tab(self, tab: Tab) -> list[ColumnElement[bool]]:
        found = [
            getattr(self.model, name).in_(value) if isinstance(value, (tuple, frozenset, set, list)) else getattr(self.model, name) == value
            for name, value in tab.criteria
        ]
        return found + ([tab.where(self.model)] if tab.where else [])

    def statement(self) -> Select[Any]:
        """All rows of the filter, with the relationships that the columns name, in no order yet."""
        return select(self.model).where(*self.conditions()).options(*eager(self.model, self.seen.list_columns))

    def rows(self) -> Rows:
        """The page at the position in the URL. One query, planned for its own values."""
        plan_for_values()
        after, before = self.args.get("after"), self.args.get("before")
        backwards = before is not None
        statement = self._ordered(self.statement(), backwards)
        if after or before:
            statement = statement.where(self._beyond(self.position(after or before or ""), backwards))
        records = list(db.session.scalars(statement.limit(self.size + 1)).unique())
        more, records = len(records) > self.size, records[: self.size]
        if backwards:
            records.reverse()
        has_next, has_previous = (True, more) if backwards else (more, bool(after))
        return Rows(
            records,
            next=self.url(after=self.cursor_at(self.position_of(records[-1]))) if has_next and records else None,
            previous=self.url(before=self.cursor_at(self.position_of(records[0]))) if has_previous and records else None,
        )

    def summary(self) -> Summary:
        """Count, sums, and tab counts. One query, which looks at 10,001 rows at most, and at 1,000 for a tab."""
        summed = [column for column in self.seen.list_columns if column.total]
        found = self._counted(self.conditions(), [column.name for column in summed], COUNT_UP_TO)
        columns = [func.count(), *(func.sum(found.c[column.name]) for column in summed)]
        tabs = [self._tab_count(tab) for tab in self.view.tabs]
        row = db.session.execute(select(*columns, *tabs).select_from(found)).one()
        count, capped = min(row[0], COUNT_UP_TO), row[0] > COUNT_UP_TO
        totals = [] if capped else [(column, int(row[1 + number] or 0)) for number, column in enumerate(summed)]
        counts = {tab.name: row[1 + len(summed) + number] for number, tab in enumerate(self.view.tabs)}
        return Summary(count, capped, totals, counts)

    def _tab_count(self, tab: Tab) -> Any:
        rows = self._counted([*self._base(), *self._of_tab(tab)], [], TAB_COUNT_UP_TO)
        return select(func.count()).select_from(rows).scalar_subquery()

    def _counted(self, conditions: list[ColumnElement[bool]], names: list[str], limit: int) -> Subquery:
        """The first rows that meet the conditions, one more than `limit`: of the common table alone where a model is joined to one and nothing
        else is asked, for the join would cost more than all the rest of the page."""
        mapper = inspect(self.model)
        base = mapper.base_mapper
        asked = {table for each in [*conditions, *(getattr(self.model, name) for name in names)] for table in tables_of(each)}
        if base is not mapper and base.polymorphic_on is not None and asked <= {base.local_table}:
            conditions = [*conditions, base.polymorphic_on.in_([each.polymorphic_identity for each in mapper.self_and_descendants])]
            mapper = base
        return select(getattr(mapper.class_, self.key), *(getattr(mapper.class_, name) for name in names)).where(*conditions).limit(limit + 1).subquery()

    def onward(self, statement: Select[Any], after: tuple[Any, Any] | None, size: int) -> Select[Any]:
        """The next `size` rows of `statement` in this list's order, after a position (value of the sort column, key)."""
        ordered = self._ordered(statement, False)
        return (ordered.where(self._beyond(after, False)) if after else ordered).limit(size)

    def position_of(self, record: Any) -> tuple[Any, Any]:
        """Where a record stands in this list's order."""
        return getattr(record, self.sort), getattr(record, self.key)

    # ---- position by key -----------------------------------------------------------------------------------------------

    @cached_property
    def _columns(self) -> tuple[Any, Any]:
        return getattr(self.model, self.sort), getattr(self.model, self.key)

    def _ordered(self, statement: Select[Any], backwards: bool) -> Select[Any]:
        """By (column, key), both the same way, empty values last: the same order in every page."""
        column, key = self._columns
        down = self.descending != backwards
        if self.sort == self.key:
            return statement.order_by(key.desc() if down else key.asc())
        ordered = column.desc() if down else column.asc()
        if self._nullable:
            ordered = ordered.nulls_first() if backwards else ordered.nulls_last()
        return statement.order_by(ordered, key.desc() if down else key.asc())

    @cached_property
    def _nullable(self) -> bool:
        return bool(getattr(self._columns[0].property.columns[0], "nullable", False))

    def _beyond(self, position: tuple[Any, Any], backwards: bool) -> ColumnElement[bool]:
        """The rows after the position in the direction of reading."""
        value, at = position
        column, key = self._columns
        down = self.descending != backwards
        next_key = key < at if down else key > at
        if self.sort == self.key:
            return next_key
        if value is None:
            rest = and_(column.is_(None), next_key)
            return or_(column.is_not(None), rest) if backwards else rest
        # The outer bound says nothing more, but it lets the index begin at the position.
        bound = column <= value if down else column >= value
        further = and_(bound, or_(column < value if down else column > value, next_key))
        return or_(further, column.is_(None)) if self._nullable and not backwards else further

    def cursor_at(self, position: tuple[Any, Any]) -> str:
        """A position as it stands in an address."""
        value, key = position
        text = value.isoformat() if isinstance(value, date) else (str(value) if isinstance(value, Decimal) else value)
        return base64.urlsafe_b64encode(json.dumps([text, key]).encode()).decode().rstrip("=")

    def position(self, cursor: str) -> tuple[Any, Any]:
        """Sort value and key of a cursor made by `cursor_at`; anything else is refused."""
        try:
            value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            kind = self._columns[0].type.python_type
            if not isinstance(key, int) or isinstance(key, bool) or abs(key) >= 2**63:
                raise ValueError(key)
            return (None if value is None else _typed(kind, value)), key
        except (ValueError, TypeError, ArithmeticError, binascii.Error):
            raise BadAddress(name="after", value=cursor[:40]) from None


def _typed(kind: type, value: Any) -> Any:
    """`value` from JSON as the column's Python type. Raises ValueError or TypeError."""
    if issubclass(kind, date):
        return kind.fromisoformat(value)
    if kind is Decimal:
        return Decimal(str(value))
    if type(value) is not kind or (kind is int and abs(value) >= 2**63) or (isinstance(value, str) and "\x00" in value):
        raise ValueError(value)
    return value


def eager(model: type[Any], columns: tuple[Column, ...]) -> list[Any]:
    """Loader options for the relationships that dotted columns walk, so that a page needs no query a row."""
    paths = {path.rpartition(".")[0] for column in columns for path in (column.name, column.sub or "") if "." in path and not column.value}
    options = []
    for path in sorted(paths):
        option, owner = None, model
        for step in path.split("."):
            attribute = getattr(owner, step)
            option = joinedload(attribute) if option is None else option.joinedload(attribute)
            owner = attribute.property.mapper.class_
        options.append(option)
    return options


def tables_of(clause: ColumnElement[Any]) -> set[Any]:
    """The tables whose columns a condition reads, also inside its subqueries."""
    return set(find_tables(clause, check_columns=True, include_selects=True, include_aliases=True, include_joins=True))


def filter_named(filters: tuple[Filter, ...], name: str) -> Filter | None:
    """The filter with that name in the URL."""
    return next((each for each in filters if each.name == name), None)
