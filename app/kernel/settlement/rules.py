"""Arithmetic of settlement: which days close a cycle, what a statement pays, which policy counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Terms:
    """How a merchant is settled; the defaults are the platform's own: every day, one business day after completion."""

    cycle: str = "daily"
    hold_days: int = 1
    reserve_ppm: int = 0
    reserve_days: int = 0
    minimum: int = 0
    confirm_days: int = 0


class Proposal(Protocol):
    """An approved policy as stored."""

    id: int
    trade: str
    merchant_id: int | None
    cycle: str
    hold_days: int
    reserve_ppm: int
    reserve_days: int
    minimum: int
    confirm_days: int
    starts_on: date


def terms_on(policies: Iterable[Proposal], trade: str, merchant_id: int, day: date) -> Terms:
    """The merchant's own newest policy that has begun, else the trade's, else the defaults."""
    begun = [each for each in policies if each.trade == trade and each.merchant_id in (None, merchant_id) and each.starts_on <= day]
    if not begun:
        return Terms()
    best = max(begun, key=lambda each: (each.merchant_id is not None, each.starts_on, each.id))
    return Terms(best.cycle, best.hold_days, best.reserve_ppm, best.reserve_days, best.minimum, best.confirm_days)


def closes_on(cycle: str, day: date) -> bool:
    """True when statements of that rhythm are drawn for `day`: every day, on Sundays, on the last of the month."""
    if cycle == "weekly":
        return day.isoweekday() == 7
    if cycle == "monthly":
        return (day + timedelta(days=1)).day == 1
    return True


def cycle_began(cycle: str, day: date) -> date:
    """The first day of the stretch of that rhythm in which `day` lies: itself, its Monday, the first of its month."""
    if cycle == "weekly":
        return day - timedelta(days=day.isoweekday() - 1)
    if cycle == "monthly":
        return day.replace(day=1)
    return day


def payable_of(closing: int, promised: int, paid: int, minimum: int) -> int:
    """Fen that a new statement pays: closing without what earlier statements still pay; less than `minimum` is carried.

    `promised` is the sum that earlier statements were to pay, `paid` what of it had left below the watermark.
    """
    own = max(closing - max(promised - paid, 0), 0)
    return own if own >= minimum else 0
