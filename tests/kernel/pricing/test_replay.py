"""Replay: SQL prices a month exactly as freezing does, both ways, and writes nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BigInteger, literal, select, text

from app.core.actors import system
from app.extensions import db
from app.framework.database import transaction
from app.kernel.commission.models import FeeKind, FeeRuleVersion
from app.kernel.commission.rules import Rate, Tier, tiered
from app.kernel.pricing.queries import replay, rules_standing, stretch_named
from app.kernel.pricing.replay_sql import tiers_sql
from tests.kernel.pricing.world import approve, charged, draft, fallback_id, in_force, kind_id, rule
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant

WISHES = [("鲜虾粥", 1), ("牛肉面", 3), ("鲜虾粥", 7)]


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def sold(app: Flask, place: Restaurant, name: str = "li") -> list[int]:
    """A pick-up order of each basket and one eaten in, all paid, all placed last month; their ids."""
    li = Shopper(app, name)
    ids = [place.paid(li, wish)["id"] for wish in WISHES] + [place.paid(li, ("鲜虾粥", 2), service="dine_in")["id"]]
    with app.app_context(), transaction(system("tests")):
        middle = stretch_named("month", datetime.now(UTC)).begins + timedelta(days=14, hours=4)
        db.session.execute(text("UPDATE order_order SET placed_at = :middle WHERE id = ANY (:ids)"), {"middle": middle, "ids": ids})
    return ids


def replayed(app: Flask, version_id: int) -> list[tuple[str, int, int, int, int, int]]:
    """Name, orders, changed, base, before, and after of each merchant when the draft counts."""
    now = datetime.now(UTC)
    with app.app_context(), transaction(system("tests")) as session:
        kind = session.get_one(FeeKind, kind_id(app))
        standing = rules_standing(kind, now)
        found = replay(kind, standing, standing.with_version(session.get_one(FeeRuleVersion, version_id)), stretch_named("month", now))
        assert found.unmatched == 0
        return [(row.name, row.orders, row.changed, row.base, row.before, row.after) for row in found.rows]


@pytest.mark.parametrize("rate", [
    {"ppm": 50_000},
    {"ppm": 33_333, "fen": 7, "least_fen": 90, "most_fen": 600},
    {"ppm": 80_000, "base": "list_with_delivery"},
    {"method": "per_order", "fen": 155},
    {"method": "per_unit", "fen": 35, "most_fen": 120},
    {"method": "per_unit", "fen": 5_000},
    {"method": "amount_tiers", "tiers": [Tier(0, 81_111, 3), Tier(4_000, 50_505, 1)]},
    {"method": "amount_tiers", "tiers": [Tier(0, 81_111), Tier(1_500, 50_505), Tier(4_000, 10_101)], "marginal": True},
])
def test_the_draft_would_have_charged_what_it_charges_once_in_force(app: Flask, place: Restaurant, rate: dict[str, Any]) -> None:
    ids = sold(app, place)
    before = sum(fee for each in ids for *_, fee in charged(app, each))
    version = draft(app, fallback_id(app), **rate)
    (row,) = replayed(app, version)
    approve(app, version)
    again = sold(app, place, "wang")
    after = sum(fee for each in again for *_, fee in charged(app, each))
    assert (row[1], row[2], row[4], row[5]) == (4, 4, before, after)


def test_only_orders_that_the_rule_takes_change(app: Flask, place: Restaurant) -> None:
    sold(app, place)
    other = restaurant(app, "半亩茶餐厅")
    sold(app, other, "wang")
    in_force(app, rule(app, "合约价"), ppm=70_000, merchant_id=other.house.merchant_id)
    version = draft(app, rule(app, "堂食", order_kind="dine_in"), ppm=100_000)
    # 1,900 + 4,050 + 13,300 to take away, 3,600 eaten in
    assert replayed(app, version) == [
        ("半亩茶餐厅", 4, 1, 22_850, 133 + 284 + 931 + 252, 133 + 284 + 931 + 360),
        ("老巷子砂锅粥", 4, 1, 22_850, 152 + 324 + 1_064 + 288, 152 + 324 + 1_064 + 360),
    ]


def test_a_month_by_volume_is_rated_as_a_whole(app: Flask, place: Restaurant) -> None:
    sold(app, place)
    tiers = [Tier(0, 80_000), Tier(10_000, 50_000)]
    version = draft(app, fallback_id(app), method="volume_tiers", tiers=tiers, marginal=True)
    ((_name, orders, _changed, base, before, after),) = replayed(app, version)
    assert (orders, base, before, after) == (4, 22_850, 1_828, 800 + 643)  # 642.5


def test_a_replay_writes_nothing_and_misses_orders_without_a_rule(app: Flask, place: Restaurant) -> None:
    sold(app, place)
    now = datetime.now(UTC)
    with app.app_context(), transaction(system("tests")) as session:
        kind = session.get_one(FeeKind, kind_id(app))
        session.execute(text("SET TRANSACTION READ ONLY"))
        standing = rules_standing(kind, now)
        found = replay(kind, standing, standing.in_order([]), stretch_named("month", now))
        assert (found.unmatched, found.total("difference"), found.affected) == (0, 0, 0)
        nothing = type(standing)(standing.rules, {})
        lost = replay(kind, standing, nothing, stretch_named("month", now))
        assert (lost.unmatched, lost.total("before"), lost.total("after")) == (4, 1_828, 0)


def test_tiers_come_to_the_same_fen_in_sql(app: Flask) -> None:
    chance = random.Random(7)
    with app.app_context(), transaction(system("tests")) as session:
        for _ in range(150):
            starts = [0, *sorted(chance.sample(range(1, 2_000_000), chance.randint(0, 5)))]
            marginal = chance.random() < 0.5
            tiers = tuple(Tier(start, chance.randint(0, 1_000_000), 0 if marginal else chance.randint(0, 500)) for start in starts)
            rate = Rate(method="amount_tiers", tiers=tiers, marginal=marginal)
            amount = chance.choice([0, chance.choice(starts), chance.randint(0, 3_000_000), 99_999_999_999])
            assert session.scalar(select(tiers_sql(literal(amount, BigInteger), rate))) == tiered(amount, rate), (rate, amount)
