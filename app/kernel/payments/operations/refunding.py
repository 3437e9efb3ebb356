"""Give money back through the channel. Amounts in fen.

Whoever creates a refund has promised it in the ledger (`refund_payable`) in the same transaction; what the channel confirms
leaves clearing. A refund keeps its number whatever happens: the channel refunds a number once, so it may be sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, get, lock, outside, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.audit.operations import append
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.refund import refund_confirmed, surplus_refund
from app.kernel.payments.channels.factory import channel, notify_url
from app.kernel.payments.channels.interface import ChannelBusy, ChannelRefund, ChannelRefused, ChannelUnavailable
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.anomalies import note_anomaly
from app.kernel.payments.operations.refund_gates import waits
from app.kernel.payments.operations.refund_limits import beyond_channel, check_amount, refuse_while_underway
from app.kernel.payments.tenders import Tender, tender_of

SURPLUS = "surplus"  # the origin of a refund of what nobody had asked for
PAUSE = timedelta(seconds=61)
ASK_AFTER = (timedelta(minutes=1), timedelta(minutes=5))
ASK_SOON = timedelta(seconds=10)
SENDER = system("payments")


class UnknownRefund(Refusal):
    """The channel names a refund that we never asked for."""

    code = "refund.unknown"
    status = 404
    sentence = _l("渠道有、我们没有的退款单：%(number)s")


class RefundDiffers(Refusal):
    """The channel's word about a refund is not ours."""

    code = "refund.differs"
    status = 409
    sentence = _l("渠道说的和我们记的不一致（渠道 / 我们）：%(differences)s")


def create_refund(
    payment: Payment, *, amount: int, reason: str, actor: Actor, now: datetime, replaces: Refund | None = None, even_by_hand: bool = False,
    origin: str = "",
) -> Refund:
    """A refund with its final number, on its way to the channel as soon as this commits, or as the channel's minute allows.

    The caller has promised the amount in the ledger. Refuses with NotPaid, MoreThanPaid, and what the channel would refuse:
    RefundTooLate, TooManyRefunds. `origin` names what asked for it.
    With `even_by_hand` the latter two leave a refund that says so and waits to be paid another way.
    """
    with elevated():
        payment = lock(Payment, payment.id)
        made, last = db.session.execute(select(func.count(), func.max(Refund.send_at)).where(Refund.payment_id == payment.id)).one()
        check_amount(payment, amount)
        limit = beyond_channel(payment, made, now)
        if limit and not even_by_hand:
            raise limit
        sequence = db.session.execute(text("SELECT nextval('pay_refund_number')")).scalar_one()
        refund = save(Refund(
            number=order_number("R", sequence, now), payment_id=payment.id, subject_type=payment.subject_type, subject_id=payment.subject_id,
            trade=payment.trade, merchant_id=payment.merchant_id, customer_id=payment.customer_id, amount=amount, reason=reason, origin=origin, asked_at=now,
            send_at=max(now, last + PAUSE) if last and not tender_of(payment.channel) else now, replaces_id=replaces.id if replaces else None,
        ))
        db.session.refresh(payment, ["refunded"])
        append("refund.created", refund, actor=actor, now=now, reason=reason, changes={"amount": [None, amount]})
        if limit:
            return _give_up(refund.id, str(limit), now)
        enqueue("send_refund", at=refund.send_at if refund.send_at > now else None, refund_id=refund.id)
    return refund


def refund_unwanted(payment: Payment, *, reason: str, actor: Actor, now: datetime) -> Refund:
    """A payment that nobody asked for (paid twice, paid after closing) is booked as owed to the customer and sent back whole."""
    with elevated():
        received_at = payment.paid_at or now
        post(
            surplus_refund(
                payment.reference, payment=payment.number, customer_id=payment.customer_id, clearing=payment.clearing_account,
                amount=payment.amount, received_at=received_at,
            ), now,
        )
        refund = create_refund(payment, amount=payment.amount, reason=reason, actor=actor, now=now, even_by_hand=True, origin=SURPLUS)
        others = select(Payment.id).where(
            Payment.subject_type == payment.subject_type, Payment.subject_id == payment.subject_id, Payment.status == "paid", Payment.id != payment.id
        )
        kind = "paid_late" if db.session.scalars(others).first() is None else "paid_twice"
        note_anomaly(
            kind, payment.number, done="refunded", now=now, subject=payment.number, amount=payment.amount, detail=payment.description, payment=payment,
            refund=refund,
        )
        return refund


