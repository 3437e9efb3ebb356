"""A merchant takes a part of what it has available: held at once, looked at above a limit, paid in the next batch."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.ledger.accounts import bank, revenue
from app.kernel.ledger.queries import balance
from app.kernel.settings.operations import change_setting
from app.kernel.settlement.models import StatementLine, Withdrawal
from app.kernel.settlement.operations.withdrawals import MoreThanAvailable, NoAccount, ask_withdrawal
from app.kernel.settlement.queries import wallet_of
from tests.kernel.settlement.world import CHECKER, MAKER, answer, close, later, send, statements, with_something_to_take
from tests.support.people import PASSWORD, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return with_something_to_take(app)


@pytest.fixture
def owner(app: Flask, place: Restaurant) -> FlaskClient:
    return sign_in(app, place.house.members["Owner"])


def ask(app: Flask, place: Restaurant, amount: int) -> str:
    """The owner asks, without the console; the withdrawal's state."""
    with app.app_context(), transaction(place.house.actor):
        return ask_withdrawal(owner_kind="merchant", owner_id=place.house.merchant_id, amount=amount, actor=place.house.actor, now=later(0)).status


def money(app: Flask, place: Restaurant) -> tuple[int, int]:
    """What is available, what is held for withdrawals."""
    with app.app_context():
        enter_scope(EVERYTHING)
        wallet = wallet_of(place.house.merchant_id)
    return wallet.available, wallet.withdrawing


def states(app: Flask) -> list[str]:
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(Withdrawal.status).order_by(Withdrawal.id)))


def setting(app: Flask, name: str, value: int) -> None:
    """The setting as two people changed it."""
    with app.app_context(), transaction(MAKER):
        version = change_setting(name, value, reason="试", actor=MAKER, now=later(0))
        move(version, "approve", actor=CHECKER, now=later(0))


