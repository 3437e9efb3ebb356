"""Which rates are taken, and what is refused, field and sentence; rates as rule versions store them; the ppm that a line names."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.kernel.commission.rules import MILLION, Rate, RateRefused, Tier, charged_ppm, checked_rate, fee, fee_per_line, held, rate_of, tiered, tiers_of

RANGE, ORDER = "费率在 0 到 100 % 之间，金额不能是负数", "第一档从 0 开始，后面每一档的起点都比前一档高"
ROWS, AMOUNT_ONLY = "写 1 到 12 档", "写金额，不写比例"
TWO = (Tier(0, 80_000), Tier(10_000, 50_000))


def stairs(count: int) -> tuple[Tier, ...]:
    """So many tiers, ten yuan apart."""
    return tuple(Tier(1000 * step, 50_000) for step in range(count))


@pytest.mark.parametrize("rate", [
    Rate(), Rate(ppm=MILLION), Rate(ppm=0, fen=5), Rate(ppm=1, least_fen=0, most_fen=0), Rate(ppm=1, least_fen=7, most_fen=7), Rate(ppm=1, least_fen=9),
    Rate(ppm=1, most_fen=9), Rate(fen=1, method="per_unit"), Rate(fen=1, method="per_order", least_fen=1, most_fen=2), Rate(fen=1, method="per_period"),
    Rate(method="amount_tiers", tiers=TWO), Rate(method="amount_tiers", tiers=TWO, marginal=True), Rate(method="volume_tiers", tiers=TWO, marginal=True),
    Rate(method="amount_tiers", tiers=(Tier(0, MILLION, 5),)), Rate(method="amount_tiers", tiers=stairs(1)), Rate(method="amount_tiers", tiers=stairs(12)),
    Rate(method="volume_tiers", tiers=(Tier(0), Tier(1, 1))), Rate(method="amount_tiers", tiers=TWO, least_fen=1, most_fen=2),
])
def test_a_rate_whose_parts_belong_together_is_taken_as_it_is(rate: Rate) -> None:
    assert checked_rate(rate) is rate


@pytest.mark.parametrize(("rate", "field", "why"), [
    (Rate(method="by_feeling"), "method", "选一种计费方法"),
    (Rate(ppm=-1), "ppm", RANGE),
    (Rate(ppm=MILLION + 1), "ppm", RANGE),
    (Rate(fen=-1), "ppm", RANGE),
    (Rate(least_fen=-1), "most_fen", "最高不能低于最低"),
    (Rate(most_fen=-1), "most_fen", "最高不能低于最低"),
    (Rate(least_fen=8, most_fen=7), "most_fen", "最高不能低于最低"),
    (Rate(method="volume_tiers", tiers=TWO, least_fen=1), "least_fen", "这种方法没有最低和最高"),
    (Rate(method="volume_tiers", tiers=TWO, most_fen=1), "least_fen", "这种方法没有最低和最高"),
    (Rate(method="per_period", fen=1, most_fen=1), "least_fen", "这种方法没有最低和最高"),
    (Rate(tiers=TWO), "tiers", "只有分档的方法才有档"),
    (Rate(method="per_order", fen=1, tiers=TWO), "tiers", "只有分档的方法才有档"),
    (Rate(method="per_unit"), "fen", AMOUNT_ONLY),
    (Rate(method="per_order", fen=1, ppm=1), "fen", AMOUNT_ONLY),
    (Rate(method="per_period", ppm=1), "fen", AMOUNT_ONLY),
    (Rate(method="amount_tiers"), "tiers", ROWS),
    (Rate(method="volume_tiers", tiers=stairs(13)), "tiers", ROWS),
    (Rate(method="amount_tiers", tiers=(Tier(1, 5),)), "tiers", ORDER),
    (Rate(method="amount_tiers", tiers=(Tier(0, 5), Tier(0, 6))), "tiers", ORDER),
    (Rate(method="amount_tiers", tiers=(Tier(0, 5), Tier(9, 6), Tier(8, 6))), "tiers", ORDER),
    (Rate(method="amount_tiers", tiers=(Tier(0, -1),)), "tiers", RANGE),
    (Rate(method="amount_tiers", tiers=(Tier(0, MILLION + 1),)), "tiers", RANGE),
    (Rate(method="amount_tiers", tiers=(Tier(0, 1, -1),)), "tiers", RANGE),
    (Rate(method="amount_tiers", tiers=(Tier(0, 1), Tier(5, 1, 1)), marginal=True), "tiers", "只有按金额整段计费的档才能再加固定金额"),
    (Rate(method="volume_tiers", tiers=(Tier(0, 1, 1),)), "tiers", "只有按金额整段计费的档才能再加固定金额"),
    (Rate(method="amount_tiers", tiers=TWO, ppm=1), "ppm", "分档时费率写在档里"),
    (Rate(method="volume_tiers", tiers=TWO, fen=1), "ppm", "分档时费率写在档里"),
])
def test_what_does_not_fit_is_refused_with_its_field_and_a_sentence(rate: Rate, field: str, why: str) -> None:
    with pytest.raises(RateRefused) as refused:
        checked_rate(rate)
    assert (refused.value.field, str(refused.value.values["why"])) == (field, why)


def test_tiers_and_rates_are_read_as_they_are_stored() -> None:
    stored = [{"starts": 0, "ppm": 80_000}, {"starts": "500", "fen": 3}, {"starts": 900, "ppm": 1, "fen": 2}]
    tiers = (Tier(0, 80_000, 0), Tier(500, 0, 3), Tier(900, 1, 2))
    assert tiers_of(stored) == tiers
    assert tiers_of(None) == tiers_of([]) == ()
    version = SimpleNamespace(ppm=1, fen=2, least_fen=3, most_fen=4, method="amount_tiers", tiers=stored, marginal=True)
    assert rate_of(version) == Rate(1, 2, 3, 4, "amount_tiers", tiers, True)


@pytest.mark.parametrize(("rate", "base", "volume", "ppm"), [
    (Rate(ppm=80_000), 5, 9_999_999, 80_000),
    (Rate(method="amount_tiers", tiers=TWO), 9_999, 99_999, 80_000),
    (Rate(method="amount_tiers", tiers=TWO), 10_000, 0, 50_000),
    (Rate(method="volume_tiers", tiers=TWO), 99_999, 9_999, 80_000),
    (Rate(method="volume_tiers", tiers=TWO), 1, 10_000, 50_000),
])
def test_a_line_names_the_rate_of_the_tier_reached(rate: Rate, base: int, volume: int, ppm: int) -> None:
    assert charged_ppm(base, rate, volume) == ppm


def test_without_a_volume_the_month_has_just_begun() -> None:
    assert charged_ppm(99_999, Rate(method="volume_tiers", tiers=TWO)) == 80_000
    assert fee(10_000, Rate(method="volume_tiers", tiers=TWO)) == 800
    assert fee_per_line([10_000], Rate(method="volume_tiers", tiers=TWO)) == [800]
    bound = Rate(method="volume_tiers", tiers=(Tier(0, 80_000), Tier(1, 50_000)))
    assert (fee(10_000, bound), fee_per_line([10_000], bound), charged_ppm(10_000, bound)) == (800, [800], 80_000)


@pytest.mark.parametrize("method", ["per_period", "per_unit"])
def test_a_price_without_a_base_is_a_mistake_in_code(method: str) -> None:
    with pytest.raises(ValueError, match=f"^{method} is not reckoned on a base$"):
        fee(100, Rate(fen=1, method=method))


@pytest.mark.parametrize(("amount", "base", "rate", "kept"), [
    (50, 100, Rate(), 50), (150, 100, Rate(), 100), (-5, 100, Rate(), 0), (50, 100, Rate(least_fen=60), 60), (50, 100, Rate(least_fen=0), 50),
    (50, 100, Rate(most_fen=40), 40), (50, 100, Rate(most_fen=0), 0), (50, 30, Rate(least_fen=60), 30), (0, 100, Rate(least_fen=1, most_fen=1), 1),
])
def test_a_fee_is_held_by_least_and_most_and_the_base(amount: int, base: int, rate: Rate, kept: int) -> None:
    assert held(amount, base, rate) == kept


@pytest.mark.parametrize(("amount", "marginal", "borne"), [
    (0, True, 0), (9_999, True, 800), (10_000, True, 800), (10_010, True, 801), (20_000, True, 1300), (6, True, 0), (7, True, 1),
    (0, False, 0), (9_999, False, 800), (10_000, False, 500), (20_000, False, 1000),
])
def test_margins_add_up_and_slabs_take_the_whole(amount: int, marginal: bool, borne: int) -> None:  # noqa: FBT001
    assert tiered(amount, Rate(method="amount_tiers", tiers=TWO, marginal=marginal)) == borne


@pytest.mark.parametrize(("bases", "units", "rate", "parts"), [
    ([1000, 500], [2, 1], Rate(fen=100, method="per_unit"), [200, 100]),
    ([150, 500], [2, 1], Rate(fen=100, method="per_unit"), [150, 100]),  # never above what a line brings
    ([1000, 500], [2, 1], Rate(fen=100, method="per_unit", most_fen=150), [100, 50]),
    ([1000, 500], [0, 0], Rate(fen=100, method="per_unit", least_fen=30), [20, 10]),
    ([1000, 500], [], Rate(fen=30, method="per_order"), [20, 10]),
])
def test_fees_by_the_unit_and_by_the_order_fall_on_their_lines(bases: list[int], units: list[int], rate: Rate, parts: list[int]) -> None:
    assert fee_per_line(bases, rate, units=units) == parts


def test_units_stand_beside_their_lines() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        fee_per_line([1000, 500], Rate(fen=100, method="per_unit"), units=[1])
