"""The time, read in one place: doors ask the clock and pass `now` down, so tests and the demo can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed time", default=None)


def now() -> datetime:
    """The present moment in UTC, or the moment set by `at`."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Inside the block the clock of this thread stands at `moment` (aware)."""
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield moment
    finally:
        _fixed.reset(token)
