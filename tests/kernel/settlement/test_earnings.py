"""A courier sees what it earned order by order, says where to be paid, and withdraws; finance sees and pays the same people."""

from __future__ import annotations

import re
import threading
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor, Scope
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, enter_scope, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import available, bank, pending, withdrawing
from app.kernel.ledger.queries import balance
from app.kernel.settlement.models import PayeeAccount, Withdrawal
from app.kernel.settlement.operations.withdrawals import ask_withdrawal
from app.kernel.settlement.rules import cycle_began
from app.kernel.workspace.models import Notice
from tests.kernel.fulfilment.test_carrying import delivery, second, user_of
from tests.kernel.settlement.test_withdrawals import setting
from tests.kernel.settlement.world import CHECKER, answer, later, prove, release, send
from tests.support.people import PASSWORD, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

CARD = {"method": "bank", "holder": "林强", "bank_name": "青溪农商银行", "number": "6222021234567895678", "reason": "领配送费", "password": PASSWORD}


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


@pytest.fixture
def rider(app: Flask, place: Restaurant) -> FlaskClient:
    """A courier who delivered two orders of 43.00: 4.25 of each."""
    browser, li = sign_in(app, place.house.members["Courier"]), Shopper(app, "li")
    for _ in range(2):
        order, pk = delivery(place, li)
        browser.post(f"/delivery/{pk}/take")
        browser.post(f"/delivery/{pk}/pick-up")
        code = li.get(f"/dining/orders/{order['id']}").json["courier"]["code"]
        assert browser.post(f"/delivery/{pk}/deliver", data={"code": code}).status_code == 303
    return browser


@pytest.fixture
def courier(app: Flask, place: Restaurant) -> int:
    return user_of(app, place.house.members["Courier"])


def read(browser: FlaskClient, path: str = "/earnings/", status: int = 200) -> str:
    """The page's words, without marks."""
    answered = browser.get(path)
    assert answered.status_code == status, answered.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answered.get_data(as_text=True)))


def money(app: Flask, courier: int) -> tuple[int, int, int]:
    """Held, to withdraw, asked for."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return tuple(int(balance(book("courier", courier))) for book in (pending, available, withdrawing))  # type: ignore[return-value]


def with_account(app: Flask, rider: FlaskClient) -> None:
    """The courier's card, approved by finance."""
    assert rider.post("/earnings/account", data=CARD).status_code == 303
    with app.app_context(), transaction(CHECKER) as session:
        account = session.scalars(select(PayeeAccount).where(PayeeAccount.owner_kind == "courier")).one()
        move(account, "approve", actor=CHECKER, now=later(0))


def courier_actor(courier: int, place: Restaurant) -> Actor:
    """The courier, within the merchant it works for."""
    return Actor("member", courier, "林强", frozenset({"Courier"}), Scope("merchant", place.house.merchant_id))


def test_what_was_earned_is_shown_by_order_with_its_hold(app: Flask, rider: FlaskClient, courier: int) -> None:
    page = read(rider, "/earnings/?span=today")
    assert "今天 ¥8.50" in page and "待结算 ¥8.50" in page and "可提现 ¥0.00" in page
    assert "A001 · 今天" in page and "A002 · 今天" in page and "合计 ¥8.50" in page and page.count("起可提现") == 2
    release(app)
    page = read(rider)
    assert "待结算 ¥0.00" in page and "可提现 ¥8.50" in page and page.count("已到可提现") == 2 and "起可提现" not in page
    assert "可提现 ¥8.50" in read(rider, "/")


def test_a_courier_says_where_to_be_paid_withdraws_and_is_paid(app: Flask, place: Restaurant, rider: FlaskClient, courier: int) -> None:
    release(app)
    refused = rider.post("/earnings/withdraw", data={"amount": "3", "password": PASSWORD})
    assert refused.status_code == 409 and "还没有批准的收款账户" in refused.get_data(as_text=True)
    assert rider.post("/earnings/account", data={**CARD, "password": "not mine"}).status_code == 422
    assert "还没有收款账户" in read(rider)
    with_account(app, rider)
    assert "青溪农商银行 **** 5678" in read(rider)
    for amount, words in (("8.51", "现在最多能提 ¥8.50"), ("0.99", "一次至少提 ¥1.00"), ("", "填写金额")):
        refused = rider.post("/earnings/withdraw", data={"amount": amount, "password": PASSWORD})
        assert refused.status_code in {409, 422} and words in refused.get_data(as_text=True), amount
    assert money(app, courier) == (0, 850, 0)
    assert rider.post("/earnings/withdraw", data={"amount": "3", "password": PASSWORD}).status_code == 303
    assert money(app, courier) == (0, 550, 300)
    prove(app)
    send(app)
    assert "付款中 ¥3.00" in read(rider)
    answer(app, "mark_paid", reference="B1")
    page = read(rider)
    assert "已到账 ¥3.00" in page and "可提现 ¥5.50" in page and "付款中 ¥0.00" in page
    with app.app_context():
        enter_scope(EVERYTHING)
        assert balance(bank()) == 300
    with app.app_context(), transaction(courier_actor(courier, place)):
        told = db.session.execute(select(Notice.user_id, Notice.title, Notice.address).where(Notice.kind == "settlement.withdrawal_paid")).all()
        assert [tuple(each) for each in told] == [(courier, "提现 ¥3.00 已到账", "/earnings/")]


