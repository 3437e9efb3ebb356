"""Reachability: which rules win somewhere, which never do and by whom, what a change takes from whom. Checked against brute force."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.pricing.rules import Reach, cells, change, gaps, unreachable, winners

REST = Reach(9)


@pytest.mark.parametrize(("rules", "dead"), [
    ([Reach(1, order_kind="delivery"), REST], {}),
    ([REST, Reach(1, order_kind="delivery")], {1: [9]}),
    ([Reach(1, order_kind="delivery"), Reach(2, order_kind="delivery", from_minute=660, to_minute=780), REST], {2: [1]}),
    ([Reach(2, order_kind="delivery", from_minute=660, to_minute=780), Reach(1, order_kind="delivery"), REST], {}),
    # together two rules cover a third though neither does alone
    ([Reach(1, from_minute=0, to_minute=720), Reach(2, from_minute=720, to_minute=1440), Reach(3, order_kind="delivery"), REST], {3: [1, 2], 9: [1, 2]}),
    ([Reach(1, new_days=90), Reach(2, new_days=30), REST], {2: [1]}),
    ([Reach(1, new_days=30), Reach(2, new_days=90), REST], {}),
    ([Reach(1, merchants=frozenset({7, 8})), Reach(2, merchants=frozenset({7})), REST], {2: [1]}),
    ([Reach(1, merchants=frozenset({7})), Reach(2, merchants=frozenset({7, 8})), REST], {}),
    ([Reach(1, category="bakery"), Reach(2, category="cafe"), REST], {}),
])
def test_rules_that_never_win_are_named_with_those_that_take_everything(rules: list[Reach], dead: dict[int, list[int]]) -> None:
    assert unreachable(rules) == dead


def test_a_change_says_what_it_takes_from_whom_and_whom_it_buries() -> None:
    base, peak = Reach(4, order_kind="delivery"), Reach(3, order_kind="delivery", from_minute=660, to_minute=780)
    contract = Reach(1, merchants=frozenset({7}))
    found = change([contract, base, REST], [contract, peak, base, REST])
    assert (found.taken, dict(found.lost), found.gaps) == (((4, 3),), {}, False)
    buried = change([contract, base, REST], [Reach(5, order_kind="delivery"), contract, base, REST])
    assert (buried.taken, dict(buried.lost)) == (((1, 5), (4, 5)), {4: [5]})


def test_orders_without_any_rule_are_seen() -> None:
    assert gaps([Reach(1, order_kind="delivery")])
    assert gaps([Reach(1, merchants=frozenset({7}))])
    assert not gaps([Reach(1, order_kind="delivery"), REST])


RULES = st.lists(
    st.builds(
        Reach, rule_id=st.just(0), order_kind=st.sampled_from(["", "a", "b"]), category=st.sampled_from(["", "x"]),
        from_minute=st.none(), to_minute=st.none(), new_days=st.sampled_from([None, 5, 9]),
        merchants=st.none() | st.frozensets(st.integers(1, 3), min_size=1),
    ),
    min_size=1, max_size=6,
).map(lambda rules: [Reach(place, *(getattr(rule, name) for name in (
    "order_kind", "category", "from_minute", "to_minute", "new_days", "merchants"))) for place, rule in enumerate(rules)])


@given(rules=RULES)
def test_every_order_that_can_be_is_in_some_cell(rules: list[Reach]) -> None:
    won = set(winners(rules, cells(rules)).values())
    brute = set()
    for kind in ("a", "b", "other"):
        for category in ("x", "other"):
            for age in range(12):
                for merchant in range(5):
                    named = frozenset(rule.rule_id for rule in rules if merchant in (rule.merchants or ()))
                    brute.add(next((rule.rule_id for rule in rules if rule.holds((kind, category, 0, age, named))), None))
    assert won == brute
