"""One page of a list: what the URL asks for, checked against what the view offers, and the two queries that answer it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, inspect, or_, select, true
from sqlalchemy.orm import joinedload

from app.core.actors import EVERYTHING as EVERYBODYS
from app.core.errors import Invalid
from app.extensions import db
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import Filter, escaped
from app.framework.console.references import references
from app.framework.console.summing import Summary, Summing, as_written
from app.framework.database import current_scope, plan_for_values, plan_once

SIZES = (25, 50, 100)
UNQUOTED = "!$'()*,/:;?@"  # as in the addresses that Flask makes
STATEMENTS_KEPT = 500
EVERYTHING = "all"  # `view=all`: the whole list, where a saved view would open by itself


class BadAddress(Invalid):
    """The list's address asks for something that the list does not have: a sort column, a tab, a page size, a position."""

    code = "list.bad_address"
    sentence = _l("地址里的“%(name)s=%(value)s”不对，去掉它再打开")


_statements: dict[tuple[Any, ...], tuple[Select[Any], Summing, tuple[str, ...]]] = {}  # with the names of the values that each is asked with


@dataclass
class Rows:
    """The records of a page, and the addresses of the pages beside it."""

    records: list[Any]
    next: str | None = None
    previous: str | None = None


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
        useful = (each for each in self.seen.filters if each.column not in self.seen.passed or args.get(each.name))
        self.offered = (*useful, *references().filters_of(view, {name for name, value in args.items() if value}))
        self.filters = [(each, args[each.name]) for each in self.offered if args.get(each.name)]
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
        pairs = dict(self._pairs)
        for name, value in changes.items():
            pairs[name] = "" if value in (None, "") else urlencode([(name, value)], safe=UNQUOTED)
        query = "&".join(filter(None, pairs.values()))
        return f"{self._address}?{query}" if query else self._address

    @cached_property
    def beginning(self) -> str:
        """This list's address up to where one more filter is added to it."""
        query = "&".join(filter(None, self._pairs.values()))
        return f"{self._address}?{query}&" if query else f"{self._address}?"

    @cached_property
    def _pairs(self) -> dict[str, str]:
        """What the address says, ready to stand in another one."""
        kept = {name: value for name, value in self.args.items() if value and name not in {"after", "before", "_l_"}}
        return {name: urlencode([(name, value)], safe=UNQUOTED) for name, value in kept.items()}

    @cached_property
    def _address(self) -> str:
        return self.view.url("list")

    def sort_url(self, column: Column) -> str:
        """The address that sorts by `column`; the other way round when it is sorted by it."""
        return self.url(sort=f"{'' if self.descending else '-'}{column.name}" if self.sort == column.name else f"-{column.name}")

    # ---- queries -----------------------------------------------------------------------------------------------------

    @cached_property
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
            column.in_(as_written(sorted(value), column.type)) if isinstance(value, (tuple, frozenset, set, list)) else column == as_written(value, column.type)
            for column, value in ((getattr(self.model, name), value) for name, value in tab.criteria)
        ]
        return found + ([tab.where(self.model)] if tab.where else [])

    def statement(self) -> Select[Any]:
        """All rows of the filter, with the relationships that the columns name, in no order yet."""
        return select(self.model).where(*self.conditions).options(*eager(self.model, self.seen.list_columns))

    def page(self) -> tuple[Rows, Summary]:
        """The rows at the position in the URL, and what all rows of the filter come to. One query; where it finds no row there is nothing beside
        which the summary could stand, and it is asked for by itself."""
        after, before = self.args.get("after"), self.args.get("before")
        backwards = before is not None
        if self.narrowed or current_scope() != EVERYBODYS:
            plan_for_values()
        elif after or before:
            plan_once()
        statement, values = self._page_statement(backwards)
        if after or before:
            statement = statement.where(self._beyond(self.position(after or before or ""), backwards))
        found = db.session.execute(statement, values).unique().all()
        summary = self.summing.of(found[0][1:] if found else db.session.execute(select(self.summing.row), values).one())
        return self._rows([row[0] for row in found], backwards, after), summary

    @cached_property
    def summing(self) -> Summing:
        """How all rows of the filter are counted and summed."""
        whole = not self.narrowed and self.view.base is None and current_scope() == EVERYBODYS
        return Summing(self.model, self.key, self.conditions, self._base(), self.seen.list_columns, self.view.tabs, self._of_tab, estimate=whole)

    def _page_statement(self, backwards: bool) -> tuple[Select[Any], dict[str, Any]]:
        """A page of rows, each beside the one row of the summary, and the values that it is asked with. A statement is made once for each shape of
        the conditions: what a filter is filled in with only changes the values."""
        shapes = [condition._generate_cache_key() for condition in self.conditions]  # noqa: SLF001 what SQLAlchemy itself keeps statements by
        if self.view.base is not None or any(tab.where for tab in self.view.tabs) or None in shapes:
            return self._beside_summary(backwards), {}
        at = (
            self.model, self.view.name, self.seen.hidden, self.sort, self.descending, backwards, self.size, current_scope() == EVERYBODYS,
            *(shape.key for shape in shapes),
        )
        binds = [bind for shape in shapes for bind in shape.bindparams]
        if at not in _statements:
            if len(_statements) > STATEMENTS_KEPT:
                _statements.clear()
            _statements[at] = self._beside_summary(backwards), self.summing, tuple(bind.key for bind in binds)
        statement, self.summing, names = _statements[at]
        return statement, dict(zip(names, (bind.effective_value for bind in binds), strict=True))

    def _beside_summary(self, backwards: bool) -> Select[Any]:
        row = self.summing.row
        return self._ordered(self.statement(), backwards).add_columns(*row.c).join(row, true()).limit(as_written(self.size + 1))

    def _rows(self, records: list[Any], backwards: bool, after: str | None) -> Rows:
        more, records = len(records) > self.size, records[: self.size]
        if backwards:
            records.reverse()
        has_next, has_previous = (True, more) if backwards else (more, bool(after))
        return Rows(
            records,
            next=self.url(after=self.cursor_at(self.position_of(records[-1]))) if has_next and records else None,
            previous=self.url(before=self.cursor_at(self.position_of(records[0]))) if has_previous and records else None,
        )

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


def filter_named(filters: tuple[Filter, ...], name: str) -> Filter | None:
    """The filter with that name in the URL."""
    return next((each for each in filters if each.name == name), None)
