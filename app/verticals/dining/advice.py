"""What a dish earns and what to do about it: pure arithmetic in fen.

Menu engineering after Kasavana and Smith (1982): a dish is popular when it sells at least 70 % of an even share of all portions, and profitable when
a portion earns at least what an average portion of the menu does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Class = Literal["star", "workhorse", "puzzle", "dog", "unknown"]
POPULAR_PPM = 700_000


@dataclass(frozen=True)
class Sales:
    """What a dish sold in a stretch: portions that were kept, what customers and coupons paid for them, fees of the platform, and what making
    them cost (None where a size's cost is not known)."""

    dish_id: int
    name: str
    portions: int
    revenue: int
    fees: int
    cost: int | None

    @property
    def margin(self) -> int | None:
        """What is left of the revenue after fees and cost."""
        return None if self.cost is None else self.revenue - self.fees - self.cost

    @property
    def margin_ppm(self) -> int | None:
        """The margin of the revenue, rounded down to a tenth of a percent; None where nothing came in."""
        return None if self.margin is None or not self.revenue else self.margin * 1_000 // self.revenue * 1_000


@dataclass(frozen=True)
class Advised:
    """A dish and where it stands: `each` is what a portion earns, rounded down to the fen."""

    sales: Sales
    each: int | None
    kind: Class


def advise(menu: Sequence[Sales]) -> list[Advised]:
    """Each dish that sold, in the order given. Those without a known cost are `unknown` and count for popularity alone."""
    sold = [sales for sales in menu if sales.portions]
    portions = sum(sales.portions for sales in sold)
    known = [sales for sales in sold if sales.margin is not None]
    margin, known_portions = sum(sales.margin or 0 for sales in known), sum(sales.portions for sales in known)
    return [
        Advised(sales, None if sales.margin is None else sales.margin // sales.portions, _class(sales, portions, len(sold), margin, known_portions))
        for sales in sold
    ]


def _class(sales: Sales, portions: int, dishes: int, margin: int, known_portions: int) -> Class:
    if sales.margin is None:
        return "unknown"
    popular = sales.portions * dishes * 1_000_000 >= portions * POPULAR_PPM
    profitable = sales.margin * known_portions >= margin * sales.portions
    if popular:
        return "star" if profitable else "workhorse"
    return "puzzle" if profitable else "dog"
