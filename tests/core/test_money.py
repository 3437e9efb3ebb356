"""Fen, parts per million, and splits: tables of cases, and what must hold for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import (
    LARGEST,
    MILLION,
    NotAnAmount,
    SplitImpossible,
    figures,
    parse_yuan,
    percent,
    share_ppm,
    split,
    split_remaining,
    yuan,
)

WEIGHTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize(("amount", "ppm", "share"), [
    (8500, 80_000, 680), (8700, 6_000, 52), (1, 500_000, 1), (1, 499_999, 0), (3, 500_000, 2), (0, 80_000, 0), (100, 0, 0), (100, MILLION, 100),
    (-1, 500_000, -1), (-8500, 80_000, -680), (-1, 499_999, 0), (19, 50_000, 1), (9, 50_000, 0), (10, 50_000, 1), (123_456_789, 1, 123),
])
def test_a_share_is_rounded_half_up_and_its_return_is_the_same(amount: int, ppm: int, share: int) -> None:
    assert share_ppm(amount, ppm) == share


@pytest.mark.parametrize(("amount", "weights", "parts"), [
    (10, [1, 1, 1], [4, 3, 3]),  # ties go to the earlier part
    (100, [1, 2], [33, 67]),
    (27, [2, 24, 10], [2, 18, 7]),
    (28, [2, 24, 10], [1, 19, 8]),  # why refunds are split over what remains
    (7395, [900_000, 100_000], [6656, 739]),
    (-10, [1, 1, 1], [-4, -3, -3]),
    (0, [0, 0], [0, 0]),
    (5, [0, 1, 0], [0, 5, 0]),
    (0, [], []),
    (1, [1, 1], [1, 0]),
])
def test_a_split_is_by_largest_remainder(amount: int, weights: list[int], parts: list[int]) -> None:
    assert split(amount, weights) == parts


@pytest.mark.parametrize(("amount", "weights"), [(1, []), (1, [0, 0]), (1, [2, -1]), (0, [1, -1]), (-1, [0])])
def test_a_split_without_weight_or_with_a_negative_one_is_refused(amount: int, weights: list[int]) -> None:
    with pytest.raises(SplitImpossible, match=rf"^{amount} over \["):
        split(amount, weights)


@given(st.integers(-10**9, 10**9), WEIGHTS)
def test_parts_add_up_and_none_is_a_fen_from_its_share(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(abs(part * sum(weights) - amount * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.lists(st.integers(1, 10**6), max_size=9))
def test_taking_out_step_by_step_empties_every_component_and_never_goes_below(remaining: list[int], steps: list[int]) -> None:
    left = list(remaining)
    for step in (*steps, 10**9):
        amount = min(step, sum(left))
        parts = split_remaining(amount, left)
        assert sum(parts) == amount
        left = [held - part for held, part in zip(left, parts, strict=True)]
        assert min(left) >= 0
    assert split_remaining(0, left) == [0] * len(left)


@pytest.mark.parametrize(("amount", "remaining"), [(4, [1, 2]), (-1, [1, 2]), (1, [0])])
def test_more_than_remains_cannot_be_taken(amount: int, remaining: list[int]) -> None:
    with pytest.raises(SplitImpossible, match=rf"^{amount} out of \["):
        split_remaining(amount, remaining)


@pytest.mark.parametrize(("fen", "said", "bare"), [
    (0, "¥0.00", "0.00"), (5, "¥0.05", "0.05"), (128_650, "¥1,286.50", "1,286.50"), (-3800, "−¥38.00", "−38.00"), (100, "¥1.00", "1.00"),
    (123_456_789, "¥1,234,567.89", "1,234,567.89"), (-1, "−¥0.01", "−0.01"),
])
def test_amounts_are_written_to_the_fen(fen: int, said: str, bare: str) -> None:
    assert (yuan(fen), figures(fen)) == (said, bare)


@pytest.mark.parametrize(("text", "fen"), [
    ("18", 1800), ("18.5", 1850), ("18.05", 1805), (" ¥1,286.50 ", 128_650), ("¥ 3", 300), ("12.00元", 1200), ("0", 0), ("0.01", 1), ("999999999.99", LARGEST),
    ("1,2", 1200), ("8 元", 800), ("\u00a53", 300), ("\uffe53", 300),
])
def test_what_people_type_is_read(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1.234", "１２", "十八", "1.", ".5", "NaN", "1234567890", "+1", "元", "1 2"])
def test_what_is_no_amount_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_yuan(text)
    assert refused.value.values == {"text": text}


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_yuan("x" * 50)
    assert refused.value.values == {"text": "x" * 40}


@given(st.integers(0, LARGEST))
def test_what_is_written_is_read_back(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == parse_yuan(figures(fen)) == fen


@pytest.mark.parametrize(("ppm", "said"), [
    (80_000, "8 %"), (0, "0 %"), (6_000, "0.6 %"), (1, "0.0001 %"), (MILLION, "100 %"), (123_456, "12.3456 %"),
    (125_000, "12.5 %"),
])
def test_rates_are_written_without_trailing_zeros(ppm: int, said: str) -> None:
    assert percent(ppm) == said
