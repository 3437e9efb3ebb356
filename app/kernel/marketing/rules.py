"""What coupons take off: pure arithmetic in fen.

Four places, in this order, one coupon each: the merchant's automatic offer (满减), the merchant's coupon that the customer holds, the platform's
automatic offer, the platform's coupon that the customer holds. Each sees what the ones before it left of the lines it is for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from app.core.money import split

Kind = Literal["amount", "percent"]
PLACES = (("merchant", True), ("merchant", False), ("platform", True), ("platform", False))
PPM = 1_000_000


@dataclass(frozen=True)
class Goods:
    """A line of goods: what it is, and what it costs before any coupon."""

    product_id: int | None
    amount: int


@dataclass(frozen=True)
class Offer:
    """A coupon that may be used. From `least` fen on it takes `off` fen or `ppm` of the goods, but at most `most` fen (0: no limit); `products`
    limits it to some goods (empty: all). `claim_id` is the customer's own copy; an automatic offer has none."""

    coupon_id: int
    title: str
    by: Literal["merchant", "platform"]
    kind: Kind
    least: int = 0
    off: int = 0
    ppm: int = 0
    most: int = 0
    products: frozenset[int] = frozenset()
    claim_id: int | None = None

    @property
    def automatic(self) -> bool:
        """True when it needs no copy of the customer's."""
        return self.claim_id is None


@dataclass(frozen=True)
class Applied:
    """An offer in use: what it takes off each line."""

    offer: Offer
    parts: tuple[int, ...]

    @property
    def amount(self) -> int:
        """What it takes off in all."""
        return sum(self.parts)


def taken_off(offer: Offer, lines: Sequence[Goods], left: Sequence[int], most: int) -> Applied | None:
    """What the offer takes off what is `left` of the lines, `most` fen in all; None where it does not hold.

    A percentage rounds half up to the fen; the amount is split over its lines by largest remainder.
    """
    weights = [fen if not offer.products or line.product_id in offer.products else 0 for line, fen in zip(lines, left, strict=True)]
    total = sum(weights)
    if not total or total < offer.least:
        return None
    wished = offer.off if offer.kind == "amount" else (2 * total * offer.ppm + PPM) // (2 * PPM)
    amount = min(wished, total, most, *([offer.most] if offer.most else []))
    return Applied(offer, tuple(split(amount, weights))) if amount > 0 else None


def choose(offers: Sequence[Offer], lines: Sequence[Goods], *, keep: int, wanted: Collection[int] | None = None) -> list[Applied]:
    """For each place the offer that takes most off, in order of the places; the older coupon wins a tie.

    `keep` fen of the goods are always left to pay. `wanted` names the copies that the customer chose; None lets the best ones be chosen.
    """
    left, found = [line.amount for line in lines], []
    for by, automatic in PLACES:
        here = [offer for offer in offers if offer.by == by and offer.automatic == automatic and (automatic or wanted is None or offer.claim_id in wanted)]
        results = [each for offer in here if (each := taken_off(offer, lines, left, sum(left) - keep))]
        if results:
            best = max(results, key=lambda each: (each.amount, -each.offer.coupon_id, -(each.offer.claim_id or 0)))
            left = [fen - part for fen, part in zip(left, best.parts, strict=True)]
            found.append(best)
    return found


def parts_of(applied: Sequence[Applied], by: str, count: int) -> list[int]:
    """What one side gives off each of `count` lines."""
    return [sum(each.parts[place] for each in applied if each.offer.by == by) for place in range(count)]
