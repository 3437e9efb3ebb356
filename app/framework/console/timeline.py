"""The story of a record on its page: who tells it is registered by the package that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.framework.console.columns import Difference, TimelineItem

__all__ = ["Difference", "TimelineItem", "timeline_of", "timeline_with"]

_tell: list[Callable[[Any], Sequence[TimelineItem]]] = []


def timeline_with(function: Callable[[Any], Sequence[TimelineItem]]) -> None:
    """Register `function(record)`, which returns what happened to it, newest first; the last registration counts."""
    _tell[:] = [function]


def timeline_of(record: Any) -> Sequence[TimelineItem]:
    """What happened to `record`, newest first; nothing when nobody keeps timelines."""
    return _tell[0](record) if _tell else ()
