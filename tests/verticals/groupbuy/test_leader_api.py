"""A leader in the mini-program alone: joins, learns, opens, counts, hands out, is paid; sees and touches nothing of another leader."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, save, transaction
from app.framework.flow import move
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations.reviewing import claim_case, decide
from app.kernel.approvals.rules import credit_check
from app.kernel.training.models import TrainingCourse, TrainingLesson, TrainingQuestion
from app.verticals.groupbuy.models import GroupbuyOrder, Leader
from tests.kernel.settlement.world import payee, release
from tests.support.people import PASSWORD, SETUP, Shopper, Worker, everything, sign_in
from tests.support.pictures import picture
from tests.verticals.groupbuy.world import Town, together, town

FIRM = {
    "category": "leader", "company": "青溪春梅便利店", "credit_code": "91330106MA2XK7QT3" + credit_check("91330106MA2XK7QT3"), "legal_person": "周春梅",
    "contact_name": "周春梅", "contact_phone": "13800138009", "address": "竹苑路 1 号", "bank_name": "青溪农商银行", "bank_account": "6222020000001233307",
}


@pytest.fixture
def place(app: Flask) -> Town:
    return town(app)


@pytest.fixture
def leader(app: Flask, place: Town) -> Worker:
    return Worker(app, place.leader)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def course(app: Flask) -> int:
    """A course of one page and two questions for leaders; its key."""
    with app.app_context(), transaction(SETUP):
        made = save(TrainingCourse(trade="groupbuy", category="leader", title="团长上岗课", pass_percent=80))
        save(TrainingLesson(course_id=made.id, title="点货", body="一件一件点"))
        for number, right in enumerate(([0], [0, 2])):
            save(TrainingQuestion(course_id=made.id, position=number, words=f"第 {number + 1} 题", options=["对", "错", "都行"], right=right))
        move(made, "open", actor=SETUP, now=datetime.now(UTC))
        return made.id


def newest_code(app: Flask) -> str:
    """The six digits on their way to the provider."""
    with app.app_context():
        enter_scope(EVERYTHING)
        statement = text("SELECT args ->> 'code' FROM procrastinate_jobs WHERE task_name = 'send_text_message' ORDER BY id DESC LIMIT 1")
        return str(db.session.execute(statement).scalar_one())


def joined(app: Flask, shopper: Shopper) -> Any:
    """The answer to a newcomer who has read the code from the phone."""
    assert shopper.post("/joining/phone-code", {"phone": "13800138009"}).json == {"expires_in": 300}
    return shopper.post("/joining", {
        "trade": "groupbuy", "name": "春梅团长", "last_name": "周", "first_name": "春梅", "phone": "13800138009", "code": newest_code(app),
        "username": "chunmei", "password": PASSWORD,
    })


def hand_in(shopper: Shopper, kind: str) -> Any:
    form = {"kind": kind, "file": (io.BytesIO(picture()), "paper.jpg")}
    return shopper.client.post("/api/v1/applications/groupbuy/documents", data=form, headers=shopper.headers(), content_type="multipart/form-data")


def approve(app: Flask) -> None:
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(Case.id).where(Case.kind == "groupbuy.application", Case.status == "waiting")).one()
        claim_case(case, actor=everything(), now=datetime.now(UTC))
        decide(case, "approve", actor=everything(), now=datetime.now(UTC))


def arrived(place: Town, shopper: Shopper, *wishes: tuple[str, int], **more: Any) -> dict[str, Any]:
    """An order that has come to the leader, counted whole."""
    placed = place.paid(shopper, *wishes, **more)
    found = place.cut_off()
    place.bring(found)
    place.check_in(found, place.leader)
    return place.seen(shopper, placed["id"])


@pytest.mark.covers("groupbuy.S1", "groupbuy.F1", "groupbuy.E1", "groupbuy.E7")
def test_a_newcomer_becomes_a_leader_without_the_console(app: Flask, place: Town) -> None:
    me, key = Shopper(app, "chunmei"), course(app)
    assert (me.get("/applications/groupbuy").status_code, me.get("/applications/groupbuy").json["code"]) == (403, "member.no_place")
    answer = joined(app, me)
    assert (answer.status_code, answer.json["status"], answer.json["categories"][0]) == (201, "draft", {"name": "leader", "label": "团长"})
    assert [each["kind"] for each in answer.json["demands"]] == ["id_card", "business_licence", "food_permit"]
    assert "documents.id_card" in {each["field"] for each in answer.json["missing"]}
    again = me.post("/joining", {
        "trade": "groupbuy", "name": "又一家", "last_name": "周", "first_name": "春梅", "phone": "13800138009", "code": "000000", "username": "chunmei2",
        "password": PASSWORD,
    })
    assert (again.status_code, again.json["code"]) == (409, "application.works_already")

    wrong = me.post("/applications/groupbuy", {**FIRM, "bank_account": "12", "version": answer.json["version"]})
    assert (wrong.status_code, [each["field"] for each in wrong.json["errors"]]) == (422, ["bank_account"])
    kept = me.post("/applications/groupbuy", {**FIRM, "version": answer.json["version"]})
    assert kept.status_code == 200, kept.json
    assert (kept.json["values"]["company"], kept.json["values"]["bank_account"]) == ("青溪春梅便利店", "**** 3307")
    assert me.post("/applications/groupbuy", {**FIRM, "version": answer.json["version"]}).status_code == 409
    early = me.post("/applications/groupbuy/submit")
    assert (early.status_code, [each["field"] for each in early.json["errors"]]) == (422, ["documents.id_card"])
    assert hand_in(me, "passport").json["code"] == "document.not_demanded"
    assert [len(hand_in(me, "id_card").json["documents"]) for _ in range(2)] == [1, 2]
    assert hand_in(me, "id_card").json["code"] == "document.too_many"
    papers = me.get("/applications/groupbuy").json
    left = me.post(f"/applications/groupbuy/documents/{papers['documents'][0]['id']}/remove").json
    assert ([each["id"] for each in left["documents"]], left["missing"]) == ([papers["documents"][1]["id"]], [])
    assert me.post("/applications/groupbuy/submit").json["status"] == "submitted"
    assert me.get("/groupbuy/leader").status_code == 403  # the merchant is in no trade yet
    approve(app)
    assert me.get("/applications/groupbuy").json["status"] == "approved"

    own = me.get("/groupbuy/leader").json
    assert (own["status"], [each["name"] for each in own["missing"]], own["moves"]) == ("preparing", ["community", "point", "training"], ["open"])
    refused = me.post("/groupbuy/leader/open")
    assert (refused.status_code, refused.json["code"]) == (409, "groupbuy.not_ready")
    assert me.get("/groupbuy/leader/communities").json["items"] == [{"id": place.community_id, "name": "竹苑小区"}]
    settings = {"name": "春梅", "community_id": place.community_id, "point": "5 栋快递柜旁", "hours": "18:00–21:00", "delivers": True}
    assert me.post("/groupbuy/leader", {**settings, "version": own["version"]}).json["community"] == "竹苑小区"
    stale = me.post("/groupbuy/leader", {**settings, "version": own["version"]})
    assert (stale.status_code, stale.json["code"]) == (409, "conflict")

    page = me.get(f"/training/courses/{key}").json
    assert (page["title"], [each["several"] for each in page["questions"]]) == ("团长上岗课", [False, True])
    assert "right" not in page["questions"][0]
    chosen = [{"question_id": each["id"], "places": places} for each, places in zip(page["questions"], ([0], [0, 2]), strict=True)]
    unread = me.post(f"/training/courses/{key}/answers", {"answers": chosen})
    assert (unread.status_code, unread.json["code"]) == (409, "training.read_first")
    assert me.post(f"/training/courses/{key}/lessons/{page['lessons'][0]['id']}/read").json["read"] == 1
    assert me.post(f"/training/courses/{key}/answers", {"answers": chosen[:1]}).json == {"correct": 1, "asked": 2, "passed": False}
    assert me.post(f"/training/courses/{key}/answers", {"answers": chosen}).json == {"correct": 2, "asked": 2, "passed": True}
    assert [(each["tries"], each["best"]) for each in me.get("/training/courses").json["items"]] == [(2, 100)]

    opened = me.post("/groupbuy/leader/open").json
    assert (opened["status"], opened["missing"], opened["moves"]) == ("open", [], ["pause"])
    assert Shopper(app, "li").get(f"/groupbuy/leaders/{opened['share_code']}").json["open"] is True
    assert me.post("/groupbuy/leader/pause").json["status"] == "paused"


@pytest.mark.covers("groupbuy.S2", "groupbuy.S4", "groupbuy.S5", "groupbuy.F3", "groupbuy.E6", "groupbuy.E7")
def test_a_whole_day_of_a_leader(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    zhang = Shopper(app, "zhang")
    with app.app_context(), transaction(SETUP) as session:
        session.scalars(select(Leader).where(Leader.share_code == place.codes[0])).one().delivers = True
    first = place.paid(li, ("蓝莓", 2), ("鸡蛋", 1))
    home = place.paid(zhang, ("蓝莓", 3), service="delivery", address="2 栋 301", phone="13900139001")
    place.paid(zhang, ("土豆", 1), leader=1)
    day = leader.get("/groupbuy/leader/day").json
    assert (day["orders"], day["paid"], day["commission"], day["pending"], day["available"]) == (2, 8650, 692, 0, 0)
    assert [(each["status"], each["orders"], each["pieces"], each["paid"]) for each in day["rounds"]] == [("open", 2, 6, 8650)]
    assert {each["title"]: each["pieces"] for each in day["rounds"][0]["goods"]} == {"蓝莓": 5, "鸡蛋": 1}
    assert day["sheets"] == []

    found = place.cut_off()
    assert leader.get("/groupbuy/leader/day").json["rounds"][0]["status"] == "closed"
    place.bring(found)
    day = leader.get("/groupbuy/leader/day").json
    sheet = day["sheets"][0]
    assert (len(day["sheets"]), sheet["pieces"], {each["title"]: each["expected"] for each in sheet["lines"]}) == (1, 6, {"蓝莓": 5, "鸡蛋": 1})
    lines = {each["title"]: each["id"] for each in sheet["lines"]}
    path = f"/groupbuy/leader/sheets/{sheet['id']}/check-in"
    twice = leader.post(path, {"lines": [{"line_id": lines["蓝莓"], "counted": 4}, {"line_id": lines["蓝莓"], "counted": 5}]})
    assert (twice.status_code, twice.json["errors"][0]["field"]) == (422, "lines")
    much = leader.post(path, {"lines": [{"line_id": lines["蓝莓"], "counted": 6}]})
    assert (much.status_code, much.json["errors"][0]["field"]) == (422, f"line-{lines['蓝莓']}")
    assert leader.get("/groupbuy/leader/parcels").json["items"] == []
    body = {"lines": [{"line_id": lines["蓝莓"], "counted": 4}]}  # a box of the five came crushed
    for _ in range(2):
        counted = leader.post(path, body, key="counted-once")
        assert (counted.status_code, {each["title"]: each["short"] for each in counted.json["lines"]}) == (200, {"蓝莓": 1, "鸡蛋": 0})
    assert (leader.post(path, body).status_code, leader.post(path, body).json["code"]) == (409, "groupbuy.not_to_be_counted")
    assert place.seen(zhang, home["id"])["refunded"] == 1250  # who ordered last

    items = leader.get("/groupbuy/leader/parcels").json["items"]
    assert [(each["resident"], each["service"], each["late"]) for each in items] == [("li", "pickup", False), ("zhang", "delivery", False)]
    assert [(each["title"], each["pieces"]) for each in items[1]["lines"]] == [("蓝莓", 2)]
    assert (items[1]["address"], items[1]["phone"]) == ("2 栋 301", "13900139001")
    found_by = {words: [each["id"] for each in leader.get("/groupbuy/leader/parcels", q=words).json["items"]] for words in ("li", "9001", first["number"], "1")}
    assert found_by == {"li": [first["id"]], "9001": [home["id"]], first["number"]: [first["id"]], "1": []}

    page = sign_in(app, place.leader.members["Owner"]).get("/groupbuy/day/?q=9001").get_data(as_text=True)  # the console finds the same
    assert (f'/groupbuy/orders/{home["id"]}"' in page, f'/groupbuy/orders/{first["id"]}"' in page) == (True, False)

    code = place.seen(li, first["id"])["code"]
    wrong = leader.post("/groupbuy/leader/hand-over", {"code": "ZZZZZZ"})
    assert (wrong.status_code, wrong.json["code"], wrong.json["errors"][0]["field"]) == (409, "groupbuy.wrong_code", "code")
    by_hand = leader.post(f"/groupbuy/leader/parcels/{home['id']}/hand-over", {"code": code})
    assert (by_hand.status_code, by_hand.json["code"]) == (409, "flow.wrong_state")
    done = leader.post("/groupbuy/leader/hand-over", {"code": code.lower()})
    assert (done.status_code, done.json["id"], done.json["status"], done.json["closes_at"]) == (200, first["id"], "done", None)
    assert leader.post("/groupbuy/leader/hand-over", {"code": code}).json["code"] == "groupbuy.wrong_code"
    brought = leader.post(f"/groupbuy/leader/parcels/{home['id']}/deliver")
    assert (brought.status_code, brought.json["status"]) == (200, "done")
    assert leader.get("/groupbuy/leader/parcels").json["items"] == []
    day = leader.get("/groupbuy/leader/day").json
    assert (day["commission"], day["pending"], day["waiting"], day["rounds"]) == (592, 592, 0, [])  # 8 % of 12.50 less

    picture_of_code = leader.get("/groupbuy/leader/code.png")
    assert (picture_of_code.mimetype, picture_of_code.data[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert "¥12.50" in leader.get("/groupbuy/leader/poster.svg").get_data(as_text=True)


def test_a_parcel_that_waits_since_yesterday_is_late(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    order = arrived(place, li, ("土豆", 1))
    assert leader.get("/groupbuy/leader/parcels", late="true").json["items"] == []
    with app.app_context(), transaction(SETUP) as session:
        came = session.get_one(GroupbuyOrder, order["id"]).arrived_at
    assert came is not None
    with clock.at(came + timedelta(days=1)):
        late = leader.get("/groupbuy/leader/parcels", late="true").json["items"]
        assert leader.get("/groupbuy/leader/day").json["late"] == 1
    assert [(each["id"], each["late"]) for each in late] == [(order["id"], True)]
    assert datetime.fromisoformat(late[0]["closes_at"]) == came + timedelta(days=3)


def test_parcels_come_in_pages_and_the_day_counts_them_all(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    """Those of one sheet arrived at the same instant: a page ends between them."""
    together_paid = [place.paid(li, ("土豆", 1))["id"] for _ in range(3)]
    found = place.cut_off()
    place.bring(found)
    place.check_in(found, place.leader)
    place.hand_over(place.leader, place.seen(li, together_paid[0])["code"])
    later = arrived(place, li, ("土豆", 1))["id"]
    with app.app_context(), transaction(SETUP) as session:
        session.get_one(GroupbuyOrder, later).arrived_at = datetime.now(UTC) + timedelta(days=1)
    first = leader.get("/groupbuy/leader/parcels", limit=1).json
    assert ([each["id"] for each in first["items"]], first["next"]) == (together_paid[1:2], together_paid[1])
    assert leader.post(f"/groupbuy/leader/parcels/{first['next']}/hand-over", {"code": place.seen(li, first["next"])["code"]}).status_code == 200
    rest = leader.get("/groupbuy/leader/parcels", limit=2, after=first["next"]).json
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([together_paid[2], later], None), "a parcel that is gone still marks the place"
    with clock.at(datetime.now(UTC) + timedelta(days=1)):
        day = leader.get("/groupbuy/leader/day").json
        late = leader.get("/groupbuy/leader/parcels", late="true", after=first["next"]).json
    assert (day["waiting"], day["late"], [each["id"] for each in late["items"]]) == (2, 1, [together_paid[2]])
    stranger = Worker(app, place.second)
    assert stranger.get("/groupbuy/leader/parcels", after=first["next"]).json == {"items": [], "next": None}


def test_wrong_codes_of_a_parcel_are_counted_and_lock_it(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    order = arrived(place, li, ("土豆", 1))
    path = f"/groupbuy/leader/parcels/{order['id']}/hand-over"
    assert [leader.post(path, {"code": "ZZZZZZ"}).json["code"] for _ in range(9)] == ["groupbuy.wrong_code"] * 8 + ["groupbuy.code_locked"]
    assert (leader.post(path, {"code": order["code"]}).status_code, place.order(order["id"], "status", "code_tries")) == (429, ("arrived", 8))


@pytest.mark.covers("groupbuy.F1", "groupbuy.F5", "groupbuy.E5")
def test_commission_by_order_is_what_the_ledger_says_and_is_taken_out(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    kept = arrived(place, li, ("蓝莓", 20))
    assert leader.post("/groupbuy/leader/hand-over", {"code": kept["code"]}).status_code == 200
    gone = place.paid(li, ("鸡蛋", 1))
    assert li.post(f"/groupbuy/orders/{gone['id']}/cancel").status_code == 200
    waits = place.paid(li, ("土豆", 1))
    page = leader.get("/groupbuy/leader/commission", limit=2).json
    assert [(each["order_id"], each["commission"], each["returned"], each["state"]) for each in page["items"]] == [
        (waits["id"], 24, 0, "expected"), (gone["id"], 192, 192, "clawed_back"),
    ]
    rest = leader.get("/groupbuy/leader/commission", after=page["next"]).json
    assert [(each["order_id"], each["paid"], each["earned"], each["state"]) for each in rest["items"]] == [(kept["id"], 25_000, 2000, "held")]
    assert (rest["next"], rest["totals"]) == (None, {"expected": 24, "held": 2000, "released": 0, "clawed_back": 192})
    assert leader.get("/money/balances").json["held"] == place.money()["leader"] == 2000

    release(app)
    payee(app)
    totals = leader.get("/groupbuy/leader/commission").json["totals"]
    income = leader.get("/money/balances").json
    assert (totals["held"], totals["released"], income["available"], income["withdrawable"]) == (0, 2000, 2000, 2000)
    assert income["account"] == "青溪农商银行 **** 0123"
    not_me = leader.post("/money/withdrawals", {"amount": 200, "password": "somebody else 1"})
    assert (not_me.status_code, not_me.json["code"], not_me.json["errors"][0]["field"]) == (422, "sign_in.not_you", "password")
    much = leader.post("/money/withdrawals", {"amount": 2001, "password": PASSWORD})
    assert (much.status_code, much.json["code"], much.json["errors"][0]["field"]) == (409, "settlement.more_than_available", "amount")
    for _ in range(2):
        asked = leader.post("/money/withdrawals", {"amount": 2000, "password": PASSWORD}, key="take-it-out-once")
        assert (asked.status_code, asked.json["status"], asked.json["amount"], asked.json["arrives"]) == (201, "ready", 2000, 2000)
    assert [each["id"] for each in leader.get("/money/withdrawals").json["items"]] == [asked.json["id"]]
    income = leader.get("/money/balances").json
    assert (income["available"], income["withdrawing"], income["withdrawable"]) == (0, 2000, 0)
    assert Worker(app, place.second).post(f"/money/withdrawals/{asked.json['id']}/cancel").status_code == 404
    assert leader.post(f"/money/withdrawals/{asked.json['id']}/cancel").json["status"] == "cancelled"
    assert leader.get("/money/balances").json["available"] == 2000


def test_an_account_to_pay_to_is_proposed_and_waits_for_finance(app: Flask, place: Town, leader: Worker) -> None:
    body = {"method": "bank", "holder": "周春梅", "bank_name": "青溪农商银行", "number": "6222020000001233307", "reason": "换卡", "password": PASSWORD}
    wrong = leader.post("/money/accounts", {**body, "number": "12"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "number")
    made = leader.post("/money/accounts", body)
    assert (made.status_code, made.json["label"], made.json["status"]) == (201, "青溪农商银行 **** 3307", "draft")
    assert [each["id"] for each in leader.get("/money/accounts").json["items"]] == [made.json["id"]]
    assert leader.get("/money/balances").json["account"] is None
    assert Worker(app, place.second).get("/money/accounts").json["items"] == []


def test_another_leaders_things_are_not_there(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    order = place.paid(li, ("蓝莓", 1))
    found = place.cut_off()
    place.bring(found)
    sheet = place.sheet(found, "picking", place.leader)
    stranger = Worker(app, place.second)
    assert stranger.get("/groupbuy/leader/day").json["sheets"] == []
    body = {"lines": [{"line_id": sheet["lines"]["蓝莓"], "counted": 0}]}
    assert stranger.post(f"/groupbuy/leader/sheets/{sheet['id']}/check-in", body).status_code == 404
    place.check_in(found, place.leader)
    code = place.seen(li, order["id"])["code"]
    assert stranger.get("/groupbuy/leader/parcels", q="li").json["items"] == []
    assert stranger.post("/groupbuy/leader/hand-over", {"code": code}).json["code"] == "groupbuy.wrong_code"
    assert stranger.post(f"/groupbuy/leader/parcels/{order['id']}/hand-over", {"code": code}).status_code == 404
    assert stranger.post(f"/groupbuy/leader/parcels/{order['id']}/deliver").status_code == 404
    assert stranger.get("/groupbuy/leader/commission").json["items"] == []
    assert place.order(order["id"], "status", "code_tries", "refunded") == ("arrived", 0, 0)
    supplier = Worker(app, place.supplier)
    assert supplier.get("/groupbuy/leader").status_code == 404
    assert li.get("/groupbuy/leader/day").json["code"] == "member.no_place"


def test_a_cashier_hands_out_and_changes_nothing(app: Flask, place: Town, li: Shopper) -> None:
    order = arrived(place, li, ("土豆", 1))
    cashier, kitchen = Worker(app, place.leader, "Cashier"), Worker(app, place.leader, "Kitchen")
    assert kitchen.get("/groupbuy/leader/day").status_code == 403
    assert cashier.post("/groupbuy/leader/pause").status_code == 403
    own = cashier.get("/groupbuy/leader").json
    form = {"name": "我的", "point": "别处", "version": own["version"]}
    assert cashier.post("/groupbuy/leader", form).json["code"] == "forbidden"
    assert (own["status"], cashier.get("/groupbuy/leader").json["point"]) == ("open", "3 栋楼下")
    assert cashier.post(f"/groupbuy/leader/parcels/{order['id']}/hand-over", {"code": order["code"]}).status_code == 200


@pytest.mark.covers("groupbuy.S5")
def test_forty_hand_one_parcel_over_at_once_and_one_does(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    order = arrived(place, li, ("蓝莓", 2))
    clients = [(app.test_client(), leader.headers()) for _ in range(40)]
    ways = ("/groupbuy/leader/hand-over", f"/groupbuy/leader/parcels/{order['id']}/hand-over")

    def hand_over(number: int) -> int:
        client, headers = clients[number]
        return int(client.post(f"/api/v1{ways[number % 2]}", json={"code": order["code"]}, headers=headers).status_code)

    assert sorted(together(40, hand_over)) == [200] + [409] * 39
    assert place.order(order["id"], "status", "code_tries") == ("done", 0)
    assert place.money() == {"leader": 200, "supplier": 1800, "other": 0, "margin": 500}


def test_a_hand_over_that_is_sent_twice_happens_once(app: Flask, place: Town, leader: Worker, li: Shopper) -> None:
    order = arrived(place, li, ("蓝莓", 2))
    first, again = (leader.post("/groupbuy/leader/hand-over", {"code": order["code"]}, key="tapped-twice") for _ in range(2))
    assert (first.status_code, again.status_code, again.headers.get("Idempotent-Replay"), first.json == again.json) == (200, 200, "true", True)
    other = leader.post("/groupbuy/leader/hand-over", {"code": "ABCDEF"}, key="tapped-twice")
    assert (other.status_code, other.json["code"], place.money()["leader"]) == (422, "idempotency.reused", 200)