def test_a_withdrawal_is_held_paid_and_shown_on_the_statement(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    page = owner.get("/withdrawals/new").get_data(as_text=True)
    assert "现在最多能提 ¥34.96" in page and "**** 0123" in page
    assert owner.post("/withdrawals/new", data={"amount": "20", "password": PASSWORD}).status_code == 303
    assert (money(app, place), states(app)) == ((1496, 2000), ["ready"])
    send(app)
    assert (money(app, place), states(app)) == ((1496, 0), ["submitted"])
    answer(app, "mark_paid", reference="B1")
    assert states(app) == ["paid"]
    close(app)
    assert {name: statements(app)[0][name] for name in ("earned", "fees", "paid", "closing", "payable")} == {
        "earned": 3800, "fees": 304, "paid": 2000, "closing": 1496, "payable": 1496,
    }
    with app.app_context():
        enter_scope(EVERYTHING)
        assert balance(bank()) == 2000
        kinds = db.session.execute(select(StatementLine.kind, StatementLine.payout, StatementLine.net).order_by(StatementLine.transaction_id)).tuples()
        assert list(kinds) == [("order", 0, 3496), ("withdrawal", 2000, -2000)]


def test_the_password_is_typed_again_and_a_wrong_one_changes_nothing(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    wrong = owner.post("/withdrawals/new", data={"amount": "20", "password": "not my password"})
    assert (wrong.status_code, "密码不对" in wrong.get_data(as_text=True)) == (422, True)
    assert (money(app, place), states(app)) == ((3496, 0), [])
    account = {"method": "bank", "holder": "林建民", "bank_name": "青溪农商银行", "number": "6228480000000009999", "reason": "换卡"}
    assert owner.post("/payee-accounts/new", data={**account, "password": "not my password"}).status_code == 422
    assert owner.post("/payee-accounts/new", data={**account, "password": PASSWORD}).status_code == 303
    assert owner.post("/payee-accounts/2/move/approve").status_code == 403
    for _ in range(5):
        last = owner.post("/withdrawals/new", data={"amount": "20", "password": "guess again"})
    assert last.status_code == 429


@pytest.mark.parametrize(("amount", "status", "words"), [
    ("0.99", 422, "一次至少提 ¥1.00"), ("34.97", 409, "现在最多能提 ¥34.96"), ("", 422, "填写金额"), ("-3", 422, "不是金额"),
])
def test_amounts_that_cannot_be_taken(app: Flask, place: Restaurant, owner: FlaskClient, amount: str, status: int, words: str) -> None:
    answered = owner.post("/withdrawals/new", data={"amount": amount, "password": PASSWORD})
    assert (answered.status_code, words in answered.get_data(as_text=True)) == (status, True)
    assert (money(app, place), states(app)) == ((3496, 0), [])


def test_what_a_statement_is_to_pay_is_not_taken_a_second_time(app: Flask, place: Restaurant) -> None:
    close(app)
    with pytest.raises(MoreThanAvailable):
        ask(app, place, 100)
    assert money(app, place) == (3496, 0)


def test_askings_at_once_never_take_more_than_there_is(app: Flask, place: Restaurant) -> None:
    setting(app, "settlement.withdrawal_daily_count", 50)
    taken: list[str] = []
    refused: list[str] = []

    def run() -> None:
        try:
            taken.append(ask(app, place, 1000))
        except MoreThanAvailable as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=run) for _ in range(40)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert (len(taken), len(refused), money(app, place)) == (3, 37, (496, 3000))


def test_a_day_has_its_limits(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    for _ in range(3):
        assert owner.post("/withdrawals/new", data={"amount": "1", "password": PASSWORD}).status_code == 303
    fourth = owner.post("/withdrawals/new", data={"amount": "1", "password": PASSWORD})
    assert (fourth.status_code, "今天最多提 3 次" in fourth.get_data(as_text=True)) == (409, True)
    assert owner.post("/withdrawals/1/move/cancel").status_code == 303
    assert owner.post("/withdrawals/new", data={"amount": "1", "password": PASSWORD}).status_code == 303
    assert (states(app), money(app, place)) == (["cancelled", "ready", "ready", "ready"], (3196, 300))


def test_a_large_one_is_looked_at_and_a_refused_one_comes_back(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    setting(app, "settlement.withdrawal_review_above", 500)
    finance = staff(app, "Finance")
    for _ in range(2):
        owner.post("/withdrawals/new", data={"amount": "10", "password": PASSWORD})
    assert states(app) == ["asked", "asked"]
    assert owner.post("/withdrawals/1/move/approve", data={"confirmed_amount": "10"}).status_code == 403
    assert finance.post("/withdrawals/1/move/approve", data={"confirmed_amount": "10"}).status_code == 303
    assert finance.post("/withdrawals/2/move/refuse", data={"reason": "账户要核实"}).status_code == 303
    assert (states(app), money(app, place)) == (["ready", "refused"], (2496, 1000))


def test_the_fee_is_ours_when_it_arrives_and_goes_back_with_a_return(app: Flask, place: Restaurant) -> None:
    setting(app, "settlement.withdrawal_fee", 100)
    assert ask(app, place, 1000) == "ready"
    send(app)
    answer(app, "mark_paid", reference="B1")
    with app.app_context():
        enter_scope(EVERYTHING)
        assert (balance(bank()), balance(revenue("withdrawal"))) == (900, 100)
    answer(app, "mark_returned", reason="户名不符")
    assert (states(app), money(app, place)) == (["returned"], (3496, 0))
    with app.app_context():
        enter_scope(EVERYTHING)
        assert (balance(bank()), balance(revenue("withdrawal"))) == (0, 0)


def test_a_failed_one_is_available_again_and_can_be_asked_for_again(app: Flask, place: Restaurant) -> None:
    ask(app, place, 3496)
    send(app)
    answer(app, "mark_failed", reason="账号不存在")
    assert (states(app), money(app, place)) == (["failed"], (3496, 0))
    assert ask(app, place, 3496) == "ready"


def test_without_an_account_nothing_is_asked_for(app: Flask) -> None:
    made = restaurant(app, "没登记")
    with pytest.raises(NoAccount):
        ask(app, made, 100)


def test_a_merchant_sees_its_own_only(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    ask(app, place, 1000)
    other = restaurant(app, "别家")
    theirs = sign_in(app, other.house.members["Owner"])
    assert owner.get("/withdrawals/1").status_code == 200
    assert theirs.get("/withdrawals/1").status_code == theirs.get("/payee-accounts/1").status_code == 404
    assert theirs.post("/withdrawals/1/move/cancel").status_code == 404
    assert owner.get("/payout-batches/").status_code == owner.get("/payouts/").status_code == 403
    assert sign_in(app, place.house.members["Kitchen"]).get("/withdrawals/").status_code == 403
    assert run_waiting(app, only="send_batch") == 0
