"""Events carry news upward: a lower package publishes, those above handle it, in the same transaction and a fixed order.

Handlers are named in manifests as `{"order_paid": (function, …)}` and run in the order in which manifests are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Handler = Callable[..., None]
_handlers: dict[str, list[Handler]] = defaultdict(list)


def subscribe(event: str, handler: Handler) -> None:
    """Call `handler(**news)` whenever `event` is published; a second subscription of the same handler changes nothing."""
    if handler not in _handlers[event]:
        _handlers[event].append(handler)


def publish(event: str, **news: Any) -> None:
    """Tell all handlers now, in this transaction; what one raises ends the operation."""
    for handler in _handlers[event]:
        handler(**news)


def handlers_of(event: str) -> tuple[Handler, ...]:
    """Who listens, in order: for the docs and the tests."""
    return tuple(_handlers[event])
