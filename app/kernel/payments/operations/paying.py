"""Open a payment, prepare it at the channel, confirm it, ask about it, close it. Amounts in fen.

The channel is asked only between transactions (`outside`): the operations that call it commit what was done before. Money
that arrives is told upward as `payment_succeeded(payment=, actor=, now=)`, once for each payment, be it in time or late.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, get, lock, outside, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.parties.models import Merchant
from app.kernel.payments.channels.factory import account, channel, notify_url
from app.kernel.payments.channels.interface import ChannelPayment, ChannelRefused, ChannelUnavailable
from app.kernel.payments.models import Payment
from app.kernel.payments.models.money import TOP_UP

# Failed payments send no callback, and callbacks get lost: ask after these, and once more when the time to pay is over.
ASK_AFTER = (timedelta(minutes=1), timedelta(minutes=5))
ASK_AFTER_EXPIRY = timedelta(seconds=5)
UNKNOWN_THERE = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
CLOSED_THERE = UNKNOWN_THERE | {"ORDER_CLOSED", "ORDERCLOSED"}


class PayerUnknown(Refusal):
    """The channel needs to know who pays."""

    code = "payment.payer_unknown"
    status = 422
    sentence = _l("还不知道谁来付款：用微信登录，或带上付款人的 openid")


class ChannelAway(Refusal):
    """The channel gave no answer one can rely on; the same request may come again."""

    code = "payment.channel_away"
    status = 503
    sentence = _l("支付渠道暂时连不上，过一会儿再试，不会重复扣款")


class ChannelSaidNo(Refusal):
    """The channel refused the payment as it was asked for."""

    code = "payment.channel_said_no"
    status = 409
    sentence = _l("支付渠道没有受理：%(reason)s")


class PaymentOver(Refusal):
    """The payment is paid, closed, or past its time."""

    code = "payment.over"
    status = 409
    sentence = _l("这笔支付已经结束，刷新订单看结果")


class OtherAmountOpen(Refusal):
    """The subject has an open payment of another amount."""

    code = "payment.other_amount_open"
    status = 409
    sentence = _l("还有一笔金额不同的支付没有结束，等它关闭再付")


class SomebodyPays(Refusal):
    """Another person's payment of the same is under way."""

    code = "payment.somebody_pays"
    status = 409
    sentence = _l("这一份别人正在付，等几分钟没付成再来")


class UnknownPayment(Refusal):
    """The channel names a payment that we never opened."""

    code = "payment.unknown"
    status = 404
    sentence = _l("渠道有、我们没有的支付单：%(number)s")


class PaymentDiffers(Refusal):
    """The channel's word (`told`) about a payment is not ours: nothing is booked until a person has looked."""

    code = "payment.differs"
    status = 409
    sentence = _l("渠道说的和我们记的不一致（渠道 / 我们）：%(differences)s")


@dataclass(frozen=True)
class ReadyPayment:
    """A payment that its payer can make: `parameters` go to the mini-program; `payer_page` exists in the sandbox only."""

    number: str
    amount: int
    parameters: dict[str, str]
    payer_page: str | None


def open_payment(
    subject_type: str, subject_id: int, amount: int, description: str, trade: str, merchant_id: int | None, customer_id: int | None,
    expires_at: datetime, *, part_id: int = 0, held_by_us: bool = False, actor: Actor, now: datetime,
) -> Payment:
    """The open payment of the subject, or of a part of it, made if there is none; without a customer the merchant pays it. Two at once get the same one.

    `held_by_us` has the platform's own number take it, whatever number the merchant has: for what is earned long after, or by others.
    Refuses with OtherAmountOpen, SomebodyPays.
    """
    with elevated():
        found = open_payment_of(subject_type, subject_id, part_id)
        if found is None:
            sequence = db.session.execute(text("SELECT nextval('pay_payment_number')")).scalar_one()
            db.session.execute(
                insert(Payment).values(
                    number=order_number("P", sequence, now), subject_type=subject_type, subject_id=subject_id, part_id=part_id, amount=amount, trade=trade,
                    merchant_id=merchant_id, customer_id=customer_id, description=description, channel="wechat", status=Payment.__flow__.first,
                    account_number=account().merchant_id, sub_merchant="" if held_by_us else _sub_merchant(subject_type, merchant_id, customer_id),
                    expires_at=expires_at, created_at=now, updated_at=now, version=1,
                ).on_conflict_do_nothing(index_elements=["subject_type", "subject_id", "part_id"], index_where=text("status = 'created'"))
            )
            found = open_payment_of(subject_type, subject_id, part_id)
        if found is None or found.amount != amount:
            raise OtherAmountOpen
        if found.customer_id != customer_id:
            raise SomebodyPays
    return found


