"""Listings: what customers find, in Chinese and by place; what they report, and what staff make of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import system
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.approvals.models import Case
from app.kernel.listings.models import Entry, ListingReport
from app.kernel.listings.rules import grams_of, terms_of
from app.verticals.dining.models import Dish
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

RUNNER = system("owner")


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant whose dishes customers find."""
    return restaurant(app)


def found(app: Flask, **query: Any) -> list[str]:
    answer = app.test_client().get("/api/v1/listings", query_string=query)
    assert answer.status_code == 200, answer.json
    return [item["title"] for item in answer.json["items"]]


def dish_id(app: Flask, name: str) -> int:
    with app.app_context(), transaction(SETUP) as session:
        return session.scalars(select(Dish.id).where(Dish.name == name)).one()


def report(shopper: Shopper, key: int, **body: Any) -> Any:
    return shopper.post(f"/listings/dining.dish/{key}/reports", {"reason": "false", "words": "图片是网上的", **body})


@pytest.mark.parametrize(
    ("words", "grams", "terms"),
    [
        ("牛肉面", ["牛", "肉", "面", "牛肉", "肉面"], ["牛肉", "肉面"]),
        ("面", ["面"], ["面"]),
        ("ＷｉＦｉ 房", ["wifi", "房"], ["wifi", "房"]),
        ("5斤 苹果-红富士", ["5", "斤", "苹", "果", "苹果", "红", "富", "士", "红富", "富士"], ["5", "斤", "苹果", "红富", "富士"]),
        ("…——", [], []),
    ],
)
def test_words_become_pairs_of_characters(words: str, grams: list[str], terms: list[str]) -> None:
    assert grams_of(words) == grams
    assert terms_of(words) == terms


@pytest.mark.covers("dining.S2")
def test_customers_find_what_is_on_sale_and_nothing_else(app: Flask, place: Restaurant) -> None:
    assert sorted(found(app)) == ["牛肉面", "砂锅牛肉", "鲜虾粥"]
    assert sorted(found(app, q="牛肉")) == ["牛肉面", "砂锅牛肉"]
    assert found(app, q="牛肉面") == ["牛肉面"]
    assert found(app, q="佛跳墙") == []
    assert found(app, kind="stays.room") == []
    owner = sign_in(app, place.house.members["Owner"])
    key = dish_id(app, "牛肉面")
    with app.app_context(), transaction(SETUP) as session:
        move(session.get_one(Dish, key), "take_off", actor=RUNNER, now=datetime.now(UTC))
    assert sorted(found(app, q="牛肉")) == ["砂锅牛肉"]
    with app.app_context(), transaction(SETUP) as session:
        move(session.get_one(Dish, key), "put_back", actor=RUNNER, now=datetime.now(UTC))
    assert sorted(found(app, q="牛肉")) == ["牛肉面", "砂锅牛肉"]
    assert owner.get("/dining/menu/").status_code == 200


def test_a_slip_of_the_pen_finds_what_is_alike(app: Flask, place: Restaurant) -> None:
    assert found(app, q="砂锅牛腩") == ["砂锅牛肉"]


def test_the_nearest_come_first_within_the_distance(app: Flask, place: Restaurant) -> None:
    with app.app_context(), transaction(SETUP) as session:
        for name, latitude in (("牛肉面", 30.01), ("鲜虾粥", 30.002), ("砂锅牛肉", 31.0)):
            session.execute(text("UPDATE listing_entry SET latitude = :at, longitude = 120 WHERE title = :name"), {"at": latitude, "name": name})
    answer = app.test_client().get("/api/v1/listings", query_string={"near": "30,120", "metres": 5000}).json
    assert [(item["title"], item["metres"]) for item in answer["items"]] == [("鲜虾粥", 222), ("牛肉面", 1112)]


def test_pages_neither_repeat_nor_skip(app: Flask, place: Restaurant) -> None:
    seen, after = [], None
    while True:
        page = app.test_client().get("/api/v1/listings", query_string={"q": "牛肉", "limit": 1, **({"after": after} if after else {})}).json
        seen += [item["title"] for item in page["items"]]
        after = page["next"]
        if not after:
            break
    assert sorted(seen) == ["牛肉面", "砂锅牛肉"]
    refused = app.test_client().get("/api/v1/listings", query_string={"after": "zzz"})
    assert (refused.status_code, refused.json["code"]) == (422, "page.bad_cursor")


@pytest.mark.covers("dining.E2")
def test_a_report_that_holds_takes_it_off_and_back_to_the_desk(app: Flask, place: Restaurant) -> None:
    shopper, key = Shopper(app), dish_id(app, "牛肉面")
    answer = report(shopper, key)
    assert answer.status_code == 201
    assert report(shopper, key).json["code"] == "report.already"
    assert report(Shopper(app, "wang"), key).status_code == 201
    operator = staff(app, "Operator")
    page = operator.get("/reports-of-listings/").get_data(as_text=True)
    assert page.count("牛肉面") >= 2
    number = answer.json["id"]
    assert operator.post(f"/reports-of-listings/{number}/move/uphold", data={"answer": ""}).status_code == 422
    assert found(app, q="牛肉面") == ["牛肉面"]
    assert operator.post(f"/reports-of-listings/{number}/move/uphold", data={"answer": "图片与实物不符"}).status_code == 303
    assert found(app, q="牛肉面") == []
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Dish, key).status == "pending"
        case = session.scalars(select(Case).where(Case.subject_id == key, Case.kind == "dining.dish", Case.status == "waiting")).one()
        assert case.snapshot["name"] == "牛肉面"
        assert session.scalars(select(Entry).where(Entry.subject_id == key)).all() == []
    mine = shopper.get("/listings/reports").json["items"]
    assert [(each["status"], each["answer"], each["subject"]) for each in mine] == [("upheld", "图片与实物不符", "牛肉面 · 老巷子砂锅粥")]


def test_a_report_that_does_not_hold_changes_nothing(app: Flask, place: Restaurant) -> None:
    shopper, key = Shopper(app), dish_id(app, "牛肉面")
    number = report(shopper, key).json["id"]
    operator = staff(app, "Operator")
    assert operator.post(f"/reports-of-listings/{number}/move/dismiss", data={"answer": "图片是店里拍的"}).status_code == 303
    assert found(app, q="牛肉面") == ["牛肉面"]
    assert report(shopper, key).status_code == 201  # a decided report does not stand in the way of the next


def test_reports_that_cannot_be_taken(app: Flask, place: Restaurant) -> None:
    shopper, key = Shopper(app), dish_id(app, "牛肉面")
    assert report(shopper, key, reason="whim").json["code"] == "report.reason_unknown"
    assert report(shopper, 10**9).status_code == 404
    assert shopper.post(f"/listings/dining.nothing/{key}/reports", {"reason": "false"}).status_code == 404
    assert app.test_client().post(f"/api/v1/listings/dining.dish/{key}/reports", json={"reason": "false"}).status_code == 401
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(ListingReport)).all() == []
    assert sign_in(app, place.house.members["Owner"]).get("/reports-of-listings/").status_code == 403
