"""The arithmetic of an order: pure functions of values in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.money import split


@dataclass(frozen=True)
class LineDraft:
    """Something about to be bought: `price` fen each. `kind` is goods, packing, or delivery. `product_id` is what `subject_id` is a size of:
    what coupons may be limited to. `stated` is the amount, in fen, that the trade names for fees on "amount": the margin over a supplier's price.
    `earner_id` is the merchant, other than the order's, that earns the line."""

    title: str
    price: int
    quantity: int = 1
    kind: str = "goods"
    subject_id: int | None = None
    spec: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    product_id: int | None = None
    stated: int | None = None
    earner_id: int | None = None

    @property
    def amount(self) -> int:
        """Price × quantity."""
        return self.price * self.quantity


@dataclass(frozen=True)
class PricedLine:
    """A draft with its part of the discounts: the customer pays `payable`, the platform adds `subsidy`."""

    draft: LineDraft
    merchant_discount: int
    subsidy: int

    @property
    def payable(self) -> int:
        """What the customer pays for the line."""
        return self.draft.amount - self.merchant_discount - self.subsidy


@dataclass(frozen=True)
class Price:
    """An order as it would cost: the lines and their sums by kind."""

    lines: tuple[PricedLine, ...]

    def sum_of(self, kind: str) -> int:
        """List price of the lines of one kind."""
        return sum(line.draft.amount for line in self.lines if line.draft.kind == kind)

    @property
    def merchant_discount(self) -> int:
        """What the merchant gives off."""
        return sum(line.merchant_discount for line in self.lines)

    @property
    def platform_discount(self) -> int:
        """What the platform gives off, and pays to the order instead of the customer."""
        return sum(line.subsidy for line in self.lines)

    @property
    def payable(self) -> int:
        """What the customer pays."""
        return sum(line.payable for line in self.lines)

    def bases(self) -> dict[str, list[int]]:
        """What fees may be taken on, in fen per line: with and without delivery, or delivery alone; packing counts as goods. `amount` is there where
        the trade stated one."""
        whole = {
            "list": [line.draft.amount for line in self.lines],
            "after_merchant_coupon": [line.draft.amount - line.merchant_discount for line in self.lines],
            "after_all_coupons": [line.payable for line in self.lines],
        }
        delivers = [line.draft.kind == "delivery" for line in self.lines]
        goods = {name: [0 if other else fen for fen, other in zip(bases, delivers, strict=True)] for name, bases in whole.items()}
        delivery = [fen if other else 0 for fen, other in zip(whole["list"], delivers, strict=True)]
        stated = {"amount": [line.draft.stated or 0 for line in self.lines]} if any(line.draft.stated is not None for line in self.lines) else {}
        return {**goods, **{f"{name}_with_delivery": bases for name, bases in whole.items()}, "delivery": delivery, **stated}

    def units(self) -> list[int]:
        """Pieces per line that a fee by the unit counts: goods only."""
        return [line.draft.quantity if line.draft.kind == "goods" else 0 for line in self.lines]


def price(drafts: Sequence[LineDraft], *, merchant_discount: int = 0, platform_discount: int = 0) -> Price:
    """Give each goods line its part of the discounts, by largest remainder; discounts never exceed the goods."""
    goods = [draft.amount if draft.kind == "goods" else 0 for draft in drafts]
    merchant_parts = split(min(merchant_discount, sum(goods)), goods)
    left = [amount - part for amount, part in zip(goods, merchant_parts, strict=True)]
    platform_parts = split(min(platform_discount, sum(left)), left)
    return price_with(drafts, merchant_parts, platform_parts)


def price_with(drafts: Sequence[LineDraft], merchant_parts: Sequence[int], platform_parts: Sequence[int]) -> Price:
    """The price with what each side gives off each line, in fen."""
    return Price(tuple(PricedLine(*each) for each in zip(drafts, merchant_parts, platform_parts, strict=True)))
