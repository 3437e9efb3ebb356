"""The way from a list to a report on it, or back to the report whose conditions are being changed: who makes reports registers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ReportLink:
    """Where the list as it is filtered becomes a report, and the words for it; `primary` when the reader came for this."""

    address: str
    label: Any
    primary: bool = False


_links: list[Callable[[Any], ReportLink | None]] = []


def report_with(link: Callable[[Any], ReportLink | None]) -> None:
    """Register who says how a Listing becomes a report; the last registration counts."""
    _links[:] = [link]


def report_link(listing: Any) -> ReportLink | None:
    """How the reader makes a report of the list as it is filtered; None for somebody who makes none, or a list without groups."""
    return _links[0](listing) if _links else None
