"""Who can be asked to carry an order: a merchant's own couriers here, a trade or another firm's adapter when it registers.

A trade that needs an order carried never knows who does it: it asks, and the first carrier that serves the merchant gets the job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Carrier:
    """One who carries. `serves(merchant_id)` says whether it can be asked for the merchant; `ask(job, now)` tells it of a job, inside the
    transaction that made it; the lower `rank` is asked first."""

    name: str
    title: Any
    rank: int
    serves: Callable[[int], bool]
    ask: Callable[[Any, datetime], None]


_carriers: dict[str, Carrier] = {}


def register(carrier: Carrier) -> None:
    """Jobs may go to this carrier."""
    _carriers[carrier.name] = carrier


def carrier_for(merchant_id: int) -> Carrier | None:
    """The first carrier that serves the merchant; None when the merchant has nobody but itself."""
    return next((each for each in sorted(_carriers.values(), key=lambda each: each.rank) if each.serves(merchant_id)), None)
