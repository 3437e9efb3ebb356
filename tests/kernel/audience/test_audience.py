"""A merchant's own customers: who they are, groups of them, messages to a group, and what others never see."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.audience.jobs import send_broadcast
from app.kernel.audience.models import Broadcast, Delivery, Patron
from tests.support.people import SETUP, Shopper, merchant, sign_in
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant that serves."""
    return restaurant(app)


def served(place: Restaurant, shopper: Shopper, portions: int = 1) -> dict[str, Any]:
    order = place.paid(shopper, ("牛肉面", portions))
    place.serve(order)
    return order


def owner(app: Flask, place: Restaurant) -> Any:
    return sign_in(app, place.house.members["Owner"])


def patrons(app: Flask) -> list[tuple[str, int, int]]:
    with app.app_context(), transaction(SETUP) as session:
        return [(each.label, each.orders, each.spent) for each in session.scalars(select(Patron).order_by(Patron.id))]


def segment(browser: Any, name: str, **rules: str) -> int:
    answer = browser.post("/segments/new", data={"name": name, "least_orders": "0", "least_spent": "0", **rules})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return int(re.search(r"/segments/(\d+)", answer.headers["Location"])[1])


def broadcast(browser: Any, group: int, words: str = "周五买一送一") -> int:
    answer = browser.post("/broadcasts/new", data={"segment_id": str(group), "title": "本周优惠", "words": words, "page": "pages/dining/shop?id=1"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return int(re.search(r"/broadcasts/(\d+)", answer.headers["Location"])[1])


def counts(app: Flask, key: int) -> tuple[str, int, int]:
    with app.app_context(), transaction(SETUP) as session:
        found = session.get_one(Broadcast, key)
        return found.status, found.reached, found.skipped


@pytest.mark.covers("dining.F3")
def test_who_bought_is_a_patron_with_what_was_spent(app: Flask, place: Restaurant) -> None:
    li, wang = Shopper(app, "li"), Shopper(app, "wang")
    first = served(place, li, 2)
    served(place, li)
    served(place, wang)
    place.paid(wang, ("鲜虾粥", 1))  # not completed: counts for nothing
    assert patrons(app) == [("li", 2, 2700 + 1350), ("wang", 1, 1350)]
    assert li.post(f"/dining/orders/{first['id']}/refunds", {"reason": "凉了"}).status_code == 201
    with app.app_context(), transaction(SETUP) as session:
        case = session.execute(text("SELECT id FROM after_refund_case")).scalar_one()
    assert owner(app, place).post(f"/refunds/{case}/move/grant").status_code == 303
    assert patrons(app)[0] == ("li", 2, 1350)


def test_a_group_is_who_fits_and_its_message_comes_once(app: Flask, place: Restaurant) -> None:
    li, wang, wu = Shopper(app, "li"), Shopper(app, "wang"), Shopper(app, "wu")
    for shopper in (li, li, wang, wu):
        served(place, shopper)
    assert wu.post(f"/merchants/{place.house.merchant_id}/mute").json == {"muted": True}
    browser = owner(app, place)
    all_of_them, often = segment(browser, "所有人"), segment(browser, "常客", least_orders="2")
    assert "2" in browser.get("/segments/").get_data(as_text=True)
    key = broadcast(browser, all_of_them)
    assert counts(app, key) == ("draft", 0, 0)
    assert browser.post(f"/broadcasts/{key}/move/send").status_code == 303
    run_waiting(app, only="send_broadcast")
    assert counts(app, key) == ("sent", 2, 1)
    for shopper, wanted in ((li, 1), (wang, 1), (wu, 0)):
        assert [each["title"] for each in shopper.get("/messages").json["items"]].count("本周优惠") == wanted
    with app.app_context():
        send_broadcast(key)
    assert counts(app, key) == ("sent", 2, 1)
    second = broadcast(browser, often)
    assert browser.post(f"/broadcasts/{second}/move/send").status_code == 303
    run_waiting(app, only="send_broadcast")
    assert counts(app, second) == ("sent", 1, 0)
    third = broadcast(browser, all_of_them)
    browser.post(f"/broadcasts/{third}/move/send")
    run_waiting(app, only="send_broadcast")
    assert counts(app, third) == ("sent", 1, 2)  # li has had two this week, wu wants none
    assert wu.post(f"/merchants/{place.house.merchant_id}/unmute").json == {"muted": False}
    served(place, li)
    page = browser.get(f"/broadcasts/{key}").get_data(as_text=True)
    assert "¥13.50" in page  # what li bought after it came


def test_a_worker_that_dies_in_the_middle_goes_on(app: Flask, place: Restaurant, monkeypatch: pytest.MonkeyPatch) -> None:
    shoppers = [Shopper(app, f"c{number}") for number in range(5)]
    for shopper in shoppers:
        served(place, shopper)
    browser = owner(app, place)
    key = broadcast(browser, segment(browser, "所有人"))
    browser.post(f"/broadcasts/{key}/move/send")
    monkeypatch.setattr("app.kernel.audience.operations.AT_ONCE", 2)
    leave, left = __import__("app.kernel.audience.operations", fromlist=["leave_message"]).leave_message, []

    def dies(*given: Any, **named: Any) -> Any:
        left.append(given)
        if len(left) == 4:
            raise RuntimeError("killed")
        return leave(*given, **named)

    monkeypatch.setattr("app.kernel.audience.operations.leave_message", dies)
    with pytest.raises(RuntimeError), app.app_context():
        send_broadcast(key)
    assert counts(app, key) == ("sending", 2, 0)
    with app.app_context():
        send_broadcast(key)
    assert counts(app, key) == ("sent", 5, 0)
    for shopper in shoppers:
        assert [each["title"] for each in shopper.get("/messages").json["items"]].count("本周优惠") == 1


@pytest.mark.parametrize(
    ("rules", "people"),
    [
        ({}, 3), ({"least_orders": "2"}, 1), ({"most_orders": "1"}, 2), ({"least_spent": "20"}, 1), ({"within_days": "7"}, 2), ({"silent_days": "30"}, 1),
        ({"tag": "不吃辣"}, 1), ({"least_orders": "2", "silent_days": "30"}, 0),
    ],
)
def test_every_bound_of_a_group(app: Flask, place: Restaurant, rules: dict[str, str], people: int) -> None:
    li, wang, wu = Shopper(app, "li"), Shopper(app, "wang"), Shopper(app, "wu")
    for shopper in (li, li, wang, wu):
        served(place, shopper)
    browser = owner(app, place)
    with app.app_context(), transaction(SETUP) as session:
        keys = list(session.scalars(select(Patron.id).order_by(Patron.id)))
        session.get_one(Patron, keys[2]).last_at = datetime.now(UTC) - timedelta(days=40)
    assert browser.post(f"/patrons/{keys[1]}/edit", data={"tags": "不吃辣，常客", "note": "靠窗", "version": "1"}).status_code == 303
    page = browser.get(f"/segments/{segment(browser, '一组', **rules)}").get_data(as_text=True)
    assert re.search(rf"多少人</dt>\s*<dd[^>]*>\s*{people}\b", page), re.findall(r"多少人</dt>\s*<dd[^>]*>[^<]*", page)


def test_what_is_refused_changes_nothing(app: Flask, place: Restaurant) -> None:
    served(place, Shopper(app))
    browser = owner(app, place)
    group = segment(browser, "所有人")
    again = browser.post("/segments/new", data={"name": "所有人", "least_orders": "0", "least_spent": "0"})
    assert "已经有一个叫“所有人”的分组" in again.get_data(as_text=True)
    answer = browser.post("/broadcasts/new", data={"segment_id": str(group), "title": "加微信", "words": "返现好评"})
    assert (answer.status_code, "不能写" in answer.get_data(as_text=True)) == (422, True)
    with app.app_context(), transaction(SETUP) as session:
        assert (session.scalars(select(Broadcast)).all(), session.scalars(select(Delivery)).all()) == ([], [])
        key = session.scalars(select(Patron.id)).one()
    assert browser.post(f"/patrons/{key}/edit", data={"tags": " ".join("abcdefghi"), "note": "", "version": "1"}).status_code == 422
    stranger = sign_in(app, merchant(app, "别家").members["Owner"])
    assert (stranger.get(f"/patrons/{key}").status_code, stranger.get(f"/segments/{group}").status_code) == (404, 404)
    assert "所有人" not in stranger.get("/segments/").get_data(as_text=True)
    assert stranger.post("/broadcasts/new", data={"segment_id": str(group), "title": "t", "words": "w"}).status_code == 422
