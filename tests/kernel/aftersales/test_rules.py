"""What a refund takes from whom: a table, and what must hold for every way of cutting a refund."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.aftersales.rules import Back, Remaining, back_of, needs_second_person

# The order of money.md: goods 90.00 less 5.00 of the merchant's coupon, 8.00 of the platform's; 8 % and 5 % of 85.00.
WHOLE = Remaining(7700, 800, {1: 680, 2: 425})


@pytest.mark.parametrize(("line", "amount", "back"), [
    (WHOLE, 3080, Back(3080, 320, {1: 272, 2: 170}, 2958)),
    (WHOLE, 7700, Back(7700, 800, {1: 680, 2: 425}, 7395)),
    (Remaining(100, 0, {}), 33, Back(33, 0, {}, 33)),
    (Remaining(100, 1, {7: 8}), 49, Back(49, 0, {7: 4}, 45)),
    (Remaining(100, 1, {7: 8}), 50, Back(50, 1, {7: 4}, 47)),  # half a fen of the coupon is a fen
    (Remaining(1, 99, {3: 8}), 1, Back(1, 99, {3: 8}, 92)),
    (Remaining(0, 0, {}), 0, Back(0, 0, {}, 0)),
    (Remaining(3, 0, {9: 1, 4: 1}), 1, Back(1, 0, {4: 1, 9: 0}, 0)),  # ties go to the fee with the lower id
])
def test_a_refund_takes_each_ones_part(line: Remaining, amount: int, back: Back) -> None:
    assert back_of(line, amount) == back


def test_the_merchants_part_is_everything_that_is_no_fee() -> None:
    assert WHOLE.merchant == 7395


@given(st.integers(1, 50_000), st.integers(0, 20_000), st.lists(st.integers(0, 200_000), min_size=0, max_size=3), st.lists(st.integers(1, 50_000), max_size=9))
def test_refunds_in_any_steps_come_to_the_whole(payable: int, subsidy: int, rates: list[int], steps: list[int]) -> None:
    fees = {key: (payable + subsidy) * rate // 10**6 for key, rate in enumerate(rates)}
    line = Remaining(payable, subsidy, fees)
    whole, sums = back_of(line, payable), [0, 0, 0]
    assert (whole.customer, whole.subsidy, whole.fees, whole.merchant) == (payable, subsidy, fees, line.merchant)
    for step in (*steps, payable):
        back = back_of(line, min(step, line.payable))
        assert back.customer + back.subsidy == sum(back.fees.values()) + back.merchant
        sums = [sums[0] + back.customer, sums[1] + back.subsidy, sums[2] + back.merchant]
        line = Remaining(line.payable - back.customer, line.subsidy - back.subsidy, {key: line.fees[key] - back.fees[key] for key in line.fees})
        assert min([line.payable, line.subsidy, line.merchant, *line.fees.values()]) >= 0
    assert (sums, line.subsidy, line.fees) == ([payable, subsidy, whole.merchant], 0, dict.fromkeys(fees, 0))


@pytest.mark.parametrize(("amount", "limit", "needed"), [(499, 500, False), (500, 500, True), (501, 500, True), (10**9, 0, False), (0, 1, False), (1, 1, True)])
def test_a_second_person_is_asked_from_the_limit_on_and_never_for_a_limit_of_nothing(amount: int, limit: int, *, needed: bool) -> None:
    assert needs_second_person(amount, limit) is needed
