"""A hold is over: what a party has pending becomes its own, a part stays in reserve and comes free later."""

from __future__ import annotations

from datetime import datetime

from app.core.money import Ppm
from app.kernel.ledger.accounts import available, pending, reserve
from app.kernel.ledger.rules import release_parts
from app.kernel.ledger.values import OrderRef, Posting, credit, debit


def hold_over(order: OrderRef, *, owner_kind: str, owner_id: int, amount: int, reserve_ppm: Ppm, released_at: datetime) -> Posting:
    """What the party earned with the order is past its hold.

    | debit | credit |
    |---|---|
    | merchant pending 7395 | merchant available 6656, reserve 739 (10 %) |

    Once per order and party. `amount` is what is left of it after refunds; the odd fen goes to the party.
    """
    free, kept = release_parts(amount, reserve_ppm)
    entries = [
        debit(pending(owner_kind, owner_id), amount), credit(available(owner_kind, owner_id), free), credit(reserve(owner_kind, owner_id), kept),
    ]
    return Posting.about(order, "hold_over", f"{order.order_id}/{owner_kind}/{owner_id}", released_at, entries)


def reserve_over(order: OrderRef, *, owner_kind: str, owner_id: int, amount: int, released_at: datetime) -> Posting:
    """The reserve kept for the order is no longer needed.

    | debit | credit |
    |---|---|
    | merchant reserve 739 | merchant available 739 |
    """
    entries = [debit(reserve(owner_kind, owner_id), amount), credit(available(owner_kind, owner_id), amount)]
    return Posting.about(order, "reserve_over", f"{order.order_id}/{owner_kind}/{owner_id}", released_at, entries)
