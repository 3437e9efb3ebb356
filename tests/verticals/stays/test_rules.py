"""Prices of nights and the cancellation ladder as tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verticals.stays.rules import (
    DayPrice,
    Ladder,
    Promotion,
    Season,
    Step,
    Tariff,
    call_off,
    deposit_of,
    is_closed,
    is_id_number,
    least_nights,
    leave_early,
    masked_number,
    price_of,
    quote,
)

FRI, SAT, SUN, MON, TUE = (date(2026, 12, 4) + timedelta(days=number) for number in range(5))
SPRING = Season("春节", date(2027, 2, 5), date(2027, 2, 12), price=128_800, least=3)
AUTUMN = Season("旺季", date(2026, 12, 5), date(2026, 12, 6), ppm=200_000)
TARIFF = Tariff(46_800, {4: 56_800, 5: 56_800}, (SPRING, AUTUMN), {MON: DayPrice(39_900, least=2), TUE: DayPrice(closed=True)})


@pytest.mark.parametrize(("day", "expected"), [
    (FRI, (56_800, "weekday", "")),
    (SAT, (68_160, "season", "旺季")),
    (SUN, (56_160, "season", "旺季")),
    (MON, (39_900, "day", "")),
    (TUE, (46_800, "base", "")),
    (date(2027, 2, 5), (128_800, "season", "春节")),
    (date(2027, 2, 12), (128_800, "season", "春节")),
    (date(2027, 2, 13), (56_800, "weekday", "")),
])
def test_the_day_comes_before_the_season_and_the_season_before_the_weekday(day: date, expected: tuple[int, str, str]) -> None:
    assert price_of(TARIFF, day) == expected


def test_least_nights_and_closed_days() -> None:
    assert [least_nights(TARIFF, day) for day in (FRI, SAT, MON, date(2027, 2, 6))] == [1, 1, 2, 3]
    assert [is_closed(TARIFF, day) for day in (MON, TUE)] == [False, True]


@pytest.mark.parametrize(("ahead", "names"), [(0, "今夜特价"), (1, ""), (29, ""), (30, "早订")])
def test_the_best_promotion_that_holds_comes_off(ahead: int, names: str) -> None:
    promotions = (
        Promotion("早订", "early", 100_000, FRI, SUN, days=30), Promotion("早订小", "early", 50_000, FRI, SUN, days=30),
        Promotion("今夜特价", "late", 200_000, FRI, SUN, days=0),
    )
    (night,) = quote(Tariff(10_000, promotions=promotions), [FRI], booked_on=FRI - timedelta(days=ahead))
    assert night.promotion_name == names
    assert night.promotion == {"早订": 1_000, "今夜特价": 2_000, "": 0}[names]


def test_long_stay_and_member_come_off_what_is_left() -> None:
    tariff = Tariff(10_000, promotions=(Promotion("周末", "always", 100_000, SAT, SAT),), steps=((2, 50_000), (7, 200_000)))
    nights = quote(tariff, [FRI, SAT], booked_on=FRI, member_ppm=100_000)
    assert [(each.promotion, each.long_stay, each.member, each.payable) for each in nights] == [(0, 500, 950, 8_550), (1_000, 450, 855, 7_695)]
    assert [each.long_stay for each in quote(tariff, [FRI], booked_on=FRI)] == [0]
    assert [each.long_stay for each in quote(tariff, [FRI], booked_on=FRI, stayed=1)] == [500]
    assert quote(Tariff(1), [FRI], booked_on=FRI, member_ppm=1_000_000)[0].payable == 1


LADDER = Ladder((Step(72, "first", 0), Step(24, "first", 500_000), Step(0, "first", 1_000_000)), Step(0, "all", 1_000_000))


@pytest.mark.parametrize(("hours", "paid", "kept", "back", "waived", "cuts"), [
    (72, 30_000, 0, 30_000, 0, (10_000, 12_000, 8_000)),
    (71.9, 30_000, 5_000, 25_000, 0, (5_000, 12_000, 8_000)),
    (24, 10_000, 5_000, 5_000, 20_000, (5_000, 12_000, 8_000)),
    (1, 10_000, 10_000, 0, 20_000, (0, 12_000, 8_000)),
    (-1, 30_000, 30_000, 0, 0, (0, 0, 0)),
    (-1, 10_000, 10_000, 0, 20_000, (0, 12_000, 8_000)),
    (-1, 15_000, 15_000, 0, 15_000, (0, 7_000, 8_000)),
])
def test_the_ladder_keeps_what_it_says_and_never_more_than_was_paid(
    hours: float, paid: int, kept: int, back: int, waived: int, cuts: tuple[int, ...],
) -> None:
    found = call_off([10_000, 12_000, 8_000], paid, LADDER.step_at(hours))
    assert (found.kept, found.back, found.waived, found.cuts) == (kept, back, waived, cuts)


@given(
    nights=st.lists(st.integers(1, 500_000), min_size=1, max_size=30), paid=st.integers(0, 10**7), of=st.sampled_from(["first", "all"]),
    ppm=st.integers(0, 1_000_000),
)
def test_every_fen_is_kept_given_back_or_no_longer_owed(nights: list[int], paid: int, of: str, ppm: int) -> None:
    paid = min(paid, sum(nights))
    found = call_off(nights, paid, Step(0, of, ppm))  # type: ignore[arg-type]
    assert found.kept + found.back + found.waived == sum(nights) and 0 <= found.kept <= paid
    assert sum(found.cuts) == found.back + found.waived and all(0 <= cut <= night for cut, night in zip(found.cuts, nights, strict=True))


def test_leaving_early_and_deposits() -> None:
    assert leave_early([10_000, 10_001], 500_000) == (5_000, 5_001) and leave_early([], 500_000) == () and leave_early([0], 500_000) == (0,)
    assert leave_early([10_000, 10_001], 1_000_000) == (10_000, 10_001) and leave_early([9_000], 0) == (0,)
    assert [deposit_of([10_000, 20_000], kind, 300_000) for kind in ("all", "first_night", "part")] == [0, 10_000, 9_000]
    assert deposit_of([10_000], "first_night", 0) == 0 and deposit_of([1], "part", 1) == 1 and deposit_of([5_000], "part", 1_000_000) == 0


@pytest.mark.parametrize(("number", "good"), [
    ("11010519491231002X", True), ("11010519491231002x", True), ("110105194912310021", False), ("110105194913310026", False), ("1101051949123100", False),
    ("１1010519491231002X", False), ("", False),
])
def test_an_id_number_is_checked(number: str, good: bool) -> None:
    assert is_id_number(number) is good


def test_numbers_are_masked() -> None:
    assert masked_number("11010519491231002X") == "1101**********002X" and masked_number("E1234567") == "E******7"
