"""What the channel leaves to the merchant is what we owed it: booked when the order is released, and again when something about it changes."""

from __future__ import annotations

from datetime import datetime

from app.extensions import db
from app.kernel.ledger.accounts import clearing, merchant_available, merchant_receivable, merchant_reserve
from app.kernel.ledger.operations import give_to_merchant, hold_balances, post
from app.kernel.ledger.postings.sharing import rest_left, rest_taken
from app.kernel.ledger.rules import waterfall
from app.kernel.ledger.spending import free_to_spend
from app.kernel.ledger.values import AccountRef, Share
from app.kernel.payments.channels.factory import account
from app.kernel.sharing.models import ShareCall, ShareLine, Sharing
from app.kernel.sharing.queries import call_underway, paid_for, refunded_by_channel


def settle(sharing: Sharing, *, now: datetime) -> None:
    """Our books follow the channel's: paid, less what went back, less what others have or are about to get, is the merchant's, and we owe it no more.

    Nothing before the order is released. The caller holds the sharing's lock.
    """
    if sharing.released_at is None:
        return
    payment = paid_for(sharing)
    due = payment.amount - refunded_by_channel(payment.id) - sharing.shared - _under_way(sharing) - sharing.settled
    if not due:
        return
    sharing.settlements += 1
    sharing.settled += due
    db.session.flush()
    number = f"{sharing.number}/{sharing.settlements}"
    if due > 0:
        post(rest_left(
            payment.reference, number=number, theirs=sharing.clearing_account, taken=from_merchant(sharing.merchant_id, due), left_at=now, memo=payment.number,
        ), now)
    else:
        post(rest_taken(
            payment.reference, number=number, theirs=sharing.clearing_account, given=give_to_merchant(sharing.merchant_id, -due), taken_at=now,
            memo=payment.number,
        ), now)


def _under_way(sharing: Sharing) -> int:
    """What a request without an end asks for."""
    call = call_underway(sharing.id)
    return sum(line.amount for line in call.lines if line.result == "PENDING") if call else 0


def from_merchant(merchant_id: int, amount: int) -> list[Share]:
    """Who had it in our books: what is available and promised to nobody, then the reserve; what is missing the merchant owes us."""
    own, kept, owed = merchant_available(merchant_id), merchant_reserve(merchant_id), merchant_receivable(merchant_id)
    held = {own: free_to_spend("merchant", merchant_id), **hold_balances([kept])}
    return waterfall(amount, [own, kept], held, owed)


def into(line: ShareLine) -> list[Share]:
    """Where a part that arrived stands in our books: our own number's clearing, or another merchant to whom we owe that much less."""
    if line.owner_kind == "merchant":
        return from_merchant(line.owner_id, line.amount)
    return [Share(own_clearing(), line.amount)]


def out_of(line: ShareLine, amount: int) -> list[Share]:
    """Where a part that came back is taken from: the other way round."""
    if line.owner_kind == "merchant":
        return give_to_merchant(line.owner_id, amount)
    return [Share(own_clearing(), amount)]


def own_clearing() -> AccountRef:
    """What the channel holds of our own number."""
    return clearing("wechat", account().merchant_id)


def part_number(call: ShareCall, line: ShareLine) -> str:
    """How the ledger names one receiver's part of a request."""
    return f"{call.number}/{line.seq}"
