"""The arithmetic of accounts: periods, ages, what may still be charged. Pure; amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

AGES = (30, 60, 90)  # the ends of the classes of age, in days overdue; the last is open


@dataclass(frozen=True)
class Room:
    """What a member may still charge: of the account's limit, in one order, and in what is left of the month."""

    account: int
    per_order: int
    month: int

    @property
    def most(self) -> int:
        """The largest order that may be charged, never negative."""
        return max(min(self.account, self.per_order, self.month), 0)


def last_day_billed(today: date, billing_day: int) -> date:
    """The last day of the newest period that is over: the day before the latest billing day not after `today`."""
    billed = today.replace(day=billing_day)
    if billed > today:
        billed = (today.replace(day=1) - timedelta(days=1)).replace(day=billing_day)
    return billed - timedelta(days=1)


def age_class(days: int) -> int:
    """0 for what is not overdue, 1 up to 30 days, 2 up to 60, 3 up to 90, 4 beyond."""
    if days <= 0:
        return 0
    return 1 + sum(days > end for end in AGES)
