"""Two clocks: the wall's, and the one that payments, refunds and bills are dated by.

The second can be set, so that a month of history is played in a minute; it goes on ticking from there. Signatures and
deliveries always use the wall's. `speed` shortens waiting times and nothing else.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock:
    """What time it is in the simulation. Times are seconds since 1970, UTC."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError("speed must be above zero")
        self.speed = speed
        self._ahead = 0.0

    def wall(self) -> float:
        """The computer's own time."""
        return time.time()

    def now(self) -> float:
        """The time by which payments, refunds and bills are dated."""
        return time.time() + self._ahead

    def set(self, at: float | None) -> None:
        """Make it `at` now; None returns to the wall's time."""
        self._ahead = 0.0 if at is None else at - time.time()

    def wait(self, seconds: float) -> float:
        """How long a waiting time of the real channel lasts here."""
        return seconds / self.speed


def rfc3339(at: float) -> str:
    """`2026-11-23T14:32:05+08:00`, as the channel writes its times."""
    return datetime.fromtimestamp(int(at), BEIJING).isoformat()


def bill_time(at: float) -> str:
    """`2026-11-23 14:32:05` in Beijing, as the bills write it."""
    return datetime.fromtimestamp(int(at), BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def read_time(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 time with its offset; ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, such as +08:00")
    return moment.astimezone(UTC).timestamp()


def day_of(at: float) -> date:
    """The business day in Beijing."""
    return datetime.fromtimestamp(at, BEIJING).date()


def bounds(day: date) -> tuple[float, float]:
    """First moment of a business day, and first moment of the next."""
    start = datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp()
    return start, start + 86400
