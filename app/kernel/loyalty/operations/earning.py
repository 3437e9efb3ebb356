"""Points for completed orders, and their way back when money goes back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.points import points_given, points_taken
from app.kernel.loyalty.models import Lot, LoyaltyMember, issuer_of
from app.kernel.loyalty.operations.lots import lock_member, put_lot, take_points
from app.kernel.loyalty.queries import CHANNEL, programme_of
from app.kernel.loyalty.rules import earned
from app.kernel.orders.models import Order
from app.kernel.orders.operations import paid_of, reference
from app.kernel.payments.models import Refund


def paid_in_money(order: Order) -> int:
    """Fen of the order that were paid in money and are not on their way back: points earn no points."""
    return sum(fen for payment, fen in paid_of(order) if payment.channel != CHANNEL)


def earn(*, order: Order, now: datetime) -> None:
    """Handler of `order_completed`: the merchant's programme and the platform's give their points, once an order."""
    with elevated():
        paid = paid_in_money(order)
        for merchant_id in (order.merchant_id, None):
            programme = programme_of(issuer_of(merchant_id))
            count = earned(paid, programme.per_yuan) if programme else 0
            if programme is None or not count:
                continue
            member = lock_member(merchant_id, order.customer_id, now)
            put_lot(member, count, source="earned", months=programme.months, order_id=order.id, per_yuan=programme.per_yuan, now=now)
            post(points_given(
                "points_earned", key=f"{member.issuer}/{order.id}", order=reference(order), customer_id=member.customer_id, issuer=member.issuer, amount=count,
                at=now,
            ), now)


def take_back(*, refund: Refund, actor: Actor, now: datetime) -> None:
    """Handler of `refund_succeeded`: points that the money earned go with it, as far as the customer still has any."""
    if refund.subject_type != "order":
        return
    with elevated():
        paid_with = select(Order.id).where(or_(Order.id == refund.subject_id, Order.split_from_id == refund.subject_id))
        lots = select(Lot.id, Lot.member_id).where(Lot.order_id.in_(paid_with), Lot.source == "earned").order_by(Lot.id)
        for lot_id, member_id in db.session.execute(lots).all():
            member = lock(LoyaltyMember, member_id)
            lot = lock(Lot, lot_id)
            order = get(Order, lot.order_id)
            count = lot.points - lot.taken_back - earned(paid_in_money(order), lot.per_yuan)
            if count <= 0:
                continue
            lot.taken_back += count
            taken = take_points(member, count, first=lot)
            if taken:
                post(points_taken(
                    "points_taken_back", key=f"{member.issuer}/{refund.number}", order=reference(order), customer_id=member.customer_id, issuer=member.issuer,
                    amount=taken, at=now,
                ), now)


