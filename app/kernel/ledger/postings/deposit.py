"""A merchant's security deposit: fined, the fine lifted, given back. Paying it in is a charge like others."""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import merchant_available, merchant_deposit, revenue
from app.kernel.ledger.values import Posting, credit, debit


def deposit_fined(*, fine: str, merchant_id: int, amount: int, maker: str, checker: str, memo: str, at: datetime) -> Posting:
    """Two people found a breach; `fine` is its number.

    | debit | credit |
    |---|---|
    | merchant deposit 20000 | revenue:fine 20000 |

    Refused (NotEnough) when the deposit holds less.
    """
    entries = debit(merchant_deposit(merchant_id), amount), credit(revenue("fine"), amount)
    return Posting("deposit_fined", fine, at, entries, merchant_id=merchant_id, maker=maker, checker=checker, memo=memo)


def fine_lifted(*, fine: str, merchant_id: int, amount: int, maker: str, memo: str, at: datetime) -> Posting:
    """An appeal was right: the deposit has it back.

    | debit | credit |
    |---|---|
    | revenue:fine 20000 | merchant deposit 20000 |
    """
    entries = debit(revenue("fine"), amount), credit(merchant_deposit(merchant_id), amount)
    return Posting("fine_lifted", fine, at, entries, merchant_id=merchant_id, maker=maker, memo=memo)


def deposit_returned(*, key: str, merchant_id: int, amount: int, at: datetime) -> Posting:
    """The merchant has left and nothing is open: it can withdraw what it put down.

    | debit | credit |
    |---|---|
    | merchant deposit 180000 | merchant available 180000 |
    """
    entries = debit(merchant_deposit(merchant_id), amount), credit(merchant_available(merchant_id), amount)
    return Posting("deposit_returned", key, at, entries, merchant_id=merchant_id)
