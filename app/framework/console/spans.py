"""The stretch of time that a page looks at, beside the stretch before it that it is compared with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import NotFound
from app.core.periods import business_day, day_start

DAYS = {"today": 1, "7d": 7, "30d": 30}
LABELS = {"today": _l("今天"), "7d": _l("近 7 天"), "30d": _l("近 30 天")}
AGAINST = {"today": _l("比上周同一天此时"), "7d": _l("比前 7 天"), "30d": _l("比前 30 天")}
NOTHING_BEFORE = {"today": _l("上周同一天此时还没有"), "7d": _l("前 7 天没有"), "30d": _l("前 30 天没有")}
EARLIER = {"today": _l("上周同一天"), "7d": _l("前 7 天"), "30d": _l("前 30 天")}
WEEK = timedelta(days=7)
DAY = re.compile(r"20\d\d-[01]\d-[0-3]\d")
MOST_DAYS = 1101


@dataclass(frozen=True)
class Span:
    """[begins, ends) in UTC, the end being the present moment, and the same length `back` earlier.

    Today is compared with the same weekday last week up to the same hour; 7 and 30 days with the 7 and 30 days before them.
    """

    name: str
    begins: datetime
    ends: datetime
    back: timedelta

    @property
    def label(self) -> Any:
        """今天, 近 7 天, 近 30 天."""
        return LABELS[self.name]

    @property
    def against(self) -> Any:
        """What the figures are compared with, in words."""
        return AGAINST[self.name]

    @property
    def nothing_before(self) -> Any:
        """Why there is no comparison."""
        return NOTHING_BEFORE[self.name]

    @property
    def earlier_label(self) -> Any:
        """The name of the stretch before."""
        return EARLIER[self.name]

    @property
    def hourly(self) -> bool:
        """True when a chart of it counts hours, not days."""
        return self.name == "today"

    def earlier(self) -> tuple[datetime, datetime]:
        """First moment and end of the stretch that it is compared with."""
        return self.begins - self.back, self.ends - self.back


def span_named(name: str, now: datetime) -> Span:
    """The span of that name up to `now`; today for a name that is none."""
    name = name if name in DAYS else "today"
    begins = day_start(business_day(now) - timedelta(days=DAYS[name] - 1))
    return Span(name, begins, now, WEEK if name == "today" else timedelta(days=DAYS[name]))


def growth(now: int, then: int) -> int | None:
    """Growth in ppm; None when there is nothing to compare with."""
    return (now - then) * 1_000_000 // then if then else None


@dataclass(frozen=True)
class Days:
    """Shanghai days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        """How many days they are."""
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime:
        """The first moment, UTC."""
        return day_start(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment after the last day, UTC."""
        return day_start(self.last + timedelta(days=1))

    def earlier(self) -> Days:
        """As many days, right before."""
        return Days(self.first - timedelta(days=self.count), self.first - timedelta(days=1))


def days_asked(given: Mapping[str, str], now: datetime, usual: int = 30) -> Days:
    """From `first` to `last` of an address; `last` is today unless said, `first` makes it the `usual` number of days. Refuses NotFound for what are no days,
    and for more than three years."""
    last = _day(given.get("last", "")) or business_day(now)
    first = _day(given.get("first", "")) or last - timedelta(days=usual - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise NotFound
    return Days(first, last)


def _day(given: str) -> date | None:
    if not given:
        return None
    if DAY.fullmatch(given) is None:
        raise NotFound
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise NotFound from None
