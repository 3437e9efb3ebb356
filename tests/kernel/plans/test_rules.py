"""Arithmetic of plans: periods, days, and what they add up to."""

from __future__ import annotations

from datetime import date

import pytest

from app.kernel.plans.rules import PeriodUnknown, earned_until, ends_after, price_of_days, reminder_due


@pytest.mark.parametrize(("starts", "period", "ends"), [
    (date(2026, 11, 29), "day", date(2026, 11, 30)), (date(2026, 11, 29), "week", date(2026, 12, 6)), (date(2026, 1, 31), "month", date(2026, 2, 28)),
    (date(2028, 1, 31), "month", date(2028, 2, 29)), (date(2026, 12, 15), "month", date(2027, 1, 15)), (date(2028, 2, 29), "year", date(2029, 2, 28)),
    (date(2026, 11, 29), "once", None),
])
def test_a_period_ends_on_the_same_day_or_the_last_one_there_is(starts: date, period: str, ends: date | None) -> None:
    assert ends_after(starts, period) == ends


def test_an_unknown_period_is_refused() -> None:
    with pytest.raises(PeriodUnknown):
        ends_after(date(2026, 1, 1), "")
    with pytest.raises(PeriodUnknown):
        price_of_days(100, "once", 1)


@pytest.mark.parametrize(("total", "days"), [(100, 3), (19_900, 31), (1, 365), (120_000, 366), (7, 7), (365, 366)])
def test_days_add_up_to_the_fen_and_differ_by_one_at_most(total: int, days: int) -> None:
    earned = [earned_until(total, days, over) for over in range(days + 1)]
    each = [after - before for before, after in zip(earned, earned[1:], strict=False)]
    assert (earned[0], earned[-1], sum(each)) == (0, total, total)
    assert max(each) - min(each) <= 1
    assert earned_until(total, days, days + 5) == total


def test_largest_remainder_goes_to_the_first_days() -> None:
    assert [earned_until(100, 3, over) for over in range(4)] == [0, 34, 67, 100]


def test_days_of_a_weekly_price_round_half_up() -> None:
    assert [price_of_days(10_000, "week", days) for days in (1, 3, 7)] == [1429, 4286, 10_000]
    assert price_of_days(1, "month", 15) == 1


def test_reminders_come_once_each_and_the_nearest_after_a_pause() -> None:
    assert [reminder_due(days, None) for days in (31, 30, 8, 7, 2, 1, 0)] == [None, 30, 30, 7, 7, 1, None]
    assert [reminder_due(days, 30) for days in (29, 7, 1)] == [None, 7, 1]
    assert reminder_due(1, 1) is None
