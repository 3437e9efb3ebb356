"""A fee that goes by the month's volume is settled at the month's end, on top of what its orders were charged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.kernel.ledger.accounts import merchant_available, revenue
from app.kernel.ledger.values import Posting, Share, credit, debit, debit_all, total


def fee_charged_at_months_end(
    *, merchant_id: int, kind: str, trade: str, number: str, from_merchant: Sequence[Share], rule_version: int, at: datetime,
) -> Posting:
    """The month's volume bears more than its orders were charged; `from_merchant` are the shares that `operations.take_from_merchant` found.

    | debit | credit |
    |---|---|
    | merchant 1200: available, then reserve, then deposit, then receivable | revenue:commission 1200 |
    """
    entries = [*debit_all(from_merchant), credit(revenue(kind), total(from_merchant))]
    return Posting("fee_adjusted", number, at, tuple(entries), trade=trade, merchant_id=merchant_id, rule_versions=(rule_version,))


def fee_given_back_at_months_end(*, merchant_id: int, kind: str, trade: str, number: str, amount: int, rule_version: int, at: datetime) -> Posting:
    """The month's volume reached a cheaper tier: what its orders were charged too much comes back, free to be settled.

    | debit | credit |
    |---|---|
    | revenue:commission 1200 | merchant available 1200 |
    """
    entries = debit(revenue(kind), amount), credit(merchant_available(merchant_id), amount)
    return Posting("fee_adjusted", number, at, entries, trade=trade, merchant_id=merchant_id, rule_versions=(rule_version,))
