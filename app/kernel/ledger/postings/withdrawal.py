"""A party takes a part of what it has available: held when asked for, sent, proven, or back again.

available → withdrawing → payout_in_transit → bank, less our fee. Kinds of their own: a statement counts what statements paid
apart from what its party took. `payout` is the withdrawal's number; each step happens once per number.
"""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import available, payout_in_transit, revenue, withdrawing
from app.kernel.ledger.values import AccountRef, Entry, Posting, credit, debit


def withdrawal_asked(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """The amount is held and can be spent on nothing else.

    | debit | credit |
    |---|---|
    | available 5000 | withdrawing 5000 |

    Refused (NotEnough) when the party has less.
    """
    entries = debit(available(owner_kind, owner_id), amount), credit(withdrawing(owner_kind, owner_id), amount)
    return _posting("withdrawal_asked", payout, owner_kind, owner_id, at, entries)


def withdrawal_cancelled(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """Refused, or taken back before it was sent: the hold is lifted.

    | debit | credit |
    |---|---|
    | withdrawing 5000 | available 5000 |
    """
    entries = debit(withdrawing(owner_kind, owner_id), amount), credit(available(owner_kind, owner_id), amount)
    return _posting("withdrawal_cancelled", payout, owner_kind, owner_id, at, entries)


def withdrawal_submitted(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """The order to pay has been given.

    | debit | credit |
    |---|---|
    | withdrawing 5000 | payout_in_transit 5000 |
    """
    entries = debit(withdrawing(owner_kind, owner_id), amount), credit(payout_in_transit(), amount)
    return _posting("withdrawal_submitted", payout, owner_kind, owner_id, at, entries)


def withdrawal_paid(*, payout: str, owner_kind: str, owner_id: int, amount: int, fee: int, paid_from: AccountRef, at: datetime) -> Posting:
    """The payee has it; the fee is earned.

    | debit | credit |
    |---|---|
    | payout_in_transit 5000 | bank (or channel_balance) 4900, revenue:withdrawal 100 |
    """
    entries = debit(payout_in_transit(), amount), credit(paid_from, amount - fee), *([credit(revenue("withdrawal"), fee)] if fee else [])
    return _posting("withdrawal_paid", payout, owner_kind, owner_id, at, entries)


def withdrawal_failed(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """Refused by bank or channel: the party has all of it available again.

    | debit | credit |
    |---|---|
    | payout_in_transit 5000 | available 5000 |
    """
    entries = debit(payout_in_transit(), amount), credit(available(owner_kind, owner_id), amount)
    return _posting("withdrawal_failed", payout, owner_kind, owner_id, at, entries)


def withdrawal_returned(*, payout: str, owner_kind: str, owner_id: int, amount: int, fee: int, paid_from: AccountRef, at: datetime) -> Posting:
    """What was paid came back later: a new transaction, the old one stands; the fee goes back with it.

    | debit | credit |
    |---|---|
    | bank (or channel_balance) 4900, revenue:withdrawal 100 | available 5000 |
    """
    entries = debit(paid_from, amount - fee), *([debit(revenue("withdrawal"), fee)] if fee else []), credit(available(owner_kind, owner_id), amount)
    return _posting("withdrawal_returned", payout, owner_kind, owner_id, at, entries)


def _posting(kind: str, payout: str, owner_kind: str, owner_id: int, at: datetime, entries: tuple[Entry, ...]) -> Posting:
    return Posting(kind, payout, at, entries, merchant_id=owner_id if owner_kind == "merchant" else None)
