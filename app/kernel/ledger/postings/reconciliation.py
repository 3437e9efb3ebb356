"""Breaks of reconciliation: what differs leaves its account for the suspense account, and leaves that when two people have settled it.

`effect` is what the account (`source`: clearing, or unidentified_receipt for movements that the fund bill alone has) lacks in our books: positive for
money that the channel has and we have not booked.
"""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import bank, cost, recon_suspense, unidentified_receipt
from app.kernel.ledger.values import AccountRef, Posting, credit, debit


def break_opened(*, number: str, source: AccountRef, effect: int, found_at: datetime) -> Posting:
    """A difference is known and not yet explained.

    | debit | credit |
    |---|---|
    | clearing (or unidentified_receipt) 8700 | recon_suspense 8700 |

    The other way round for money that we booked and the channel never had.
    """
    return Posting("recon_break_opened", number, found_at, (debit(source, effect), credit(recon_suspense(), effect)))


def break_matched(*, number: str, source: AccountRef, effect: int, matched_at: datetime) -> Posting:
    """The other side came after all: the suspense is taken back.

    | debit | credit |
    |---|---|
    | recon_suspense 8700 | clearing (or unidentified_receipt) 8700 |
    """
    return Posting("recon_break_matched", number, matched_at, (debit(recon_suspense(), effect), credit(source, effect)))


def break_resolved(
    *, number: str, effect: int, resolution: str, maker: str, checker: str, memo: str, resolved_at: datetime
) -> Posting:
    """Two people have settled it: what is too much waits in unidentified_receipt for its owner, what is missing is our loss or our coupon, what went
    to the bank or came from it stands there.

    | resolution | effect | debit | credit |
    |---|---|---|---|
    | unidentified | 8700 | recon_suspense 8700 | unidentified_receipt 8700 |
    | loss | −8700 | cost:bad_debt 8700 | recon_suspense 8700 |
    | coupon | −200 | cost:coupon_subsidy 200 | recon_suspense 200 |
    | bank (a payout or a withdrawal) | −8700 | bank 8700 | recon_suspense 8700 |
    | bank (a payout that came back) | 8700 | recon_suspense 8700 | bank 8700 |
    """
    targets = {"unidentified": unidentified_receipt(), "loss": cost("bad_debt"), "coupon": cost("coupon_subsidy"), "bank": bank()}
    return Posting(
        "recon_break_resolved", number, resolved_at, (debit(recon_suspense(), effect), credit(targets[resolution], effect)),
        maker=maker, checker=checker, memo=memo,
    )


def payout_by_channel(*, payout: str, amount: int, moved_at: datetime) -> Posting:
    """The fund bill proves that the channel paid a payout, which our books pay from the bank: the bank is made whole.

    | debit | credit |
    |---|---|
    | bank 6656 | unidentified_receipt 6656 (where the booking of the fund bill had put the movement) |
    """
    return Posting("payout_by_channel", payout, moved_at, (debit(bank(), amount), credit(unidentified_receipt(), amount)))
