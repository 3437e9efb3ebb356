"""Revenue that is earned day by day: released when a day is over, given back for the days that are left. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Date, cast, literal, select

from app.core.actors import Actor
from app.core.money import Fen
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.kernel.governance.operations import maker_name
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.plan import charge_given_back, day_earned
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.refunding import create_refund
from app.kernel.plans.models import Charge, Deferral
from app.kernel.plans.owners import owner_of
from app.kernel.plans.rules import earned_until

MOMENT = timedelta(seconds=1)


def release(deferral: Deferral, over: int, *, now: datetime) -> None:
    """The first `over` days are earned, a posting for each day that was not yet, dated in the last second of that day. Safe to repeat."""
    over = min(over, deferral.days)
    for day in range(deferral.released_days, over):
        amount = earned_until(deferral.total, deferral.days, day + 1) - earned_until(deferral.total, deferral.days, day)
        on = deferral.starts_on + timedelta(days=day)
        if amount:
            post(
                day_earned(
                    key=f"{deferral.charge.number}-{on:%Y%m%d}", kind=deferral.kind, amount=amount, trade=deferral.trade, merchant_id=deferral.merchant_id,
                    at=min(day_start(on + timedelta(days=1)) - MOMENT, now),
                ), now,
            )
        deferral.released += amount
        deferral.released_days = day + 1
    deferral.closed = deferral.unreleased == 0
    db.session.flush()


def release_due(now: datetime, *, most: int) -> int:
    """Release the days that are over of up to `most` deferrals; how many there were. Two at once share the work."""
    today = business_day(now)
    behind = Deferral.released_days < cast(literal(today), Date) - Deferral.starts_on
    waiting = select(Deferral).where(~Deferral.closed, Deferral.starts_on < today, behind).order_by(Deferral.id).limit(most)
    found = list(db.session.scalars(waiting.with_for_update(skip_locked=True, of=Deferral).execution_options(populate_existing=True)))
    for each in found:
        release(each, (today - each.starts_on).days, now=now)
    return len(found)


def give_back(charge: Charge | None, *, used: int, reason: str, maker: str, actor: Actor, now: datetime) -> Fen:
    """The first `used` days are earned, the rest goes back to whoever paid; how much. Nothing without a charge, or when nothing is left.

    A customer is refunded through the channel, a merchant has it available. `maker` is who asked, `actor` who let it go.
    """
    if charge is None or charge.status != "paid":
        return Fen(0)
    with elevated():
        key = db.session.scalars(select(Deferral.id).where(Deferral.charge_id == charge.id)).one_or_none()
        if key is None:
            return Fen(0)
        deferral = lock(Deferral, key)
        release(deferral, used, now=now)
        amount = deferral.unreleased
        if not amount:
            return Fen(0)
        owner, checker = owner_of(charge), maker_name(actor)
        post(
            charge_given_back(
                key=charge.number, kind=charge.kind, to=owner.given_back_to, amount=amount, trade=charge.trade, merchant_id=charge.merchant_id, maker=maker,
                checker=checker if checker != maker else None, at=now,
            ), now,
        )
        deferral.refunded, deferral.closed = amount, True
        if owner.kind == "customer":
            create_refund(get(Payment, charge.payment_id), amount=amount, reason=reason[:80], actor=actor, now=now)
        db.session.flush()
    return Fen(amount)
