"""Monthly accounts through their doors: opened by two people, charged within limits, billed, paid in parts, chased, written off; to the fen."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from app.core import clock
from app.core.periods import business_day, day_start
from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.credit.jobs import bill_accounts, chase_accounts
from app.kernel.credit.models import CreditAccount, CreditLine, CreditStatement
from app.kernel.credit.queries import ageing
from app.kernel.credit.rules import age_class, last_day_billed
from app.kernel.ledger.accounts import bank, cost
from app.kernel.ledger.queries import balance
from app.kernel.orders.models import Order
from app.kernel.payments.models import Payment
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def opened(app: Flask, shopper: Shopper, *, limit: str = "500", per_order: str = "100", per_month: str = "400") -> tuple[int, FlaskClient, FlaskClient]:
    """An account that two people opened, with the shopper as its member; its key, and the two browsers."""
    first, second = staff(app, "Finance", "finance"), staff(app, "Finance", "finance2")
    form = {
        "company": "青溪镇建筑公司", "tax_number": "91510100ma6c1abc2x", "contact": "周会计", "phone": "13900139000", "credit_limit": limit,
        "billing_day": "1", "due_days": "15", "reason": "员工工作餐",
    }
    answer = first.post("/credit/accounts/new", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert first.post(f"/credit/accounts/{key}/move/approve", data={"confirmed_amount": limit}).status_code == 403
    assert second.post(f"/credit/accounts/{key}/move/approve", data={"confirmed_amount": limit}).status_code == 303
    member = {"account_id": key, "customer_id": shopper.id, "per_order": per_order, "per_month": per_month, "reads_statements": "y"}
    assert first.post("/credit/members/new", data=member).status_code == 303
    return key, first, second


def owed(app: Flask, key: int) -> int:
    with app.app_context(), transaction(SETUP) as session:
        return -balance(session.get_one(CreditAccount, key).receivable)


def charged(place: Restaurant, shopper: Shopper, key: int, *wishes: tuple[str, int]) -> dict[str, Any]:
    """An order that the company pays."""
    order = place.place(shopper, *wishes)
    answer = shopper.post(f"/accounts/pay/{order['id']}", {"account_id": key})
    assert answer.status_code == 200, answer.json
    return order


def refunded(app: Flask, place: Restaurant, order: dict[str, Any], amount: str) -> None:
    """The owner gives back a part of the order's first line."""
    with app.app_context(), transaction(SETUP) as session:
        line = session.get_one(Order, order["id"]).lines[0].id
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post(f"/refund-order/{order['id']}", data={f"line-{line}": amount}).status_code == 303
    assert run_waiting(app, only="send_refund") == 1


def billed(app: Flask, first: FlaskClient, *, send: bool = True) -> int:
    """The job of the first day of next month makes the statement, which finance sends; its key."""
    first_of_next = (business_day(datetime.now(UTC)).replace(day=1) + timedelta(days=32)).replace(day=1)
    with app.app_context(), clock.at(day_start(first_of_next) + timedelta(hours=3)):
        bill_accounts()
        bill_accounts()
    with app.app_context(), transaction(SETUP) as session:
        key = session.scalars(select(CreditStatement.id).order_by(CreditStatement.id.desc())).first()
    assert key is not None
    if send:
        assert first.post(f"/credit/statements/{key}/move/send").status_code == 303
    return key


@pytest.mark.parametrize(("today", "billing_day", "last"), [
    (date(2026, 11, 1), 1, date(2026, 10, 31)), (date(2026, 11, 30), 1, date(2026, 10, 31)), (date(2026, 11, 14), 15, date(2026, 10, 14)),
    (date(2026, 11, 15), 15, date(2026, 11, 14)), (date(2026, 1, 3), 28, date(2025, 12, 27)),
])
def test_a_period_ends_on_the_day_before_the_billing_day(today: date, billing_day: int, last: date) -> None:
    assert last_day_billed(today, billing_day) == last


def test_ages_are_classes_of_thirty_days() -> None:
    assert [age_class(days) for days in (0, 1, 30, 31, 60, 61, 90, 91)] == [0, 1, 1, 2, 2, 3, 3, 4]


