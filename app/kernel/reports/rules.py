"""What a list can be grouped by and measured in, and how groups are called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect

from app.framework.console.columns import Column

GROUPS = 100
SERIES = 6
PERIODS = {"day": _l("按天"), "week": _l("按周"), "month": _l("按月")}
SHAPES = {"bar": _l("柱状图"), "line": _l("折线图"), "pie": _l("饼图"), "table": _l("只要表格")}
COUNT = "count"
NEVER = frozenset({"phone", "ref", "image", "percent", "money", "count"})  # kinds that make no groups


@dataclass(frozen=True)
class Grouping:
    """A way to make groups: the values of a column, or the days, weeks (from Monday), or months in Shanghai of a time."""

    column: Column
    period: str = ""

    @property
    def label(self) -> str:
        """As the form offers it."""
        return f"{self.column.label} {PERIODS[self.period]}" if self.period else str(self.column.label)

    def first_day(self, day: date) -> date:
        """The first day of the period that `day` is in."""
        return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[self.period]

    def next_day(self, first: date) -> date:
        """The first day of the period after the one that begins at `first`."""
        return self.first_day(first + timedelta(days={"day": 1, "week": 7, "month": 31}[self.period]))

    def days_in_words(self, first: date) -> str:
        """2026-11-23, 2026-11-23 – 11-29, or 2026-11."""
        if self.period == "month":
            return f"{first:%Y-%m}"
        return f"{first} – {self.next_day(first) - timedelta(days=1):%m-%d}" if self.period == "week" else str(first)


@dataclass(frozen=True)
class Measure:
    """What is shown of a group: how many rows, or the sum or average of a column."""

    name: str
    column: Column | None = None

    @property
    def label(self) -> str:
        """As the form offers it."""
        if self.column is None:
            return _("条数")
        return _("%(what)s合计", what=self.column.label) if self.name.startswith("sum:") else _("%(what)s平均", what=self.column.label)

    @property
    def money(self) -> bool:
        """True when its figures are fen."""
        return self.column is not None and self.column.kind == "money"

    @property
    def average(self) -> bool:
        """True for averages, which do not add up."""
        return self.name.startswith("avg:")

    def figure(self, rows: int, total: int) -> float | int | None:
        """The figure of a group with so many rows and such a sum: yuan with two decimals, a count, or an average, half up."""
        if self.column is None:
            return rows
        if self.average and not rows:
            return None
        value = Decimal(total) / (rows if self.average else 1)
        if self.money:
            return float((value / 100).quantize(Decimal("0.01"), ROUND_HALF_UP))
        return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP)) if self.average else total


def groupings(model: Any, columns: tuple[Column, ...]) -> dict[str, Grouping]:
    """Name → grouping for every stored column that makes groups; times once for each period."""
    found = {}
    for column in columns:
        if column.link or column.value or column.kind in NEVER or not stored(model, column.name):
            continue
        if column.kind in {"when", "day"}:
            found.update({f"{column.name}:{period}": Grouping(column, period) for period in PERIODS})
        else:
            found[column.name] = Grouping(column)
    return found


def measures(model: Any, columns: tuple[Column, ...]) -> dict[str, Measure]:
    """Name → measure: the rows, then sum and average of every stored amount and count of the record itself."""
    figures = [each for each in columns if each.kind in {"money", "count"} and not each.value and "." not in each.name and stored(model, each.name)]
    return {COUNT: Measure(COUNT), **{f"{how}:{each.name}": Measure(f"{how}:{each.name}", each) for each in figures for how in ("sum", "avg")}}


def stored(model: Any, path: str) -> bool:
    """True when the dotted path ends at a column of the database and passes single records only; at most one of them."""
    first, dot, name = path.partition(".")
    mapper = inspect(model).mapper
    if not dot:
        return first in mapper.column_attrs
    relationship = mapper.relationships.get(first)
    return relationship is not None and not relationship.uselist and name in relationship.mapper.column_attrs
