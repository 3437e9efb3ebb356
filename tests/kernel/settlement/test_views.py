"""Finance's desk, the merchant's statements, policies: who sees what, and moves over HTTP."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.framework.queue import run_waiting
from app.kernel.settlement.models import Policy, Statement
from tests.kernel.settlement.world import close, payee, prove, release, statements, today
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def closed(app: Flask) -> Restaurant:
    place, li = restaurant(app), Shopper(app, "li")
    place.serve(place.paid(li, ("鲜虾粥", 2)))
    release(app)
    close(app)
    return place


def test_the_empty_desk_says_what_to_do(app: Flask) -> None:
    assert "还没有结算期" in staff(app, "Finance").get("/settlement/").get_data(as_text=True)


@pytest.mark.covers("dining.E5")
def test_two_people_of_finance_pay_a_cycle_from_the_desk(app: Flask, closed: Restaurant) -> None:
    first, second = staff(app, "Finance", "xu"), staff(app, "Finance", "he")
    desk = first.get("/settlement/").get_data(as_text=True)
    assert "¥34.96" in desk and "与账本同一水位相等" in desk and "还没做过账实核对" in desk
    prove(app)
    assert "全部通过" in first.get("/settlement/").get_data(as_text=True)
    amount = {"confirmed_amount": "34.96"}
    payee(app)
    steps = (
        ("statements/1/move/freeze", first, {}), ("statements/1/move/approve", second, amount), ("payout-batches/make", first, {}),
        ("payout-batches/1/move/approve", second, amount), ("payouts/1/move/mark_paid", first, {"reference": "B20261123", **amount}),
    )
    for address, browser, answers in steps:
        answer = browser.post(f"/{address}", data=answers)
        assert answer.status_code in {302, 303}, (address, answer.get_data(as_text=True)[:800])
        run_waiting(app, only="send_batch")
    assert statements(app)[0]["status"] == "paid"
    shown = first.get("/statements/1").get_data(as_text=True)
    assert "B20261123" in shown and "与账本一致" in shown and "点餐佣金 v1" in shown


def test_whoever_froze_it_is_refused_to_approve(app: Flask, closed: Restaurant) -> None:
    browser = staff(app, "Finance")
    browser.post("/statements/1/move/freeze")
    assert browser.post("/statements/1/move/approve", data={"confirmed_amount": "34.96"}).status_code == 403
    assert statements(app)[0]["status"] == "frozen"


def test_money_is_approved_only_with_its_amount_typed_again(app: Flask, closed: Restaurant) -> None:
    first, second = staff(app, "Finance", "xu"), staff(app, "Finance", "he")
    first.post("/statements/1/move/freeze")
    for typed in ({}, {"confirmed_amount": ""}, {"confirmed_amount": "34.95"}, {"confirmed_amount": "三十五"}):
        answer = second.post("/statements/1/move/approve", data=typed)
        assert (answer.status_code, "金额对不上" in answer.get_data(as_text=True)) == (422, True), typed
    bulk = {"move": "approve", "key": "1", "confirmed": "yes"}
    assert "¥34.96" in second.post("/statements/bulk", data={"move": "approve", "key": "1"}).get_data(as_text=True)
    assert second.post("/statements/bulk", data={**bulk, "confirmed_amount": "1"}).status_code == 422
    assert statements(app)[0]["status"] == "frozen"
    assert second.post("/statements/bulk", data={**bulk, "confirmed_amount": "34.96"}).status_code == 200
    assert statements(app)[0]["status"] == "approved"


def test_a_freeze_can_be_taken_back_but_not_after_somebody_went_on(app: Flask, closed: Restaurant) -> None:
    first, second = staff(app, "Finance", "xu"), staff(app, "Finance", "he")
    answer = first.post("/statements/1/move/freeze", follow_redirects=True).get_data(as_text=True)
    undo = re.search(r'action="(/statements/1/move/send_back\?undo=[^"]+)"', answer)
    assert undo, answer
    address = undo[1].replace("&amp;", "&")
    second.post("/statements/1/move/approve", data={"confirmed_amount": "34.96"})
    assert first.post(address).status_code == 409
    assert statements(app)[0]["status"] == "approved"


def test_exports_over_http_are_spreadsheets(app: Flask, closed: Restaurant) -> None:
    browser = staff(app, "Finance")
    whole, one = browser.post("/settlement/cycles/1/export"), browser.get("/statements/1/workbook")
    assert whole.status_code == one.status_code == 200
    assert load_workbook(io.BytesIO(whole.data)).sheetnames == load_workbook(io.BytesIO(one.data)).sheetnames
    owner = sign_in(app, closed.house.members["Owner"])
    assert load_workbook(io.BytesIO(owner.get("/statements/1/workbook").data))["费用"]["A2"].value == "点餐佣金"


def test_a_merchant_sees_its_statements_and_money_and_no_others(app: Flask, closed: Restaurant) -> None:
    other = restaurant(app, "别家")
    mine, theirs = sign_in(app, closed.house.members["Owner"]), sign_in(app, other.house.members["Owner"])
    assert "34.96" in mine.get("/statements/").get_data(as_text=True)
    assert "我的钱" in mine.get("/").get_data(as_text=True) and "¥34.96" in mine.get("/").get_data(as_text=True)
    assert theirs.get("/statements/1").status_code == theirs.get("/statements/1/workbook").status_code == 404
    assert mine.get("/settlement/").status_code == mine.post("/statements/1/move/freeze").status_code == 403
    assert sign_in(app, closed.house.members["Kitchen"]).get("/statements/").status_code == 403


def test_finance_closes_now_and_reads_its_home(app: Flask) -> None:
    place, li = restaurant(app), Shopper(app, "li")
    place.serve(place.paid(li, ("鲜虾粥", 2)))
    release(app)
    browser = staff(app, "Finance")
    assert browser.post("/settlement/close").status_code == 303
    run_waiting(app, only="close_cycles")
    assert [each["closing"] for each in statements(app)] == [3496]
    home = browser.get("/").get_data(as_text=True)
    assert "账单等冻结" in home and "¥38.00" in home and "¥3.04" in home


def test_a_policy_is_proposed_by_one_and_approved_by_another(app: Flask) -> None:
    maker, checker = staff(app, "Finance", "xu"), staff(app, "Finance", "he")
    form = {
        "trade": "dining", "cycle": "weekly", "hold_days": "3", "reserve_ppm": "10", "reserve_days": "30", "minimum": "50", "confirm_days": "3",
        "starts_on": today().isoformat(),
        "reason": "降低风险", "merchant_id": "",
    }
    answer = maker.post("/settlement/policies/new", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
    assert maker.post("/settlement/policies/1/move/approve").status_code == 403
    assert checker.post("/settlement/policies/1/move/approve").status_code == 303
    with app.app_context():
        enter_scope(EVERYTHING)
        policy = db.session.scalars(select(Policy)).one()
        assert (policy.status, policy.cycle, policy.hold_days, policy.reserve_ppm, policy.minimum, policy.confirm_days) == (
            "approved", "weekly", 3, 100_000, 5000, 3,
        )
        assert db.session.scalars(select(Statement)).all() == []
