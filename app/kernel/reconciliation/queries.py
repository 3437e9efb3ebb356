"""Which days wait to be compared, and how many breaks wait for a person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.core.periods import business_day, day_range
from app.extensions import db
from app.kernel.payments.models import ChannelBill, Payment
from app.kernel.reconciliation.models import UNSETTLED, ReconBreak, ReconDay

LOOK_BACK = timedelta(days=30)


def days_to_compare(account_number: str, now: datetime) -> list[date]:
    """Days of the last month that nobody signed and that have a trade bill, or movements of ours and no bill though a later day has one: the
    channel was asked and had none. Oldest first."""
    since = business_day(now) - LOOK_BACK
    signed = set(db.session.scalars(select(ReconDay.day).where(ReconDay.account_number == account_number, ReconDay.status == "signed")))
    billed = set(db.session.scalars(
        select(ChannelBill.day).where(ChannelBill.account_number == account_number, ChannelBill.kind == "trade", ChannelBill.day >= since)
    ))
    if not billed:
        return []
    moments = db.session.scalars(
        select(Payment.paid_at).where(
            Payment.account_number == account_number, Payment.paid_at >= day_range(since)[0], Payment.paid_at < day_range(max(billed))[0],
        )
    )
    moved = {business_day(each) for each in moments if each is not None}
    return sorted((billed | moved) - signed)


def unsettled_breaks(_: Any = None) -> int:
    """Breaks that wait for a person."""
    return int(db.session.scalar(select(func.count()).select_from(ReconBreak).where(ReconBreak.status.in_(UNSETTLED))) or 0)