def pay_at_once(
    *, channel: str, account_number: str, subject_type: str, subject_id: int, amount: int, description: str, trade: str, merchant_id: int | None,
    customer_id: int, actor: Actor, now: datetime, **of_the_tender: int,
) -> Payment:
    """A payment that is made as soon as it is asked for, because we keep what pays it; told upward like any other. Runs elevated.

    The caller has locked what pays and found enough of it; `of_the_tender` are columns such as `principal`.
    """
    sequence = db.session.execute(text("SELECT nextval('pay_payment_number')")).scalar_one()
    number = order_number("P", sequence, now)
    payment = save(Payment(
        number=number, subject_type=subject_type, subject_id=subject_id, trade=trade, merchant_id=merchant_id, customer_id=customer_id, amount=amount,
        description=description, channel=channel, account_number=account_number, expires_at=now, **of_the_tender,
    ))
    payment.channel_number, payment.paid_at = number, now
    payment = move(payment, "pay", actor=actor, now=now)
    publish("payment_succeeded", payment=payment, actor=actor, now=now)
    return payment


def _sub_merchant(subject_type: str, merchant_id: int | None, customer_id: int | None) -> str:
    """Whose money it is at the channel: the merchant's own that has a number there (分账), else ours. What fills a wallet is ours to keep."""
    if merchant_id is None or customer_id is None or subject_type == TOP_UP:
        return ""
    merchant = get(Merchant, merchant_id)
    return (merchant.sub_merchant_number or "") if merchant.funds_model == "split" else ""


def open_payment_of(subject_type: str, subject_id: int, part_id: int = 0) -> Payment | None:
    """The payment of the subject, or of that part of it, that waits for its payer, if any."""
    return next((payment for payment in open_payments_of(subject_type, subject_id) if payment.part_id == part_id), None)


def open_payments_of(subject_type: str, subject_id: int) -> list[Payment]:
    """All payments of the subject, whole or in part, that wait for their payers."""
    statement = select(Payment).where(Payment.subject_type == subject_type, Payment.subject_id == subject_id, Payment.status == "created")
    return list(db.session.scalars(statement.order_by(Payment.id)))


def prepare_payment(payment_id: int, payer_openid: str, *, now: datetime) -> ReadyPayment:
    """The payment stands at the channel, and the payer can make it; asking again gives the same payment.

    Commits before it calls. Refuses with PayerUnknown, PaymentOver, ChannelAway, ChannelSaidNo.
    """
    if not payer_openid:
        raise PayerUnknown(field="openid")
    payment = get(Payment, payment_id)
    if payment.status != "created" or payment.expires_at <= now:
        raise PaymentOver
    if payment.prepay_id is None:
        _ask_later(payment, now)
    asked = (payment.number, payment.amount, payment.description, payer_openid, notify_url(), payment.expires_at, payment.sub_merchant)
    with outside(), _said_in_our_words():
        prepaid = channel().prepay(*asked)
    with elevated():
        payment = lock(Payment, payment_id)
        payment.prepay_id = prepaid.prepay_id
        db.session.flush()
    return ReadyPayment(payment.number, payment.amount, dict(prepaid.client_parameters), channel().payer_page(prepaid.prepay_id))


def prepare_code(payment_id: int, *, now: datetime) -> str:
    """The address that stands in the QR code by which whoever scans it pays; asking again gives the same.

    Commits before it calls. Refuses with PaymentOver, ChannelAway, ChannelSaidNo.
    """
    payment = get(Payment, payment_id)
    if payment.status != "created" or payment.expires_at <= now:
        raise PaymentOver
    if payment.code_url is not None:
        return payment.code_url
    _ask_later(payment, now)
    asked = (payment.number, payment.amount, payment.description, notify_url(), payment.expires_at, payment.sub_merchant)
    with outside(), _said_in_our_words():
        address = channel().prepay_code(*asked)
    with elevated():
        lock(Payment, payment_id).code_url = address
        db.session.flush()
    return address


def _ask_later(payment: Payment, now: datetime) -> None:
    for at in (*(now + pause for pause in ASK_AFTER), payment.expires_at + ASK_AFTER_EXPIRY):
        enqueue("ask_about_payment", at=at, payment_id=payment.id)


