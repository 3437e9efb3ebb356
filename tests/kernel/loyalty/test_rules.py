"""The arithmetic of points, as tables and properties; and of refunds over several ways to pay."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.money import split_remaining
from app.kernel.loyalty.rules import earned, months_later, most_payable, needed, points_back, taken_from, worth


def test_whole_yuan_earn_and_whole_fen_are_paid() -> None:
    assert [earned(fen, 2) for fen in (99, 100, 3_850)] == [0, 2, 76]
    assert [worth(count, 100) for count in (1, 99, 250)] == [1, 99, 250] and [worth(count, 300) for count in (1, 2, 3, 100)] == [0, 0, 1, 33]
    assert [needed(fen, 300) for fen in (1, 33, 100)] == [3, 99, 300]
    assert [most_payable(3_850, 200_000, before) for before in (0, 700, 800)] == [770, 70, 0]


@pytest.mark.parametrize(("day", "months", "later"), [
    (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 12, 15), 12, date(2027, 12, 15)), (date(2028, 8, 31), 6, date(2029, 2, 28)),
])
def test_months_end_on_the_last_day_when_the_day_is_missing(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@given(some.integers(0, 10_000), some.lists(some.integers(0, 500), max_size=8))
def test_the_oldest_lots_give_first_and_never_more_than_they_hold(count: int, lots: list[int]) -> None:
    parts = taken_from(count, lots)
    assert sum(parts) == min(count, sum(lots)) and all(0 <= part <= held for part, held in zip(parts, lots, strict=True))
    touched = [number for number, part in enumerate(parts) if part]
    assert all(parts[number] == lots[number] for number in range(touched[-1] if touched else 0))


STEPS = some.lists(some.integers(0, 1_000), max_size=12)  # thousandths of what is left, one refund after another; then the rest


@given(some.integers(1, 500_000), some.integers(1, 400), STEPS)
def test_refunds_in_any_steps_return_every_point_once(fen: int, rate: int, steps: list[int]) -> None:
    left, lacking = needed(fen, rate), fen
    for step in (*steps, 1_000):
        amount = lacking * step // 1_000
        back = points_back(amount, lacking, left)
        assert 0 <= back <= left
        left, lacking = left - back, lacking - amount
    assert (left, lacking) == (0, 0)


@given(some.lists(some.integers(0, 300_000), min_size=3, max_size=3).filter(sum), STEPS)
def test_a_payment_over_three_ways_is_refunded_to_the_fen_in_any_steps(paid: list[int], steps: list[int]) -> None:
    remaining = list(paid)
    for step in (*steps, 1_000):
        amount = sum(remaining) * step // 1_000
        parts = split_remaining(amount, remaining)
        assert sum(parts) == amount and all(0 <= part <= held for part, held in zip(parts, remaining, strict=True))
        remaining = [held - part for held, part in zip(remaining, parts, strict=True)]
    assert remaining == [0, 0, 0]
