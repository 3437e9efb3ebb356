"""What a refund takes from whom: pure arithmetic, by largest remainder over what remains of each component.

Splitting the cumulative refund is not monotone and rounding per unit misses the total; over the remainder both cannot happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.money import split_remaining


@dataclass(frozen=True)
class Remaining:
    """What a line still holds, in fen: the customer's money, the platform's subsidy, each fee by its line's id."""

    payable: int
    subsidy: int
    fees: dict[int, int]

    @property
    def merchant(self) -> int:
        """The merchant's part: everything that is no fee."""
        return self.payable + self.subsidy - sum(self.fees.values())


@dataclass(frozen=True)
class Back:
    """What a refund of one line gives back, in fen: to the customer, to the platform's coupon, out of each fee, out of the merchant's part."""

    customer: int
    subsidy: int
    fees: dict[int, int]
    merchant: int


def back_of(line: Remaining, amount: int) -> Back:
    """The parts of a refund of `amount` fen of the customer's money; the whole remainder empties every component."""
    subsidy = _scaled(line.subsidy, amount, line.payable) if line.payable else 0
    keys = sorted(line.fees)
    parts = split_remaining(amount + subsidy, [*(line.fees[key] for key in keys), line.merchant])
    return Back(amount, subsidy, dict(zip(keys, parts, strict=False)), parts[-1])


def unpaid_first(amounts: Sequence[int], due: int) -> list[tuple[int, int]]:
    """Of what lines are reduced by, in their order: (no longer owed, given back) each. What is due goes first, from the last line on."""
    parts: list[tuple[int, int]] = []
    for amount in reversed(amounts):
        waived = min(amount, due)
        due -= waived
        parts.append((waived, amount - waived))
    return parts[::-1]


def _scaled(subsidy: int, amount: int, payable: int) -> int:
    """`subsidy` × `amount` / `payable`, rounded half up: never above the subsidy because amount ≤ payable."""
    return (2 * subsidy * amount + payable) // (2 * payable)


def needs_second_person(amount: int, limit: int) -> bool:
    """True when a refund of `amount` fen reaches the limit; a limit of 0 asks for nobody."""
    return 0 < limit <= amount
