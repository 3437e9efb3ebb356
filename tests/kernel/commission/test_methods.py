"""Every method of the price list, as cases in fen and as properties that hold for any amounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.commission.rules import Rate, RateRefused, Tier, borne_by_month, checked_rate, fee, fee_per_line, tier_at, tiered

# ¥0 and up 8 %, ¥1,000 and up 6 %, ¥5,000 and up 4 %
STEPS = (Tier(0, 80_000), Tier(100_000, 60_000), Tier(500_000, 40_000))
SLAB = Rate(method="amount_tiers", tiers=STEPS)
MARGINAL = Rate(method="amount_tiers", tiers=STEPS, marginal=True)
BY_VOLUME = Rate(method="volume_tiers", tiers=STEPS)
BY_VOLUME_MARGINAL = Rate(method="volume_tiers", tiers=STEPS, marginal=True)

AMOUNTS = st.integers(0, 10_000_000)
TIERS = st.lists(st.tuples(st.integers(1, 5_000_000), st.integers(0, 1_000_000)), max_size=5, unique_by=lambda each: each[0]).flatmap(
    lambda more: st.integers(0, 1_000_000).map(lambda first: (Tier(0, first), *(Tier(*each) for each in sorted(more))))
)
BASES = st.lists(st.integers(0, 500_000), min_size=1, max_size=12)


@pytest.mark.parametrize(("base", "slab", "marginal"), [
    (0, 0, 0),
    (99_999, 8_000, 8_000),  # 7999.92
    (100_000, 6_000, 8_000),
    (100_001, 6_000, 8_000),
    (150_000, 9_000, 11_000),
    (499_999, 30_000, 32_000),
    (500_000, 20_000, 32_000),
    (500_012, 20_000, 32_000),  # 20000.48, 32000.48
    (500_013, 20_001, 32_001),  # 20000.52, 32000.52
    (1_000_000, 40_000, 52_000),
])
def test_tiers_rate_the_whole_by_the_tier_reached_or_each_part_by_its_own(base: int, slab: int, marginal: int) -> None:
    assert (fee(base, SLAB), fee(base, MARGINAL)) == (slab, marginal)


def test_a_slab_may_add_a_fixed_amount_and_limits_hold_it() -> None:
    rate = Rate(method="amount_tiers", tiers=(Tier(0, 0, 100), Tier(10_000, 20_000, 50)), least_fen=120, most_fen=400)
    assert [fee(base, rate) for base in (50, 5_000, 10_000, 20_000)] == [50, 120, 250, 400]


@pytest.mark.parametrize(("bases", "units", "rate", "parts"), [
    ([1800, 1250, 500], [2, 1, 0], Rate(fen=20, method="per_unit"), [40, 20, 0]),
    ([30, 1250], [2, 1], Rate(fen=20, method="per_unit"), [30, 20]),  # a line never bears more than its base
    ([1000, 3000], [1, 1], Rate(fen=20, method="per_unit", least_fen=100), [25, 75]),
    ([1000, 3000], [10, 10], Rate(fen=20, method="per_unit", most_fen=100), [25, 75]),
    ([1000, 3000], [1, 2], Rate(fen=90, method="per_order"), [23, 67]),  # 22.5 and 67.5: a tie goes to the earlier line
    ([0, 0], [1, 1], Rate(fen=90, method="per_order"), [0, 0]),
])
def test_fen_per_unit_and_per_order_add_up_over_the_lines(bases: list[int], units: list[int], rate: Rate, parts: list[int]) -> None:
    assert fee_per_line(bases, rate, units=units) == parts


def test_by_volume_an_order_bears_the_rate_that_the_month_had_reached() -> None:
    assert [fee(10_000, BY_VOLUME, volume=volume) for volume in (0, 99_999, 100_000, 499_999, 500_000)] == [800, 800, 600, 600, 400]


def test_the_months_end_brings_the_whole_volume_to_its_tier() -> None:
    assert borne_by_month([600_000], [600_000], BY_VOLUME) == [24_000]
    assert borne_by_month([600_000], [600_000], BY_VOLUME_MARGINAL) == [8_000 + 24_000 + 4_000]


@pytest.mark.parametrize(("bases", "rooms", "ppm", "borne"), [
    ([1000, 3000], [1000, 3000], 50_000, [50, 150]),
    ([10, 10, 10], [10, 10, 10], 50_000, [1, 1, 0]),  # 1.5 is rounded once, and the odd fen are the earlier lines'
    ([0, 1000], [0, 1000], 50_000, [0, 50]),  # what went back whole bears nothing
    ([1000, 1000], [30, 1000], 50_000, [30, 70]),  # a line bears no more than it brings, the other ones bear the rest
    ([1000, 1000], [30, 40], 50_000, [30, 40]),  # and what none can bear is not charged
    ([0], [0], 50_000, [0]),
])
def test_the_lines_of_a_month_bear_what_its_volume_bears(bases: list[int], rooms: list[int], ppm: int, borne: list[int]) -> None:
    assert borne_by_month(bases, rooms, Rate(method="volume_tiers", tiers=(Tier(0, ppm),))) == borne


@pytest.mark.parametrize(("rate", "field"), [
    (Rate(method="guess"), "method"),
    (Rate(ppm=1_000_001), "ppm"),
    (Rate(ppm=80_000, least_fen=200, most_fen=100), "most_fen"),
    (Rate(method="volume_tiers", tiers=STEPS, most_fen=100), "least_fen"),
    (Rate(method="amount_tiers"), "tiers"),
    (Rate(method="amount_tiers", tiers=(Tier(1, 0),)), "tiers"),
    (Rate(method="amount_tiers", tiers=(Tier(0, 1), Tier(5, 1), Tier(5, 2))), "tiers"),
    (Rate(method="amount_tiers", tiers=(Tier(0, 1, 5),), marginal=True), "tiers"),
    (Rate(method="volume_tiers", tiers=(Tier(0, 1, 5),)), "tiers"),
    (Rate(ppm=1, method="amount_tiers", tiers=STEPS), "ppm"),
    (Rate(ppm=80_000, tiers=STEPS), "tiers"),
    (Rate(method="per_unit"), "fen"),
    (Rate(method="per_period", ppm=1, fen=1), "fen"),
])
def test_parts_that_do_not_belong_to_the_method_are_refused(rate: Rate, field: str) -> None:
    with pytest.raises(RateRefused) as refused:
        checked_rate(rate)
    assert refused.value.field == field


@given(bases=BASES, tiers=TIERS, marginal=st.booleans(), volume=AMOUNTS, method=st.sampled_from(["amount_tiers", "volume_tiers"]))
def test_parts_add_up_and_no_line_bears_more_than_its_base(bases: list[int], tiers: tuple[Tier, ...], marginal: bool, volume: int, method: str) -> None:
    rate = Rate(method=method, tiers=tiers, marginal=marginal)
    parts = fee_per_line(bases, rate, volume=volume)
    assert sum(parts) == fee(sum(bases), rate, volume=volume)
    assert all(0 <= part <= base for part, base in zip(parts, bases, strict=True))


@given(bases=BASES, fen=st.integers(0, 100_000), limits=st.tuples(st.none() | st.integers(0, 50_000), st.none() | st.integers(50_000, 90_000)), data=st.data())
def test_units_add_up_too(bases: list[int], fen: int, limits: tuple[int | None, int | None], data: st.DataObject) -> None:
    units = data.draw(st.lists(st.integers(0, 99), min_size=len(bases), max_size=len(bases)))
    rate = Rate(fen=fen, method="per_unit", least_fen=limits[0], most_fen=limits[1])
    parts = fee_per_line(bases, rate, units=units)
    assert all(0 <= part <= base for part, base in zip(parts, bases, strict=True))
    assert sum(parts) <= (limits[1] if limits[1] is not None else sum(bases))
    assert sum(parts) >= min(limits[0] or 0, sum(bases))


@given(tiers=TIERS, amount=AMOUNTS, more=st.integers(0, 100_000))
def test_marginal_tiers_never_fall_and_have_no_step(tiers: tuple[Tier, ...], amount: int, more: int) -> None:
    rate = Rate(method="amount_tiers", tiers=tiers, marginal=True)
    rise = tiered(amount + more, rate) - tiered(amount, rate)
    assert 0 <= rise <= more + 1  # the one fen is the rounding of both ends


@given(tiers=TIERS, orders=st.lists(st.integers(0, 300_000), max_size=15), marginal=st.booleans(), data=st.data())
def test_a_month_by_volume_comes_to_the_same_in_any_order(tiers: tuple[Tier, ...], orders: list[int], marginal: bool, data: st.DataObject) -> None:
    rate = Rate(method="volume_tiers", tiers=tiers, marginal=marginal)
    ends = []
    for run in (orders, data.draw(st.permutations(orders))):
        volume = charged = 0
        for base in run:
            charged += fee(base, rate, volume=volume)
            volume += base
        borne = borne_by_month(run, run, rate)
        assert all(0 <= part <= base for part, base in zip(borne, run, strict=True))
        ends.append(charged + (sum(borne) - charged))
    assert ends == [tiered(sum(orders), rate)] * 2


@given(tiers=TIERS, amount=AMOUNTS)
def test_the_tier_reached_is_the_last_that_begins_at_or_below(tiers: tuple[Tier, ...], amount: int) -> None:
    reached = tier_at(amount, tiers)
    assert reached.starts <= amount
    assert not [tier for tier in tiers if reached.starts < tier.starts <= amount]


@given(bases=st.lists(AMOUNTS.filter(bool), min_size=1, max_size=8), tiers=TIERS, which=st.integers(0, 7))
def test_an_order_refunded_after_the_months_end_leaves_what_the_months_tier_gives_for_the_rest(bases: list[int], tiers: tuple[Tier, ...], which: int) -> None:
    rate = Rate(method="volume_tiers", tiers=tiers)
    borne, place = borne_by_month(bases, bases, rate), which % len(bases)
    rest = [base for at, base in enumerate(bases) if at != place]
    reached = Rate(method="volume_tiers", tiers=(Tier(0, tier_at(sum(bases), tiers).ppm),))
    assert abs(sum(borne) - borne[place] - sum(borne_by_month(rest, rest, reached))) <= 1  # the odd fen of the whole stands on one line or the other
