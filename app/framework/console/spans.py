"""The stretch of time that a home page looks at, beside the stretch before it that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.periods import business_day, day_start

DAYS = {"today": 1, "7d": 7, "30d": 30}
LABELS = {"today": _l("今天"), "7d": _l("近 7 天"), "30d": _l("近 30 天")}
AGAINST = {"today": _l("比上周同一天此时"), "7d": _l("比前 7 天"), "30d": _l("比前 30 天")}
NOTHING_BEFORE = {"today": _l("上周同一天此时还没有"), "7d": _l("前 7 天没有"), "30d": _l("前 30 天没有")}
EARLIER = {"today": _l("上周同一天"), "7d": _l("前 7 天"), "30d": _l("前 30 天")}
WEEK = timedelta(days=7)


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
