"""The shop: made on admission, set up by its people, taken off when a permit runs out."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.events import publish
from app.kernel.audit.models import AuditEntry
from app.kernel.parties.models import Merchant
from app.verticals.dining.models import Shop
from app.verticals.dining.shop_rules import hours_problems
from tests.support.people import SETUP, merchant, sign_in, staff
from tests.verticals.dining.world import restaurant

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TYPED = {
    "name": "老巷子", "cuisine": "粥", "phone": "0571-8888", "address": "青溪镇", "notice": "今日有新米", "latitude": "30.57", "longitude": "104.06",
    "packing_fee": "1", "delivery_fee": "5.50", "delivery_least": "20", "delivery_metres": "3000", "accept_minutes": "8", "cook_minutes": "15",
    "services": ["dine_in", "delivery"], "hours-0-0-from": "06:30", "hours-0-0-to": "10:00", "hours-0-1-from": "17:00", "hours-0-1-to": "02:00",
    "closed_days": "2026-10-01，2026-10-02",
}


def shop_row(shop_id: int) -> Shop:
    """The shop as stored."""
    enter_scope(EVERYTHING)
    return db.session.get_one(Shop, shop_id)


@pytest.mark.covers("dining.S1", "dining.E1")
def test_admission_gives_a_restaurant_its_shop_once(app: Flask) -> None:
    house = merchant(app)
    with app.app_context(), transaction(SETUP):
        admitted = db.session.get_one(Merchant, house.merchant_id)
        for trade in ("rental", "dining", "dining"):
            publish("merchant_admitted", merchant=admitted, trade=trade, application=None, actor=SETUP, now=NOW)
    with app.app_context():
        enter_scope(EVERYTHING)
        shops = list(db.session.scalars(select(Shop).where(Shop.merchant_id == house.merchant_id)))
        assert [(shop.name, shop.status, len(shop.hours)) for shop in shops] == [("老巷子砂锅粥", "preparing", 7)]
    owner = sign_in(app, house.members["Owner"])
    home = owner.get("/").get_data(as_text=True)
    assert [words in home for words in ("开张前还差：店铺地址和位置", "开张前还差：在售的菜", "开张前还差：营业时间")] == [True, True, False]
    page = owner.get("/dining/shop/").get_data(as_text=True)
    needs = page[page.index("开张前还差："):page.index("<form class=\"by-card\"")]
    assert [words in needs for words in ("店铺地址和位置", 'href="/dining/menu/"', "营业时间")] == [True, True, False]
    refused = owner.post(f"/dining/shops/{shops[0].id}/move/open", follow_redirects=True).get_data(as_text=True)
    assert "开门前还差：店铺地址和位置、在售的菜" in refused
    with app.app_context():
        assert shop_row(shops[0].id).status == "preparing"


@pytest.mark.covers("dining.S1")
def test_settings_are_saved_and_audited(app: Flask) -> None:
    place = restaurant(app)
    answer = sign_in(app, place.house.members["Manager"]).post("/dining/shop/", data=TYPED)
    assert answer.status_code == 303, answer.get_data(as_text=True)[-2000:]
    with app.app_context():
        shop = shop_row(place.shop_id)
        assert (shop.name, shop.delivery_fee, shop.accept_minutes, shop.services) == ("老巷子", 550, 8, ["dine_in", "delivery"])
        assert shop.hours == [{"day": 0, "from": "06:30", "to": "10:00"}, {"day": 0, "from": "17:00", "to": "02:00"}]
        assert shop.closed_days == ["2026-10-01", "2026-10-02"]
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "dining_shop.changed")).one()
        assert entry.changes["delivery_fee"] == [500, 550] and "latitude" not in entry.changes


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "", "填写店名"), ("delivery_fee", "1.234", "不是金额"), ("accept_minutes", "0", "填 1 到 60"), ("hours-0-1-from", "09:00", "有重叠"),
        ("hours-1-0-from", "25:00", "营业时间写成"), ("closed_days", "国庆", "休息日写成"), ("services", [], "至少开一种"), ("latitude", "91", "填 -90 到 90"),
    ],
)
def test_a_wrong_setting_is_said_and_nothing_changes(app: Flask, name: str, value: Any, words: str) -> None:
    place = restaurant(app)
    answer = sign_in(app, place.house.members["Owner"]).post("/dining/shop/", data={**TYPED, name: value})
    assert answer.status_code == 422 and words in answer.get_data(as_text=True)
    with app.app_context():
        assert (shop_row(place.shop_id).name, shop_row(place.shop_id).version) == ("老巷子砂锅粥", 2)


@pytest.mark.parametrize("version", ["1", "x", "-2", "٢", "9" * 5000], ids=["old", "letter", "negative", "other digits", "endless"])
def test_settings_filled_from_another_version_change_nothing(app: Flask, version: str) -> None:
    place = restaurant(app)
    answer = sign_in(app, place.house.members["Owner"]).post("/dining/shop/", data={**TYPED, "version": version})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "刚被别人改过" in page, 'value="0571-8888"' in page) == (409, True, True)
    with app.app_context():
        assert (shop_row(place.shop_id).name, shop_row(place.shop_id).version) == ("老巷子砂锅粥", 2)


@pytest.mark.covers("dining.E1")
def test_an_expired_permit_takes_the_shop_off_and_staff_put_it_back(app: Flask) -> None:
    place = restaurant(app)
    with app.app_context(), transaction(SETUP):
        holder = db.session.get_one(Merchant, place.house.merchant_id)
        publish("document_expired", merchant=holder, document=SimpleNamespace(trade="dining", label="JY123"), actor=SETUP, now=NOW)
    with app.app_context():
        assert shop_row(place.shop_id).status == "off"
        assert "JY123" in db.session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "dining_shop.take_off")).one()
    assert app.test_client().get(f"/api/v1/dining/shops/{place.shop_id}").status_code == 404
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post(f"/dining/shops/{place.shop_id}/move/put_back", data={"reason": "好了"}).status_code == 403
    assert staff(app, "Operator").post(f"/dining/shops/{place.shop_id}/move/put_back", data={"reason": "新证已核"}).status_code == 303
    with app.app_context():
        assert shop_row(place.shop_id).status == "paused"


def test_other_people_have_no_say(app: Flask) -> None:
    place, other = restaurant(app), restaurant(app, "隔壁面馆")
    assert sign_in(app, place.house.members["Cashier"]).post("/dining/shop/", data=TYPED).status_code == 403
    assert sign_in(app, other.house.members["Owner"]).post(f"/dining/shops/{place.shop_id}/move/pause").status_code == 404
    with app.app_context():
        assert shop_row(place.shop_id).status == "open"


def test_hours_over_midnight_must_be_the_last_of_the_day() -> None:
    late = {"day": 4, "from": "18:00", "to": "02:00"}
    assert hours_problems([late, {"day": 4, "from": "10:00", "to": "14:00"}]) == []
    assert [each["code"] for each in hours_problems([late, {"day": 4, "from": "20:00", "to": "22:00"}])] == ["overlap"]


@pytest.mark.covers("dining.E6")
def test_the_home_page_shows_what_waits_and_todays_figures(app: Flask) -> None:
    place = restaurant(app, stock=2)
    page = sign_in(app, place.house.members["Owner"]).get("/").get_data(as_text=True)
    assert "个规格快卖完" in page and "营业额" in page and "¥0.00" in page
