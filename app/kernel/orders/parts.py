"""What is due of orders laid in parts, so that several people pay it. Amounts in fen; all of it runs elevated, on orders that the caller locked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from app.core.errors import Refusal
from app.core.money import split
from app.extensions import db
from app.kernel.orders.models import Order, OrderPart
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import open_payments_of


class BeingPaid(Refusal):
    """Somebody's payment of the order is under way."""

    code = "order.being_paid"
    status = 409
    sentence = _l("有人正在付订单 %(number)s，等付完或几分钟后再分")


def parts_of(order_ids: Iterable[int]) -> list[OrderPart]:
    """All parts of the orders, paid or not, by share."""
    statement = select(OrderPart).where(OrderPart.order_id.in_(list(order_ids))).order_by(OrderPart.share, OrderPart.id)
    return list(db.session.scalars(statement))


def open_parts(order_ids: Iterable[int]) -> list[OrderPart]:
    """The parts that wait to be paid."""
    return [part for part in parts_of(order_ids) if part.payment_id is None]


def lay_parts(orders: Sequence[Order], people: int) -> list[OrderPart]:
    """What is due of the orders together is laid in `people` equal shares, to the fen; 0 lays nothing: everybody pays what he ordered.

    Earlier shares get the odd fen. A share takes from the orders in their turn, so that it is paid by as few payments as can be. Parts laid before
    and not paid are dropped. Refuses BeingPaid.
    """
    for order in orders:
        if open_payments_of("order", order.id):
            raise BeingPaid(number=order.number)
        drop_parts(order.id)
    dues = [(order, order.due) for order in orders if order.due]
    if not people or not dues:
        return []
    first = max((part.share for part in parts_of([order.id for order in orders])), default=0) + 1
    laid: list[OrderPart] = []
    for share, amount in enumerate(split(sum(due for _, due in dues), [1] * people), start=first):
        left = int(amount)
        while left:
            order, due = dues[0]
            taken = min(left, due)
            laid.append(OrderPart(order_id=order.id, merchant_id=order.merchant_id, share=share, amount=taken))
            left, dues = left - taken, dues[1:] if taken == due else [(order, due - taken), *dues[1:]]
    db.session.add_all(laid)
    db.session.flush()
    return laid


def settle_part(payment: Payment) -> None:
    """The part that the payment was made for is paid by it."""
    if payment.part_id:
        db.session.get_one(OrderPart, payment.part_id).payment_id = payment.id
        db.session.flush()


def drop_parts(order_id: int) -> None:
    """No part of the order waits any more; what was paid stays."""
    db.session.execute(delete(OrderPart).where(OrderPart.order_id == order_id, OrderPart.payment_id.is_(None)))
