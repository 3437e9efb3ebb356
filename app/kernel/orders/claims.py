"""What the platform is due of an order that the merchant was paid for itself: its frozen fees net of refunds, and what it owes to others of it."""

from __future__ import annotations

from app.extensions import db
from app.kernel.orders.models import Order
from app.kernel.orders.operations import fee_lines_of
from app.kernel.sharing.rules import Claim


def claims_of_order(order_id: int) -> list[Claim]:
    """One claim of the platform over all kinds of fees and what a courier earned, whom the platform pays; nothing before the order is completed.

    What a month's end adjusted was settled with the merchant and not by the channel: a fee that gives back more than the order was charged leaves none.
    """
    order = db.session.get_one(Order, order_id)
    due = max(0, sum(line.amount - line.returned for line in fee_lines_of(order_id) if line.payee == "platform"))
    due += sum(line.earned for line in order.lines)
    return [Claim("platform", 0, due)] if due and order.completed_at is not None else []
