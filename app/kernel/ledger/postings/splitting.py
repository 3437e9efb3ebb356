"""Lines leave an order for one of their own, or come back: what is held for them goes along, through `order_transit`, so that every entry stays with
the order that it is about."""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import escrow, order_transit
from app.kernel.ledger.values import OrderRef, Posting, credit, debit


def order_given_up(order: OrderRef, *, key: str, amount: int, at: datetime) -> Posting:
    """What the order held for the lines is on its way to the order that has them from here on.

    | debit | credit |
    |---|---|
    | escrow 3000 | order_transit 3000 |
    """
    return Posting.about(order, "order_given_up", key, at, (debit(escrow(order.trade), amount), credit(order_transit(), amount)))


def order_taken_over(order: OrderRef, *, key: str, amount: int, at: datetime) -> Posting:
    """The other half, in the same transaction: the order that has the lines holds what was held for them.

    | debit | credit |
    |---|---|
    | order_transit 3000 | escrow 3000 |
    """
    return Posting.about(order, "order_taken_over", key, at, (debit(order_transit(), amount), credit(escrow(order.trade), amount)))
