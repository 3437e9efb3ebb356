"""Money that a merchant takes itself (分账): what of it others get, what comes back, and what the channel leaves to the merchant.

`theirs` is the clearing account of the merchant's own number at the channel, `ours` that of the platform's; neither is ours to pay out of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.kernel.ledger.values import AccountRef, OrderRef, Posting, Share, credit, credit_all, debit, debit_all, total


def share_done(order: OrderRef, *, part: str, theirs: AccountRef, into: Sequence[Share], shared_at: datetime) -> Posting:
    """The channel has given a part of the merchant's payment to somebody else: the platform, or another merchant.

    | debit | credit |
    |---|---|
    | `into` 680: clearing of our own number; of another merchant what we owed it (available, then receivable) | clearing of the merchant's number 680 |

    `part` is the number of the request and the place of the receiver in it.
    """
    return Posting("share_done", part, shared_at, (*debit_all(into), credit(theirs, total(into))), trade=order.trade, merchant_id=order.merchant_id)


def share_returned(order: OrderRef, *, number: str, theirs: AccountRef, out_of: Sequence[Share], returned_at: datetime) -> Posting:
    """A part came back before a refund.

    | debit | credit |
    |---|---|
    | clearing of the merchant's number 272 | `out_of` 272: clearing of our own number, or what we owe the other merchant again |
    """
    entries = (debit(theirs, total(out_of)), *credit_all(out_of))
    return Posting("share_returned", number, returned_at, entries, trade=order.trade, merchant_id=order.merchant_id)


def rest_left(order: OrderRef, *, number: str, theirs: AccountRef, taken: Sequence[Share], left_at: datetime, memo: str = "") -> Posting:
    """What nobody else got the channel leaves to the merchant: we owe it no more. What should have been shared and was not, the merchant owes us.

    | debit | credit |
    |---|---|
    | merchant 8020: available, then reserve, then receivable | clearing of the merchant's number 8020 |
    """
    entries = (*debit_all(taken), credit(theirs, total(taken)))
    return Posting("rest_left", number, left_at, entries, trade=order.trade, merchant_id=order.merchant_id, memo=memo)


def rest_taken(order: OrderRef, *, number: str, theirs: AccountRef, given: Sequence[Share], taken_at: datetime, memo: str = "") -> Posting:
    """The channel took a refund out of what it had left to the merchant: what we took from the merchant for it is the merchant's again.

    | debit | credit |
    |---|---|
    | clearing of the merchant's number 2808 | merchant 2808: receivable as far as it owes us, then available |
    """
    entries = (debit(theirs, total(given)), *credit_all(given))
    return Posting("rest_taken", number, taken_at, entries, trade=order.trade, merchant_id=order.merchant_id, memo=memo)
