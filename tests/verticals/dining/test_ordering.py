"""Ordering over the API: prices are the server's, stock never goes below zero, refusals change nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app, stock=10)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def one(app: Flask, statement: str, **values: object) -> object:
    """The first row's first value, seen by the platform."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.execute(text(statement), values).scalar()


@pytest.mark.covers("dining.S2", "dining.E7")
def test_shops_are_found_near_and_by_a_dish_in_chinese(place: Restaurant, li: Shopper) -> None:
    near = li.get("/dining/shops", near="30.570000,104.060000").json["items"]
    assert [(shop["name"], shop["metres"], shop["open"]) for shop in near] == [("老巷子砂锅粥", 0, True)]
    found = li.get("/dining/shops", q="牛肉").json["items"]
    assert [(shop["id"], sorted(shop["dishes"])) for shop in found] == [(place.shop_id, ["牛肉面", "砂锅牛肉"])]
    assert li.get("/dining/shops", q="50%_\\").json["items"] == []


@pytest.mark.covers("dining.S2")
def test_a_table_code_leads_to_shop_and_table(place: Restaurant, li: Shopper) -> None:
    assert li.get(f"/dining/tables/{place.table_code}").json == {
        "shop_id": place.shop_id, "shop_name": "老巷子砂锅粥", "table": "6 号桌", "area": "大堂", "code": place.table_code, "sitting": None,
    }
    assert li.get("/dining/tables/NOSUCHCODE").status_code == 404


def test_the_menu_says_304_when_nothing_changed(place: Restaurant, li: Shopper) -> None:
    first = li.get(f"/dining/shops/{place.shop_id}/menu")
    assert [dish["name"] for dish in first.json["categories"][0]["dishes"]] == ["鲜虾粥", "牛肉面", "砂锅牛肉"]
    again = li.client.get(f"/api/v1/dining/shops/{place.shop_id}/menu", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.covers("dining.S3")
def test_the_price_is_the_servers(place: Restaurant, li: Shopper, app: Flask) -> None:
    body = place.basket(("鲜虾粥", 2), ("牛肉面", 1), expected=1)
    answer = li.post("/dining/orders", body)
    assert (answer.status_code, answer.json["code"]) == (409, "dining.price_changed")
    assert answer.json["en"] != answer.json["zh"]
    assert one(app, "SELECT count(*) FROM order_order") == 0
    assert one(app, "SELECT stock FROM dining_size WHERE id = :id", id=place.sizes["鲜虾粥"]) == 10
    placed = place.place(li, ("鲜虾粥", 2), ("牛肉面", 1))
    # 2 × 18.00 + 12.50 + packing 3 × 1.00
    assert (placed["payable"], placed["status"]) == (5150, "unpaid")
    assert one(app, "SELECT stock FROM dining_size WHERE id = :id", id=place.sizes["鲜虾粥"]) == 8


@pytest.mark.covers("dining.R1")
def test_commission_is_frozen_per_line_and_adds_up(place: Restaurant, li: Shopper, app: Flask) -> None:
    placed = place.place(li, ("鲜虾粥", 1), ("牛肉面", 1), service="dine_in")
    # 8 % of 30.50 = 2.44, cut 1.44 + 1.00 by largest remainder
    with app.app_context():
        enter_scope(EVERYTHING)
        rows = db.session.execute(text("SELECT base, ppm, amount FROM fee_line WHERE order_id = :id ORDER BY order_line_id"), {"id": placed["id"]}).all()
    assert [tuple(row) for row in rows] == [(1800, 80_000, 144), (1250, 80_000, 100)]


def test_choices_keep_their_limits(place: Restaurant, li: Shopper) -> None:
    body = place.basket(("砂锅牛肉", 1), expected=4900)
    assert li.post("/dining/orders", body).json["code"] == "dining.choice_refused"
    body["lines"][0]["options"] = [place.options["特辣"]]
    assert li.post("/dining/price", {key: value for key, value in body.items() if key != "expected"}).json["payable"] == 4800 + 100 + 100
    body["lines"][0]["options"] = [place.options["特辣"], place.options["不辣"]]
    assert li.post("/dining/price", {key: value for key, value in body.items() if key != "expected"}).json["code"] == "dining.choice_refused"


def test_a_closed_shop_takes_no_order(place: Restaurant, li: Shopper, app: Flask) -> None:
    from datetime import UTC, datetime

    from app.framework.database import transaction
    from app.framework.flow import move
    from app.verticals.dining.models import Shop

    with app.app_context(), transaction(place.house.actor) as session:
        move(session.get_one(Shop, place.shop_id), "pause", actor=place.house.actor, now=datetime.now(UTC))
    answer = li.post("/dining/orders", place.basket(("鲜虾粥", 1), expected=1900))
    assert (answer.status_code, answer.json["code"]) == (409, "dining.shop_closed")


def test_delivery_refuses_far_addresses_and_small_orders(place: Restaurant, li: Shopper) -> None:
    far = place.basket(("砂锅牛肉", 1), service="delivery", address="远山", phone="13800138000", place={"latitude": 31.0, "longitude": 104.06})
    far["lines"][0]["options"] = [place.options["不辣"]]
    assert li.post("/dining/price", far).json["code"] == "dining.too_far"
    small = place.basket(("鲜虾粥", 1), service="delivery", address="翠湖苑", phone="13800138000", place={"latitude": 30.571, "longitude": 104.061})
    assert li.post("/dining/price", small).json["code"] == "dining.below_least"
    assert li.post("/dining/price", place.basket(("鲜虾粥", 1), service="delivery")).json["errors"][0]["field"] == "address"


@pytest.mark.parametrize(
    ("change", "status"),
    [({"lines": []}, 422), ({"service": "fly"}, 422), ({"expected": -1}, 422), ({"expected": 1.5}, 422), ({"price": 1}, 422), ({"shop_id": 0}, 422)],
)
def test_bad_bodies_are_refused_with_the_field(place: Restaurant, li: Shopper, change: dict[str, object], status: int) -> None:
    answer = li.post("/dining/orders", {**place.basket(("鲜虾粥", 1), expected=1900), **change})
    assert (answer.status_code, answer.json["errors"][0]["field"].split(".")[0]) == (status, next(iter(change)))


def test_forty_clients_for_the_last_portion_sell_one(app: Flask) -> None:
    place = restaurant(app, stock=1)
    shoppers = [Shopper(app, f"s{n}") for n in range(40)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda shopper: shopper.post("/dining/orders", place.basket(("鲜虾粥", 1), expected=1900)), shoppers))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 39
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"dining.sold_out"}
    assert one(app, "SELECT stock FROM dining_size WHERE id = :id", id=place.sizes["鲜虾粥"]) == 0
    assert one(app, "SELECT count(*) FROM order_order") == 1


