"""Business days and the words for time. Stored times are UTC; days, cut-offs, and bills are of Asia/Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def business_day(moment: datetime) -> date:
    """The day in Shanghai on which `moment` falls."""
    return moment.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """The first moment of a Shanghai day, in UTC."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def day_range(day: date) -> tuple[datetime, datetime]:
    """First moment of the day and of the next one, in UTC: a half-open range."""
    return day_start(day), day_start(day + timedelta(days=1))


def local(moment: datetime) -> datetime:
    """The moment as a clock in Shanghai shows it."""
    return moment.astimezone(SHANGHAI)
