"""Batches of payments: two people, each payment given once, whatever happens on the way."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
import requests
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import EVERYTHING
from app.core.money import yuan
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.ledger.accounts import bank, merchant_available, payout_in_transit
from app.kernel.ledger.queries import balance
from app.kernel.payments.channels.factory import channel
from app.kernel.settlement.jobs import follow_payouts, send_batch
from app.kernel.settlement.models import Payout, PayoutBatch, Statement
from app.kernel.settlement.operations.accounts import propose_account
from app.kernel.settlement.operations.underway import PayoutUnderway
from tests.kernel.settlement.world import CHECKER, MAKER, answer, batch, close, later, make, numbers, payee, payouts, prove, release, send, statements
from tests.support.people import Shopper, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def approved(app: Flask, li: Shopper, *names: str) -> list[Restaurant]:
    """Restaurants with one order each, whose statements of 34.96 are approved; the proofs hold."""
    places = [restaurant(app, name) for name in names]
    for place in places:
        place.serve(place.paid(li, ("鲜虾粥", 2)))
    release(app)
    close(app)
    prove(app)
    for number in range(len(places)):
        make(app, "freeze", number=number)
        make(app, "approve", actor=CHECKER, number=number)
    return places


def batch_of(app: Flask, key: int) -> tuple[str, int, int]:
    """State, payments, and fen of a batch."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.get_one(PayoutBatch, key)
        return found.status, found.rows, found.total


def books(app: Flask, *places: Restaurant) -> tuple[int, ...]:
    """In transit, paid by the bank, and what each merchant has available."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return balance(payout_in_transit()), balance(bank()), *(balance(merchant_available(place.house.merchant_id)) for place in places)


@pytest.mark.covers("dining.E5")
def test_one_payees_failure_leaves_the_others_alone_and_a_return_comes_back(app: Flask, li: Shopper) -> None:
    first, second, third = approved(app, li, "甲", "乙", "丙")
    payee(app)
    key = send(app)
    assert (batch_of(app, key), books(app, first, second, third)) == (("sent", 3, 10488), (10488, 0, 0, 0, 0))
    answer(app, "mark_failed", number=0, reason="账号不存在")
    answer(app, "mark_paid", number=1, reference="B2")
    answer(app, "mark_paid", number=2, reference="B3")
    assert (batch_of(app, key)[0], books(app, first, second, third)) == ("done", (0, 6992, 3496, 0, 0))
    answer(app, "mark_returned", number=2, reason="户名不符")
    assert books(app, first, second, third) == (0, 3496, 3496, 0, 3496)
    assert [each["status"] for each in statements(app)] == ["failed", "paid", "returned"]
    make(app, "retry", number=0)
    send(app)
    answer(app, "mark_paid", reference="B4")
    assert [number for number, *_ in payouts(app)] == [*numbers(app), f"{numbers(app)[0]}R2"]
    assert books(app, first, second, third) == (0, 6992, 0, 0, 3496)


def test_two_workers_at_once_give_each_payment_once(app: Flask, li: Shopper) -> None:
    places = approved(app, li, "甲", "乙", "丙", "丁")
    payee(app)
    key = batch(app)
    with app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(PayoutBatch, key), "approve", actor=CHECKER, now=later(0))
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                send_batch(key)
        except BaseException as problem:  # noqa: BLE001 - looked at below
            failures.append(problem)

    threads = [threading.Thread(target=run) for _ in range(12)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert not failures
    assert (batch_of(app, key)[0], books(app, *places)) == ("sent", (13984, 0, 0, 0, 0, 0))
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalar(text("SELECT count(*) FROM ledger_transaction WHERE kind = 'payout_submitted'")) == 4


def test_makers_at_once_put_nothing_into_two_batches(app: Flask, li: Shopper) -> None:
    approved(app, li, "甲", "乙")
    payee(app)
    made: list[int] = []
    refused: list[BaseException] = []

    def run() -> None:
        try:
            made.append(batch(app))
        except BaseException as problem:  # noqa: BLE001 - looked at below
            refused.append(problem)

    threads = [threading.Thread(target=run) for _ in range(40)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert (len(made), {type(each).__name__ for each in refused}, len(refused)) == (1, {"NothingToPay"}, 39)
    assert [(status, fen) for _, status, fen, _ in payouts(app)] == [("waiting", 3496), ("waiting", 3496)]


DYING = """
import sys, time
from tests.support.database import server_uri, test_app
from app.kernel.settlement import jobs
from app.kernel.settlement.operations import sending
real, calls = sending.send_next, []
def slow(batch_id, *, now):
    calls.append(1)
    if len(calls) == 3:
        time.sleep(60)
    return real(batch_id, now=now)
jobs.sending.send_next = slow
app = test_app(server_uri(), sys.argv[1])
with app.app_context():
    jobs.send_batch(int(sys.argv[2]))
