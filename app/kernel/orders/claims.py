"""What the platform is due of an order that the merchant was paid for itself: the commission of its frozen fee lines, net of refunds."""

from __future__ import annotations

from app.extensions import db
from app.kernel.orders.models import Order
from app.kernel.orders.operations import fee_lines_of
from app.kernel.sharing.rules import Claim


def claims_of_order(order_id: int) -> list[Claim]:
    """One claim of the platform over all kinds of fees; nothing before the order is completed."""
    order = db.session.get_one(Order, order_id)
    due = sum(line.amount - line.returned for line in fee_lines_of(order_id) if line.payee == "platform")
    return [Claim("platform", 0, due)] if due and order.completed_at is not None else []
