"""Filters of a list: what they read from the URL, the condition they make, the words in which they say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_

from app.core import clock
from app.core.errors import Invalid
from app.core.flows import Flow
from app.core.money import NotAnAmount, parse_yuan, yuan
from app.core.periods import business_day, day_range

PRESETS: tuple[tuple[str, Any], ...] = (
    ("today", _l("今天")), ("yesterday", _l("昨天")), ("7d", _l("近 7 天")), ("30d", _l("近 30 天")), ("month", _l("本月")),
    ("last_month", _l("上月")),
)


class BadFilter(Invalid):
    """The address holds a filter value that does not exist or cannot be read."""

    code = "list.bad_filter"
    sentence = _l("筛选“%(label)s”的值“%(value)s”看不懂，清空后重选")


@dataclass(frozen=True)
class Filter:
    """A condition on one column of a list, kept in the URL under `name`."""

    column: str
    label: Any = None
    shape = "text"

    @property
    def name(self) -> str:
        """The word in the URL."""
        return self.column

    def words(self, model: Any, value: str) -> str:
        """What the filter in use says on its pill."""
        return value

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """The SQL condition for a value from the URL. Raises BadFilter."""
        return getattr(model, self.column).ilike(f"%{escaped(value)}%", escape="\\")  # type: ignore[no-any-return]

    def bad(self, value: str) -> BadFilter:
        """The refusal of a value."""
        return BadFilter(label=str(self.label or self.column), value=value[:40], field=self.name)


def escaped(text: str) -> str:
    """The text with the wild cards of LIKE taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True)
class ChoiceFilter(Filter):
    """One or more of known values; a function where the manifests say which. Without `choices` they are the states of the model's flow."""

    choices: Mapping[Any, Any] | Callable[[], Mapping[Any, Any]] | None = None
    shape = "choice"
    several = True

    @property
    def known(self) -> Mapping[Any, Any]:
        """Value as it is stored → label; nothing where the flow says the values."""
        return self.choices() if callable(self.choices) else self.choices or {}

    def options(self, model: Any) -> dict[str, Any]:
        """Value in the URL → label, in order."""
        if self.choices is not None:
            return {str(value): label for value, label in self.known.items()}
        flow: Flow = model.__flow__
        return {state.name: state.label for state in flow.states}

    def words(self, model: Any, value: str) -> str:
        """The labels of the chosen values."""
        return " / ".join(str(self.options(model).get(each, each)) for each in value.split(","))

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """The column is one of the values."""
        options = self.options(model)
        chosen = value.split(",")
        if any(each not in options for each in chosen):
            raise self.bad(value)
        stored = {str(key): key for key in self.known}
        return getattr(model, self.column).in_([stored.get(each, each) for each in chosen])  # type: ignore[no-any-return]


@dataclass(frozen=True)
class FlagFilter(ChoiceFilter):
    """Yes or no: `yes` and `no` in the address, a column of true and false."""

    several = False

    def options(self, model: Any) -> dict[str, Any]:
        """The two answers."""
        return {"yes": _l("是"), "no": _l("否")}

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """The column is true, or is not."""
        if value not in {"yes", "no"}:
            raise self.bad(value)
        return getattr(model, self.column).is_(value == "yes")  # type: ignore[no-any-return]


@dataclass(frozen=True)
class DateFilter(Filter):
    """Shanghai days: a preset (`today`, `7d`), one day, or `2026-11-01..2026-11-23`. `days` says the column holds dates, not moments."""

    presets: tuple[tuple[str, Any], ...] = PRESETS
    days: bool = False
    shape = "date"

    def words(self, model: Any, value: str) -> str:
        """The preset's label, or the days."""
        return str(dict(self.presets).get(value, value.replace("..", " – ")))

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """From the first moment of the first day up to the first moment after the last."""
        first, last = self.range(value, business_day(clock.now()))
        column = getattr(model, self.column)
        if self.days:
            return and_(column >= first, column <= last)
        return and_(column >= day_range(first)[0], column < day_range(last)[1])

    def range(self, value: str, today: date) -> tuple[date, date]:
        """First and last day that `value` means on `today`."""
        month = today.replace(day=1)
        known = {
            "today": (today, today), "yesterday": (today - timedelta(1), today - timedelta(1)), "7d": (today - timedelta(6), today),
            "30d": (today - timedelta(29), today), "month": (month, today),
            "last_month": ((month - timedelta(1)).replace(day=1), month - timedelta(1)),
        }
        if value in known:
            return known[value]
        match = re.fullmatch(r"(\d{4}-\d\d-\d\d)?(\.\.)?(\d{4}-\d\d-\d\d)?", value, flags=re.ASCII)
        if not match or not (match[1] or match[3]):
            raise self.bad(value)
        try:
            first = date.fromisoformat(match[1]) if match[1] else date(2000, 1, 1)
            last = date.fromisoformat(match[3]) if match[3] else (date(9998, 12, 31) if match[2] else first)
        except ValueError:
            raise self.bad(value) from None
        if not date(1990, 1, 1) <= first <= last:
            raise self.bad(value)
        return first, last


@dataclass(frozen=True)
class MoneyFilter(Filter):
    """A range of yuan, `100..500`, `100..`, `..500`; both ends included."""

    shape = "money"

    def words(self, model: Any, value: str) -> str:
        """The range in yuan."""
        low, high = self.range(value)
        if low is None:
            return f"≤ {yuan(high or 0)}"
        return f"≥ {yuan(low)}" if high is None else f"{yuan(low)} – {yuan(high)}"

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """The amount lies in the range."""
        low, high = self.range(value)
        column = getattr(model, self.column)
        parts = ([column >= low] if low is not None else []) + ([column <= high] if high is not None else [])
        return and_(*parts)

    def range(self, value: str) -> tuple[int | None, int | None]:
        """Lower and upper end in fen."""
        low, dots, high = value.partition("..")
        if not low and not high:
            raise self.bad(value)
        try:
            first = parse_yuan(low) if low else None
            last = parse_yuan(high) if high else (None if dots else first)
        except NotAnAmount:
            raise self.bad(value) from None
        return first, last


@dataclass(frozen=True)
class PartyFilter(Filter):
    """A record that the row points to, chosen by look-up. `options(text)` returns up to 20 (id, label) pairs in the actor's
    scope; `named(id)` says the label of one chosen before."""

    options: Callable[[str], Sequence[tuple[int, str]]] | None = None
    named: Callable[[int], str | None] | None = None
    shape = "party"

    def words(self, model: Any, value: str) -> str:
        """The record's own label."""
        if not value.isdecimal() or len(value) > 18:
            raise self.bad(value)
        return (self.named(int(value)) if self.named else None) or f"#{value}"

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """The row points to that record."""
        if not value.isdecimal() or len(value) > 18:
            raise self.bad(value)
        return getattr(model, self.column) == int(value)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class TextFilter(Filter):
    """Rows whose text holds the words; wild cards are taken literally."""
