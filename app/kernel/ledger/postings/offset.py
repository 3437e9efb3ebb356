"""What we advanced for a merchant is taken back from what it has to withdraw."""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import merchant_available, merchant_receivable
from app.kernel.ledger.values import Posting, credit, debit


def receivable_offset(*, merchant_id: int, amount: int, number: str, at: datetime) -> Posting:
    """Earlier advances are paid back first.

    | debit | credit |
    |---|---|
    | merchant available 500 | merchant receivable 500 |

    `number` names this offset; `amount` is the lesser of both balances.
    """
    entries = debit(merchant_available(merchant_id), amount), credit(merchant_receivable(merchant_id), amount)
    return Posting("receivable_offset", number, at, entries, merchant_id=merchant_id)
