"""A sharing begins with the payment, shares when the order is completed, is finished when it is released, and ends with the freeze at the latest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.core.actors import Actor, system
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.payments.models import Payment, Refund
from app.kernel.sharing.claims import claims_of
from app.kernel.sharing.models import ENDED, Sharing
from app.kernel.sharing.operations.settling import settle
from app.kernel.sharing.queries import agreed_ppm, call_underway, sharing_of, sharings_of_subject
from app.kernel.sharing.rules import FROZEN, USUAL_PPM, fee_of

SHARER = system("sharing")


def open_sharing(*, payment: Payment, actor: Actor, now: datetime) -> None:
    """Handler of `payment_succeeded`: a payment that the merchant took itself is frozen until it was shared."""
    if not payment.sub_merchant or payment.merchant_id is None:
        return
    with elevated():
        paid_at, agreed = payment.paid_at or now, agreed_ppm(payment.merchant_id, payment.sub_merchant)
        sharing = save(Sharing(
            number=order_number("S", db.session.scalar(select(func.nextval("share_number"))) or 0, now), payment_id=payment.id,
            subject_type=payment.subject_type, subject_id=payment.subject_id, trade=payment.trade, merchant_id=payment.merchant_id,
            sub_merchant=payment.sub_merchant, transaction_id=payment.channel_number, amount=payment.amount,
            fee=fee_of(payment.amount, value_of("sharing.fee_ppm")), most_ppm=USUAL_PPM if agreed is None else agreed, paid_at=paid_at,
            frozen_until=paid_at + FROZEN,
        ))
        append("sharing.opened", sharing, actor=actor, now=now, changes={"amount": [None, sharing.amount]})


def share_order(*, order: Any, now: datetime) -> None:
    """Handler of `order_completed`: the parts of others are due."""
    with elevated():
        for key in sharings_of_subject("order", order.id):
            sharing = lock(Sharing, key)
            sharing.claimed = sum(claim.amount for claim in claims_of(sharing))
            if sharing.status == "waiting":
                move(sharing, "share", actor=SHARER, now=now)
                enqueue("share_payment", sharing_id=key)
            elif sharing.status == "lapsed":
                sharing.unshared, sharing.unshared_why = max(sharing.claimed - sharing.shared, 0), "over"
        db.session.flush()


def release_order(*, order: Any, now: datetime) -> None:
    """Handler of `order_released`: the hold is over, so the merchant has what the channel leaves to it, and nothing more has to stay frozen."""
    with elevated():
        for key in sharings_of_subject("order", order.id):
            sharing = lock(Sharing, key)
            sharing.released_at = now
            db.session.flush()
            settle(sharing, now=now)
            if sharing.status == "shared":
                enqueue("finish_sharing", sharing_id=key)


def heed_refund_done(*, refund: Refund, actor: Actor, now: datetime) -> None:
    """Handler of `refund_succeeded`: the rest is smaller; a payment that went back whole has nothing to share."""
    with elevated():
        found = sharing_of(refund.payment_id)
        if found is None:
            return
        sharing = lock(Sharing, found.id)
        payment = db.session.get_one(Payment, sharing.payment_id)
        if payment.refunded == payment.amount and not sharing.shared and not call_underway(sharing.id) and sharing.status in {"waiting", "sharing", "shared"}:
            sharing.claimed = sharing.unshared = 0
            move(sharing, "void", actor=SHARER, now=now)
        settle(sharing, now=now)


def lapse(sharing_id: int, *, now: datetime) -> bool:
    """The freeze is over and the channel has released the rest by itself: what was not shared the merchant owes us. False while a request is under way."""
    with elevated():
        sharing = lock(Sharing, sharing_id)
        if sharing.status in ENDED or sharing.frozen_until > now or call_underway(sharing.id):
            return False
        sharing.claimed = sum(claim.amount for claim in claims_of(sharing))
        rest = max(sharing.claimed - sharing.shared, 0)
        if rest:
            sharing.unshared, sharing.unshared_why = rest, "over"
        sharing.finished_at = now
        move(sharing, "lapse", actor=SHARER, now=now)
        settle(sharing, now=now)
        return True


def warn(sharing: Sharing, *, now: datetime) -> bool:
    """Finance is told once that the freeze ends soon and something is not shared."""
    sharing = lock(Sharing, sharing.id)
    if sharing.warned_at is not None:
        return False
    sharing.warned_at = now
    db.session.flush()
    publish("happened", act="sharing.ending", record=sharing, reason="", actor=SHARER, now=now)
    return True


def nearly_over(sharing: Sharing, now: datetime) -> bool:
    """Whether the freeze ends within the days of the alarm."""
    return sharing.frozen_until <= now + timedelta(days=value_of("sharing.alarm_days"))
