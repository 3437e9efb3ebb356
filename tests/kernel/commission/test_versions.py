"""Versions of a fee rule: two people, no overlap, nothing placed is touched; fees go back with the money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.commission.models import FeeLine, FeeRule, FeeRuleVersion
from app.kernel.commission.operations import InThePast, Overlaps, OwnVersion, propose_version
from app.kernel.commission.queries import versions_at
from tests.kernel.settlement.world import CHECKER, MAKER, refund
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def propose(app: Flask, ppm: int, starts_at: datetime, *, actor: Actor = MAKER, **more: Any) -> int:
    """A draft of dining's commission; its id."""
    with app.app_context(), transaction(actor):
        rule = db.session.scalars(select(FeeRule).where(FeeRule.trade == "dining", FeeRule.kind == "commission")).one()
        return propose_version(rule, ppm=ppm, starts_at=starts_at, reason="夏季", actor=actor, now=starts_at, **more).id


def approve(app: Flask, version_id: int, *, actor: Actor = CHECKER, now: datetime | None = None) -> None:
    """A move of the draft by `actor`."""
    with app.app_context(), transaction(actor) as session:
        move(session.get_one(FeeRuleVersion, version_id), "approve", actor=actor, now=now or datetime.now(UTC))


def versions(app: Flask) -> list[tuple[Any, ...]]:
    """Number, status, start, end, and second person of each version."""
    with app.app_context():
        enter_scope(EVERYTHING)
        of_dining = select(FeeRuleVersion).join(FeeRule).where(FeeRule.trade == "dining", FeeRule.kind == "commission")
        found = db.session.scalars(of_dining.order_by(FeeRuleVersion.number))
        return [(each.number, each.status, each.valid.lower, each.valid.upper, each.approved_by) for each in found]


def fees(app: Flask, order_id: int) -> list[tuple[int, int, int, int, str]]:
    """Base, ppm, amount, returned, and version of each fee line of the order."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(FeeLine).where(FeeLine.order_id == order_id).order_by(FeeLine.order_line_id))
        return [(line.base, line.ppm, line.amount, line.returned, line.rule_label.rsplit(" ", 1)[1]) for line in found]


def test_a_placed_order_keeps_its_fee_and_the_next_one_has_the_later_rate(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    before = place.place(li, ("鲜虾粥", 2), ("牛肉面", 1))
    frozen = fees(app, before["id"])
    assert [line[:3] for line in frozen][:2] == [(3600, 80_000, 288), (1250, 80_000, 100)]
    assert {line[3:] for line in frozen} == {(0, "v1")}
    approve(app, propose(app, 50_000, datetime.now(UTC)))
    after = place.place(li, ("鲜虾粥", 2), ("牛肉面", 1))
    assert fees(app, before["id"]) == frozen
    assert [(line[1], line[4]) for line in fees(app, after["id"])][:2] == [(50_000, "v2")] * 2
    assert fees(app, after["id"])[0][2] == 180


def test_a_version_counts_from_its_start_and_ends_the_one_before(app: Flask, place: Restaurant) -> None:
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    approve(app, propose(app, 60_000, starts))
    assert [(number, status, end) for number, status, _start, end, _by in versions(app)] == [(1, "approved", starts), (2, "approved", None)]
    with app.app_context():
        for moment, number in ((starts - timedelta(seconds=1), 1), (starts, 2), (starts + timedelta(days=400), 2)):
            assert versions_at("dining", place.house.merchant_id, moment)["commission"].number == number


def test_a_merchants_own_rate_goes_before_everybodys(app: Flask, place: Restaurant) -> None:
    starts = datetime.now(UTC)
    approve(app, propose(app, 30_000, starts, merchant_id=place.house.merchant_id))
    with app.app_context():
        moment = datetime.now(UTC)
        assert versions_at("dining", place.house.merchant_id, moment)["commission"].ppm == 30_000
        assert versions_at("dining", place.house.merchant_id + 1, moment)["commission"].ppm == 80_000


def test_a_version_that_would_begin_before_an_approved_one_is_refused(app: Flask, place: Restaurant) -> None:
    soon = datetime.now(UTC) + timedelta(days=5)
    approve(app, propose(app, 60_000, soon + timedelta(days=5)))
    early = propose(app, 50_000, soon)
    before = versions(app)
    with pytest.raises(Overlaps):
        approve(app, early)
    assert versions(app) == before


def test_whoever_proposed_a_version_cannot_approve_it(app: Flask, place: Restaurant) -> None:
    draft = propose(app, 50_000, datetime.now(UTC))
    before = versions(app)
    with pytest.raises(OwnVersion):
        approve(app, draft, actor=MAKER)
    assert versions(app) == before
    assert before[1][1] == "draft"


def test_a_version_does_not_begin_in_the_past(app: Flask, place: Restaurant) -> None:
    before, now = versions(app), datetime.now(UTC)
    with pytest.raises(InThePast), app.app_context(), transaction(MAKER):
        rule = db.session.scalars(select(FeeRule).where(FeeRule.trade == "dining")).first()
        propose_version(rule, ppm=1, starts_at=now - timedelta(seconds=1), reason="", actor=MAKER, now=now)
    assert versions(app) == before


def test_a_draft_approved_after_its_start_begins_at_the_approval(app: Flask, place: Restaurant) -> None:
    asked = datetime.now(UTC)
    draft, approved_at = propose(app, 50_000, asked), asked + timedelta(hours=3)
    approve(app, draft, now=approved_at)
    assert [start for _n, _s, start, _e, _b in versions(app)][1] == approved_at


def test_fees_go_back_in_proportion_and_whole_with_the_whole(app: Flask, place: Restaurant) -> None:
    order = place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    assert fees(app, order["id"])[0][:4] == (1800, 80_000, 144, 0)
    for fen, returned in ((600, 48), (1, 48), (7, 49), (1192, 144)):  # 0.08 fen and 0.56 fen of the fee on the way
        refund(app, order["id"], fen)
        assert fees(app, order["id"])[0][2:4] == (144, returned)