@contextmanager
def _said_in_our_words() -> Iterator[None]:
    """What the channel answers to a prepayment it does not take, as refusals of ours."""
    try:
        yield
    except ChannelUnavailable as silent:
        raise ChannelAway from silent
    except ChannelRefused as refused:
        if refused.code == "ORDERPAID":
            raise PaymentOver from refused
        raise ChannelSaidNo(reason=refused.message) from refused


def confirm_payment(told: ChannelPayment, *, actor: Actor, now: datetime) -> Payment:
    """What the channel says is paid is paid here too, once; a replay changes nothing. A closed payment is revived by its money.

    Refuses with UnknownPayment and PaymentDiffers; then nothing was booked.
    """
    with elevated():
        key = db.session.scalars(select(Payment.id).where(Payment.number == told.number)).one_or_none()
        if key is None:
            raise UnknownPayment(number=told.number)
        payment = lock(Payment, key)
        _compare(payment, told)
        if payment.status == "paid":
            return payment
        payment.channel_number, payment.paid_at = told.transaction_id, told.paid_at
        payment = move(payment, "pay", actor=actor, now=now)
        publish("payment_succeeded", payment=payment, actor=actor, now=now)
    return payment


def _compare(payment: Payment, told: ChannelPayment) -> None:
    """Amount, account, application, and the channel's own number must be those that we know."""
    pairs = {
        "state": (told.state, told.state if told.is_paid else "SUCCESS"),
        "amount": (told.amount_fen, payment.amount),
        "mchid": (told.merchant_id, payment.account_number),
        "sub_mchid": (told.sub_merchant, payment.sub_merchant),
        "appid": (told.appid, account().appid),
        "transaction_id": (told.transaction_id, payment.channel_number or told.transaction_id or "?"),
        "success_time": (told.paid_at is not None, True),
    }
    differences = [f"{name} {theirs} / {ours}" for name, (theirs, ours) in pairs.items() if theirs != ours]
    if differences:
        raise PaymentDiffers(differences="; ".join(differences), told=told)


def ask_about_payment(payment_id: int, *, actor: Actor, now: datetime) -> Payment:
    """The payment is here what it is at the channel: confirmed, closed, or, until its time is over, left waiting.

    Commits before it calls. Raises ChannelUnavailable: ask again later.
    """
    payment = get(Payment, payment_id)
    if payment.status != "created":
        return payment
    number, sub_merchant = payment.number, payment.sub_merchant
    with outside():
        told = _query(number, sub_merchant)
    if told is not None and told.is_paid:
        return confirm_payment(told, actor=actor, now=now)
    payment = get(Payment, payment_id)
    if told is not None and told.state == "CLOSED":
        return _close_here(payment_id, actor=actor, now=now)
    if payment.expires_at <= now:
        return close_payment(payment_id, actor=actor, now=now)
    return payment


def _query(number: str, sub_merchant: str) -> ChannelPayment | None:
    """The payment as the channel knows it; None when it knows none."""
    try:
        return channel().query(number, sub_merchant)
    except ChannelRefused as refused:
        if refused.code in UNKNOWN_THERE:
            return None
        raise


def close_payment(payment_id: int, *, actor: Actor, now: datetime) -> Payment:
    """Nobody can pay it any more; what turns out to be paid is confirmed instead.

    Commits before it calls. Raises ChannelUnavailable: close again later.
    """
    payment = get(Payment, payment_id)
    if payment.status != "created":
        return payment
    number, sub_merchant, told = payment.number, payment.sub_merchant, None
    with outside():
        try:
            channel().close(number, sub_merchant)
        except ChannelRefused as refused:
            if refused.code == "ORDERPAID":
                told = channel().query(number, sub_merchant)
            elif refused.code not in CLOSED_THERE:
                raise
    if told is not None:
        return confirm_payment(told, actor=actor, now=now)
    return _close_here(payment_id, actor=actor, now=now)


def _close_here(payment_id: int, *, actor: Actor, now: datetime) -> Payment:
    with elevated():
        payment = lock(Payment, payment_id)
        if payment.status != "created":
            return payment
        payment.closed_at = now
        return move(payment, "close", actor=actor, now=now)


def close_payments_of(subject_type: str, subject_id: int) -> None:
    """Once this transaction commits, the subject's open payments are closed at the channel by a job."""
    with elevated():
        waiting = open_payments_of(subject_type, subject_id)
    for payment in waiting:
        enqueue("close_payment", payment_id=payment.id)