"""


def test_a_worker_killed_in_the_middle_leaves_the_rest_to_another(app: Flask, li: Shopper, database_name: str) -> None:
    places = approved(app, li, "甲", "乙", "丙", "丁")
    payee(app)
    key = batch(app)
    with app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(PayoutBatch, key), "approve", actor=CHECKER, now=later(0))
    worker = subprocess.Popen([sys.executable, "-c", DYING, database_name, str(key)], env={**os.environ, "PYTHONPATH": "."})
    deadline = time.monotonic() + 60
    while [status for _, status, *_ in payouts(app)].count("sent") < 2 and time.monotonic() < deadline:
        assert worker.poll() is None
        time.sleep(0.1)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert [status for _, status, *_ in payouts(app)] == ["sent", "sent", "waiting", "waiting"]
    assert (batch_of(app, key)[0], books(app, *places)) == ("sending", (6992, 0, 0, 0, 3496, 3496))
    with app.app_context():
        follow_payouts()
    assert (batch_of(app, key)[0], books(app, *places)) == ("sent", (13984, 0, 0, 0, 0, 0))


def test_what_stands_in_a_batch_is_not_carried_until_the_batch_is_cancelled(app: Flask, li: Shopper) -> None:
    approved(app, li, "甲")
    payee(app)
    key = batch(app)
    with pytest.raises(PayoutUnderway):
        make(app, "carry")
    with app.app_context(), transaction(MAKER) as session:
        move(session.get_one(PayoutBatch, key), "cancel", actor=MAKER, now=later(0), reason="金额要改")
    assert [status for _, status, *_ in payouts(app)] == ["cancelled"]
    make(app, "carry")
    assert statements(app)[0]["status"] == "carried"


def test_the_banks_file_goes_out_the_same_every_time_and_comes_back_row_by_row(app: Flask, li: Shopper) -> None:
    approved(app, li, "甲", "乙", "丙")
    payee(app)
    key = send(app)
    finance = staff(app, "Finance", "xu")
    first, again = (finance.get(f"/payout-batches/{key}/bank-file") for _ in range(2))
    assert first.status_code == 200 and first.data == again.data
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(first.data)).active.iter_rows()]
    given = numbers(app)
    assert rows[1][:5] == [given[0], "林建民", "青溪农商银行", "6222021234567890123", 34.96]
    assert isinstance(rows[1][3], str) and [row[0] for row in rows[1:4]] == given
    text_file = finance.get(f"/payout-batches/{key}/bank-file?shape=csv").data.decode("utf-8-sig")
    assert f"{given[1]},林建民,青溪农商银行," in text_file and ",34.96," in text_file
    book = Workbook()
    for row in (
        ["付款号", "金额", "结果", "流水号", "原因"], [given[0], 34.96, "成功", "QX01", ""], [given[1], 34.95, "成功", "QX02", ""],
        [given[2], "34.96", "失败", "", "账号不存在"], ["S999", "1", "成功", "QX04", ""], [given[1], "34.96", "好了", "", ""],
    ):
        book.active.append(row)
    filled = io.BytesIO()
    book.save(filled)
    for _ in range(2):  # the same file twice notes nothing twice
        page = finance.post(f"/payout-batches/{key}/results", data={"file": (io.BytesIO(filled.getvalue()), "r.xlsx")}).get_data(as_text=True)
        assert page.count("已登记") == 2 and "金额和付款单不一致" in page and "结果只能写" in page
    assert [(status, problem) for _, status, _, problem in payouts(app)] == [("paid", ""), ("sent", ""), ("failed", "账号不存在")]
    assert (books(app)[:2], batch_of(app, key)[0]) == ((3496, 3496), "sent")
    wrong = finance.post(f"/payout-batches/{key}/results", data={"file": (io.BytesIO(b"a,b\n1,2\n"), "r.csv")})
    assert (wrong.status_code, "第一行要有这几列" in wrong.get_data(as_text=True)) == (422, True)


def test_a_batch_is_approved_only_with_its_total_typed_and_by_somebody_else(app: Flask, li: Shopper) -> None:
    approved(app, li, "甲", "乙")
    payee(app)
    first, second = staff(app, "Finance", "xu"), staff(app, "Finance", "he")
    assert first.post("/payout-batches/make").status_code == 303
    total = {"confirmed_amount": yuan(6992)}
    assert first.post("/payout-batches/1/move/approve", data=total).status_code == 403
    assert second.post("/payout-batches/1/move/approve", data={"confirmed_amount": "69.91"}).status_code == 422
    assert batch_of(app, 1) == ("draft", 2, 6992)
    assert second.post("/payout-batches/1/move/approve", data={"confirmed_amount": "69.92"}).status_code == 303
    assert batch_of(app, 1) == ("sending", 2, 6992)
    page = second.get("/payout-batches/1").get_data(as_text=True)
    assert "待付" in page and "¥69.92" in page


# ---- through the channel -------------------------------------------------------------------------------------------------

def wallets(app: Flask, li: Shopper, *names: str) -> list[Restaurant]:
    """Restaurants with an approved statement each, paid to a wallet."""
    places = approved(app, li, *names)
    for place in places:
        payee(app, place.house.merchant_id, method="wechat", number=f"openid_{place.house.merchant_id}")
    return places


def decide(app: Flask, gateway: str, number: str, decision: str) -> None:
    """The payee takes or refuses a transfer on the simulator's page."""
    with app.app_context():
        told = channel().query_transfer(number)
    assert requests.post(f"{gateway}/transfer/{told.transfer_id}", data={"decision": decision}, timeout=5).status_code == 200


