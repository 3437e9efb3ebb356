"""Where a page finds its help: who knows is registered by the package that has the texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_find: list[Callable[[str], str | None]] = []


def help_with(function: Callable[[str], str | None]) -> None:
    """Register `function(name of a view)`, which returns the address of its help; the last registration counts."""
    _find[:] = [function]


def help_address(view: Any) -> str | None:
    """The address of the help for the page that `view` renders; None when there is none."""
    name = getattr(view, "name", "")
    return _find[0](name) if _find and name else None
