"""What a merchant owes to join; its deposit paid in, fined by two people, appealed, and given back when nothing is open."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import at
from app.framework.database import get, transaction
from app.kernel.ledger.accounts import merchant_available, merchant_deposit, revenue
from app.kernel.parties.models import Merchant
from app.kernel.plans.jobs import end_plans
from app.kernel.plans.models import Charge, Deposit, Fine
from app.kernel.plans.operations.deposits import on_merchant_admitted
from app.kernel.workspace.models import Notice
from tests.kernel.plans.world import SYSTEM, fen, give, later, now, paid_by_channel, reprice, rows
from tests.support.people import House, Shopper, merchant, sign_in, staff
from tests.support.pictures import picture
from tests.verticals.dining.world import restaurant

ENTRY, DEPOSIT = 100_000, 200_000


def join(app: Flask, house: House, trade: str = "shop") -> None:
    """The merchant is admitted to a trade."""
    with app.app_context(), transaction(SYSTEM):
        on_merchant_admitted(merchant=get(Merchant, house.merchant_id), trade=trade, actor=SYSTEM, now=now())


@pytest.fixture
def house(app: Flask) -> House:
    made = merchant(app, "青溪百货", trade="shop")
    join(app, made)
    return made


def pay_in(app: Flask, house: House) -> None:
    """The owner pays the deposit by the channel."""
    paid_by_channel(app, next(key for key, purpose in rows(app, Charge, "id", "purpose") if purpose == "deposit"))


def fine(app: Flask, amount: str = "500") -> tuple[FlaskClient, FlaskClient]:
    """A fine proposed by an operator and imposed by finance; both of them."""
    operator, finance = staff(app, "Operator"), staff(app, "Finance")
    answer = operator.post("/fines/new", data={
        "merchant_id": "1", "amount": amount, "reason": "卖过期食品", "evidence": (io.BytesIO(picture()), "shelf.jpg"),
    }, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert operator.post("/fines/1/move/impose", data={"confirmed_amount": amount}).status_code == 403
    assert finance.post("/fines/1/move/impose", data={"confirmed_amount": amount}).status_code == 303
    return operator, finance


def test_joining_owes_what_the_price_list_says(app: Flask, house: House) -> None:
    assert rows(app, Charge, "purpose", "kind", "amount", "status") == [("entry", "entry_fee", ENTRY, "waiting"), ("deposit", "deposit", DEPOSIT, "waiting")]
    assert rows(app, Deposit, "required", "status") == [(DEPOSIT, "due")]
    assert [title for kind, title in rows(app, Notice, "kind", "title") if kind == "plans.charged"] == ["要缴 电商入驻费 ¥1,000.00", "要缴 保证金 ¥2,000.00"]
    home = sign_in(app, house.members["Owner"]).get("/").get_data(as_text=True)
    assert "待支付 ¥1,000.00" in home
    assert "待支付 ¥2,000.00" in home
    page = staff(app, "Operator").get("/merchants/1").get_data(as_text=True)
    assert "电商入驻费" in page


@pytest.mark.covers("dining.E1", "dining.R2")
def test_a_restaurant_owes_its_entry_fee_which_is_earned_at_once(app: Flask) -> None:
    place = merchant(app)
    join(app, place, "dining")
    assert rows(app, Charge, "purpose", "trade", "amount") == [("entry", "dining", 50_000)]
    give(app, place.merchant_id, 60_000)
    owner = sign_in(app, place.members["Owner"])
    assert owner.post("/charges/1/move/pay_from_balance", data={"confirmed_amount": "500"}).status_code == 303
    assert (fen(app, revenue("entry_fee")), fen(app, merchant_available(place.merchant_id))) == (50_000, 10_000)
    page = staff(app, "Finance").get("/profit/").get_data(as_text=True)
    assert "餐厅入驻费" in page


def test_a_free_trade_owes_nothing(app: Flask) -> None:
    place = merchant(app)
    reprice(app, "dining", "entry_fee", 0)
    join(app, place, "dining")
    assert rows(app, Charge, "id") == []


def test_paid_in_fined_with_evidence_and_topped_up(app: Flask, house: House) -> None:
    pay_in(app, house)
    assert (rows(app, Deposit, "status"), fen(app, merchant_deposit(1))) == (["held"], DEPOSIT)
    fine(app)
    assert (fen(app, merchant_deposit(1)), fen(app, revenue("fine"))) == (DEPOSIT - 50_000, 50_000)
    assert rows(app, Fine, "status", "evidence_id") == [("imposed", 1)]
    owner = sign_in(app, house.members["Owner"])
    assert "卖过期食品" in owner.get("/fines/1").get_data(as_text=True)
    assert owner.post("/deposits/1/pay").status_code == 303
    assert owner.post("/deposits/1/pay").status_code == 409
    assert rows(app, Charge, "amount", "status")[-1] == (50_000, "waiting")
    paid_by_channel(app, 3)
    assert fen(app, merchant_deposit(1)) == DEPOSIT


def test_a_fine_above_the_deposit_takes_nothing(app: Flask, house: House) -> None:
    pay_in(app, house)
    operator, finance = staff(app, "Operator"), staff(app, "Finance")
    operator.post("/fines/new", data={"merchant_id": "1", "amount": "2000.01", "reason": "假货"})
    assert finance.post("/fines/1/move/impose", data={"confirmed_amount": "2000.01"}).status_code == 409
    assert (rows(app, Fine, "status"), fen(app, merchant_deposit(1)), fen(app, revenue("fine"))) == (["proposed"], DEPOSIT, 0)


def test_an_appeal_is_decided_by_a_third_person(app: Flask, house: House) -> None:
    pay_in(app, house)
    people = fine(app)
    owner = sign_in(app, house.members["Owner"])
    assert owner.post("/fines/1/move/appeal", data={"reason": "那是待处理区"}).status_code == 303
    for browser in people:
        assert browser.post("/fines/1/move/lift", data={"reason": "对", "confirmed_amount": "500"}).status_code == 403
    assert rows(app, Fine, "status", "appeal") == [("appealed", "那是待处理区")]
    third = staff(app, "Operator", "operator2")
    assert third.post("/fines/1/move/lift", data={"reason": "核实过", "confirmed_amount": "500"}).status_code == 303
    assert (rows(app, Fine, "status", "answer"), fen(app, merchant_deposit(1)), fen(app, revenue("fine"))) == ([("lifted", "核实过")], DEPOSIT, 0)


def test_after_the_days_nobody_appeals(app: Flask, house: House) -> None:
    pay_in(app, house)
    fine(app)
    with at(now() + timedelta(days=7, minutes=1)):
        assert sign_in(app, house.members["Owner"]).post("/fines/1/move/appeal", data={"reason": "晚了"}).status_code == 409
    assert rows(app, Fine, "appeal", "status") == [("", "imposed")]


def test_given_back_the_days_after_the_last_case(app: Flask, house: House) -> None:
    pay_in(app, house)
    owner = sign_in(app, house.members["Owner"])
    assert owner.post("/deposits/1/move/leave", data={"reason": "不开了"}).status_code == 303
    with app.app_context():
        with at(later(29)):
            end_plans()
        assert rows(app, Deposit, "status") == ["leaving"]
        with at(now() + timedelta(days=30, minutes=1)):
            end_plans()
    assert rows(app, Deposit, "status", "returned") == [("returned", DEPOSIT)]
    assert (fen(app, merchant_deposit(1)), fen(app, merchant_available(1))) == (0, DEPOSIT)


def test_with_an_order_under_way_it_stays(app: Flask) -> None:
    place = restaurant(app)
    reprice(app, "shop", "deposit", DEPOSIT)
    join(app, place.house)
    pay_in(app, place.house)
    placed = place.paid(Shopper(app), ("鲜虾粥", 1))
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post("/deposits/1/move/leave", data={"reason": "不开了"}).status_code == 409
    assert rows(app, Deposit, "status") == ["held"]
    place.serve(placed)
    assert owner.post("/deposits/1/move/leave", data={"reason": "不开了"}).status_code == 303


def test_a_returned_deposit_is_owed_again_on_joining_again(app: Flask, house: House) -> None:
    pay_in(app, house)
    sign_in(app, house.members["Owner"]).post("/deposits/1/move/leave", data={"reason": "不开了"})
    with app.app_context(), at(later(31)):
        end_plans()
    join(app, house)
    assert rows(app, Deposit, "status", "required") == [("due", DEPOSIT)]
    assert rows(app, Charge, "purpose", "amount", "status")[-1] == ("deposit", DEPOSIT, "waiting")
