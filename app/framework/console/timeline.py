"""The story of a record on its page: who tells it is registered by the package that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.framework.console.columns import Difference, TimelineItem

__all__ = ["Difference", "TimelineItem", "in_words", "timeline_of", "timeline_with"]

_tell: list[Callable[[Any], Sequence[TimelineItem]]] = []
_words: list[Callable[[Any, str, Any], tuple[Any, str]]] = []


def timeline_with(function: Callable[[Any], Sequence[TimelineItem]], words: Callable[[Any, str, Any], tuple[Any, str]]) -> None:
    """Register `function(record)`, which returns what happened to it, newest first, and `words(record, field, value)`, which
    returns how the story calls a field and writes a value of it; the last registration counts."""
    _tell[:], _words[:] = [function], [words]


def timeline_of(record: Any) -> Sequence[TimelineItem]:
    """What happened to `record`, newest first; nothing when nobody keeps timelines."""
    return _tell[0](record) if _tell else ()


def in_words(record: Any, field: str, value: Any) -> tuple[Any, str]:
    """The label of a field and a value of it as timelines write them; the bare words when nobody keeps timelines."""
    return _words[0](record, field, value) if _words else (field, str(value))
