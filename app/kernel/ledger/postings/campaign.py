"""A joint campaign: the platform put its discount up when the order was paid; each merchant bears its share when the line is completed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.kernel.ledger.accounts import cost
from app.kernel.ledger.values import OrderRef, Posting, Share, credit, credit_all, debit, debit_all, total


def campaign_shared(order: OrderRef, *, key: str, from_merchants: Sequence[Share], at: datetime) -> Posting:
    """The merchants bear what they agreed to; what is left of the cost is the platform's own share.

    | debit | credit |
    |---|---|
    | merchant A available 300, merchant B available 200 (or receivable) | cost:coupon_subsidy 500 |
    """
    return Posting.about(order, "campaign_shared", key, at, [*debit_all(from_merchants), credit(cost("coupon_subsidy"), total(from_merchants))])


def campaign_returned(order: OrderRef, *, key: str, to_merchants: Sequence[Share], at: datetime) -> Posting:
    """A refund gave the discount back: each merchant has its share again, in proportion.

    | debit | credit |
    |---|---|
    | cost:coupon_subsidy 250 | merchant A available 150, merchant B available 100 |
    """
    return Posting.about(order, "campaign_returned", key, at, [debit(cost("coupon_subsidy"), total(to_merchants)), *credit_all(to_merchants)])