def test_an_order_is_owed_by_the_company_and_a_refund_lowers_it(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key, _first, _second = opened(app, shopper)
    order = charged(place, shopper, key, ("鲜虾粥", 2))  # 36.00 and packing of 2.00
    assert shopper.get(f"/dining/orders/{order['id']}").json["paid"] == 3_800
    assert owed(app, key) == 3_800
    shown = shopper.get("/accounts").json["items"]
    assert [(each["company"], each["most"], each["charged_this_month"]) for each in shown] == [("青溪镇建筑公司", 10_000, 3_800)]
    refunded(app, place, order, "10")
    assert owed(app, key) == 2_800
    assert shopper.get("/accounts").json["items"][0]["charged_this_month"] == 2_800
    page = sign_in(app, place.house.members["Owner"]).get(f"/dining/orders/{order['id']}").get_data(as_text=True)
    assert "月结账户" in page
    assert "退到月结账户" in staff(app, "Operator").get(f"/dining/orders/{order['id']}").get_data(as_text=True)
    place.serve(shopper.get(f"/dining/orders/{order['id']}").json)
    refunded(app, place, order, "5")
    assert owed(app, key) == 2_300


def test_each_limit_refuses_by_name_and_changes_nothing(app: Flask, place: Restaurant) -> None:
    shopper, stranger = Shopper(app), Shopper(app, "wang")
    key, _first, second = opened(app, shopper, limit="60", per_order="50", per_month="55")
    dear = place.place(shopper, ("鲜虾粥", 3))  # 57.00
    assert shopper.post(f"/accounts/pay/{dear['id']}", {"account_id": key}).json["code"] == "credit.above_order_limit"
    charged(place, shopper, key, ("鲜虾粥", 2))
    more = place.place(shopper, ("鲜虾粥", 1))
    refused = shopper.post(f"/accounts/pay/{more['id']}", {"account_id": key})
    assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (
        409, "credit.above_month_limit", "你这个月还能挂账 ¥17.00，这一单要付 ¥19.00",
    )
    members = second.post("/credit/members/1/edit", data={"per_order": "50", "per_month": "500", "active": "y"})
    assert members.status_code == 303
    charged(place, shopper, key, ("鲜虾粥", 1))
    last = place.place(shopper, ("牛肉面", 1))
    assert shopper.post(f"/accounts/pay/{last['id']}", {"account_id": key}).json["code"] == "credit.above_limit"
    other = place.place(stranger, ("牛肉面", 1))
    assert stranger.post(f"/accounts/pay/{other['id']}", {"account_id": key}).status_code == 404
    assert second.post(f"/credit/accounts/{key}/move/suspend", data={"reason": "换会计"}).status_code == 303
    assert shopper.post(f"/accounts/pay/{last['id']}", {"account_id": key}).json["code"] == "credit.not_open"
    assert owed(app, key) == 5_700


def test_forty_charges_at_once_never_pass_the_limit(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key, _first, _second = opened(app, shopper, limit="60", per_month="4000")  # four orders of 13.50
    orders = [place.place(shopper, ("牛肉面", 1))["id"] for _ in range(40)]
    headers = [shopper.headers() for _ in orders]

    def pay(number: int) -> int:
        return app.test_client().post(f"/api/v1/accounts/pay/{orders[number]}", json={"account_id": key}, headers=headers[number]).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = sorted(pool.map(pay, range(40)))
    assert codes == [200] * 4 + [409] * 36
    assert owed(app, key) == 5_400


def test_limits_change_by_two_people(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key, first, second = opened(app, shopper)
    pages = ("accounts/", f"accounts/{key}", "members/", "members/1", "statements/", "receipts/", "limits/")
    assert [first.get(f"/credit/{each}").status_code for each in pages] == [200] * 7
    assert first.post("/credit/limits/new", data={"account_id": key, "after": "500", "reason": "一样"}).status_code == 422
    assert first.post("/credit/limits/new", data={"account_id": key, "after": "800", "reason": "工地扩大"}).status_code == 303
    assert "月结额度等你批准：青溪镇建筑公司" in second.get("/messages/").get_data(as_text=True)
    assert first.post("/credit/limits/1/move/approve").status_code == 403
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(CreditAccount, key).credit_limit == 50_000
    assert second.post("/credit/limits/1/move/approve").status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(CreditAccount, key).credit_limit == 80_000


def test_a_statement_has_each_charge_once_and_is_paid_in_parts_by_two_people(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key, first, second = opened(app, shopper)
    order = charged(place, shopper, key, ("鲜虾粥", 2))
    charged(place, shopper, key, ("牛肉面", 1))
    refunded(app, place, order, "8")
    statement = billed(app, first)
    with app.app_context(), transaction(SETUP) as session:
        made = session.get_one(CreditStatement, statement)
        assert (made.lines_count, made.amount, made.status) == (3, 4_350, "sent")
        assert sorted(line.amount for line in session.scalars(select(CreditLine))) == [-800, 1_350, 3_800]
        assert made.due_on == business_day(datetime.now(UTC)) + timedelta(days=15)
    workbook = load_workbook(io.BytesIO(first.get(f"/credit/statements/{statement}/workbook").data))
    assert [row[5].value for row in workbook["明细"].iter_rows(min_row=2, max_row=4)] == [38, 13.5, -8]
    assert shopper.get(f"/accounts/{key}/statements").json["items"][0]["remaining"] == 4_350
    today = business_day(datetime.now(UTC)).isoformat()
    form = {"statement_id": statement, "kind": "bank", "amount": "20", "reference": "ICBC0001", "received_on": today, "reason": "对公转账"}
    assert first.post("/credit/receipts/new", data={**form, "amount": "43.51"}).status_code == 422
    assert first.post("/credit/receipts/new", data={**form, "reference": ""}).status_code == 422
    assert first.post("/credit/receipts/new", data=form).status_code == 303
    assert first.post("/credit/receipts/new", data=form).status_code == 409
    assert first.post("/credit/receipts/1/move/approve", data={"confirmed_amount": "20"}).status_code == 403
    assert owed(app, key) == 4_350
    assert second.post("/credit/receipts/1/move/approve", data={"confirmed_amount": "20"}).status_code == 303
    assert (owed(app, key), shopper.get(f"/accounts/{key}/statements").json["items"][0]["remaining"]) == (2_350, 2_350)
    assert second.post("/credit/receipts/new", data={**form, "amount": "23.50", "reference": "ICBC0002"}).status_code == 303
    assert first.post("/credit/receipts/2/move/approve", data={"confirmed_amount": "23.50"}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        made = session.get_one(CreditStatement, statement)
        assert (made.status, made.paid, made.remaining, balance(bank())) == ("settled", 4_350, 0, -4_350)


def test_a_refund_after_payment_is_a_credit_that_the_next_statement_brings_along(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key, first, second = opened(app, shopper)
    order = charged(place, shopper, key, ("鲜虾粥", 1))  # 19.00
    statement = billed(app, first)
    today = business_day(datetime.now(UTC)).isoformat()
    form = {"statement_id": statement, "kind": "bank", "amount": "19", "reference": "ICBC0001", "received_on": today, "reason": "对公转账"}
    assert first.post("/credit/receipts/new", data=form).status_code == 303
    assert second.post("/credit/receipts/1/move/approve", data={"confirmed_amount": "19"}).status_code == 303
    refunded(app, place, order, "4")
    assert owed(app, key) == -400
    assert second.post(f"/credit/accounts/{key}/move/close", data={"reason": "不合作了"}).status_code == 409
    charged(place, shopper, key, ("牛肉面", 1))
    assert (owed(app, key), shopper.get("/accounts").json["items"][0]["most"]) == (950, 10_000)


def test_who_is_late_is_reminded_and_suspended_and_in_the_end_written_off(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key, first, second = opened(app, shopper)
    charged(place, shopper, key, ("鲜虾粥", 1))
    statement = billed(app, first)
    form = {"statement_id": statement, "kind": "write_off", "amount": "19", "reference": "", "received_on": "", "reason": "公司注销"}
    assert first.post("/credit/receipts/new", data=form).status_code == 409
    late = datetime.now(UTC) + timedelta(days=24)
    with app.app_context(), clock.at(late):
        chase_accounts()
        chase_accounts()
    with app.app_context(), transaction(SETUP) as session:
        made = session.get_one(CreditStatement, statement)
        assert (made.reminders, session.get_one(CreditAccount, key).status) == (1, "suspended")
        assert ageing(key, business_day(late)) == [0, 1_900, 0, 0, 0]
    assert "青溪镇建筑公司 的账单逾期，欠 ¥19.00" in second.get("/messages/").get_data(as_text=True)
    with clock.at(late):
        first, second = sign_in(app, "finance"), sign_in(app, "finance2")
        assert "张账单逾期" in first.get("/").get_data(as_text=True)
        assert second.post(f"/credit/accounts/{key}/move/resume", data={"reason": "答应付"}).status_code == 409
        assert first.post("/credit/receipts/new", data=form).status_code == 303
        assert second.post("/credit/receipts/1/move/approve", data={"confirmed_amount": "19"}).status_code == 303
        assert second.post(f"/credit/accounts/{key}/move/resume", data={"reason": "结清"}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        assert (session.get_one(CreditStatement, statement).status, balance(cost("bad_debt")), owed(app, key)) == ("settled", -1_900, 0)
        assert [payment.channel for payment in session.scalars(select(Payment))] == ["account"]
