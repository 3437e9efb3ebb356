"""Place, pay, complete, and close an order. What a trade adds it does in its own operations and flow effects.

A trade's flow has the moves `pay` and, for what ends without completion, moves whose effect calls `close_order`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.money import split_remaining, yuan
from app.extensions import db
from app.framework.database import elevated, lock
from app.framework.events import publish
from app.framework.flow import move
from app.framework.live import announce
from app.kernel.commission.models import FeeLine
from app.kernel.commission.operations import freeze_fees, reckon_fees
from app.kernel.ledger.accounts import merchant_pending, pending, revenue
from app.kernel.ledger.operations import post, take_from_available
from app.kernel.ledger.postings.cash import cash_order_completed
from app.kernel.ledger.postings.completion import order_completed
from app.kernel.ledger.postings.payment import order_paid
from app.kernel.ledger.postings.refund import refund_before_completion
from app.kernel.ledger.values import OrderRef, Share
from app.kernel.orders.models import Order, OrderLine
from app.kernel.orders.parts import drop_parts, open_parts, settle_part
from app.kernel.orders.rules import Price
from app.kernel.orders.writing import write_order
from app.kernel.payments.channels.interface import ChannelUnavailable
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.paying import ChannelAway, close_payment, close_payments_of, open_payment_of, pay_at_once
from app.kernel.payments.operations.refunding import SURPLUS, create_refund, refund_unwanted
from app.kernel.payments.tenders import channels_in_hand, rank_of, tender_of

AnyOrder = TypeVar("AnyOrder", bound=Order)
SYSTEM = system("orders")
PLATFORM = "platform"


class BalanceDue(Refusal):
    """Something of the order is not paid: it is collected, or no longer owed, before the order is done."""

    code = "order.balance_due"
    status = 409
    sentence = _l("还有 %(due)s 没有收，收齐再完成这一单")


class NotPayable(Refusal):
    """The order is paid, cancelled, or overdue."""

    code = "order.not_payable"
    status = 409
    sentence = _l("这一单现在不能付款：已付、已取消或已超时")


def place_order(
    model: type[AnyOrder], price: Price, *, prefix: str, merchant_id: int, customer_id: int, customer_name: str, fee_kinds: Sequence[str],
    pay_within: timedelta, kind: str = "", note: str = "", deposit: int = 0, now: datetime, **of_the_trade: Any,
) -> AnyOrder:
    """Write an order with its lines and frozen fees; the customer owes `price.payable`, or first a `deposit` (fen) of it, until `pay_within` is over.
    `kind` is what the trade tells orders apart by (a way of serving): rules of the price list may ask for it.

    The caller has locked and reduced the stock. Runs elevated: a customer writes what belongs to a merchant too.
    """
    order = model(
        status=model.__flow__.first, merchant_id=merchant_id, customer_id=customer_id, customer_name=customer_name,
        kind=kind, goods=price.sum_of("goods"), delivery=price.sum_of("delivery"), packing=price.sum_of("packing"),
        merchant_discount=price.merchant_discount, platform_discount=price.platform_discount, payable=price.payable,
        note=note, deposit=deposit, placed_at=now, pay_by=now + pay_within, **of_the_trade,
    )
    fees = reckon_fees(order.trade, merchant_id, fee_kinds, price.bases(), units=price.units(), order_kind=kind, now=now)
    order.commission = sum(fee.amount for fee in fees if fee.payee == PLATFORM)
    write_order(order, _lines_of(order, price, 1), fees, prefix=prefix, now=now)
    return order


def add_lines(order: Order, price: Price, *, fee_kinds: Sequence[str], now: datetime) -> list[OrderLine]:
    """The order that stands grows by these lines, with fees frozen by the rules of this moment; the customer owes that much more. The caller has
    locked the order. Refuses NotPayable for one that is not under way."""
    if order.paid_at is None or order.completed_at is not None or order.closed_at is not None:
        raise NotPayable
    lines = _lines_of(order, price, max(line.seq for line in order.lines) + 1)
    order.goods += price.sum_of("goods")
    order.delivery += price.sum_of("delivery")
    order.packing += price.sum_of("packing")
    order.merchant_discount += price.merchant_discount
    order.payable += price.payable
    order.lines += lines
    db.session.flush()
    fees = freeze_fees(
        order.id, order.number, order.trade, order.merchant_id, fee_kinds, price.bases(), [line.id for line in lines], units=price.units(),
        order_kind=order.kind, now=now,
    )
    order.commission += sum(fee.amount for fee in fees if fee.payee == PLATFORM)
    db.session.flush()
    return lines


def _lines_of(order: Order, price: Price, first: int) -> list[OrderLine]:
    return [
        OrderLine(
            merchant_id=order.merchant_id, customer_id=order.customer_id, seq=seq, kind=line.draft.kind, subject_id=line.draft.subject_id,
            title=line.draft.title, spec=line.draft.spec, details=line.draft.details, price=line.draft.price, quantity=line.draft.quantity,
            amount=line.draft.amount, payable=line.payable, subsidy=line.subsidy,
            earner_kind="merchant" if line.draft.earner_id else "", earner_id=line.draft.earner_id,
        )
        for seq, line in enumerate(price.lines, start=first)
    ]


def take_payment(*, payment: Payment, actor: Actor, now: datetime) -> None:
    """Handler of `payment_succeeded`: the payment's money is in escrow, and with the last fen (of the deposit, where there is one) the order is paid;
    a payment too many goes back.

    A channel of another firm pays all that is due, the deposit, or one of the parts that the order was laid in; what we keep ourselves (a wallet,
    points) may pay any part before. Of an order that stands any part of the balance may be paid: `balance_paid(order=, payment=, now=)` tells of it.
    """
    if payment.subject_type != "order":
        return
    order = lock(Order, payment.subject_id)
    stands = order.takes_balance
    if (order.status != _first_state(order) and not stands) or not _fits(order, payment):
        refund_unwanted(payment, reason="order already paid or closed", actor=actor, now=now)
        return
    settle_part(payment)
    order.paid += payment.amount
    enough = not stands and not order.due_first
    subsidies = {"coupon_subsidy": order.platform_discount} if order.platform_discount and enough else {}
    post(
        order_paid(
            reference(order), payment=payment.number, paid=payment.sources, subsidies=subsidies,
            paid_at=payment.paid_at or now,
        ), now,
    )
    if enough:
        drop_parts(order.id)
        order.paid_at = payment.paid_at
        move(order, "pay", actor=actor, now=now)
    db.session.flush()
    if stands:
        publish("balance_paid", order=order, payment=payment, now=now)
        tell(order)


def drop_other_payment(order_id: int, *, now: datetime) -> None:
    """A payment by the channel that the customer began and left is closed there; one that turns out to be paid has paid the order.

    Commits before it calls. Refuses ChannelAway. Runs elevated.
    """
    waiting = open_payment_of("order", order_id)
    if waiting is None:
        return
    try:
        close_payment(waiting.id, actor=SYSTEM, now=now)
    except ChannelUnavailable as silent:
        raise ChannelAway from silent


def lock_due(order_id: int, part_id: int = 0, *, now: datetime, refusal: type[Refusal] = NotPayable) -> Order:
    """The order, locked, with something due that can be paid at once; raises `refusal` for any other. Runs elevated.

    `part_id` names the part that is to be paid; an order that is laid in parts is paid by them alone.
    """
    order = lock(Order, order_id)
    waits = order.status == _first_state(order) and order.due and order.pay_by > now
    if not (waits or order.takes_balance) or open_payment_of("order", order.id, part_id):
        raise refusal
    waiting = {part.id for part in open_parts([order.id])}
    if part_id not in waiting if part_id else waiting:
        raise refusal
    return order


def _fits(order: Order, payment: Payment) -> bool:
    """Whether the order takes the payment: its part waits, or it is all that is due, or the deposit, or a piece of it out of what we keep ourselves."""
    if payment.part_id:
        return any(part.id == payment.part_id and part.amount == payment.amount for part in open_parts([order.id]))
    pieces = order.paid_at is not None or tender_of(payment.channel) is not None
    return payment.amount in {order.due, order.due_first} or (pieces and payment.amount < order.due)


def pay_part(
    order: Order, amount: int, *, channel: str, account_number: str, payer: int | None = None, actor: Actor = SYSTEM, now: datetime, **of_the_tender: int,
) -> Payment:
    """`amount` of what is due is paid at once by a way that we keep ourselves; the order came from `lock_due`. `payer` is the customer who pays, when
    it is not who ordered. Runs elevated."""
    return pay_at_once(
        channel=channel, account_number=account_number, subject_type="order", subject_id=order.id, amount=amount, description=order.number,
        trade=order.trade, merchant_id=order.merchant_id, customer_id=payer or order.customer_id, actor=actor, now=now, **of_the_tender,
    )


def payments_that_paid(order: Order) -> list[Payment]:
    """The payments that the order's money came from, in the fixed order of refunds; not those that came too many. Of an order that was split off
    they are those of the order it came from."""
    paid_with = order.root_id
    unwanted = select(Refund.payment_id).where(Refund.subject_type == "order", Refund.subject_id == paid_with, Refund.origin == SURPLUS)
    statement = select(Payment).where(
        Payment.subject_type == "order", Payment.subject_id == paid_with, Payment.status == "paid", Payment.id.not_in(unwanted)
    )
    return sorted(db.session.scalars(statement), key=lambda payment: (rank_of(payment.channel), payment.id))


def paid_of(order: Order) -> list[tuple[Payment, int]]:
    """Fen that each payment holds for the order, net of refunds. One that paid for orders split off each other holds for each in proportion."""
    payments = payments_that_paid(order)
    remaining = [payment.remaining for payment in payments]
    return list(zip(payments, split_remaining(order.remaining, remaining) if sum(remaining) != order.remaining else remaining, strict=True))


def _first_state(order: Order) -> str:
    return str(type(order).__flow__.first)  # type: ignore[attr-defined]


def complete_order(order: Order, *, now: datetime) -> None:
    """What the order holds in escrow goes to those who earned it and to the platform's fees, net of refunds: lines that name an earner to that
    party's pending, all others to the merchant's, with the fees that are not the platform's own (a leader's commission is its order's merchant's). Of
    an order paid in cash the merchant has the cash already, so that what the rest does not cover is taken from what it has available, or owed.

    Publishes `order_completing(order=, now=)` first, whose handlers may name earners, and `order_completed` at the end. Refuses BalanceDue.
    """
    if order.due:
        raise BalanceDue(due=yuan(order.due))
    publish("order_completing", order=order, now=now)
    fees = fee_lines_of(order.id)
    own = [line for line in fees if line.payee == PLATFORM]
    earned = {kind: sum(line.amount - line.returned for line in own if line.kind == kind) for kind in sorted({line.kind for line in own})}
    held = order.paid + order.platform_discount - order.refunded - sum(line.subsidy_returned for line in order.lines)
    order.completed_at = now
    db.session.flush()
    others = _share_lines(order, fees)
    revenues = [Share(revenue(kind), amount) for kind, amount in earned.items()]
    if held:
        versions = sorted({line.rule_version_id for line in fees})
        with elevated():
            cash = cash_of(order)
            left = held - sum(earned.values()) - sum(share.amount for share in others) - cash
            payees = [*([Share(merchant_pending(order.merchant_id), left)] if left > 0 or not cash else []), *others]
            if cash:
                posting = cash_order_completed(
                    reference(order), cash=cash, payees=payees, from_merchant=take_from_available(order.merchant_id, max(-left, 0)), revenues=revenues,
                    completed_at=now, rule_versions=versions,
                )
            else:
                posting = order_completed(reference(order), payees=payees, revenues=revenues, completed_at=now, rule_versions=versions)
            post(posting, now)
    publish("order_completed", order=order, now=now)


def _share_lines(order: Order, fees: Sequence[FeeLine]) -> list[Share]:
    """What lines with an earner of their own bring to it, net of fees; noted on the line."""
    shares = []
    for line in order.lines:
        if line.earner_id is not None:
            charged = sum(fee.amount - fee.returned for fee in fees if fee.order_line_id == line.id)
            line.earned = line.refundable + line.subsidy - line.subsidy_returned - charged
            shares += [Share(pending(line.earner_kind, line.earner_id), line.earned)] if line.earned else []
    return shares


def close_order(order: Order, *, now: datetime) -> None:
    """The order ends without completion; its escrow is empty or was refunded by the caller, and it can not be paid any more."""
    order.closed_at = now
    close_payments_of("order", order.id)
    drop_parts(order.id)
    if order.paid and order.paid_at is None:
        _return_parts(order, now)
    publish("order_closed", order=order, now=now)


def _return_parts(order: Order, now: datetime) -> None:
    """An order that was paid in part and never whole gives every part back to where it came from."""
    for payment in payments_that_paid(order):
        post(refund_before_completion(
            reference(order), refund=f"{order.number}/{payment.number}", to_customers=to_payers([(payment, payment.amount)]), subsidies={},
            refunded_at=now,
        ), now)
        create_refund(payment, amount=payment.amount, reason=str(_l("订单没有付完，已取消")), actor=SYSTEM, now=now)
    order.refunded = order.paid
    db.session.flush()


def cash_of(order: Order) -> int:
    """Fen of what the order's payments hold for it that lie with the merchant, net of refunds."""
    return sum(fen for payment, fen in paid_of(order) if payment.channel in channels_in_hand())