def send_refund(refund_id: int, *, actor: Actor, now: datetime) -> Refund:
    """Ask the channel for the refund, with the number it has had from the start. Safe to repeat.

    Commits before it calls. No answer means that nobody knows: a job asks. Too soon means the same call comes again. What stands at a gate
    (`refund_gates`) is sent by whoever opens it.
    """
    refund = get(Refund, refund_id)
    if refund.status != "created":
        return refund
    if refund.send_at > now:
        enqueue("send_refund", at=refund.send_at, refund_id=refund_id)
        return refund
    payment = get(Payment, refund.payment_id)
    tender = tender_of(payment.channel)
    if tender:
        return refund if tender.in_hand else _into_tender(refund_id, tender, actor=actor, now=now)
    limit = beyond_channel(payment, 0, now)
    if limit:
        return _give_up(refund_id, str(limit), now)
    if waits(refund, actor=actor, now=now):
        return refund
    asked = (payment.number, refund.number, refund.amount, payment.amount, refund.reason, notify_url(), payment.sub_merchant)
    with outside():
        outcome = _send(*asked)
    if isinstance(outcome, ChannelRefund):
        return heed_refund(outcome, actor=actor, now=now)
    return _not_accepted(refund_id, outcome, actor=actor, now=now)


def hand_back(refund_id: int, *, actor: Actor, now: datetime) -> Refund:
    """A person gave the customer what the refund owes, out of what the merchant holds. The caller has checked that it waits for that."""
    tender = tender_of(get(Payment, get(Refund, refund_id).payment_id).channel)
    if tender is None or not tender.in_hand:
        raise ValueError(f"refund {refund_id} is not handed back by a person")
    return _into_tender(refund_id, tender, actor=actor, now=now)


def _into_tender(refund_id: int, tender: Tender, *, actor: Actor, now: datetime) -> Refund:
    """What a wallet, points, or an account paid is there again."""
    with elevated():
        refund = lock(Refund, refund_id)
        if refund.status != "created":
            return refund
        tender.give_back(lock(Payment, refund.payment_id), refund, now)
        refund.succeeded_at, refund.channel_number = now, refund.number
        refund = move(refund, "succeed", actor=actor, now=now)
        publish("refund_succeeded", refund=first_asked(refund), actor=actor, now=now)
    return refund


def _send(*asked: Any) -> ChannelRefund | ChannelUnavailable | ChannelRefused:
    try:
        return channel().refund(*asked)
    except (ChannelUnavailable, ChannelRefused) as problem:
        return problem


def _give_up(refund_id: int, why: str, now: datetime) -> Refund:
    """Nothing was asked of the channel, for it would refuse: the refund waits for a person."""
    with elevated():
        refund = lock(Refund, refund_id)
        refund.problem = why[:200]
        return move(refund, "fail", actor=SENDER, now=now, reason=refund.problem)


def _not_accepted(refund_id: int, problem: ChannelUnavailable | ChannelRefused, *, actor: Actor, now: datetime) -> Refund:
    with elevated():
        refund = lock(Refund, refund_id)
        if refund.status != "created":
            return refund
        refund.problem = str(problem)[:200]
        if isinstance(problem, ChannelBusy):
            refund.send_at = now + PAUSE
            enqueue("send_refund", at=refund.send_at, refund_id=refund_id)
        elif isinstance(problem, ChannelUnavailable):
            enqueue("ask_about_refund", at=now + ASK_SOON, refund_id=refund_id)
        else:
            refund = move(refund, "fail", actor=actor, now=now, reason=refund.problem)
        db.session.flush()
    return refund


def heed_refund(told: ChannelRefund, *, actor: Actor, now: datetime) -> Refund:
    """The refund is here what it is at the channel; money that has reached the customer is booked and told upward, once.

    Publishes `refund_succeeded(refund=, actor=, now=)` with the refund that was asked for at first. Refuses with UnknownRefund
    and RefundDiffers; then nothing changed.
    """
    with elevated():
        key = db.session.scalars(select(Refund.id).where(Refund.number == told.refund_number)).one_or_none()
        if key is None:
            raise UnknownRefund(number=told.refund_number)
        refund = lock(Refund, key)
        payment = get(Payment, refund.payment_id)
        _compare(refund, payment, told)
        if refund.status == "succeeded":
            return refund
        refund.channel_number = told.refund_id
        if told.state == "SUCCESS":
            return _succeed(refund, payment, told, actor=actor, now=now)
        return _follow(refund, told.state, actor=actor, now=now)


