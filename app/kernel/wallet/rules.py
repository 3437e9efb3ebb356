"""How a spending is cut: pure. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.money import split_remaining


@dataclass(frozen=True)
class Filled:
    """What is left of a top-up: `room` can go back through its payment, `fee` is the platform's for it. Fen."""

    top_up_id: int
    room: int
    fee: int


@dataclass(frozen=True)
class Back:
    """What of a top-up goes back to the customer, and of the platform's fee on it to the merchant. Fen."""

    top_up_id: int
    amount: int
    fee: int


def issuer_of(merchant_id: int) -> str:
    """What the ledger calls the wallet of a merchant: its accounts' label."""
    return f"M{merchant_id}"


def principal_part(amount: int, principal: int, bonus: int) -> int:
    """Of `amount` spent, the part that the customer had paid for, by largest remainder: 33.33 of 100 + 10 is 30.30 and 3.03."""
    return int(split_remaining(amount, [principal, bonus])[0])


def backs_of(amount: int, filled: Iterable[Filled]) -> list[Back]:
    """`amount` over top-ups in their order, each as far as it has room, the fee in proportion to what remains: the last fen takes all that is left of it.

    Adds up to less than `amount` where the top-ups have no more room.
    """
    backs = []
    for each in filled:
        part = min(amount, each.room)
        if part:
            backs.append(Back(each.top_up_id, part, (2 * each.fee * part + each.room) // (2 * each.room)))
            amount -= part
    return backs
