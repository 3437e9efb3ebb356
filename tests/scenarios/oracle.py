"""What the money must be, worked out a second time: plain Python on fractions, without a line of the product's code.

A merchant's buckets, the orders' escrow, what customers are owed, and what the platform has earned and given, in fen, after each event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor


def half_up(amount: Fraction) -> int:
    """Rounded to the fen, halves up."""
    return floor(amount + Fraction(1, 2))


def shared(amount: int, weights: list[int]) -> list[int]:
    """`amount` in proportion to the weights; each gets its whole fen, the rest go one by one to the largest fractions, the earlier first."""
    total = sum(weights)
    exact = [Fraction(amount * weight, total) if total else Fraction(0) for weight in weights]
    parts = [floor(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return parts


@dataclass
class OracleLine:
    """What a line still holds: of the customer's money, the platform's coupon, and the platform's fee."""

    payable: int
    subsidy: int
    fee: int


@dataclass
class OracleOrder:
    """An order and how far it has come: placed, paid, completed, released, or closed."""

    lines: list[OracleLine]
    stage: str = "placed"

    @property
    def held(self) -> int:
        """What is in it for the merchant and the platform."""
        return sum(line.payable + line.subsidy for line in self.lines)

    @property
    def fees(self) -> int:
        return sum(line.fee for line in self.lines)


@dataclass
class Books:
    """One merchant's world. Every figure is what is owed or owned as a positive number of fen; `lent` is what we advanced."""

    fee: Fraction
    reserve_part: Fraction
    orders: list[OracleOrder] = field(default_factory=list)
    pending: int = 0
    available: int = 0
    reserve: int = 0
    lent: int = 0
    escrow: int = 0
    owed: int = 0
    earned: int = 0
    given: int = 0
    clearing: int = 0
    paid_out: int = 0
    reserves: dict[int, int] = field(default_factory=dict)

    def place(self, amounts: list[int], packing: int, merchant_gives: int, platform_gives: int) -> int:
        """An order of goods lines and packing; its number here."""
        gives = shared(min(merchant_gives, sum(amounts)), amounts)
        left = [amount - part for amount, part in zip(amounts, gives, strict=True)]
        stands_in = shared(min(platform_gives, sum(left)), left)
        goods = [(amount - given - coupon, coupon) for amount, given, coupon in zip(amounts, gives, stands_in, strict=True)]
        lines = [*goods, (packing, 0)] if packing else goods
        bases = [payable + coupon for payable, coupon in lines]
        fees = shared(half_up(sum(bases) * self.fee), bases)
        self.orders.append(OracleOrder([OracleLine(*parts, fee) for parts, fee in zip(lines, fees, strict=True)]))
        return len(self.orders) - 1

    def pay(self, number: int) -> None:
        order = self.orders[number]
        order.stage = "paid"
        self.clearing += sum(line.payable for line in order.lines)
        self.given += sum(line.subsidy for line in order.lines)
        self.escrow += order.held

    def complete(self, number: int) -> None:
        order = self.orders[number]
        order.stage = "completed"
        self.escrow -= order.held
        self.pending += order.held - order.fees
        self.earned += order.fees

    def refund(self, number: int, place: int, amount: int) -> None:
        """`amount` of the customer's money of one line goes back, with its part of the coupon and of the fee."""
        order = self.orders[number]
        line = order.lines[place]
        coupon = half_up(Fraction(line.subsidy * amount, line.payable))
        fee, merchant = shared(amount + coupon, [line.fee, line.payable + line.subsidy - line.fee])
        line.payable, line.subsidy, line.fee = line.payable - amount, line.subsidy - coupon, line.fee - fee
        self.owed += amount
        self.given -= coupon
        if order.stage == "paid":
            self.escrow -= amount + coupon
            return
        self.earned -= fee
        if order.stage == "completed":
            self.pending -= merchant
            return
        for bucket in ("available", "reserve"):
            part = min(merchant, getattr(self, bucket))
            setattr(self, bucket, getattr(self, bucket) - part)
            merchant -= part
        self.lent += merchant

    def end(self, number: int) -> None:
        """Rejected: everything that remains goes back."""
        order = self.orders[number]
        for place, line in enumerate(order.lines):
            if line.payable:
                self.refund(number, place, line.payable)
        order.stage = "closed"

    def receive_refunds(self, amount: int) -> None:
        """The channel has given the customers so much of what they are owed."""
        self.owed -= amount
        self.clearing -= amount

    def release(self) -> None:
        """Every completed order is past its hold."""
        for number, order in enumerate(self.orders):
            if order.stage == "completed":
                amount = order.held - order.fees
                free, kept = shared(amount, [1_000_000 - int(self.reserve_part * 1_000_000), int(self.reserve_part * 1_000_000)])
                self.pending -= amount
                self.available += free
                self.reserve += kept
                self.reserves[number] = kept
                order.stage = "released"

    def free_reserves(self) -> None:
        """Reserves kept long enough come free, oldest first, never more than there is."""
        for number in sorted(self.reserves):
            amount = min(self.reserves.pop(number), self.reserve)
            self.reserve -= amount
            self.available += amount

    def offset(self) -> None:
        """Advances are paid back first."""
        amount = min(self.available, self.lent)
        self.available -= amount
        self.lent -= amount
