"""The clockwork of prices: the month that is over is adjusted by its volume."""

from __future__ import annotations

from datetime import date, timedelta

from app.core.actors import system
from app.core.clock import now as clock_now
from app.framework.database import transaction
from app.kernel.commission.queries import month_of
from app.kernel.pricing.operations import adjust_month


def adjust_fees_by_volume(month: str = "") -> None:
    """Adjust a month (`2026-11`; last month unless said), a transaction for each batch of merchants. Safe to repeat."""
    now = clock_now()
    first = date.fromisoformat(f"{month}-01") if month else (month_of(now) - timedelta(days=1)).replace(day=1)
    done = 1
    while done:
        with transaction(system("price list")):
            done = adjust_month(first, now=now)
