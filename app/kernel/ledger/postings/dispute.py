"""A customer complains: what is in dispute is held from the merchant, and goes back to it before anything is decided about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.kernel.ledger.accounts import cost, dispute_hold, merchant_available
from app.kernel.ledger.values import OrderRef, Posting, credit, debit


def dispute_opened(order: OrderRef, *, merchant_id: int, complaint: str, amount: int, at: datetime) -> Posting:
    """What is in dispute cannot be withdrawn or paid out.

    | debit | credit |
    |---|---|
    | merchant available 3080 | merchant dispute_hold 3080 |

    `complaint` is its number with what is held from then on: more may be held later. Refused (NotEnough) when the merchant has less.
    """
    entries = debit(merchant_available(merchant_id), amount), credit(dispute_hold(merchant_id), amount)
    return Posting.about(order, "dispute_opened", complaint, at, entries)


def dispute_closed(order: OrderRef, *, merchant_id: int, complaint: str, amount: int, at: datetime) -> Posting:
    """The complaint is over, won or lost: a refund takes its part by the waterfall in a posting of its own.

    | debit | credit |
    |---|---|
    | merchant dispute_hold 3080 | merchant available 3080 |
    """
    entries = debit(dispute_hold(merchant_id), amount), credit(merchant_available(merchant_id), amount)
    return Posting.about(order, "dispute_closed", complaint, at, entries)


def complaint_borne(order: OrderRef, *, merchant_id: int, complaint: str, amount: int, maker: str, checker: str, at: datetime) -> Posting:
    """The platform bears its part of what a ruling took from the merchant.

    | debit | credit |
    |---|---|
    | cost:compensation 1540 | merchant available 1540 |
    """
    entries = debit(cost("compensation"), amount), credit(merchant_available(merchant_id), amount)
    return replace(Posting.about(order, "complaint_borne", complaint, at, entries), maker=maker, checker=checker)
