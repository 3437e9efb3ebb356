"""The way from a list to a report on it: who makes reports is registered by the package that keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_address: list[Callable[[Any], str | None]] = []


def report_with(address: Callable[[Any], str | None]) -> None:
    """Register who says where a report on a Listing is made; the last registration counts."""
    _address[:] = [address]


def report_address(listing: Any) -> str | None:
    """Where the reader makes a report on the list as it is filtered; None for somebody who makes none, or a list without groups."""
    return _address[0](listing) if _address else None
