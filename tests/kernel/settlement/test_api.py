"""A party's money over the API: what its role may do in the console and no more, to the fen, once per key, and never another party's."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.settlement.models import Policy, Withdrawal
from app.kernel.settlement.operations.accounts import propose_account
from app.kernel.settlement.queries import wallet_of
from tests.kernel.fulfilment.test_carrying import delivery, user_of
from tests.kernel.settlement.test_withdrawals import setting
from tests.kernel.settlement.world import CHECKER, MAKER, close, later, make, prove, refund, release, send, today, with_something_to_take
from tests.support.people import PASSWORD, SETUP, Shopper, Worker, sign_in
from tests.verticals.dining.world import Restaurant, restaurant

ASKED = {"amount": 1000, "password": PASSWORD}


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return with_something_to_take(app)


@pytest.fixture
def owner(app: Flask, place: Restaurant) -> Worker:
    return Worker(app, place.house)


def money(app: Flask, place: Restaurant) -> tuple[int, int]:
    """What is available, what is held for withdrawals."""
    with app.app_context():
        enter_scope(EVERYTHING)
        wallet = wallet_of(place.house.merchant_id)
    return wallet.available, wallet.withdrawing


def refusal(answer: Any) -> tuple[int, str, list[str]]:
    """Status, code, and fields of a refusal."""
    return answer.status_code, answer.json["code"], [each["field"] for each in answer.json.get("errors", ())]


def one(app: Flask, statement: str) -> Any:
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.scalar(text(statement))


def statement_waits(app: Flask) -> None:
    """A statement that waits for the merchant's word."""
    with app.app_context(), transaction(SETUP) as session:
        session.add(Policy(trade="dining", confirm_days=3, starts_on=today(), made_by="staff:101"))
        session.flush()
        session.execute(text("UPDATE settle_policy SET status = 'approved', approved_by = 'staff:102'"))
    close(app)
    prove(app)
    make(app, "ask_merchant")


def test_balances_say_where_each_fen_is(app: Flask, place: Restaurant, owner: Worker) -> None:
    place.serve(place.paid(Shopper(app, "wang"), ("鲜虾粥", 1)))  # 19.00 less 8 %, inside its hold
    owner.post("/money/withdrawals", ASKED)
    assert owner.get("/money/balances").json == {
        "party": "merchant", "held": 1748, "available": 2496, "withdrawable": 2496, "reserve": 0, "disputed": 0, "withdrawing": 1000, "underway": 0,
        "deposit": 0, "owed": 0, "paid_out": 0, "account": one(app, "SELECT bank_name || ' ' || number_masked FROM settle_account"),
    }


def test_what_was_advanced_is_owed(app: Flask, place: Restaurant, owner: Worker) -> None:
    assert owner.post("/money/withdrawals", {**ASKED, "amount": 3000}).status_code == 201
    refund(app, one(app, "SELECT id FROM order_order"), 3600)  # 33.12 of it are the merchant's, 4.96 it still has
    found = owner.get("/money/balances").json
    assert (found["available"], found["withdrawing"], found["owed"], found["withdrawable"]) == (0, 3000, 3312 - 496, 0)


def test_a_withdrawal_is_asked_for_once_listed_and_cancelled(app: Flask, place: Restaurant, owner: Worker) -> None:
    assert owner.get("/money/withdrawals/limits").json == {
        "least": 100, "most": 3496, "fee": 0, "review_above": 500_000, "left_today": 5_000_000, "times_left_today": 3,
    }
    first = owner.post("/money/withdrawals", ASKED, key="withdraw-0001")
    again = owner.post("/money/withdrawals", ASKED, key="withdraw-0001")
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replay"]) == (201, 201, "true")
    assert first.json == again.json and (first.json["status"], first.json["amount"], first.json["arrives"]) == ("ready", 1000, 1000)
    assert owner.post("/money/withdrawals", {**ASKED, "amount": 1}, key="withdraw-0001").status_code == 422
    assert money(app, place) == (2496, 1000)
    limits = owner.get("/money/withdrawals/limits").json
    assert (limits["most"], limits["left_today"], limits["times_left_today"]) == (2496, 4_999_000, 2)
    [listed] = owner.get("/money/withdrawals").json["items"]
    assert listed == first.json and listed["moves"] == ["cancel"]
    gone = owner.post(f"/money/withdrawals/{first.json['id']}/cancel")
    assert (gone.json["status"], gone.json["moves"], money(app, place)) == ("cancelled", [], (3496, 0))
    assert refusal(owner.post(f"/money/withdrawals/{first.json['id']}/cancel")) == (409, "flow.wrong_state", [])


