"""Which rule prices an order: the operator's order, conditions, the merchant's own version; through the customer's door."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import system
from app.core.errors import Invalid
from app.core.periods import local
from app.extensions import db
from app.framework.database import save, transaction
from app.framework.flow import move
from app.kernel.approvals.models import Application
from app.kernel.commission.models import FeeKind, FeeOrdering, FeeRule, FeeRuleVersion
from app.kernel.commission.operations import FallbackEnds, Overlaps, propose_version
from app.kernel.commission.operations.ordering import OtherRules, SameOrder, propose_ordering, rules_of
from app.kernel.commission.operations.proposing import OtherMethod, OwnVersion
from app.kernel.commission.queries import versions_at
from app.kernel.commission.rules import RateRefused, Tier
from tests.kernel.pricing.world import approve, charged, draft, fallback_id, in_force, kind_id, rule
from tests.kernel.settlement.world import CHECKER, MAKER
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant

NUMBERS = itertools.count()


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def order(app: Flask, place: Restaurant, service: str = "pickup", *wishes: tuple[str, int]) -> list[tuple[str, int, int]]:
    """What an order placed through the API is charged."""
    placed = place.place(Shopper(app, f"shopper {next(NUMBERS)}"), *(wishes or (("鲜虾粥", 1),)), service=service)
    return charged(app, placed["id"])


@pytest.mark.covers("dining.R1", "dining.E4")
def test_the_first_rule_that_matches_prices_the_order(app: Flask, place: Restaurant) -> None:
    in_force(app, rule(app, "自取", order_kind="pickup"), ppm=60_000)
    assert order(app, place, "pickup") == [("自取 v1", 60_000, 108), ("自取 v1", 60_000, 6)]
    assert order(app, place, "dine_in") == [("点餐佣金 v1", 80_000, 144)]


def test_a_rule_without_an_approved_version_prices_nothing(app: Flask, place: Restaurant) -> None:
    draft(app, rule(app, "自取", order_kind="pickup"), ppm=60_000)
    assert order(app, place) == [("点餐佣金 v1", 80_000, 144), ("点餐佣金 v1", 80_000, 8)]


def test_a_contract_price_is_a_rule_with_a_version_for_one_merchant(app: Flask, place: Restaurant) -> None:
    in_force(app, rule(app, "合约价"), ppm=70_000, merchant_id=place.house.merchant_id)
    assert order(app, place, "dine_in") == [("合约价 v1", 70_000, 126)]
    assert order(app, restaurant(app, "别家"), "dine_in") == [("点餐佣金 v1", 80_000, 144)]


def test_hours_are_of_the_shanghai_day_and_include_the_first_minute_only(app: Flask, place: Restaurant) -> None:
    in_force(app, rule(app, "高峰", from_minute=660, to_minute=780), ppm=90_000)
    noon = local(datetime.now(UTC) + timedelta(days=1)).replace(hour=11, minute=0, second=0, microsecond=0)
    with app.app_context(), transaction(system("tests")):
        rates = [
            versions_at("dining", place.house.merchant_id, noon + timedelta(minutes=minutes))["commission"].ppm for minutes in (-1, 0, 119, 120)
        ]
    assert rates == [80_000, 90_000, 90_000, 80_000]


def test_a_young_merchant_and_one_of_a_category_have_their_rules(app: Flask, place: Restaurant) -> None:
    in_force(app, rule(app, "新店", new_days=90), ppm=50_000)
    now = datetime.now(UTC)
    with app.app_context(), transaction(system("tests")):
        found = [versions_at("dining", place.house.merchant_id, now + timedelta(days=days))["commission"].ppm for days in (1, 89, 91)]
    assert found == [50_000, 50_000, 80_000]
    in_force(app, rule(app, "面包房", category="bakery"), ppm=40_000)
    assert order(app, place, "dine_in") == [("新店 v1", 50_000, 90)]
    with app.app_context(), transaction(system("tests")):
        save(Application(merchant_id=place.house.merchant_id, trade="dining", category="bakery"))
        db.session.execute(text("UPDATE approval_application SET status = 'approved'"))
    assert order(app, place, "dine_in") == [("面包房 v1", 40_000, 72)]


@pytest.mark.parametrize(("rate", "amounts"), [
    ({"method": "per_order", "fen": 150}, [("点餐佣金 v2", 0, 105), ("点餐佣金 v2", 0, 36), ("点餐佣金 v2", 0, 9)]),
    ({"method": "per_unit", "fen": 20}, [("点餐佣金 v2", 0, 40), ("点餐佣金 v2", 0, 20)]),
    (
        {"method": "amount_tiers", "tiers": [Tier(0, 80_000), Tier(4_000, 50_000)]},
        [("点餐佣金 v2", 50_000, 180), ("点餐佣金 v2", 50_000, 63), ("点餐佣金 v2", 50_000, 15)],
    ),
    (
        {"ppm": 80_000, "base": "list_with_delivery", "most_fen": 300},
        [("点餐佣金 v2", 80_000, 210), ("点餐佣金 v2", 80_000, 73), ("点餐佣金 v2", 80_000, 17)],
    ),
])
def test_every_method_freezes_lines_that_add_up(app: Flask, place: Restaurant, rate: dict[str, Any], amounts: list[tuple[str, int, int]]) -> None:
    in_force(app, fallback_id(app), **rate)
    assert order(app, place, "pickup", ("鲜虾粥", 2), ("牛肉面", 1)) == amounts


def test_an_order_of_rules_is_proposed_by_one_and_approved_by_another(app: Flask, place: Restaurant) -> None:
    first, second = rule(app, "甲"), rule(app, "乙")
    in_force(app, first, ppm=10_000)
    in_force(app, second, ppm=20_000)
    assert order(app, place, "dine_in") == [("乙 v1", 20_000, 36)]
    wished = [first, second, fallback_id(app)]
    now = datetime.now(UTC)
    with app.app_context(), transaction(MAKER) as session:
        ordering = propose_ordering(session.get_one(FeeKind, kind_id(app)), wished, reason="甲在前", actor=MAKER, now=now).id
    assert order(app, place, "dine_in") == [("乙 v1", 20_000, 36)]
    with pytest.raises(OwnVersion), app.app_context(), transaction(MAKER) as session:
        move(session.get_one(FeeOrdering, ordering), "approve", actor=MAKER, now=now)
    with app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(FeeOrdering, ordering), "approve", actor=CHECKER, now=now)
        assert [each.id for each in rules_of(session.get_one(FeeKind, kind_id(app)))] == wished
    assert order(app, place, "dine_in") == [("甲 v1", 10_000, 18)]
    with pytest.raises(SameOrder), app.app_context(), transaction(MAKER) as session:
        propose_ordering(session.get_one(FeeKind, kind_id(app)), wished, reason="再来", actor=MAKER, now=now)


def test_an_order_that_misses_a_rule_is_refused_also_when_it_came_later(app: Flask, place: Restaurant) -> None:
    only, now = rule(app, "甲"), datetime.now(UTC)
    with pytest.raises(OtherRules), app.app_context(), transaction(MAKER) as session:
        propose_ordering(session.get_one(FeeKind, kind_id(app)), [only], reason="漏了", actor=MAKER, now=now)
    with app.app_context(), transaction(MAKER) as session:
        ordering = propose_ordering(session.get_one(FeeKind, kind_id(app)), [fallback_id(app), only], reason="倒过来", actor=MAKER, now=now).id
    rule(app, "乙")
    with pytest.raises(OtherRules), app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(FeeOrdering, ordering), "approve", actor=CHECKER, now=now)
    with app.app_context(), transaction(CHECKER) as session:
        assert session.get_one(FeeOrdering, ordering).status == "draft"
        assert [each.title for each in rules_of(session.get_one(FeeKind, kind_id(app)))] == ["乙", "甲", "点餐佣金"]


@pytest.mark.parametrize(("refused", "rate"), [
    (OtherMethod, {"method": "per_period", "fen": 100, "base": "amount"}),
    (OtherMethod, {"ppm": 80_000, "base": "amount"}),
    (OtherMethod, {"ppm": 80_000, "base": "moon"}),
    (RateRefused, {"method": "amount_tiers"}),
    (FallbackEnds, {"ppm": 70_000, "ends_at": datetime(2030, 1, 1, tzinfo=UTC)}),
])
def test_a_rate_that_does_not_fit_is_refused_and_nothing_is_proposed(app: Flask, refused: type[Exception], rate: dict[str, Any]) -> None:
    with pytest.raises(refused):
        draft(app, fallback_id(app), **rate)
    with app.app_context(), transaction(MAKER) as session:
        assert session.scalars(select(FeeRuleVersion.number).where(FeeRuleVersion.rule_id == fallback_id(app))).all() == [1]


@pytest.mark.parametrize("conditions", [{"from_minute": 600}, {"from_minute": 700, "to_minute": 600}, {"new_days": 0}])
def test_conditions_that_cannot_hold_are_refused(app: Flask, conditions: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        rule(app, "怪", **conditions)


def test_a_contract_with_an_end_falls_back_afterwards(app: Flask, place: Restaurant) -> None:
    ends = datetime.now(UTC) + timedelta(days=30)
    approve(app, draft(app, rule(app, "合约价"), ppm=70_000, merchant_id=place.house.merchant_id, ends_at=ends))
    with app.app_context(), transaction(system("tests")):
        found = [versions_at("dining", place.house.merchant_id, ends + timedelta(seconds=seconds))["commission"].ppm for seconds in (-1, 0)]
    assert found == [70_000, 80_000]


def test_forty_who_propose_at_once_have_forty_numbers_and_one_of_two_approvals_follows_the_other(app: Flask, place: Restaurant) -> None:
    key, moment = fallback_id(app), datetime.now(UTC) + timedelta(days=1)
    barrier = threading.Barrier(40)

    def run(ppm: int) -> None:
        barrier.wait()
        with app.app_context(), transaction(MAKER) as session:
            propose_version(session.get_one(FeeRule, key), ppm=ppm, starts_at=moment, reason="同时", actor=MAKER, now=datetime.now(UTC))

    at_once([threading.Thread(target=run, args=(ppm,)) for ppm in range(40)])
    with app.app_context(), transaction(MAKER) as session:
        drafts = session.scalars(select(FeeRuleVersion).where(FeeRuleVersion.rule_id == key).order_by(FeeRuleVersion.number)).all()
        assert [draft.number for draft in drafts] == list(range(1, 42))
        first, second = drafts[1].id, drafts[2].id
    outcomes: list[str] = []
    both = threading.Barrier(2)

    def decide(version_id: int) -> None:
        both.wait()
        try:
            approve(app, version_id)
            outcomes.append("approved")
        except Overlaps:
            outcomes.append("overlaps")

    at_once([threading.Thread(target=decide, args=(each,)) for each in (first, second)])
    assert sorted(outcomes) == ["approved", "overlaps"]
    with app.app_context(), transaction(MAKER) as session:
        approved = select(FeeRuleVersion).where(FeeRuleVersion.rule_id == key, FeeRuleVersion.status == "approved")
        found = session.scalars(approved.order_by(FeeRuleVersion.number))
        assert [(each.valid.lower < moment, each.valid.upper) for each in found] == [(True, moment), (False, None)]


def at_once(threads: list[threading.Thread]) -> None:
    """Start all, wait for all."""
    for each in threads:
        each.start()
    for each in threads:
        each.join()
