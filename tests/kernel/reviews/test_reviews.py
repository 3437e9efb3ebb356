"""Reviews through their doors: customers write them, merchants reply, staff hide; what they add up to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, text

from app.framework.database import transaction
from app.kernel.reviews.models import Review, Score
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant that serves."""
    return restaurant(app)


def served(place: Restaurant, shopper: Shopper) -> dict[str, Any]:
    order = place.paid(shopper, ("牛肉面", 2))
    place.serve(order)
    return order


def write(shopper: Shopper, order: dict[str, Any], stars: int = 4, words: str = "汤很浓", **more: Any) -> Any:
    return shopper.post("/reviews", {"order_id": order["id"], "stars": stars, "words": words, **more})


def read(app: Flask, place: Restaurant, **query: Any) -> dict[str, Any]:
    answer = app.test_client().get("/api/v1/reviews", query_string={"trade": "dining", "merchant_id": place.house.merchant_id, **query})
    assert answer.status_code == 200, answer.json
    return answer.json


def dish_of(app: Flask, order: dict[str, Any]) -> int:
    with app.app_context(), transaction(SETUP) as session:
        bought = text("SELECT subject_id FROM order_line WHERE order_id = :id AND kind = 'goods'")
        return int(session.execute(bought, {"id": order["id"]}).scalar_one())


def scores(app: Flask) -> dict[int, tuple[int, int]]:
    with app.app_context(), transaction(SETUP) as session:
        return {score.subject_id: (score.reviews, score.stars) for score in session.scalars(select(Score).order_by(Score.subject_id))}


@pytest.mark.covers("dining.E6")
def test_what_customers_say_is_read_and_adds_up(app: Flask, place: Restaurant) -> None:
    shopper, other = Shopper(app), Shopper(app, "wang")
    order, second = served(place, shopper), served(place, other)
    dish = dish_of(app, order)
    first = write(shopper, order, 4)
    assert (first.status_code, first.json["status"], first.json["subject"]) == (201, "shown", "")
    assert write(shopper, order, 5, "面也筋道", subject_id=dish).json["subject"] == "牛肉面"
    assert write(other, second, 1, "等太久").status_code == 201
    assert scores(app) == {0: (3, 10), dish: (1, 5)}
    page = read(app, place)
    assert (page["average"], page["count"]) == (33, 3)  # 10 stars in 3 reviews, to a tenth
    assert [(each["stars"], each["words"]) for each in page["items"]] == [(1, "等太久"), (5, "面也筋道"), (4, "汤很浓")]
    assert {each["by"] for each in page["items"]} == {"l**", "w**"}
    assert [each["words"] for each in read(app, place, subject_id=dish)["items"]] == ["面也筋道"]
    assert [each["words"] for each in read(app, place, stars=1)["items"]] == ["等太久"]
    assert [each["words"] for each in shopper.get("/reviews/mine").json["items"]] == ["面也筋道", "汤很浓"]
    assert len(shopper.get("/reviews", trade="dining", merchant_id=place.house.merchant_id).json["items"]) == 3  # those of others too


def test_the_merchant_replies_and_staff_hide(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key = write(shopper, served(place, shopper), 1, "等太久").json["id"]
    owner, operator = sign_in(app, place.house.members["Owner"]), staff(app, "Operator")
    assert "等太久" in owner.get("/reviews/").get_data(as_text=True)
    assert owner.post(f"/reviews/{key}/move/hide", data={"reason": "不想看"}).status_code == 403
    assert owner.post(f"/reviews/{key}/move/reply", data={"reply": ""}).status_code == 422
    assert owner.post(f"/reviews/{key}/move/reply", data={"reply": "对不起，下次送您一份小菜"}).status_code == 303
    assert read(app, place)["items"][0]["reply"] == "对不起，下次送您一份小菜"
    assert operator.post(f"/reviews/{key}/move/hide", data={"reason": "辱骂"}).status_code == 303
    assert (read(app, place)["count"], read(app, place)["items"], scores(app)) == (0, [], {0: (0, 0)})
    mine = shopper.get("/reviews/mine").json["items"][0]
    assert (mine["status"], mine["hidden_because"]) == ("hidden", "辱骂")
    assert operator.post(f"/reviews/{key}/move/restore", data={"reason": "看错了"}).status_code == 303
    assert (read(app, place)["average"], scores(app)) == (10, {0: (1, 1)})


def test_risk_words_wait_for_a_person(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key = write(shopper, served(place, shopper), 5, "加微信返现好评").json["id"]
    assert (read(app, place)["count"], scores(app)) == (0, {})
    operator = staff(app, "Operator")
    assert "加微信" in operator.get("/").get_data(as_text=True) or "条评价等审核" in operator.get("/").get_data(as_text=True)
    assert operator.post(f"/reviews/{key}/move/publish").status_code == 303
    assert scores(app) == {0: (1, 5)}


def test_what_cannot_be_reviewed_changes_nothing(app: Flask, place: Restaurant) -> None:
    shopper, stranger = Shopper(app), Shopper(app, "wang")
    waiting = place.paid(shopper, ("牛肉面", 1))
    order = served(place, shopper)
    answers = [
        write(shopper, waiting), write(stranger, order), write(shopper, order, 6), write(shopper, order, subject_id=999_999), write(shopper, order, 0),
    ]
    assert [answer.status_code for answer in answers] == [409, 404, 422, 422, 422]
    assert [answers[each].json["code"] for each in (0, 1, 3)] == ["review.order", "not_found", "review.not_bought"]
    assert write(shopper, order).status_code == 201
    assert write(shopper, order, 1).json["code"] == "review.already"
    with app.app_context(), transaction(SETUP) as session:
        assert [review.stars for review in session.scalars(select(Review))] == [4]
        past = {"past": datetime.now(UTC) - timedelta(days=31), "id": order["id"]}
        session.execute(text("UPDATE order_order SET completed_at = :past WHERE id = :id"), past)
    assert write(shopper, order, subject_id=dish_of(app, order)).json["code"] == "review.order"


def test_pictures_are_open_to_all(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key = write(shopper, served(place, shopper)).json["id"]
    picture = BytesIO()
    Image.new("RGB", (40, 30), "orange").save(picture, "PNG")

    def send(content: bytes, kind: str) -> Any:
        return app.test_client().post(f"/api/v1/reviews/{key}/pictures", data=content, headers=shopper.headers(), content_type=kind)

    assert [send(b"nothing", "image/png").status_code, send(b"%PDF", "application/pdf").status_code] == [422, 415]
    assert [send(picture.getvalue(), "image/png").status_code for _ in range(7)] == [200] * 6 + [409]
    shown = read(app, place)["items"][0]["pictures"]
    assert (len(shown), app.test_client().get(shown[0]).status_code) == (6, 200)


def test_forty_reviews_at_once_are_one(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = served(place, shopper)
    headers = [shopper.headers() for _ in range(40)]

    def send(number: int) -> int:
        return app.test_client().post("/api/v1/reviews", json={"order_id": order["id"], "stars": 5}, headers=headers[number]).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = sorted(pool.map(send, range(40)))
    assert answers == [201] + [409] * 39
    assert scores(app) == {0: (1, 5)}


def test_ten_customers_at_once_all_count(app: Flask, place: Restaurant) -> None:
    shoppers = [Shopper(app, f"c{number}") for number in range(10)]
    orders = [served(place, shopper) for shopper in shoppers]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda pair: write(*pair, 3).status_code, zip(shoppers, orders, strict=True)))
    assert answers == [201] * 10
    assert scores(app) == {0: (10, 30)}
