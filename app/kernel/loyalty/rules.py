"""The arithmetic of points: pure. Points in pieces, money in fen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.core.money import share_ppm


def earned(paid: int, per_yuan: int) -> int:
    """Points for `paid` fen: for whole yuan only."""
    return paid // 100 * per_yuan


def worth(count: int, for_yuan: int) -> int:
    """Fen that `count` points pay, `for_yuan` of them being a yuan; what is less than a fen stays points."""
    return count * 100 // for_yuan


def needed(fen: int, for_yuan: int) -> int:
    """The fewest points that pay `fen`."""
    return -(-fen * for_yuan // 100)


def most_payable(payable: int, cap_ppm: int, before: int) -> int:
    """Fen of an order that points may still pay, `before` of which they paid already."""
    return max(int(share_ppm(payable, cap_ppm)) - before, 0)


def points_back(fen: int, lacking: int, left: int) -> int:
    """Points that a refund of `fen` returns, when `lacking` fen and `left` points of the payment are not returned yet; the last fen returns all."""
    return left * fen // lacking if lacking else 0


def taken_from(count: int, lots: Sequence[int]) -> list[int]:
    """How many of `count` points each lot gives, the first lots first."""
    parts = []
    for held in lots:
        part = min(held, count)
        parts.append(part)
        count -= part
    return parts


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(day)
