"""Lines of a paid order get an order of their own: earned at another time, or by another merchant, than the rest.

The part carries its share of everything to the fen: what was paid and refunded, discounts, frozen fees, escrow. So it completes, settles, and is
refunded like any order, and the sums over both are what they were. The part is not paid again: its payments are those of the order it came from.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text, update

from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated
from app.kernel.commission.models import FeeLine
from app.kernel.ledger.operations import post_all
from app.kernel.ledger.postings.splitting import order_given_up, order_taken_over
from app.kernel.orders.models import Order, OrderLine
from app.kernel.orders.operations import close_order, payments_that_paid, reference, tell
from app.kernel.payments.tenders import channels_in_hand

AnyOrder = TypeVar("AnyOrder", bound=Order)


class NotSplittable(Refusal):
    """The order is not paid whole, is over, was itself split off, or was paid into the merchant's drawer; or a line is not its own."""

    code = "order.not_splittable"
    status = 409
    sentence = _l("订单 %(number)s 现在不能拆开：没付清、已经结束，或者收的是现金")


def split_off(
    order: AnyOrder, line_ids: Collection[int], *, merchant_id: int, prefix: str, kind: str = "", now: datetime, **of_the_trade: Any,
) -> AnyOrder:
    """The lines are an order of their own that `merchant_id` has to fulfil; the caller locked the order. Refuses NotSplittable.

    The part is in the flow's first state: the trade moves it on from there. Runs elevated.
    """
    lines = [line for line in order.lines if line.id in line_ids]
    paid_whole = order.paid_at is not None and not order.due and order.completed_at is None and order.closed_at is None
    if not lines or len(lines) != len(set(line_ids)) or not paid_whole or order.split_from_id is not None:
        raise NotSplittable(number=order.number)
    if any(payment.channel in channels_in_hand() for payment in payments_that_paid(order)):
        raise NotSplittable(number=order.number)
    sequence = db.session.execute(text("SELECT nextval('order_number')")).scalar_one()
    part = type(order)(
        number=order_number(prefix, sequence, now), status=type(order).__flow__.first, merchant_id=merchant_id,  # type: ignore[attr-defined]
        customer_id=order.customer_id, customer_name=order.customer_name, split_from_id=order.id, kind=kind, goods=0, payable=0, placed_at=order.placed_at,
        pay_by=order.pay_by, paid_at=order.paid_at, **of_the_trade,
    )
    db.session.add(part)
    db.session.flush()
    _carry(order, part, lines, f"{part.id}", now)
    return part


def join_back(part: Order, order: Order, *, now: datetime) -> None:
    """The lines are the order's again, as if they had never left; the part is closed and empty. The caller locked both, `order` first.

    Refuses NotSplittable for a part that is completed or closed: what was shared out is not put together again.
    """
    if part.split_from_id != order.id or part.completed_at is not None or part.closed_at is not None:
        raise NotSplittable(number=part.number)
    _carry(part, order, list(part.lines), f"{part.id}/back", now)
    part.closed_at, order.closed_at = now, None
    db.session.flush()
    tell(order)


def end_when_empty(order: Order, *, now: datetime) -> bool:
    """Whether nothing is left of the order: all of it was split off or went back. Then it is over, without having been completed itself.

    Its coupons and budgets come back only where nothing of it was split off.
    """
    if order.remaining:
        return False
    parts = select(Order.id).where(Order.split_from_id == order.id, Order.closed_at.is_(None)).limit(1)
    if db.session.scalars(parts).first() is None:
        close_order(order, now=now)
    else:
        order.closed_at = now
    return True


def parts_split_from(order_id: int) -> Sequence[Order]:
    """The orders that were split off this one and not put back, oldest first."""
    return db.session.scalars(select(Order).where(Order.split_from_id == order_id, Order.closed_at.is_(None)).order_by(Order.id)).all()


def _carry(source: Order, target: Order, lines: Sequence[OrderLine], key: str, now: datetime) -> None:
    """Lines and everything that belongs to them leave `source` for `target`."""
    ids = [line.id for line in lines]
    held = sum(line.refundable + line.subsidy - line.subsidy_returned for line in lines)
    fees = list(db.session.scalars(select(FeeLine).where(FeeLine.order_line_id.in_(ids), FeeLine.order_id == source.id)))
    for each, sign in ((source, -1), (target, 1)):
        for line in lines:
            column = line.kind if line.kind in ("delivery", "packing") else "goods"
            setattr(each, column, (getattr(each, column) or 0) + sign * line.amount)
            each.merchant_discount = (each.merchant_discount or 0) + sign * (line.amount - line.payable - line.subsidy)
            each.platform_discount = (each.platform_discount or 0) + sign * line.subsidy
            each.payable += sign * line.payable
            each.paid = (each.paid or 0) + sign * line.payable
            each.refunded = (each.refunded or 0) + sign * line.refunded
        each.commission = (each.commission or 0) + sign * sum(fee.amount for fee in fees)
    with elevated():
        db.session.flush()
        db.session.execute(update(OrderLine).where(OrderLine.id.in_(ids)).values(order_id=target.id, merchant_id=target.merchant_id))
        db.session.execute(
            update(FeeLine).where(FeeLine.id.in_([fee.id for fee in fees]))
            .values(order_id=target.id, order_number=target.number, merchant_id=target.merchant_id)
        )
        for each in (source, target):
            db.session.expire(each, ["lines"])
        for line in lines:
            db.session.expire(line)
        if held:
            post_all([
                order_given_up(reference(source), key=key, amount=held, at=now), order_taken_over(reference(target), key=key, amount=held, at=now),
            ], now)
    tell(source)
    tell(target)
