"""An order is completed: what was held for it goes to those who earned it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.kernel.ledger.accounts import escrow
from app.kernel.ledger.values import OrderRef, Posting, Share, credit_all, debit, total


def order_completed(
    order: OrderRef, *, payees: Sequence[Share], revenues: Sequence[Share], completed_at: datetime, rule_versions: Iterable[int] = ()
) -> Posting:
    """The escrow of the order is empty; parties have it pending, the platform has its fees as revenue.

    | debit | credit |
    |---|---|
    | escrow 9500 | merchant pending 7395, leader pending 425, courier pending 850, revenue:commission 680, revenue:delivery 150 |

    `payees` and `revenues` together are what the order holds in escrow; output tax is one of the `revenues`.
    """
    entries = [debit(escrow(order.trade), total(payees) + total(revenues)), *credit_all(payees), *credit_all(revenues)]
    return Posting.about(order, "order_completed", str(order.order_id), completed_at, entries, rule_versions)