def test_forty_replays_of_one_key_place_one_order(place: Restaurant, li: Shopper, app: Flask) -> None:
    body = place.basket(("鲜虾粥", 1), expected=1900)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: app.test_client().post("/api/v1/dining/orders", json=body, headers=li.headers("one-key-for-all")), range(40)))
    made = {answer.json["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.json["code"] for answer in answers if answer.status_code != 201} <= {"idempotency.in_flight"}
    assert one(app, "SELECT count(*) FROM order_order") == 1
    other = li.post("/dining/orders", place.basket(("牛肉面", 1), expected=1350), key="one-key-for-all")
    assert (other.status_code, other.json["code"]) == (422, "idempotency.reused")


def test_a_customer_sees_only_own_orders(place: Restaurant, li: Shopper, app: Flask) -> None:
    placed = place.place(li, ("鲜虾粥", 1))
    wang = Shopper(app, "wang")
    assert wang.get(f"/dining/orders/{placed['id']}").status_code == 404
    assert wang.get("/dining/orders").json == {"items": [], "next": None}
    assert wang.post(f"/dining/orders/{placed['id']}/cancel").status_code == 404
    assert [each["id"] for each in li.get("/dining/orders").json["items"]] == [placed["id"]]


def test_a_token_is_needed_and_staff_sessions_do_not_count(place: Restaurant, app: Flask) -> None:
    answer = app.test_client().get("/api/v1/dining/orders")
    assert (answer.status_code, answer.json["code"], answer.mimetype) == (401, "token.refused", "application/problem+json")