def _compare(refund: Refund, payment: Payment, told: ChannelRefund) -> None:
    pairs = {
        "out_trade_no": (told.number, payment.number),
        "transaction_id": (told.transaction_id, payment.channel_number),
        "refund": (told.amount_fen, refund.amount),
        "total": (told.total_fen, payment.amount),
        "refund_id": (told.refund_id, refund.channel_number or told.refund_id),
    }
    differences = [f"{name} {theirs} / {ours}" for name, (theirs, ours) in pairs.items() if theirs != ours]
    if differences:
        raise RefundDiffers(differences="; ".join(differences))


def _succeed(refund: Refund, payment: Payment, told: ChannelRefund, *, actor: Actor, now: datetime) -> Refund:
    refund.succeeded_at, refund.problem = told.succeeded_at or now, ""
    refund = move(refund, "succeed", actor=actor, now=now)
    post(
        refund_confirmed(
            refund.reference, refund=refund.number, customer_id=refund.customer_id, clearing=payment.clearing_account, amount=refund.amount,
            confirmed_at=refund.succeeded_at or now,
        ), now,
    )
    publish("refund_succeeded", refund=first_asked(refund), actor=actor, now=now)
    return refund


def first_asked(refund: Refund) -> Refund:
    """The refund that stands at the beginning of a chain of replacements: the one that others know."""
    while refund.replaces_id is not None:
        refund = get(Refund, refund.replaces_id)
    return refund


def _follow(refund: Refund, state: str, *, actor: Actor, now: datetime) -> Refund:
    """What has not reached the customer: accepted, stuck, or given up by the channel."""
    step = {"PROCESSING": "submit", "ABNORMAL": "fail", "CLOSED": "close"}.get(state)
    if step is None or refund.status not in Refund.__flow__[step].sources:
        db.session.flush()
        return refund
    refund.problem = "" if state == "PROCESSING" else state
    refund = move(refund, step, actor=actor, now=now, reason=refund.problem)
    if step == "submit":
        for pause in ASK_AFTER:
            enqueue("ask_about_refund", at=now + pause, refund_id=refund.id)
    return refund


def ask_about_refund(refund_id: int, *, actor: Actor, now: datetime) -> Refund:
    """The refund is here what it is at the channel. One that never got there is sent again, with its own number.

    Commits before it calls. Raises ChannelUnavailable: ask again later.
    """
    refund = get(Refund, refund_id)
    if refund.status not in {"created", "submitted", "abnormal"}:
        return refund
    payment = get(Payment, refund.payment_id)
    if tender_of(payment.channel):
        return refund
    number, sub_merchant = refund.number, payment.sub_merchant
    with outside():
        try:
            told = channel().query_refund(number, sub_merchant)
        except ChannelRefused as refused:
            if refused.code != "RESOURCE_NOT_EXISTS":
                raise
            told = None
    if told is not None:
        return heed_refund(told, actor=actor, now=now)
    refund = get(Refund, refund_id)
    if refund.status == "created":
        enqueue("send_refund", at=max(refund.send_at, now), refund_id=refund_id)
    return refund


def send_again(refund: Refund, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `retry`: the same number goes to the channel again. Refuses RefundTooLate, OtherWayUnderway."""
    refuse_while_underway(refund)
    if limit := beyond_channel(get(Payment, refund.payment_id), 0, now):
        raise limit
    refund.send_at = now
    enqueue("send_refund", refund_id=refund.id)


def replace(refund: Refund, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `replace`: the channel has closed the refund for good, so the customer gets another one in its place.

    What was promised in the ledger still stands, and the new refund fulfils it.
    """
    refuse_while_underway(refund)
    refund.replaced_at = now
    with elevated():
        create_refund(get(Payment, refund.payment_id), amount=refund.amount, reason=refund.reason, actor=actor, now=now, replaces=refund, origin=refund.origin)
