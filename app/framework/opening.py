"""What every page of the console must know first, read with its session in one statement.

A package registers a scalar SQL expression under a name; whoever reads the session selects all of them beside it and hands the values over.
A request without a session asks for each value by itself, as does one that has changed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g

_expressions: dict[str, str] = {}


def read_at_opening(name: str, expression: str) -> None:
    """Register `expression`, a subquery in brackets that yields one value and may name `person`, the signed-in user's id."""
    _expressions[name] = expression


def expressions() -> str:
    """The registered expressions as columns of a select list."""
    return ", ".join(f"{expression} AS {name}" for name, expression in _expressions.items())


def hand_over(row: Mapping[str, Any]) -> None:
    """Keep for this request what the session's query found."""
    g.opening = {name: row[name] for name in _expressions}


def forget_opening() -> None:
    """Something of it was changed in this request: each value is asked for again."""
    g.pop("opening", None)


def at_opening(name: str) -> tuple[Any] | None:
    """The value found at the opening of this request, once: None when there was none, or when it was taken before."""
    found: dict[str, Any] = g.get("opening") or {}
    return (found.pop(name),) if name in found else None
