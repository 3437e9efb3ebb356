"""What customers are told: the inbox at once, subscribe messages as far as they agreed, not at night, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests
from flask import Flask
from sqlalchemy import select, text

from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.inbox.jobs import push_message
from app.kernel.inbox.models import Consent, CustomerMessage
from app.kernel.inbox.operations import leave_message
from app.kernel.inbox.rules import fitting, not_at_night
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant that serves."""
    return restaurant(app)


def inbox(shopper: Shopper) -> list[tuple[str, str]]:
    return [(each["kind"], each["title"]) for each in shopper.get("/messages").json["items"]]


def pushes(app: Flask) -> list[tuple[str, dict[str, str]]]:
    with app.app_context(), transaction(SETUP) as session:
        return [(each.push, each.push_data) for each in session.scalars(select(CustomerMessage).order_by(CustomerMessage.id)) if each.push]


def subscribe(app: Flask, kind: str, template: str, lines: str) -> None:
    """Staff give the kind a template of WeChat's, in the console."""
    with app.app_context(), transaction(SETUP) as session:
        key = session.execute(text("SELECT id FROM notice_template WHERE kind = :kind"), {"kind": kind}).scalar_one()
    operator = staff(app, "Operator")
    answer = operator.post(f"/notices/{key}/edit", data={"active": "y", "subscribe_id": template, "subscribe_fields": lines, "version": "1"})
    assert answer.status_code == 303, answer.get_data(as_text=True)


@pytest.mark.covers("dining.E6")
def test_the_customer_hears_how_the_order_goes(app: Flask, place: Restaurant) -> None:
    shopper, other = Shopper(app), Shopper(app, "wang")
    order = place.paid(shopper, ("牛肉面", 1))
    place.serve(order)
    assert inbox(shopper) == [("dining.ready", "老巷子砂锅粥：可以取餐了"), ("dining.accepted", "老巷子砂锅粥接单了")]
    page = shopper.get("/messages").json
    assert (page["unread"], page["items"][0]["page"]) == (2, f"pages/dining/order?id={order['id']}")
    assert shopper.post(f"/messages/{page['items'][0]['id']}/read").json == {"unread": 1}
    assert other.post(f"/messages/{page['items'][1]['id']}/read").status_code == 404
    assert other.get("/messages").json == {"items": [], "unread": 0, "next": None}
    assert shopper.post("/messages/read").json == {"unread": 0}
    place.move(place.paid(shopper, ("牛肉面", 1))["id"], "reject", reason="今天打烊了")
    assert shopper.get("/messages", limit=1).json["items"][0]["words"].endswith("今天打烊了")


def test_a_message_is_pushed_once_for_each_yes(app: Flask, place: Restaurant, gateway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kernel.inbox.operations.not_at_night", lambda *_: None)
    subscribe(app, "dining.accepted", "TPL-ACCEPTED-1", "thing1={shop}\ncharacter_string2={order}")
    shopper = Shopper(app)
    assert shopper.post("/messages/agreed", {"kinds": {"dining.accepted": 1, "nonsense": 0}}).json == {"kinds": {"dining.accepted": 1}}
    first, second = place.paid(shopper, ("牛肉面", 1)), place.paid(shopper, ("牛肉面", 1))
    for order in (first, second):
        place.move(order["id"], "accept")
    assert pushes(app) == [("waiting", {"thing1": "老巷子砂锅粥", "character_string2": first["number"]})]
    run_waiting(app, only="push_message")
    assert [push for push, _ in pushes(app)] == ["sent"]
    assert shopper.get("/messages/agreed").json == {"kinds": {"dining.accepted": 0}}
    told = requests.get(f"{gateway}/sandbox/messages.json", timeout=5).json()["messages"]
    mine = [each for each in told if each["template"] == "TPL-ACCEPTED-1" and each["params"]["character_string2"] == first["number"]]
    assert len(mine) == 1
    with app.app_context(), transaction(SETUP) as session:
        key = session.scalars(select(CustomerMessage.id).where(CustomerMessage.push == "sent")).one()
    with app.app_context():
        push_message(key)
    again = requests.get(f"{gateway}/sandbox/messages.json", timeout=5).json()["messages"]
    assert len([each for each in again if each["params"].get("character_string2") == first["number"]]) == 1


def test_who_took_it_back_is_not_asked_again(app: Flask, place: Restaurant, gateway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kernel.inbox.operations.not_at_night", lambda *_: None)
    subscribe(app, "dining.accepted", "TPL-ACCEPTED-2", "thing1={shop}")
    token = app.test_client().post("/api/v1/sign-in/wechat", json={"code": "demo-shy"}).json["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "agree-shy-once-1"}
    app.test_client().post("/api/v1/messages/agreed", json={"kinds": {"dining.accepted": 2}}, headers=headers)
    with app.app_context(), transaction(SETUP) as session:
        customer = session.scalars(select(Consent.customer_id)).one()
        leave_message(customer, kind="dining.accepted", title="接单了", words="", template="TPL-ACCEPTED-2", data={"thing1": "店"}, now=NOON)
    run_waiting(app, only="push_message")
    assert pushes(app) == [("refused", {"thing1": "店"})]


def test_twenty_messages_at_once_take_five_yeses(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    shopper.post("/messages/agreed", {"kinds": {"k": 5}})

    def leave(_: int) -> str:
        with app.app_context(), transaction(SETUP):
            return leave_message(shopper.id, kind="k", title="t", words="w", template="T", data={"thing1": "x"}, now=NOON).push

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(leave, range(20)))
    assert (answers.count("waiting"), answers.count("")) == (5, 15)
    assert shopper.get("/messages/agreed").json == {"kinds": {"k": 0}}


@pytest.mark.parametrize(("lines", "says"), [("thing1", "不对"), ("foo1={shop}", "不对"), ("thing1={nobody}", "没有 {nobody} 这个变量"), ("thing1=", "不对")])
def test_lines_that_would_not_do_are_refused(app: Flask, place: Restaurant, lines: str, says: str) -> None:
    with app.app_context(), transaction(SETUP) as session:
        key = session.execute(text("SELECT id FROM notice_template WHERE kind = 'dining.accepted'")).scalar_one()
    answer = staff(app, "Operator").post(f"/notices/{key}/edit", data={"active": "y", "subscribe_id": "T", "subscribe_fields": lines, "version": "1"})
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("hour", "sleeps", "wakes", "waits"),
    [(12, 22, 8, None), (22, 22, 8, 10), (23, 22, 8, 9), (3, 22, 8, 5), (8, 22, 8, None), (3, 8, 8, None), (13, 12, 14, 1), (14, 12, 14, None)],
)
def test_nobody_is_woken(hour: int, sleeps: int, wakes: int, waits: int | None) -> None:
    moment = datetime(2026, 11, 24, (hour - 8) % 24, 0, tzinfo=UTC)  # Shanghai is eight hours ahead
    found = not_at_night(moment, sleeps, wakes)
    assert (None if found is None else (found - moment).total_seconds() / 3600) == waits


def test_values_fit_their_fields() -> None:
    data = {"thing1": "字" * 25, "phrase2": "正在配送中", "character_string3": "D" * 40, "thing4": ""}
    assert fitting(data) == {"thing1": "字" * 19 + "…", "phrase2": "正在配送中", "character_string3": "D" * 31 + "…", "thing4": "-"}


def test_members_of_a_merchant_do_not_see_messages_of_others(app: Flask, place: Restaurant) -> None:
    assert sign_in(app, place.house.members["Owner"]).get("/notices/").status_code == 403
