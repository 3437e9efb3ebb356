"""What an order costs: a table of coupons over lines, and what must hold for every order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.orders.rules import LineDraft, price

DISH, SOUP = LineDraft("鲜虾粥", 1800, 2), LineDraft("豆浆", 300)
PACKING, DELIVERY = LineDraft("打包", 100, 3, kind="packing"), LineDraft("配送", 500, kind="delivery")


def parts(**discounts: int) -> list[tuple[int, int, int]]:
    """(merchant's part, platform's part, what the customer pays) of each line of one basket."""
    cost = price([DISH, SOUP, PACKING, DELIVERY], **discounts)
    return [(line.merchant_discount, line.subsidy, line.payable) for line in cost.lines]


@pytest.mark.parametrize(("discounts", "lines"), [
    ({}, [(0, 0, 3600), (0, 0, 300), (0, 0, 300), (0, 0, 500)]),
    ({"merchant_discount": 500}, [(462, 0, 3138), (38, 0, 262), (0, 0, 300), (0, 0, 500)]),
    ({"platform_discount": 800}, [(0, 738, 2862), (0, 62, 238), (0, 0, 300), (0, 0, 500)]),
    ({"merchant_discount": 500, "platform_discount": 800}, [(462, 738, 2400), (38, 62, 200), (0, 0, 300), (0, 0, 500)]),
    ({"merchant_discount": 9_999}, [(3600, 0, 0), (300, 0, 0), (0, 0, 300), (0, 0, 500)]),  # never more than the goods
    ({"merchant_discount": 3_000, "platform_discount": 9_999}, [(2769, 831, 0), (231, 69, 0), (0, 0, 300), (0, 0, 500)]),
])
def test_discounts_fall_on_the_goods_by_their_amounts(discounts: dict[str, int], lines: list[tuple[int, int, int]]) -> None:
    assert parts(**discounts) == lines


def test_sums_and_bases_of_an_order() -> None:
    cost = price([DISH, SOUP, PACKING, DELIVERY], merchant_discount=500, platform_discount=800)
    assert (cost.sum_of("goods"), cost.sum_of("packing"), cost.sum_of("delivery"), cost.sum_of("other")) == (3900, 300, 500, 0)
    assert (cost.merchant_discount, cost.platform_discount, cost.payable) == (500, 800, 3400)
    bases = cost.bases()
    assert bases["list"] == [3600, 300, 300, 0]
    assert bases["after_merchant_coupon"] == [3138, 262, 300, 0]
    assert bases["after_all_coupons"] == [2400, 200, 300, 0]
    assert bases["list_with_delivery"] == [3600, 300, 300, 500]
    assert bases["after_merchant_coupon_with_delivery"] == [3138, 262, 300, 500]
    assert bases["after_all_coupons_with_delivery"] == [2400, 200, 300, 500]
    assert bases["delivery"] == [0, 0, 0, 500]
    assert cost.units() == [2, 1, 0, 0]


KINDS = st.sampled_from(("goods", "packing", "delivery"))
DRAFTS = st.lists(st.builds(LineDraft, st.just("x"), st.integers(1, 20_000), st.integers(1, 9), kind=KINDS), min_size=1)


@given(DRAFTS, st.integers(0, 50_000), st.integers(0, 50_000))
def test_every_fen_of_a_price_is_somebodys(drafts: list[Any], merchant: int, platform: int) -> None:
    goods = sum(draft.amount for draft in drafts if draft.kind == "goods")
    cost = price(drafts, merchant_discount=merchant, platform_discount=platform)
    assert cost.merchant_discount == min(merchant, goods)
    assert cost.platform_discount == min(platform, goods - cost.merchant_discount)
    assert cost.payable + cost.merchant_discount + cost.platform_discount == sum(draft.amount for draft in drafts)
    assert all(min(line.merchant_discount, line.subsidy, line.payable) >= 0 for line in cost.lines)
