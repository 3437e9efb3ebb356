"""Arithmetic of plans: how long a period is, what is earned after so many days. Pure functions; amounts in fen."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.money import Fen

KINDS = {"quota": _l("次数"), "discount": _l("折扣"), "priority": _l("优先"), "unlock": _l("解锁")}
REMIND_BEFORE = (30, 7, 1)
DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}


class PeriodUnknown(Refusal):
    """The price stands for no period that can be reckoned by the day."""

    code = "plans.period_unknown"
    status = 409
    sentence = _l("这项费用不是按天、周、月、年定价的")


def ends_after(starts_on: date, period: str) -> date | None:
    """The day after the last one of a period that begins on `starts_on`: the same day of the next month or year, its last day where that is
    missing; None for `once`, which never ends."""
    if period == "once":
        return None
    if period in ("day", "week"):
        return starts_on + timedelta(days=DAYS_OF[period])
    months = {"month": 1, "year": 12}.get(period)
    if months is None:
        raise PeriodUnknown
    year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
    return date(year, month + 1, min(starts_on.day, monthrange(year, month + 1)[1]))


def earned_until(total: int, days: int, over: int) -> Fen:
    """What of `total` is earned after the first `over` of `days` days, by largest remainder: each day the whole part, the first days one fen more.

    100 over 3 days: 34, 67, 100. Never less than before, `total` at the end.
    """
    over = min(max(over, 0), days)
    whole, odd = divmod(total, days)
    return Fen(over * whole + min(over, odd))


def price_of_days(fen: int, period: str, days: int) -> Fen:
    """The price of `days` days where the price list names `fen` for a day, week (7), month (30), or year (365); half a fen goes up."""
    if period not in DAYS_OF:
        raise PeriodUnknown
    length = DAYS_OF[period]
    return Fen((2 * fen * days + length) // (2 * length))


def reminder_due(days_left: int, reminded: int | None) -> int | None:
    """Which reminder (30, 7, or 1 days before) is due and was not given; the nearest one when several were missed."""
    due = [step for step in REMIND_BEFORE if days_left <= step and (reminded is None or step < reminded)]
    return min(due) if due and days_left > 0 else None
