"""A statement was wrong: what the merchant misses comes from us, with the next statement."""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import cost, merchant_available
from app.kernel.ledger.values import Posting, credit, debit


def statement_corrected(*, dispute: str, merchant_id: int, amount: int, maker: str, checker: str, memo: str, at: datetime) -> Posting:
    """Two people found the merchant right; `dispute` is the number of what it said.

    | debit | credit |
    |---|---|
    | cost:compensation 1200 | merchant available 1200 |
    """
    entries = debit(cost("compensation"), amount), credit(merchant_available(merchant_id), amount)
    return Posting("statement_corrected", dispute, at, entries, merchant_id=merchant_id, maker=maker, checker=checker, memo=memo)
