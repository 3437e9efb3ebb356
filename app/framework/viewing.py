"""Looking at the product as somebody else: what the pages and the request's edge need to know of it.

Whoever keeps such lookings registers with `watch_with`. A request under a looking is read-only: the guard refuses what it must, and the
edge rolls back whatever a page wrote by the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import g, has_request_context

from app.core.clock import now


@dataclass(frozen=True)
class Seen:
    """A looking in progress: its key, who really looks, as whom, until when (UTC), and the endpoint that ends it."""

    key: int
    who: str
    whom: str
    ends_at: datetime
    end_endpoint: str

    @property
    def minutes_left(self) -> int:
        """Whole minutes that are left, the begun one included."""
        return max(1, -int(-(self.ends_at - now()).total_seconds() // 60))


_watch: list[Callable[[], None]] = []
_seen: list[Callable[[], Seen | None]] = []


def watch_with(guard: Callable[[], None], seen: Callable[[], Seen | None]) -> None:
    """Register the guard of every request, and what answers whether this request is under a looking; the last registration counts."""
    _watch[:], _seen[:] = [guard], [seen]


def watch() -> None:
    """Let the guard refuse this request; called once, before the view."""
    if _watch:
        _watch[0]()


def viewing() -> Seen | None:
    """The looking of this request, None for everybody who is simply themselves."""
    return _seen[0]() if _seen and has_request_context() else None


def make_read_only() -> None:
    """Nothing that this request writes is kept."""
    g.read_only = True


def is_read_only() -> bool:
    """True when the edge rolls back instead of committing."""
    return bool(g.get("read_only"))
