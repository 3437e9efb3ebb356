"""The planner as a table: caps, the fee, the freeze, receivers, fifty calls of fifty receivers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.sharing.rules import Claim, Limits, days_left, excess, fee_of, plan, still_claimed, take_back

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
PLATFORM, OTHER = ("platform", 0), ("merchant", 7)
ACCOUNTS = {PLATFORM: "1900000001", OTHER: "1900000108"}


def limits(**changes: object) -> Limits:
    usual: dict[str, object] = {
        "amount": 8700, "fee": 52, "refunded": 0, "shared": 0, "calls": 0, "most_ppm": 300_000, "frozen_until": NOW + timedelta(days=30),
    }
    return Limits(**(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("claims", "changes", "parts", "unshared"), [
    ([(PLATFORM, 680)], {}, [("1900000001", 680)], []),
    ([], {}, [], []),
    ([(PLATFORM, 0)], {}, [], []),
    ([(PLATFORM, 2610)], {}, [("1900000001", 2610)], []),  # 30 % of 8700
    ([(PLATFORM, 2611)], {}, [("1900000001", 2610)], [(1, "cap")]),
    ([(PLATFORM, 680)], {"shared": 2000}, [("1900000001", 610)], [(70, "cap")]),
    ([(PLATFORM, 680)], {"shared": 2610}, [], [(680, "cap")]),
    ([(PLATFORM, 680)], {"most_ppm": 0}, [], [(680, "cap")]),
    ([(PLATFORM, 8700)], {"most_ppm": 1_000_000}, [("1900000001", 8648)], [(52, "fee")]),
    ([(PLATFORM, 680)], {"refunded": 8100}, [("1900000001", 548)], [(132, "fee")]),
    ([(PLATFORM, 680)], {"refunded": 8700}, [], [(680, "fee")]),
    ([(PLATFORM, 680)], {"frozen_until": NOW}, [], [(680, "over")]),
    ([(("leader", 3), 435)], {}, [], [(435, "receiver")]),
    ([(PLATFORM, 680), (OTHER, 435)], {}, [("1900000001", 680), ("1900000108", 435)], []),
    ([(PLATFORM, 2000), (OTHER, 1000)], {}, [("1900000001", 2000), ("1900000108", 610)], [(390, "cap")]),
    ([(("leader", 3), 435), (PLATFORM, 2610)], {}, [("1900000001", 2610)], [(435, "receiver")]),
    ([(PLATFORM, 680)], {"calls": 48}, [("1900000001", 680)], []),
    ([(PLATFORM, 680)], {"calls": 49}, [], [(680, "calls")]),  # one is kept for finishing
])
def test_a_plan_stays_within_the_rules_and_names_what_does_not(claims: list, changes: dict, parts: list, unshared: list) -> None:
    found = plan([Claim(*owner, amount) for owner, amount in claims], ACCOUNTS, limits(**changes), NOW)
    assert [(part.account, part.amount) for call in found.calls for part in call] == parts
    assert [(each.amount, each.why) for each in found.unshared] == unshared


def test_fifty_receivers_a_call() -> None:
    claims = [Claim("merchant", key, 10) for key in range(120)]
    found = plan(claims, {claim.owner: f"19{claim.owner_id:08d}" for claim in claims}, limits(calls=47), NOW)
    assert ([len(call) for call in found.calls], [(each.why, each.amount) for each in found.unshared]) == ([50, 50], [("calls", 10)] * 20)


@given(st.lists(st.integers(1, 5000), max_size=6), st.integers(1, 10_000), st.integers(0, 1_000_000), st.integers(0, 3000), st.integers(0, 3000))
def test_whatever_is_claimed_all_is_shared_or_named(amounts: list[int], paid: int, ppm: int, shared: int, refunded: int) -> None:
    claims = [Claim("merchant", key, amount) for key, amount in enumerate(amounts)]
    within = limits(amount=paid, fee=fee_of(paid, 6_000), most_ppm=ppm, shared=shared, refunded=refunded)
    found = plan(claims, {claim.owner: "1900000108" for claim in claims}, within, NOW)
    given_away = sum(part.amount for call in found.calls for part in call)
    assert given_away + sum(each.amount for each in found.unshared) == sum(amounts)
    assert given_away == 0 or 1_000_000 * (shared + given_away) <= paid * ppm
    assert given_away <= max(paid - within.fee - refunded - shared, 0)


def test_what_is_still_claimed_and_what_came_too_much() -> None:
    claims = [Claim(*PLATFORM, 500), Claim(*PLATFORM, 180, "delivery"), Claim(*OTHER, 100)]
    assert still_claimed(claims, {PLATFORM: 400}) == [Claim(*PLATFORM, 280), Claim(*OTHER, 100)]
    assert still_claimed(claims, {PLATFORM: 680, OTHER: 120}) == []
    assert excess(claims, {PLATFORM: 680, OTHER: 120}) == {OTHER: 20}
    assert excess([], {PLATFORM: 680}) == {PLATFORM: 680}


def test_the_newest_parts_come_back_first() -> None:
    assert take_back(300, [(1, 500), (2, 200)]) == [(2, 200), (1, 100)]
    assert take_back(0, [(1, 500)]) == []


@pytest.mark.parametrize(("until", "days"), [(timedelta(days=5), 5), (timedelta(days=4, hours=23), 4), (timedelta(0), 0), (timedelta(days=-1), 0)])
def test_days_until_the_freeze_ends(until: timedelta, days: int) -> None:
    assert days_left(NOW + until, NOW) == days
