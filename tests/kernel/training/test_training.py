"""A course through its pages: written by staff, read by a leader, marked on the server, passed once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.framework.database import save, transaction
from app.kernel.approvals.models import Application
from app.kernel.parties.models import Merchant
from app.kernel.training.models import Learner, TrainingAttempt, TrainingCourse, TrainingQuestion
from app.kernel.training.queries import has_passed
from app.kernel.training.rules import marked, percent_of
from app.verticals.groupbuy.models import Community, Leader, Zone
from app.verticals.groupbuy.operations.people import make_leader
from tests.support.people import SETUP, House, merchant, sign_in, staff


@pytest.fixture
def house(app: Flask) -> House:
    """A merchant that applied as a leader."""
    made = merchant(app, "春梅团长", trade="groupbuy")
    with app.app_context(), transaction(SETUP):
        save(Application(merchant_id=made.merchant_id, trade="groupbuy", category="leader"))
    return made


def course(app: Flask, questions: int = 2) -> int:
    """A course of two pages that staff wrote and opened; its key."""
    operator = staff(app, "Operator")
    form = {"audience": "groupbuy/leader", "title": "团长上岗课", "summary": "怎么点货、交货", "pass_percent": "80"}
    answer = operator.post("/training/courses/new", data=form)
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert operator.post(f"/training/courses/{key}/move/open").status_code == 409
    for title in ("点货", "交货"):
        assert operator.post(f"/training/editor/{key}/lesson", data={"title": title, "body": "第一段\n\n第二段"}).status_code == 303
    for number in range(questions):
        form = {"words": f"第 {number + 1} 题", "options": "对\n错\n都行", "right": "1,3" if number else "1"}
        assert operator.post(f"/training/editor/{key}/question", data=form).status_code == 303
    assert operator.post(f"/training/courses/{key}/move/open").status_code == 303
    return key


def answers(app: Flask, key: int, right: bool = True) -> dict[str, Any]:
    """The form of an exam, all right or all wrong."""
    with app.app_context(), transaction(SETUP) as session:
        found = session.scalars(select(TrainingQuestion).where(TrainingQuestion.course_id == key)).all()
        return {f"q{question.id}": [str(place) for place in question.right] if right else ["1"] for question in found}


def read_all(browser: FlaskClient, key: int) -> None:
    for number in (1, 2):
        assert browser.get(f"/training/{key}/{number}").status_code == 200
        assert browser.post(f"/training/{key}/{number}/read").status_code == 303


@pytest.mark.covers("groupbuy.F1", "groupbuy.S1")
def test_a_leader_reads_answers_and_may_then_open(app: Flask, house: House) -> None:
    key, owner = course(app), sign_in(app, house.members["Owner"])
    with app.app_context(), transaction(SETUP) as session:
        leader = make_leader(session.get_one(Merchant, house.merchant_id), actor=SETUP, now=session.get_one(Merchant, house.merchant_id).created_at)
        zone = save(Zone(name="青溪片区"))
        leader.community_id, leader.point = save(Community(zone_id=zone.id, name="竹苑小区")).id, "3 栋楼下"
        place = leader.id
    assert "团长上岗课" in owner.get("/training/").get_data(as_text=True)
    early = owner.post(f"/training/{key}/exam", data=answers(app, key))
    assert early.status_code == 409
    assert owner.post(f"/groupbuy/leaders/{place}/move/open").status_code == 409
    read_all(owner, key)
    page = owner.get(f"/training/{key}/exam").get_data(as_text=True)
    assert "第 1 题" in page
    assert owner.post(f"/training/{key}/exam", data=answers(app, key, right=False)).status_code == 303
    with app.app_context(), transaction(SETUP):
        assert not has_passed(house.merchant_id, "groupbuy", "leader")
    assert owner.post(f"/training/{key}/exam", data=answers(app, key)).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        learner = session.scalars(select(Learner)).one()
        assert (learner.tries, learner.best, learner.passed_at is not None) == (2, 100, True)
        assert [(each.correct, each.passed) for each in session.scalars(select(TrainingAttempt).order_by(TrainingAttempt.id))] == [(0, False), (2, True)]
        assert has_passed(house.merchant_id, "groupbuy", "leader")
    assert owner.post(f"/groupbuy/leaders/{place}/move/open").status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Leader, place).status == "open"


def test_one_may_try_so_often_a_day_and_others_courses_are_not_there(app: Flask, house: House) -> None:
    key, owner = course(app), sign_in(app, house.members["Owner"])
    read_all(owner, key)
    for _ in range(5):
        assert owner.post(f"/training/{key}/exam", data=answers(app, key, right=False)).status_code == 303
    assert owner.post(f"/training/{key}/exam", data=answers(app, key)).status_code == 429
    stranger = sign_in(app, merchant(app, "老巷子", trade="groupbuy").members["Owner"])
    assert stranger.get(f"/training/{key}/1").status_code == 404
    assert stranger.post(f"/training/{key}/1/read").status_code == 404
    with app.app_context(), transaction(SETUP):
        assert [learner.passed_at for learner in db.session.scalars(select(Learner))] == [None]


def test_a_question_needs_its_options_and_its_answer(app: Flask, house: House) -> None:
    key, operator = course(app), sign_in(app, "operator")
    for words, options, right in (("题", "只有一个", "1"), ("题", "对\n错", "3"), ("", "对\n错", "1")):
        form = {"words": words, "options": options, "right": right}
        assert operator.post(f"/training/editor/{key}/question", data=form).status_code == 422
    with app.app_context(), transaction(SETUP) as session:
        found = session.scalars(select(TrainingQuestion).order_by(TrainingQuestion.id)).all()
        assert [question.right for question in found] == [[0], [0, 2]]
        first = found[0].id
    assert operator.post(f"/training/editor/{key}/question", data={"key": first, "act": "remove"}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        assert session.get(TrainingQuestion, first) is None
        assert session.get_one(TrainingCourse, key).status == "open"


def test_two_tabs_that_read_at_once_make_one_learner(app: Flask, house: House) -> None:
    key, browsers = course(app), [sign_in(app, house.members["Owner"]) for _ in range(8)]
    barrier, codes = threading.Barrier(8), []

    def read(browser: FlaskClient) -> None:
        barrier.wait()
        codes.append(browser.post(f"/training/{key}/1/read").status_code)

    threads = [threading.Thread(target=read, args=(browser,)) for browser in browsers]
    [each.start() for each in threads]
    [each.join(60) for each in threads]
    assert codes == [303] * 8
    with app.app_context(), transaction(SETUP):
        assert [len(learner.read) for learner in db.session.scalars(select(Learner))] == [1]


@pytest.mark.parametrize(("given", "correct"), [({1: {0}, 2: {1, 2}}, 2), ({1: {0}, 2: {1}}, 1), ({1: {0, 1}}, 0), ({}, 0)])
def test_only_exactly_the_right_options_count(given: dict[int, set[int]], correct: int) -> None:
    assert marked({1: [0], 2: [1, 2]}, given) == correct
    assert percent_of(4, 5) == 80
    assert percent_of(79, 100) == 79
    assert percent_of(0, 0) == 0
