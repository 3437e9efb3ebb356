"""Place, pay, complete, and close an order. What a trade adds it does in its own operations and flow effects.

A trade's flow has the moves `pay` and, for what ends without completion, moves whose effect calls `close_order`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, lock
from app.framework.events import publish
from app.framework.flow import move
from app.framework.live import announce
from app.kernel.commission.models import FeeLine
from app.kernel.commission.operations import freeze_fees
from app.kernel.ledger.accounts import merchant_pending, revenue
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.completion import order_completed
from app.kernel.ledger.postings.payment import order_paid
from app.kernel.ledger.values import OrderRef, Share
from app.kernel.orders.models import Order, OrderLine
from app.kernel.orders.rules import Price
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import close_payments_of
from app.kernel.payments.operations.refunding import refund_unwanted

AnyOrder = TypeVar("AnyOrder", bound=Order)


def place_order(
    model: type[AnyOrder], price: Price, *, prefix: str, merchant_id: int, customer_id: int, customer_name: str, fee_kinds: Sequence[str],
    pay_within: timedelta, kind: str = "", note: str = "", now: datetime, **of_the_trade: Any,
) -> AnyOrder:
    """Write an order with its lines and frozen fees; the customer owes `price.payable` until `pay_within` is over. `kind` is what the trade
    tells orders apart by (a way of serving): rules of the price list may ask for it.

    The caller has locked and reduced the stock. Runs elevated: a customer writes what belongs to a merchant too.
    """
    sequence = db.session.execute(text("SELECT nextval('order_number')")).scalar_one()
    order = model(
        number=order_number(prefix, sequence, now), status=model.__flow__.first, merchant_id=merchant_id, customer_id=customer_id, customer_name=customer_name,
        kind=kind, goods=price.sum_of("goods"), delivery=price.sum_of("delivery"), packing=price.sum_of("packing"),
        merchant_discount=price.merchant_discount, platform_discount=price.platform_discount, payable=price.payable,
        note=note, placed_at=now, pay_by=now + pay_within, **of_the_trade,
    )
    order.lines = [
        OrderLine(
            merchant_id=merchant_id, customer_id=customer_id, seq=seq, kind=line.draft.kind, subject_id=line.draft.subject_id,
            title=line.draft.title, spec=line.draft.spec, details=line.draft.details, price=line.draft.price, quantity=line.draft.quantity,
            amount=line.draft.amount, payable=line.payable, subsidy=line.subsidy,
        )
        for seq, line in enumerate(price.lines, start=1)
    ]
    db.session.add(order)
    db.session.flush()
    fees = freeze_fees(
        order.id, order.number, order.trade, merchant_id, fee_kinds, price.bases(), [line.id for line in order.lines], units=price.units(), order_kind=kind,
        now=now,
    )
    order.commission = sum(line.amount for line in fees)
    db.session.flush()
    return order


def take_payment(*, payment: Payment, actor: Actor, now: datetime) -> None:
    """Handler of `payment_succeeded`: the order is paid and its money in escrow; a payment too many goes back."""
    if payment.subject_type != "order":
        return
    order = lock(Order, payment.subject_id)
    flow = type(order).__flow__  # type: ignore[attr-defined]
    if order.status != flow.first or order.paid or payment.amount != order.payable:
        refund_unwanted(payment, reason="order already paid or closed", actor=actor, now=now)
        return
    order.paid, order.paid_at = payment.amount, payment.paid_at
    subsidies = {"coupon_subsidy": order.platform_discount} if order.platform_discount else {}
    post(
        order_paid(
            reference(order), payment=payment.number, paid=payment.sources, subsidies=subsidies,
            paid_at=payment.paid_at or now,
        ), now,
    )
    move(order, "pay", actor=actor, now=now)


def complete_order(order: Order, *, now: datetime) -> None:
    """What the order holds in escrow goes to the merchant's pending and to the platform's fees, net of refunds."""
    fees = fee_lines_of(order.id)
    earned = {kind: sum(line.amount - line.returned for line in fees if line.kind == kind) for kind in sorted({line.kind for line in fees})}
    held = order.paid + order.platform_discount - order.refunded - sum(line.subsidy_returned for line in order.lines)
    order.completed_at = now
    db.session.flush()
    payees = [Share(merchant_pending(order.merchant_id), held - sum(earned.values()))]
    revenues = [Share(revenue(kind), amount) for kind, amount in earned.items()]
    if held:
        versions = sorted({line.rule_version_id for line in fees})
        with elevated():
            post(order_completed(reference(order), payees=payees, revenues=revenues, completed_at=now, rule_versions=versions), now)
    publish("order_completed", order=order, now=now)


def close_order(order: Order, *, now: datetime) -> None:
    """The order ends without completion; its escrow is empty or was refunded by the caller, and it can not be paid any more."""
    order.closed_at = now
    close_payments_of("order", order.id)
    publish("order_closed", order=order, now=now)


def fee_lines_of(order_id: int) -> list[FeeLine]:
    """The frozen fees of an order, in order of lines."""
    return list(db.session.scalars(select(FeeLine).where(FeeLine.order_id == order_id).order_by(FeeLine.order_line_id, FeeLine.kind)))


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
