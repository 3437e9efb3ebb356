"""Money in integer fen, rates in parts per million, and splits that always add up.

Formulas and the evidence for them are in docs/decisions/0003-money-arithmetic.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NewType

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal

Fen = NewType("Fen", int)
Ppm = NewType("Ppm", int)

MILLION = 1_000_000
YUAN = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)
LARGEST = 99_999_999_999  # ¥999,999,999.99: above it a typed amount is a mistake, not a price


class NotAnAmount(Refusal):
    """The text is not an amount of money in yuan with at most two decimals."""

    code = "money.not_an_amount"
    status = 422
    sentence = _l("“%(text)s”不是金额：写数字，最多两位小数，例如 18 或 18.50")


class SplitImpossible(ValueError):
    """A split was asked for with no weight to carry a non-zero amount."""


def share_ppm(amount: int, ppm: int) -> Fen:
    """`amount` × `ppm` / 1,000,000 in fen, rounded half up (away from zero for refunds, so a fee and its return agree)."""
    product = abs(amount) * ppm
    rounded = (2 * product + MILLION) // (2 * MILLION)
    return Fen(rounded if amount >= 0 else -rounded)


def split(amount: int, weights: Sequence[int]) -> list[Fen]:
    """Cut `amount` fen in proportion to `weights` by largest remainder; ties go to the earlier part; parts add up to it."""
    total = sum(weights)
    if any(weight < 0 for weight in weights) or (total == 0 and amount):
        raise SplitImpossible(f"{amount} over {list(weights)}")
    if not total:
        return [Fen(0) for _ in weights]
    sign, size = (1, amount) if amount >= 0 else (-1, -amount)
    parts = [size * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % total), i))
    for index in by_remainder[: size - sum(parts)]:
        parts[index] += 1
    return [Fen(sign * part) for part in parts]


def split_remaining(amount: int, remaining: Sequence[int]) -> list[Fen]:
    """Take `amount` out of what remains of each component, by largest remainder over the remainders.

    Monotone by construction: no component is ever taken below zero, and the last fen empties all of them.
    """
    if amount < 0 or amount > sum(remaining):
        raise SplitImpossible(f"{amount} out of {list(remaining)}")
    return split(amount, remaining)


def yuan(amount: int) -> str:
    """`¥1,286.50`; the minus is U+2212 and stands before the sign."""
    return f"{'−' if amount < 0 else ''}¥{abs(amount) // 100:,}.{abs(amount) % 100:02d}"


def figures(amount: int) -> str:
    """`1,286.50` for columns whose head says 元."""
    return f"{'−' if amount < 0 else ''}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"


def parse_yuan(text: str) -> Fen:
    """Fen of what a person typed in yuan, with or without ¥ or 元; refuses more than two decimals, signs, exponents, and amounts above ¥999,999,999.99."""
    match = YUAN.fullmatch(text)
    if not match:
        cleaned = text.strip().removeprefix("¥").removeprefix("￥").removesuffix("元").replace(",", "").strip()
        match = YUAN.fullmatch(cleaned)
    if not match:
        raise NotAnAmount(text=text[:40])
    return Fen(int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0")))


def percent(ppm: int) -> str:
    """`8 %` for 80,000 ppm; at most four decimals, no trailing zeros."""
    whole = f"{ppm / 10_000:.4f}".rstrip("0").rstrip(".")
    return f"{whole} %"
