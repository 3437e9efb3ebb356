"""Samples of approvals and appeals against rejections: always another reviewer, each once, and what they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.errors import Invalid
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.approvals.jobs import sample_approved
from app.kernel.approvals.models import Application, Case
from app.kernel.approvals.operations.library import set_policy
from app.kernel.approvals.operations.reviewing import CannotAsk, DecidedBefore, claim_case, claim_next, decide
from app.kernel.approvals.operations.second_looks import AppealedBefore, NotRejected, appeal, in_sample, sample_approvals
from app.kernel.audit.models import AuditEntry
from app.verticals.dining.models import Dish
from tests.kernel.approvals.conftest import NOW, REVIEWER, SECOND, hand_in
from tests.support.people import SETUP, House, sign_in, staff
from tests.verticals.dining.world import restaurant

DAY = timedelta(days=1)


def decided(key: int, decision: str, who: Any = REVIEWER, reason: str = "") -> Case:
    claim_case(key, actor=who, now=NOW)
    return decide(key, decision, actor=who, now=NOW, reason=reason)


def test_a_share_of_the_keys_is_in_the_sample_the_same_each_time() -> None:
    chosen = [key for key in range(10_000) if in_sample(key, 50_000)]
    assert 400 < len(chosen) < 600
    assert chosen == [key for key in range(10_000) if in_sample(key, 50_000)]
    assert not any(in_sample(key, 0) for key in range(1000)) and all(in_sample(key, 1_000_000) for key in range(1000))


def test_approvals_are_looked_at_again_by_somebody_else_and_a_second_run_adds_nothing(unlimited: Flask, house: House) -> None:
    set_policy(kind="dining.application", mode="all", minutes=60, young_days=30, words=[], sample_ppm=1_000_000, actor=SETUP, now=NOW)
    case = decided(hand_in(house).id, "approve")
    span = (NOW - DAY, NOW + DAY)
    assert (sample_approvals(*span, actor=SETUP, now=NOW), sample_approvals(*span, actor=SETUP, now=NOW)) == (1, 0)
    sample = db.session.scalars(select(Case).where(Case.purpose == "sample")).one()
    assert (sample.about_id, sample.barred_by, sample.status, sample.snapshot) == (case.id, REVIEWER.id, "waiting", case.snapshot)
    with pytest.raises(DecidedBefore):
        claim_case(sample.id, actor=REVIEWER, now=NOW)
    assert claim_next(actor=REVIEWER, now=NOW) is None
    assert claim_next(actor=SECOND, now=NOW) is sample
    with pytest.raises(CannotAsk):
        decide(sample.id, "ask", actor=SECOND, now=NOW, reason="?")
    decide(sample.id, "approve", actor=SECOND, now=NOW)
    assert (sample.status, db.session.get_one(Application, case.subject_id).status) == ("approved", "approved")


def test_a_policy_of_nothing_samples_nothing(unlimited: Flask, house: House) -> None:
    set_policy(kind="dining.application", mode="all", minutes=60, young_days=30, words=[], sample_ppm=0, actor=SETUP, now=NOW)
    decided(hand_in(house).id, "approve")
    assert sample_approvals(NOW - DAY, NOW + DAY, actor=SETUP, now=NOW) == 0


def test_a_dish_whose_approval_was_wrong_comes_back_to_the_desk(app: Flask) -> None:
    place = restaurant(app)
    with app.app_context(), transaction(SETUP) as session:
        dish = session.scalars(select(Dish).limit(1)).one()
        dish.__dict__.pop("shop", None)
        move(dish, "recall", actor=SETUP, now=NOW, reason="看看")
        case = session.scalars(select(Case).where(Case.kind == "dining.dish", Case.subject_id == dish.id)).one()
        decided(case.id, "approve")
        set_policy(kind="dining.dish", mode="all", minutes=60, young_days=30, words=[], sample_ppm=1_000_000, actor=SETUP, now=NOW)
        assert sample_approvals(NOW - DAY, NOW + DAY, actor=SETUP, now=NOW) == 1
        sample = session.scalars(select(Case).where(Case.purpose == "sample")).one()
        claim_case(sample.id, actor=SECOND, now=NOW)
        decide(sample.id, "reject", actor=SECOND, now=NOW, reason="照片不是这道菜")
        opened = session.scalars(select(Case).where(Case.kind == "dining.dish", Case.status == "waiting")).one()
        assert (dish.status, sample.status, opened.subject_id, opened.purpose) == ("pending", "rejected", dish.id, "review")
    assert place.shop_id


def test_an_appeal_goes_to_another_reviewer_once(unlimited: Flask, house: House) -> None:
    rejected = decided(hand_in(house).id, "reject", reason="照片糊")
    with pytest.raises(Invalid):
        appeal(rejected, "  ", actor=house.actor, now=NOW)
    case = appeal(rejected, "照片是清楚的", actor=house.actor, now=NOW)
    assert (case.purpose, case.about_id, case.barred_by, case.plea, case.status) == ("appeal", rejected.id, REVIEWER.id, "照片是清楚的", "waiting")
    with pytest.raises(DecidedBefore):
        claim_case(case.id, actor=REVIEWER, now=NOW)
    decided(case.id, "reject", SECOND, "还是糊")
    with pytest.raises(AppealedBefore):
        appeal(case, "再看看", actor=house.actor, now=NOW)
    assert db.session.scalar(select(func.count()).select_from(Case)) == 2


def test_only_a_rejection_is_appealed_against(unlimited: Flask, house: House) -> None:
    case = decided(hand_in(house).id, "approve")
    with pytest.raises(NotRejected):
        appeal(case, "不服", actor=house.actor, now=NOW)


def test_the_applicant_appeals_on_the_page_and_the_desk_shows_why(app: Flask, house: House) -> None:
    with app.app_context(), transaction(SETUP):
        decided(hand_in(house).id, "reject", reason="照片糊")
    owner = sign_in(app, house.members["Owner"])
    assert "另一位审核员再看" in owner.get("/application/dining/").get_data(as_text=True)
    assert owner.post("/application/dining/appeal", data={"plea": ""}).status_code in {400, 422}
    assert owner.post("/application/dining/appeal", data={"plea": "照片是清楚的"}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(Case).where(Case.purpose == "appeal")).one()
        assert session.get_one(Application, case.subject_id).status == "submitted"
        assert session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "case.appealed")).one() == "照片是清楚的"
        key = case.id
    page = staff(app, "Reviewer").get(f"/review/?case={key}").get_data(as_text=True)
    assert "申诉：申请人认为不该驳回" in page and "照片是清楚的" in page


def test_the_nightly_job_looks_at_yesterday(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context(), transaction(SETUP):
        set_policy(kind="dining.application", mode="all", minutes=60, young_days=30, words=[], sample_ppm=1_000_000, actor=SETUP, now=NOW)
        decided(hand_in(house).id, "approve")
    with app.app_context():
        monkeypatch.setattr("app.kernel.approvals.jobs.now", lambda: datetime(2026, 11, 23, 21, 40, tzinfo=UTC))
        assert (sample_approved(), sample_approved()) == (1, 0)


def test_a_restaurant_appeals_for_a_dish(app: Flask) -> None:
    place = restaurant(app)
    with app.app_context(), transaction(SETUP) as session:
        dish = session.scalars(select(Dish).limit(1)).one()
        move(dish, "recall", actor=SETUP, now=NOW, reason="看看")
        key, case = dish.id, session.scalars(select(Case).where(Case.kind == "dining.dish")).one()
        decided(case.id, "reject", reason="名字夸大")
    owner = sign_in(app, place.house.members["Owner"])
    assert "申诉一次" in owner.get(f"/dining/menu/dish/{key}").get_data(as_text=True)
    assert owner.post(f"/dining/menu/dish/{key}/appeal", data={"plea": "这是老招牌"}).status_code == 303
    assert owner.post(f"/dining/menu/dish/{key}/appeal", data={"plea": "再来"}).status_code == 409
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Dish, key).status == "pending"
        assert session.scalars(select(Case.plea).where(Case.status == "waiting")).all() == ["这是老招牌"]
