"""Breaks of reconciliation: what differs leaves clearing for the suspense account, and leaves that when two people have settled it.

`effect` is what clearing lacks in our books: positive for money that the channel has and we have not booked.
"""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import cost, recon_suspense, unidentified_receipt
from app.kernel.ledger.values import AccountRef, Posting, credit, debit


def break_opened(*, number: str, clearing: AccountRef, effect: int, found_at: datetime) -> Posting:
    """A difference is known and not yet explained.

    | debit | credit |
    |---|---|
    | clearing 8700 | recon_suspense 8700 |

    The other way round for money that we booked and the channel never had.
    """
    return Posting("recon_break_opened", number, found_at, (debit(clearing, effect), credit(recon_suspense(), effect)))


def break_matched(*, number: str, clearing: AccountRef, effect: int, matched_at: datetime) -> Posting:
    """The other side came after all: the suspense is taken back.

    | debit | credit |
    |---|---|
    | recon_suspense 8700 | clearing 8700 |
    """
    return Posting("recon_break_matched", number, matched_at, (debit(recon_suspense(), effect), credit(clearing, effect)))


def break_resolved(
    *, number: str, effect: int, maker: str, checker: str, memo: str, resolved_at: datetime
) -> Posting:
    """Two people have settled it: what is too much waits in unidentified_receipt for its owner, what is missing is our loss.

    | effect | debit | credit |
    |---|---|---|
    | 8700 | recon_suspense 8700 | unidentified_receipt 8700 |
    | −8700 | cost:bad_debt 8700 | recon_suspense 8700 |
    """
    target = unidentified_receipt() if effect > 0 else cost("bad_debt")
    return Posting(
        "recon_break_resolved", number, resolved_at, (debit(recon_suspense(), effect), credit(target, effect)), maker=maker, checker=checker, memo=memo,
    )