@pytest.mark.parametrize(("body", "refused"), [
    ({"amount": 1000, "password": "wrong"}, (422, "sign_in.not_you", ["password"])),
    ({"amount": 1000}, (422, "bad_fields", ["password"])),
    ({**ASKED, "amount": 3497}, (409, "settlement.more_than_available", ["amount"])),
    ({**ASKED, "amount": 99}, (422, "settlement.withdrawal_too_little", ["amount"])),
    ({**ASKED, "amount": 0}, (422, "bad_fields", ["amount"])),
    ({**ASKED, "amount": 10.5}, (422, "bad_fields", ["amount"])),
    ({**ASKED, "owner_id": 7}, (422, "bad_fields", ["owner_id"])),
])
def test_what_cannot_be_taken_is_refused_and_nothing_changes(
    app: Flask, place: Restaurant, owner: Worker, body: dict[str, Any], refused: tuple[int, str, list[str]],
) -> None:
    assert refusal(owner.post("/money/withdrawals", body)) == refused
    assert money(app, place) == (3496, 0) and one(app, "SELECT count(*) FROM settle_withdrawal") == 0


def test_forty_at_once_never_take_more_than_there_is(app: Flask, place: Restaurant, owner: Worker) -> None:
    setting(app, "settlement.withdrawal_daily_count", 50)
    answers: list[int] = []
    barrier = threading.Barrier(40)

    def ask(place_of: int) -> None:
        browser = app.test_client()
        headers = {"Authorization": f"Bearer {owner.token}", "Idempotency-Key": f"at-once-{place_of:04d}"}
        barrier.wait()
        answers.append(browser.post("/api/v1/money/withdrawals", json=ASKED, headers=headers).status_code)

    threads = [threading.Thread(target=ask, args=(each,)) for each in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [201] * 3 + [409] * 37
    assert money(app, place) == (496, 3000)


def test_statements_are_read_and_confirmed(app: Flask, place: Restaurant, owner: Worker) -> None:
    statement_waits(app)
    [listed] = owner.get("/money/statements").json["items"]
    assert {name: listed[name] for name in ("status", "earned", "fees", "closing", "payable", "lines_count", "moves")} == {
        "status": "confirming", "earned": 3800, "fees": 304, "closing": 3496, "payable": 3496, "lines_count": 1, "moves": ["confirm", "dispute"],
    }
    key = listed["id"]
    assert owner.get(f"/money/statements/{key}").json == listed
    [line] = owner.get(f"/money/statements/{key}/lines").json["items"]
    assert (line["kind"], line["order_number"], line["earned"], line["fees"], line["net"], line["rules"]) == (
        "order", one(app, "SELECT number FROM order_order"), 3800, 304, 3496, "点餐佣金 v1",
    )
    assert owner.get("/money/balances").json["withdrawable"] == 0, "the statement is to pay it"
    manager = Worker(app, place.house, "Manager")
    assert manager.get(f"/money/statements/{key}").json["moves"] == []
    assert refusal(manager.post(f"/money/statements/{key}/confirm")) == (403, "forbidden", [])
    confirmed = owner.post(f"/money/statements/{key}/confirm")
    assert (confirmed.status_code, confirmed.json["status"], confirmed.json["moves"]) == (200, "frozen", [])
    assert refusal(owner.post(f"/money/statements/{key}/confirm")) == (409, "flow.wrong_state", [])


def test_a_statement_is_disputed_and_the_dispute_withdrawn(app: Flask, place: Restaurant, owner: Worker) -> None:
    statement_waits(app)
    key = owner.get("/money/statements").json["items"][0]["id"]
    body = {"order_number": one(app, "SELECT number FROM order_order"), "claimed": 200, "reason": "打包费没有算给我"}
    assert refusal(owner.post(f"/money/statements/{key}/disputes", {**body, "order_number": "D000"})) == (
        422, "settlement.not_on_the_statement", ["order_number"],
    )
    opened = owner.post(f"/money/statements/{key}/disputes", body)
    assert (opened.status_code, opened.json["status"], opened.json["claimed"], opened.json["granted"]) == (201, "open", 200, 0)
    assert owner.get(f"/money/statements/{key}").json["status"] == "disputed"
    gone = owner.post(f"/money/disputes/{opened.json['id']}/withdraw")
    assert (gone.json["status"], owner.get(f"/money/disputes/{opened.json['id']}").json["status"]) == ("withdrawn", "withdrawn")
    assert owner.get(f"/money/statements/{key}").json["status"] == "frozen"


def test_income_by_order_says_which_fees_made_it(app: Flask, place: Restaurant, owner: Worker) -> None:
    order = place.paid(Shopper(app, "wang"), ("鲜虾粥", 1))
    place.serve(order)
    refund(app, order["id"], 900)
    page = owner.get("/money/income", limit=1).json
    [income] = page["items"]
    assert {name: income[name] for name in ("order_number", "trade", "released", "earned", "given_back", "net")} == {
        "order_number": order["number"], "trade": "dining", "released": False, "earned": 1748, "given_back": 828, "net": 920,
    }
    assert [(fee["rule"], fee["base"], fee["ppm"], fee["amount"], fee["adjusted"], fee["returned"]) for fee in income["fees"]] == [
        ("点餐佣金 v1", 1800, 80_000, 144, 0, 72), ("点餐佣金 v1", 100, 80_000, 8, 0, 0),
    ]
    [before] = owner.get("/money/income", limit=1, after=page["next"]).json["items"]
    assert (before["released"], before["net"]) == (True, 3496)
    assert owner.get("/money/income", first="2026-01-01", last="2026-01-31").json == {"items": [], "next": None}
    assert refusal(owner.get("/money/income", after="nonsense")) == (422, "page.bad_cursor", ["after"])


def test_pages_end_where_the_next_begins(app: Flask, place: Restaurant, owner: Worker) -> None:
    for _ in range(3):
        assert owner.post("/money/withdrawals", {**ASKED, "amount": 100}).status_code == 201
    first = owner.get("/money/withdrawals", limit=2).json
    second = owner.get("/money/withdrawals", limit=2, after=first["next"]).json
    ids = [each["id"] for each in (*first["items"], *second["items"])]
    assert ids == sorted(ids, reverse=True) and len(ids) == 3 and second["next"] is None


def test_another_merchants_things_are_not_found(app: Flask, place: Restaurant, owner: Worker) -> None:
    asked = owner.post("/money/withdrawals", ASKED).json["id"]
    statement_waits(app)
    key = owner.get("/money/statements").json["items"][0]["id"]
    stranger = Worker(app, restaurant(app, "半亩茶餐厅").house)
    for answer in (
        stranger.get(f"/money/statements/{key}"), stranger.get(f"/money/statements/{key}/lines"), stranger.post(f"/money/statements/{key}/confirm"),
        stranger.post(f"/money/statements/{key}/disputes", {"claimed": 1, "reason": "试"}), stranger.post(f"/money/withdrawals/{asked}/cancel"),
        stranger.get("/money/disputes/1"),
    ):
        assert refusal(answer) == (404, "not_found", [])
    for path in ("statements", "withdrawals", "income"):
        assert stranger.get(f"/money/{path}").json["items"] == []
    assert owner.get(f"/money/statements/{key}").json["status"] == "confirming" and money(app, place) == (2496, 1000)


@pytest.mark.parametrize("role", ["Manager", "Cashier", "Kitchen"])
def test_a_role_can_do_what_it_does_in_the_console(app: Flask, place: Restaurant, role: str) -> None:
    teller, console = Worker(app, place.house, role), sign_in(app, place.house.members[role])
    for page, path in (("/statements/", "statements"), ("/withdrawals/", "withdrawals")):
        assert teller.get(f"/money/{path}").status_code == console.get(page).status_code, path
    assert console.get("/withdrawals/new").status_code == 403
    assert refusal(teller.post("/money/withdrawals", ASKED)) == (403, "forbidden", [])
    assert money(app, place) == (3496, 0)


def test_a_courier_has_its_own_money_and_not_the_merchants(app: Flask, place: Restaurant, owner: Worker) -> None:
    browser, li = sign_in(app, place.house.members["Courier"]), Shopper(app, "wang")
    order, pk = delivery(place, li)
    browser.post(f"/delivery/{pk}/take")
    browser.post(f"/delivery/{pk}/pick-up")
    code = li.get(f"/dining/orders/{order['id']}").json["courier"]["code"]
    assert browser.post(f"/delivery/{pk}/deliver", data={"code": code}).status_code == 303
    courier = Worker(app, place.house, "Courier")
    found = courier.get("/money/balances").json
    assert (found["party"], found["held"], found["available"], found["account"]) == ("courier", 425, 0, None)
    [income] = courier.get("/money/income").json["items"]
    assert (income["order_number"], income["earned"], income["released"]) == (order["number"], 425, False)
    assert refusal(courier.get("/money/statements")) == (403, "forbidden", [])
    theirs = owner.post("/money/withdrawals", ASKED).json["id"]
    assert courier.get("/money/withdrawals").json["items"] == []
    assert refusal(courier.post(f"/money/withdrawals/{theirs}/cancel")) == (404, "not_found", [])
    release(app)
    assert refusal(courier.post("/money/withdrawals", {**ASKED, "amount": 400})) == (409, "settlement.no_account", [])
    with app.app_context(), transaction(MAKER):
        account = propose_account(
            owner_kind="courier", owner_id=user_of(app, place.house.members["Courier"]), method="bank", holder="林强", bank_name="青溪农商银行",
            number="6222021234567895678", reason="领配送费", actor=MAKER, now=later(0),
        )
        move(account, "approve", actor=CHECKER, now=later(0))
    asked = courier.post("/money/withdrawals", {**ASKED, "amount": 400})
    assert (asked.status_code, asked.json["status"], courier.get("/money/balances").json["available"]) == (201, "ready", 25)
    assert refusal(owner.post(f"/money/withdrawals/{asked.json['id']}/cancel")) == (404, "not_found", [])
    prove(app)
    send(app)
    assert refusal(courier.post(f"/money/withdrawals/{asked.json['id']}/cancel"))[0] == 409
    with app.app_context():
        enter_scope(EVERYTHING)
        assert {each.owner_kind: each.status for each in db.session.scalars(select(Withdrawal))} == {"merchant": "submitted", "courier": "submitted"}


def test_a_customer_without_a_place_finds_nothing_here(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    for path in ("balances", "withdrawals", "withdrawals/limits", "income", "statements"):
        assert refusal(li.get(f"/money/{path}")) == (403, "member.no_place", []), path
    assert refusal(li.post("/money/withdrawals", ASKED)) == (403, "member.no_place", [])