def follow(app: Flask, minutes: int = 2) -> None:
    """The clock's round of questions, some minutes from here."""
    with app.app_context(), clock.at(later(0) + timedelta(minutes=minutes)):
        follow_payouts()


def test_a_transfer_to_a_wallet_is_paid_when_the_payee_says_yes(app: Flask, li: Shopper, gateway: str) -> None:
    first, second = wallets(app, li, "甲", "乙")
    key = send(app)
    assert [status for _, status, *_ in payouts(app)] == ["sent", "sent"]
    follow(app)
    assert [status for _, status, *_ in payouts(app)] == ["sent", "sent"]
    decide(app, gateway, numbers(app)[0], "confirm")
    decide(app, gateway, numbers(app)[1], "refuse")
    follow(app)
    assert [(status, problem) for _, status, _, problem in payouts(app)] == [("paid", ""), ("failed", "PAYEE_REFUSED")]
    assert (batch_of(app, key)[0], books(app, first, second)) == ("done", (0, 0, 0, 3496))
    with app.app_context():
        enter_scope(EVERYTHING)
        assert balance(bank("wechat")) == 3496
    finance = staff(app, "Finance")
    assert finance.post("/payouts/1/move/mark_returned", data={"reason": "x", "confirmed_amount": "34.96"}).status_code == 409


def test_an_answer_that_is_lost_is_asked_for_and_never_sent_again(app: Flask, li: Shopper, gateway: str) -> None:
    wallets(app, li, "甲")
    assert requests.post(f"{gateway}/sandbox/faults", json={"kind": "lost", "scope": "requests", "count": 1}, timeout=5).ok
    send(app)
    assert [status for _, status, *_ in payouts(app)] == ["unknown"]
    with app.app_context():
        send_batch(1)
    decide(app, gateway, numbers(app)[0], "confirm")
    follow(app)
    assert [status for _, status, *_ in payouts(app)] == ["paid"]
    assert requests.get(gateway, timeout=5).text.count(numbers(app)[0]) == 1


def test_a_transfer_that_never_arrived_fails_after_a_while_and_not_before(app: Flask, li: Shopper, gateway: str) -> None:
    wallets(app, li, "甲")
    assert requests.post(f"{gateway}/sandbox/faults", json={"kind": "http_500", "scope": "requests", "count": 1}, timeout=5).ok
    send(app)
    follow(app, minutes=5)
    assert [status for _, status, *_ in payouts(app)] == ["unknown"]
    follow(app, minutes=11)
    assert [(status, problem) for _, status, _, problem in payouts(app)] == [("failed", "渠道没有收到这笔付款")]
    assert statements(app)[0]["status"] == "failed"


def test_an_account_counts_after_a_second_person_and_the_one_before_ends(app: Flask, li: Shopper) -> None:
    (place,) = approved(app, li, "甲")
    payee(app)
    payee(app, place.house.merchant_id, number="6228480000000009999")
    send(app)
    with app.app_context():
        enter_scope(EVERYTHING)
        statuses = list(db.session.execute(text("SELECT status, number_masked FROM settle_account ORDER BY id")).tuples())
        assert statuses == [("ended", "**** 0123"), ("approved", "**** 9999")]
        assert db.session.execute(text("SELECT number_sealed FROM settle_account WHERE number_sealed LIKE '%9999%'")).all() == []
        assert db.session.scalars(select(Payout.account_id)).one() == 2
        assert db.session.scalars(select(Statement.status)).one() == "submitted"


def test_whoever_proposed_an_account_may_not_approve_it(app: Flask) -> None:
    place = restaurant(app)
    finance = staff(app, "Finance")
    with app.app_context(), transaction(place.house.actor):
        propose_account(
            owner_kind="merchant", owner_id=place.house.merchant_id, method="bank", holder="林", bank_name="青溪农商银行", number="6222 0212 3456 7890 123",
            reason="入驻", actor=place.house.actor, now=later(0),
        )
    assert finance.post("/payee-accounts/1/move/approve").status_code == 303
    assert "**** 0123" in finance.get("/payee-accounts/").get_data(as_text=True)
    assert run_waiting(app, only="send_batch") == 0
