"""Days of a trade as ranges of time: pure functions of values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.dialects.postgresql import Range

from app.core.periods import SHANGHAI, local


@dataclass(frozen=True)
class DayRule:
    """When a day of the trade turns over, on Shanghai's clock: a night of a hotel from noon to noon, a day of a hall at midnight."""

    turns: time

    def start_of(self, day: date) -> datetime:
        """The first moment of the trade's day, in UTC."""
        return datetime.combine(day, self.turns, SHANGHAI).astimezone(UTC)

    def range_of(self, first: date, after: date) -> Range[datetime]:
        """The days from `first` up to but without `after`."""
        return Range(self.start_of(first), self.start_of(after))

    def day_of(self, moment: datetime) -> date:
        """The trade's day in which the moment lies."""
        here = local(moment)
        return here.date() if here.time() >= self.turns else here.date() - timedelta(days=1)

    def days_of(self, during: Range[datetime]) -> list[date]:
        """The trade's days that the range touches, in order."""
        assert during.lower is not None
        assert during.upper is not None
        first, last = self.day_of(during.lower), self.day_of(during.upper - timedelta(microseconds=1))
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def nights_between(first: date, after: date) -> list[date]:
    """Each day from `first` up to but without `after`; none when they are the wrong way round."""
    return [first + timedelta(days=number) for number in range((after - first).days)]


@dataclass(frozen=True)
class Busy:
    """A stretch that another channel's calendar calls taken."""

    uid: str
    begins: datetime
    ends: datetime
    name: str = ""
