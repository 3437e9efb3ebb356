"""Charge a party once for one thing; it is paid from the balance or by the channel, and what it bought begins. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.core.money import yuan
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.commission.queries import FixedPrice
from app.kernel.ledger.accounts import deferred, merchant_available, merchant_deposit, revenue
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.plan import charge_paid, surplus_of_merchant
from app.kernel.ledger.spending import free_to_spend
from app.kernel.ledger.values import AccountRef
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import close_payments_of, open_payment
from app.kernel.payments.operations.refunding import refund_unwanted
from app.kernel.plans.models import Booking, Charge, Deferral, Deposit, Subscription
from app.kernel.plans.owners import Owner

SUBJECT = "charge"
PAY_AT_ONCE = timedelta(hours=2)
SYSTEM = system("plans")
MODELS: dict[str, Any] = {"subscription": Subscription, "placement": Booking}


class NotEnoughToSpend(Refusal):
    """The merchant has less available than the charge, without what its statements are to pay."""

    code = "plans.not_enough"
    status = 409
    sentence = _l("可用余额 %(most)s，不够付 %(amount)s；账单已经要付的不能用。可以扫码支付")


class ChargeOver(Refusal):
    """The charge is paid or closed."""

    code = "plans.charge_over"
    status = 409
    sentence = _l("这笔费用已经付过或关闭了")


def charge(
    *, owner: Owner, purpose: str, subject_id: int, trade: str, kind: str, title: str, amount: int, actor: Actor, now: datetime,
    price: FixedPrice | None = None, pay_by: datetime | None = None,
) -> Charge:
    """`amount` fen are owed for the subject; one that stands open is enough. `price` is what the price list said."""
    with elevated():
        sequence = db.session.execute(text("SELECT nextval('plan_number')")).scalar_one()
        made = save(Charge(
            number=order_number("F", sequence, now), **owner.columns, purpose=purpose, subject_id=subject_id, trade=trade, kind=kind, title=title[:100],
            amount=amount, rule_version_id=price.version_id if price else None, pay_by=pay_by,
        ))
        append("plan_charge.made", made, actor=actor, now=now, changes={"amount": [None, amount]})
        publish("happened", act="plan_charge.made", record=made, reason="", actor=actor, now=now)
    return made


def pay_within(now: datetime) -> datetime:
    """Until when something that was ordered is kept for its buyer."""
    return now + timedelta(minutes=value_of("plans.pay_within"))


def charge_of(purpose: str, subject_id: int) -> Charge | None:
    """The newest charge of a subject that was not closed."""
    found = select(Charge).where(Charge.purpose == purpose, Charge.subject_id == subject_id, Charge.status != "closed")
    with elevated():
        return db.session.scalars(found.order_by(Charge.id.desc()).limit(1)).one_or_none()


def close_charge(purpose: str, subject_id: int, *, now: datetime) -> None:
    """Nobody owes it any more; its open payment is closed, and money that comes all the same goes back."""
    found = charge_of(purpose, subject_id)
    if found is not None and found.status == "waiting":
        with elevated():
            move(found, "close", actor=SYSTEM, now=now)
            close_payments_of(SUBJECT, found.id)


def open_charge_payment(found: Charge, *, actor: Actor, now: datetime) -> Payment:
    """The payment of a charge at the channel. Refuses ChargeOver."""
    if found.status != "waiting" or (found.pay_by is not None and found.pay_by <= now):
        raise ChargeOver
    return open_payment(
        SUBJECT, found.id, found.amount, description=found.title, trade=found.trade, merchant_id=found.merchant_id, customer_id=found.customer_id,
        expires_at=found.pay_by or now + PAY_AT_ONCE, actor=actor, now=now,
    )


# ---- effects of the charge's moves -------------------------------------------------------------------------------------

def take_from_balance(found: Charge, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `pay_from_balance`. Refuses NotEnoughToSpend."""
    if found.merchant_id is None:
        raise ChargeOver
    found.paid_at, found.method = now, "balance"
    with elevated():
        most = free_to_spend("merchant", found.merchant_id)
        if found.amount > most:
            raise NotEnoughToSpend(most=yuan(most), amount=yuan(found.amount))
        close_payments_of(SUBJECT, found.id)
        _settle(found, key=found.number, source=merchant_available(found.merchant_id), paid_at=now, now=now)


def take_from_channel(found: Charge, *, payment: Payment, now: datetime, **_: Any) -> None:
    """Effect of `pay`: the channel has the money."""
    found.payment_id, found.method, found.paid_at = payment.id, payment.channel, payment.paid_at or now
    _settle(found, key=payment.number, source=payment.clearing_account, paid_at=found.paid_at, now=now)


def _settle(found: Charge, *, key: str, source: AccountRef, paid_at: datetime, now: datetime) -> None:
    post(
        charge_paid(
            key=key, source=source, into=_begin(found, now), amount=found.amount, trade=found.trade, merchant_id=found.merchant_id,
            rule_version=found.rule_version_id, at=paid_at,
        ), now,
    )


def _begin(found: Charge, now: datetime) -> AccountRef:
    """What was paid for begins; where its money belongs: earned at once, earned over days, or put down by the merchant."""
    if found.purpose in ("entry", "service"):
        return revenue(found.kind)
    if found.purpose == "deposit":
        deposit = lock(Deposit, found.subject_id)
        if deposit.status == "due":
            move(deposit, "pay_in", actor=SYSTEM, now=now)
        return merchant_deposit(deposit.merchant_id)
    subject = move(lock(MODELS[found.purpose], found.subject_id), "pay", actor=SYSTEM, now=now)
    if subject.span is None:
        return revenue(found.kind)
    starts_on, days = subject.span
    save(Deferral(
        charge_id=found.id, kind=found.kind, trade=found.trade, merchant_id=found.merchant_id, total=found.amount, starts_on=starts_on, days=days,
    ))
    return deferred(found.kind)


def take_payment(*, payment: Payment, actor: Actor, now: datetime) -> None:
    """Handler of `payment_succeeded`: the charge is paid; a payment too many goes back, to a merchant into what it has available."""
    if payment.subject_type != SUBJECT:
        return
    found = lock(Charge, payment.subject_id)
    if found.status == "waiting" and payment.amount == found.amount:
        move(found, "pay", actor=actor, now=now, payment=payment)
    elif payment.customer_id is not None:
        refund_unwanted(payment, reason="charge already paid or closed", actor=actor, now=now)
    elif payment.merchant_id is not None:
        post(
            surplus_of_merchant(
                payment=payment.number, merchant_id=payment.merchant_id, clearing=payment.clearing_account, amount=payment.amount,
                at=payment.paid_at or now,
            ), now,
        )


def overdue_charges(now: datetime, most: int = 200) -> list[Charge]:
    """Charges whose time to pay is over, those of the longest standing first."""
    late = select(Charge).where(Charge.status == "waiting", Charge.pay_by < now).order_by(Charge.pay_by).limit(most)
    return list(db.session.scalars(late))


def drop_unpaid(now: datetime) -> int:
    """What was ordered and not paid in time is cancelled, and its places are free; how many."""
    found = overdue_charges(now)
    for each in found:
        move(lock(MODELS[each.purpose], each.subject_id), "cancel", actor=SYSTEM, now=now)
    return len(found)
