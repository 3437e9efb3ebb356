"""The price list as it starts: every revenue of all eighteen trades, in force, inside its bracket; prices by the period are asked for by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.actors import system
from app.core.clock import now
from app.extensions import db
from app.framework.database import transaction
from app.kernel.commission.models import FeeKind, FeeRule, FeeRuleVersion
from app.kernel.commission.operations import NoRule, seed_all
from app.kernel.commission.price_list import DEFAULTS, default_fees
from app.kernel.commission.queries import NotFixed, price_of
from app.kernel.commission.rules import BASES, INCOMES, METHODS, PARTIES, PERIODS, TAX_CLASSES

# How many revenues (R1 … Rn) the mission gives each trade.
REVENUES = {
    "delivery": 4, "housekeeping": 4, "dining": 5, "errands": 4, "recycling": 4, "groupbuy": 4, "classifieds": 4, "campus": 4, "events": 4, "dating": 4,
    "shop": 5, "vouchers": 5, "rewards": 4, "recruitment": 4, "property": 4, "stays": 4, "quiz": 4, "courses": 4,
}
BRACKETS = {
    "delivery": (100_000, 200_000), "housekeeping": (80_000, 150_000), "dining": (50_000, 120_000), "errands": (150_000, 250_000), "campus": (30_000, 50_000),
    "events": (50_000, 100_000), "shop": (50_000, 150_000), "vouchers": (30_000, 80_000), "stays": (50_000, 100_000),
}
OTHER_BRACKETS = {
    ("groupbuy", "leader_commission"): (50_000, 100_000), ("property", "sale_commission"): (10_000, 20_000), ("courses", "teacher_share"): (500_000, 700_000),
}


def test_every_revenue_of_all_eighteen_trades_is_in_the_price_list(app: Flask) -> None:
    with app.app_context(), transaction(system("tests")):
        found: dict[str, set[str]] = {}
        for kind in db.session.scalars(select(FeeKind)):
            found.setdefault(kind.trade, set()).add(kind.item)
    assert found == {trade: {f"R{number}" for number in range(1, count + 1)} for trade, count in REVENUES.items()}


def test_each_kind_is_in_force_from_the_start_with_known_words(app: Flask) -> None:
    with app.app_context(), transaction(system("tests")):
        moment = now()
        kinds = db.session.scalars(select(FeeKind)).all()
        for kind in kinds:
            versions = db.session.scalars(select(FeeRuleVersion).join(FeeRule).where(FeeRule.trade == kind.trade, FeeRule.kind == kind.kind)).all()
            assert [(each.status, each.approved_by, each.valid.upper) for each in versions] == [("approved", "price list", None)], kind.kind
            version = versions[0]
            assert version.valid.lower < moment
            assert (version.method in METHODS, version.base in BASES, kind.income in INCOMES, kind.tax_class in TAX_CLASSES) == (True,) * 4
            assert {kind.payer, kind.payee} <= set(PARTIES)
            assert (kind.period in PERIODS) == (version.method == "per_period")
            assert bool(version.ppm) != bool(version.fen), (kind.trade, kind.kind)
        assert len(kinds) == sum(len(fees) for fees in default_fees(app.extensions["manifests"]).values())


def test_defaults_lie_inside_the_brackets_that_trades_charge(app: Flask) -> None:
    fees = {(trade, fee.kind): fee for trade, each in default_fees(app.extensions["manifests"]).items() for fee in each}
    expected = {**{(trade, "commission"): bracket for trade, bracket in BRACKETS.items()}, **OTHER_BRACKETS}
    assert {key: fee.bracket for key, fee in fees.items() if fee.bracket} == expected
    assert all(least <= fees[key].ppm <= most for key, (least, most) in expected.items())


def test_a_trade_with_a_package_keeps_its_prices_in_its_own_manifest(app: Flask) -> None:
    assert not set(DEFAULTS) & {manifest.name for manifest in app.extensions["manifests"] if manifest.fees}


def _state() -> list[tuple[int, int]]:
    return [tuple(db.session.execute(select(func.count(), func.sum(model.version)).select_from(model)).one()) for model in (FeeKind, FeeRule, FeeRuleVersion)]


def test_seeding_again_changes_nothing_and_the_consoles_prices_stay(app: Flask) -> None:
    with app.app_context(), transaction(system("tests")):
        before = _state()
        seed_all(app.extensions["manifests"], now=now())
        db.session.expire_all()
        after = _state()
    assert after == before


def test_a_price_by_the_period_is_found_by_trade_and_kind(app: Flask) -> None:
    with app.app_context(), transaction(system("tests")):
        annual = price_of("delivery", "annual_fee", 0, datetime.now(UTC))
        assert (annual.fen, annual.period, annual.payer, annual.payee, annual.income, annual.tax_class) == (
            120_000, "year", "merchant", "platform", "subscription", "service",
        )
        version = db.session.get_one(FeeRuleVersion, annual.version_id)
        assert (version.rule.trade, version.rule.kind, annual.label) == ("delivery", "annual_fee", "商家年费 v1")
        assert price_of("recruitment", "resume_download", 0, datetime.now(UTC)).fen == 500
        with pytest.raises(NotFixed):
            price_of("dining", "commission", 0, datetime.now(UTC))
        with pytest.raises(NoRule):
            price_of("dining", "moon_rent", 0, datetime.now(UTC))
        with pytest.raises(NoRule):
            price_of("delivery", "annual_fee", 0, datetime.fromisoformat("2019-01-01T00:00:00+08:00"))
