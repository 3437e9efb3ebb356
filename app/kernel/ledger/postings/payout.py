"""Money goes out to a party: asked for, sent, proven, or back again.

    available → withdrawing → payout_in_transit → channel balance or bank

`payout` is our number of the payment to one payee; each step happens once per number.
"""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import available, payout_in_transit, withdrawing
from app.kernel.ledger.values import AccountRef, Posting, credit, debit


def payout_asked(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """The amount is held for the payout and can be spent on nothing else.

    | debit | credit |
    |---|---|
    | available 6656 | withdrawing 6656 |

    Refused (NotEnough) when the party has less.
    """
    entries = debit(available(owner_kind, owner_id), amount), credit(withdrawing(owner_kind, owner_id), amount)
    return Posting("payout_asked", payout, at, entries, merchant_id=_merchant(owner_kind, owner_id))


def payout_cancelled(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """The payout was refused or withdrawn before anything was sent: the hold is lifted.

    | debit | credit |
    |---|---|
    | withdrawing 6656 | available 6656 |
    """
    entries = debit(withdrawing(owner_kind, owner_id), amount), credit(available(owner_kind, owner_id), amount)
    return Posting("payout_cancelled", payout, at, entries, merchant_id=_merchant(owner_kind, owner_id))


def payout_submitted(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """The order to pay has been given; until its outcome is known the money is in transit.

    | debit | credit |
    |---|---|
    | withdrawing 6656 | payout_in_transit 6656 |
    """
    entries = debit(withdrawing(owner_kind, owner_id), amount), credit(payout_in_transit(), amount)
    return Posting("payout_submitted", payout, at, entries, merchant_id=_merchant(owner_kind, owner_id))


def payout_paid(*, payout: str, owner_kind: str, owner_id: int, amount: int, paid_from: AccountRef, at: datetime) -> Posting:
    """The bill, or the channel's answer, proves that the payee has it.

    | debit | credit |
    |---|---|
    | payout_in_transit 6656 | channel_balance (or bank) 6656 |
    """
    entries = debit(payout_in_transit(), amount), credit(paid_from, amount)
    return Posting("payout_paid", payout, at, entries, merchant_id=_merchant(owner_kind, owner_id))


def payout_failed(*, payout: str, owner_kind: str, owner_id: int, amount: int, at: datetime) -> Posting:
    """The channel refused what was sent: the party has it available again.

    | debit | credit |
    |---|---|
    | payout_in_transit 6656 | available 6656 |
    """
    entries = debit(payout_in_transit(), amount), credit(available(owner_kind, owner_id), amount)
    return Posting("payout_failed", payout, at, entries, merchant_id=_merchant(owner_kind, owner_id))


def payout_returned(*, payout: str, owner_kind: str, owner_id: int, amount: int, paid_from: AccountRef, at: datetime) -> Posting:
    """What was paid came back later (account closed, name differs): a new transaction, the old one stands.

    | debit | credit |
    |---|---|
    | channel_balance (or bank) 6656 | available 6656 |
    """
    entries = debit(paid_from, amount), credit(available(owner_kind, owner_id), amount)
    return Posting("payout_returned", payout, at, entries, merchant_id=_merchant(owner_kind, owner_id))


def _merchant(owner_kind: str, owner_id: int) -> int | None:
    return owner_id if owner_kind == "merchant" else None