def to_payers(parts: Iterable[tuple[Payment, int]]) -> dict[int, int]:
    """Customer → fen of what is given back of payments: each part is owed to who paid it."""
    owed: dict[int, int] = {}
    for payment, amount in parts:
        owed[payment.customer_id or 0] = owed.get(payment.customer_id or 0, 0) + amount
    return owed


def fee_lines_of(order_id: int) -> list[FeeLine]:
    """The frozen fees of an order, in order of lines: all of them whoever asks, also those that no merchant reads. Pages show what the reader may see."""
    with elevated():
        return list(db.session.scalars(select(FeeLine).where(FeeLine.order_id == order_id).order_by(FeeLine.order_line_id, FeeLine.kind)))


def lock_fee_lines(order_id: int) -> list[FeeLine]:
    """The same, locked and read anew: nobody else changes them before this transaction ends."""
    asked = select(FeeLine).where(FeeLine.order_id == order_id).order_by(FeeLine.order_line_id, FeeLine.kind)
    with elevated():
        return list(db.session.scalars(asked.with_for_update(of=FeeLine).execution_options(populate_existing=True)))


def reference(order: Order) -> OrderRef:
    """How ledger postings name the order."""
    return OrderRef(order.id, order.trade, order.merchant_id)


def tell(order: Order, topics: Iterable[str] = ()) -> None:
    """Wake the open pages that show this order, when the transaction commits."""
    for topic in (f"merchant:{order.merchant_id}:orders", f"order:{order.id}", *topics):
        announce(topic, order=order.id, status=order.status)


def tell_moved(*, record: Any, **_: Any) -> None:
    """Handler of `record_moved`: open boards hear of every move of an order."""
    if isinstance(record, Order):
        tell(record)