def test_what_was_asked_for_is_taken_back_by_its_courier_alone(app: Flask, place: Restaurant, rider: FlaskClient, courier: int) -> None:
    release(app)
    with_account(app, rider)
    rider.post("/earnings/withdraw", data={"amount": "8.50", "password": PASSWORD})
    other, owner = sign_in(app, second(app, place)), sign_in(app, place.house.members["Owner"])
    assert other.post("/earnings/withdrawals/1/cancel").status_code == 404
    assert "8.50" not in read(other)
    assert owner.get("/earnings/").status_code == 403 == owner.post("/earnings/withdrawals/1/cancel").status_code
    assert owner.get("/withdrawals/1").status_code == 404 and "8.50" not in read(owner, "/withdrawals/")
    assert owner.get("/payee-accounts/1").status_code == 404
    assert rider.get("/withdrawals/").status_code == 403
    assert money(app, courier) == (0, 0, 850)
    assert rider.post("/earnings/withdrawals/1/cancel").status_code == 303
    assert money(app, courier) == (0, 850, 0)
    assert rider.post("/earnings/withdrawals/1/cancel").status_code == 409


def test_finance_sees_people_and_pays_what_they_have(app: Flask, rider: FlaskClient, courier: int) -> None:
    finance = staff(app, "Finance")
    release(app)
    page = read(finance, "/settlement/people/")
    assert "配送员 林Courier 8.50 没有收款账户 0.00 0.00 0.00" in page
    refused = finance.post(f"/settlement/people/courier/{courier}/pay")
    assert refused.status_code == 409 and "还没有批准的收款账户" in refused.get_data(as_text=True)
    with_account(app, rider)
    page = finance.get("/settlement/people/").get_data(as_text=True)
    assert "**** 5678" in page and 'data-confirm="¥8.50 进下一个付款批次"' in page
    assert finance.post(f"/settlement/people/courier/{courier}/pay").status_code == 303
    assert money(app, courier) == (0, 0, 850)
    assert finance.post(f"/settlement/people/courier/{courier}/pay").status_code == 422  # nothing is left
    assert finance.post("/settlement/people/merchant/1/pay").status_code == 404
    assert "配送员 林Courier" in read(finance, "/withdrawals/")
    assert "申请中 ¥8.50" in read(rider)
    for role in ("Operator", "Reviewer"):
        browser = staff(app, role)
        assert browser.get("/settlement/people/").status_code == 403 == browser.post(f"/settlement/people/courier/{courier}/pay").status_code


def test_forty_at_once_never_take_more_than_there_is(app: Flask, place: Restaurant, rider: FlaskClient, courier: int) -> None:
    release(app)
    with_account(app, rider)
    setting(app, "settlement.withdrawal_daily_count", 50)
    me = courier_actor(courier, place)
    barrier, results = threading.Barrier(40), []

    def run() -> None:
        barrier.wait()
        try:
            with app.app_context(), transaction(me), elevated():
                results.append(ask_withdrawal(owner_kind="courier", owner_id=courier, amount=200, actor=me, now=later(0)).status)
        except Refusal as refusal:
            results.append(refusal.code)

    threads = [threading.Thread(target=run) for _ in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(results) == ["ready"] * 4 + ["settlement.more_than_available"] * 36
    assert money(app, courier) == (0, 50, 800)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Withdrawal.amount)).all() == [200] * 4


@pytest.mark.parametrize(("cycle", "day", "first"), [
    ("daily", date(2026, 11, 25), date(2026, 11, 25)),
    ("weekly", date(2026, 11, 23), date(2026, 11, 23)),
    ("weekly", date(2026, 11, 29), date(2026, 11, 23)),
    ("monthly", date(2026, 11, 30), date(2026, 11, 1)),
])
def test_a_cycle_began_on_its_first_day(cycle: str, day: date, first: date) -> None:
    assert cycle_began(cycle, day) == first
