"""What a fee comes to: cases in fen."""

from __future__ import annotations

import pytest

from app.kernel.commission.rules import Rate, fee, fee_per_line

EIGHT = Rate(ppm=80_000)


@pytest.mark.parametrize(("base", "rate", "comes_to"), [
    (1250, EIGHT, 100),
    (1256, EIGHT, 100),  # 100.48
    (1257, EIGHT, 101),  # 100.56
    (25, Rate(ppm=20_000), 1),  # half a fen goes up
    (24, Rate(ppm=20_000), 0),  # 0.48
    (1, EIGHT, 0),
    (0, EIGHT, 0),
    (0, Rate(fen=50), 0),
    (1000, Rate(), 0),
    (1000, Rate(ppm=1_000_000), 1000),
    (1000, Rate(fen=200), 200),
    (1000, Rate(ppm=80_000, fen=20), 100),
    (100, Rate(fen=200), 100),  # never above the base
    (100_000, Rate(ppm=80_000, most_fen=5000), 5000),
    (62_500, Rate(ppm=80_000, most_fen=5000), 5000),
    (62_499, Rate(ppm=80_000, most_fen=5000), 5000),  # 4999.92
    (62_487, Rate(ppm=80_000, most_fen=5000), 4999),  # 4998.96
    (1000, Rate(ppm=80_000, least_fen=100), 100),
    (2000, Rate(ppm=80_000, least_fen=100), 160),
    (60, Rate(ppm=80_000, least_fen=100), 60),  # the least, but never above the base
    (1000, Rate(ppm=80_000, most_fen=0), 0),
    (9_999_999_999, EIGHT, 800_000_000),
])
def test_a_fee_is_the_rounded_share_within_its_limits(base: int, rate: Rate, comes_to: int) -> None:
    assert fee(base, rate) == comes_to


@pytest.mark.parametrize(("bases", "rate", "parts"), [
    ([1800, 1250, 0], EIGHT, [144, 100, 0]),
    ([333, 333, 334], EIGHT, [27, 26, 27]),  # 26.64, 26.64, 26.72: the larger rest first, then the earlier line
    ([6, 6, 6], EIGHT, [1, 0, 0]),  # 18 fen bear 1.44: one fen, and not three times nothing
    ([0, 0], EIGHT, [0, 0]),
    ([], EIGHT, []),
    ([1000, 3000], Rate(fen=101), [25, 76]),
    ([5000, 5000], Rate(ppm=80_000, most_fen=501), [251, 250]),
])
def test_a_fee_is_rounded_once_and_its_parts_add_up(bases: list[int], rate: Rate, parts: list[int]) -> None:
    assert fee_per_line(bases, rate) == parts
    assert sum(parts) == fee(sum(bases), rate)
