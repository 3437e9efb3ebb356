"""What coupons take off, as a table; and what must hold whatever they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.marketing.rules import Applied, Goods, Offer, choose, parts_of, taken_off
from app.kernel.orders.rules import LineDraft, price_with

PORRIDGE, NOODLES = Goods(1, 3600), Goods(2, 1250)
FULL = Offer(1, "满 40 减 8", "merchant", "amount", least=4000, off=800)
TENTH = Offer(2, "9 折", "merchant", "percent", ppm=100_000, claim_id=21)
PLATFORM = Offer(3, "平台立减", "platform", "amount", off=300, claim_id=31)


@pytest.mark.parametrize(("offer", "parts"), [
    (FULL, (594, 206)),
    (replace(FULL, least=4850), (594, 206)),
    (replace(FULL, least=4851), None),
    (replace(FULL, products=frozenset({2})), None),
    (replace(FULL, least=1250, products=frozenset({2})), (0, 800)),
    (TENTH, (360, 125)),
    (replace(TENTH, most=100), (74, 26)),
    (replace(TENTH, ppm=1), None),
    (replace(FULL, off=800, most=500), (371, 129)),
    (replace(FULL, off=9900), (3600, 1250)),
])
def test_an_offer_takes_off(offer: Offer, parts: tuple[int, ...] | None) -> None:
    found = taken_off(offer, (PORRIDGE, NOODLES), (3600, 1250), 4850)
    assert (found.parts if found else None) == parts


def test_a_percentage_rounds_half_up_to_the_fen() -> None:
    assert [taken_off(replace(TENTH, ppm=50_000), (Goods(1, fen),), (fen,), fen) for fen in (9, 10, 29, 30)] == [
        None, Applied(replace(TENTH, ppm=50_000), (1,)), Applied(replace(TENTH, ppm=50_000), (1,)), Applied(replace(TENTH, ppm=50_000), (2,)),
    ]


def test_the_places_come_one_after_the_other_and_each_sees_what_is_left() -> None:
    found = choose([PLATFORM, TENTH, FULL], (PORRIDGE, NOODLES), keep=1)
    assert [(each.offer.coupon_id, each.amount) for each in found] == [(1, 800), (2, 405), (3, 300)]
    assert (parts_of(found, "merchant", 2), parts_of(found, "platform", 2)) == ([895, 310], [223, 77])


def test_in_one_place_the_best_is_taken_and_of_two_alike_the_older() -> None:
    offers = [replace(FULL, coupon_id=9), FULL, replace(FULL, coupon_id=4, off=700)]
    assert [each.offer.coupon_id for each in choose(offers, (PORRIDGE, NOODLES), keep=1)] == [1]


def test_the_customer_may_choose_and_may_use_none() -> None:
    offers = [FULL, TENTH, replace(TENTH, coupon_id=5, claim_id=22, ppm=20_000), PLATFORM]
    chosen = choose(offers, (PORRIDGE, NOODLES), keep=1, wanted=(22,))
    assert [(each.offer.coupon_id, each.amount) for each in chosen] == [(1, 800), (5, 81)]
    assert [each.offer.coupon_id for each in choose(offers, (PORRIDGE, NOODLES), keep=1, wanted=())] == [1]


def test_a_fen_is_left_to_pay_where_nothing_else_is() -> None:
    gift = replace(PLATFORM, off=10_000)
    assert choose([gift], (PORRIDGE,), keep=1)[0].amount == 3599
    assert choose([gift], (PORRIDGE,), keep=0)[0].amount == 3600


offers = st.builds(
    Offer, coupon_id=st.integers(1, 9), title=st.just("券"), by=st.sampled_from(["merchant", "platform"]), kind=st.sampled_from(["amount", "percent"]),
    least=st.integers(0, 5000), off=st.integers(1, 9000), ppm=st.integers(1, 1_000_000), most=st.integers(0, 900),
    products=st.frozensets(st.integers(1, 3), max_size=2), claim_id=st.none() | st.integers(1, 9),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(offers, max_size=5), st.lists(st.builds(Goods, product_id=st.integers(1, 3), amount=st.integers(0, 6000)), min_size=1, max_size=4),
    st.integers(0, 1),
)
def test_whatever_the_coupons_no_line_goes_below_zero_and_the_price_adds_up(wished: list[Offer], lines: list[Goods], keep: int) -> None:
    found = choose(wished, lines, keep=keep)
    parts = [parts_of(found, side, len(lines)) for side in ("merchant", "platform")]
    cost = price_with([LineDraft("菜", line.amount, product_id=line.product_id) for line in lines], *parts)
    assert all(line.payable >= 0 for line in cost.lines)
    total = sum(line.amount for line in lines)
    assert cost.payable == total - sum(each.amount for each in found)
    assert cost.payable >= min(keep, total)
    for each in found:
        assert all(not part or not each.offer.products or line.product_id in each.offer.products for part, line in zip(each.parts, lines, strict=True))
        assert each.amount <= (each.offer.most or total)
    assert len({(each.offer.by, each.offer.automatic) for each in found}) == len(found)
