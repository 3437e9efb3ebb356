"""Each morning, after the bills came: compare the days that nobody signed, and ask the channel about what it alone knows."""

from __future__ import annotations

from sqlalchemy import select

from app.core.actors import system
from app.core.clock import now as clock_now
from app.extensions import db
from app.framework.database import transaction
from app.framework.queue import enqueue
from app.kernel.payments.channels.factory import account
from app.kernel.reconciliation.models import ReconBreak
from app.kernel.reconciliation.operations.comparing import compare_day
from app.kernel.reconciliation.queries import days_to_compare

CLOCK = system("clock")


def compare_days() -> None:
    """Every day that waits, each in a transaction of its own; a payment or refund that only the channel has finished is asked about."""
    with transaction(CLOCK):
        number = account().merchant_id
        days = days_to_compare(number, clock_now())
    for day in days:
        with transaction(CLOCK):
            compare_day(day, number, actor=CLOCK, now=clock_now())
    with transaction(CLOCK):
        waiting = select(ReconBreak.record_kind, ReconBreak.record_id).where(ReconBreak.kind == "status", ReconBreak.status != "closed")
        for kind, key in db.session.execute(waiting):
            enqueue(f"ask_about_{kind}", key=f"recon:{kind}:{key}", **{f"{kind}_id": key})
