"""Customers and merchants write to each other through their doors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.framework.database import transaction
from app.kernel.conversations.models import ChatMessage, Conversation
from tests.support.people import SETUP, Shopper, merchant, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant that serves."""
    return restaurant(app)


def say(shopper: Shopper, place: Restaurant, words: str = "今天几点打烊？", **more: Any) -> Any:
    return shopper.post(f"/conversations/with/{place.house.merchant_id}", {"words": words, **more})


def owner(app: Flask, place: Restaurant) -> Any:
    return sign_in(app, place.house.members["Owner"])


def stored(app: Flask) -> list[tuple[str, str]]:
    with app.app_context(), transaction(SETUP) as session:
        return [(each.side, each.words) for each in session.scalars(select(ChatMessage).order_by(ChatMessage.id))]


@pytest.mark.covers("dining.E6")
def test_a_question_is_answered(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    order = place.paid(li, ("牛肉面", 1))
    assert say(li, place, order_id=order["id"]).status_code == 201
    browser = owner(app, place)
    assert "/conversations/" in browser.get("/").get_data(as_text=True)
    page = browser.get("/conversations/").get_data(as_text=True)
    assert "今天几点打烊？" in page and order["number"] in page
    with app.app_context(), transaction(SETUP) as session:
        key, unread = session.execute(select(Conversation.id, Conversation.merchant_unread)).one()
    assert unread == 1
    assert "今天几点打烊？" in browser.get(f"/conversations/{key}").get_data(as_text=True)
    assert browser.post(f"/conversations/{key}/say", data={"words": ""}).status_code == 422
    assert browser.post(f"/conversations/{key}/say", data={"words": "九点半"}).status_code == 303
    found = li.get("/conversations").json["items"]
    assert [(each["merchant"], each["last_words"], each["unread"], each["about"]) for each in found] == [("老巷子砂锅粥", "九点半", 1, order["number"])]
    told = li.get(f"/conversations/{key}/messages").json["items"]
    assert [(each["side"], each["words"]) for each in told] == [("customer", "今天几点打烊？"), ("merchant", "九点半")]
    assert li.get("/conversations").json["items"][0]["unread"] == 0
    assert li.get(f"/conversations/{key}/messages", after=told[-1]["id"]).json["items"] == []
    assert li.get("/messages").json["items"][0]["title"] == "商家回复了你"


def test_nobody_else_reads_it(app: Flask, place: Restaurant) -> None:
    li, wang = Shopper(app, "li"), Shopper(app, "wang")
    say(li, place)
    key = li.get("/conversations").json["items"][0]["id"]
    stranger = sign_in(app, merchant(app, "别家").members["Owner"])
    assert (wang.get(f"/conversations/{key}/messages").status_code, stranger.get(f"/conversations/{key}").status_code) == (404, 404)
    operator = staff(app, "Operator")
    assert "今天几点打烊？" in operator.get(f"/conversations/{key}").get_data(as_text=True)
    assert operator.post(f"/conversations/{key}/say", data={"words": "我来答"}).status_code == 403
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Conversation, key).merchant_unread == 1  # the platform's look does not count as the merchant's
    assert staff(app, "Finance").get("/conversations/").status_code == 403
    assert stored(app) == [("customer", "今天几点打烊？")]


def test_what_cannot_be_said_changes_nothing(app: Flask, place: Restaurant) -> None:
    li, wang = Shopper(app, "li"), Shopper(app, "wang")
    foreign = place.paid(wang, ("牛肉面", 1))
    answers = [say(li, place, order_id=foreign["id"]), say(li, place, "   "), say(li, place, ""), say(li, place, "字" * 501)]
    assert [answer.status_code for answer in answers] == [404, 422, 422, 422]
    assert li.post("/conversations/with/999999", {"words": "在吗"}).status_code == 404
    assert stored(app) == []


def test_who_writes_too_fast_waits(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    headers = [li.headers() for _ in range(40)]

    def send(number: int) -> int:
        return app.test_client().post(f"/api/v1/conversations/with/{place.house.merchant_id}", json={"words": str(number)}, headers=headers[number]).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(40)))
    assert (answers.count(201), answers.count(429)) == (12, 28)
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(Conversation.merchant_unread)).all() == [12]


def test_a_picture_says_it_too(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "orange").save(picture, "PNG")
    address = f"/api/v1/conversations/with/{place.house.merchant_id}/pictures"

    def send(content: bytes, kind: str) -> Any:
        return app.test_client().post(address, data=content, headers=li.headers(), content_type=kind)

    assert [send(b"nothing", "image/png").status_code, send(b"%PDF", "application/pdf").status_code] == [422, 415]
    shown = send(picture.getvalue(), "image/png")
    assert (shown.status_code, app.test_client().get(shown.json["pictures"][0]).status_code) == (201, 200)
    assert "加微信" not in owner(app, place).get("/conversations/").get_data(as_text=True)
    say(li, place, "加微信聊")
    key = li.get("/conversations").json["items"][0]["id"]
    assert "有风险词：加微信" in owner(app, place).get(f"/conversations/{key}").get_data(as_text=True)
