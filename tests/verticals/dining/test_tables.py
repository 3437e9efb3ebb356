"""Tables: codes that nobody guesses, a sheet to print, and the page behind a code."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.core.identifiers import ALPHABET
from app.extensions import db
from app.framework.database import enter_scope
from app.verticals.dining.models import Area, Table
from tests.support.people import sign_in
from tests.verticals.dining.world import restaurant


def tables_of(app: Flask, shop_id: int) -> list[Table]:
    """The shop's tables as stored."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = list(db.session.scalars(select(Table).where(Table.shop_id == shop_id).order_by(Table.id)))
        db.session.expunge_all()
        return found


@pytest.mark.covers("dining.S1", "dining.S2")
def test_tables_are_added_numbered_and_printed(app: Flask) -> None:
    place = restaurant(app)
    owner = sign_in(app, place.house.members["Owner"])
    area = tables_of(app, place.shop_id)[0].area_id
    assert owner.post("/dining/tables/add", data={"area": area, "count": "3", "seats": "6"}).status_code == 303
    tables = tables_of(app, place.shop_id)
    assert [(table.name, table.seats) for table in tables] == [("6 号桌", 4), ("7 号桌", 6), ("8 号桌", 6), ("9 号桌", 6)]
    codes = [table.code for table in tables[1:]]
    assert all(len(code) == 12 and set(code) <= set(ALPHABET) for code in codes) and len(set(codes)) == 3
    sheet = owner.get("/dining/tables/sheet").get_data(as_text=True)
    assert sheet.count("<svg") >= 4 and all(code in sheet for code in codes)
    assert app.test_client().get(f"/api/v1/dining/tables/{codes[0]}").json["table"] == "7 号桌"


def test_a_renewed_or_switched_off_code_is_dead(app: Flask) -> None:
    place = restaurant(app)
    owner, public = sign_in(app, place.house.members["Owner"]), app.test_client()
    table = tables_of(app, place.shop_id)[0]
    assert owner.post(f"/dining/tables/{table.id}", data={"act": "renew"}).status_code == 303
    fresh = tables_of(app, place.shop_id)[0].code
    assert fresh != table.code
    assert public.get(f"/t/{table.code}").status_code == 404 and public.get(f"/t/{fresh}").status_code == 200
    owner.post(f"/dining/tables/{table.id}", data={"act": "off"})
    assert public.get(f"/t/{fresh}").status_code == 404 and public.get(f"/api/v1/dining/tables/{fresh}").status_code == 404


@pytest.mark.covers("dining.S2")
def test_the_page_behind_a_code_shows_the_menu_without_signing_in(app: Flask) -> None:
    place = restaurant(app)
    page = app.test_client().get(f"/t/{place.table_code}").get_data(as_text=True)
    assert "老巷子砂锅粥" in page and "6 号桌" in page and "¥18.00" in page and "砂锅牛肉" in page


def test_refusals_change_nothing(app: Flask) -> None:
    place = restaurant(app)
    owner = sign_in(app, place.house.members["Owner"])
    table = tables_of(app, place.shop_id)[0]
    assert owner.post("/dining/tables/add", data={"area": table.area_id, "names": "露台\n6 号桌"}).status_code == 409
    assert owner.post("/dining/tables/add", data={"area": table.area_id, "count": "0"}).status_code == 422
    assert owner.post(f"/dining/tables/{table.id}", data={"name": "", "seats": "4"}).status_code == 422
    assert owner.post("/dining/tables/area", data={"name": "大堂"}).status_code == 409
    assert owner.post("/dining/tables/area", data={"key": table.area_id, "remove": "1"}).status_code == 409
    assert [(each.name, each.seats, each.code) for each in tables_of(app, place.shop_id)] == [("6 号桌", 4, table.code)]


def test_another_restaurant_sees_no_table(app: Flask) -> None:
    place, other = restaurant(app), restaurant(app, "隔壁面馆")
    thief = sign_in(app, other.house.members["Owner"])
    table = tables_of(app, place.shop_id)[0]
    assert thief.post(f"/dining/tables/{table.id}", data={"act": "renew"}).status_code == 404
    assert thief.post("/dining/tables/add", data={"area": table.area_id, "count": "1"}).status_code == 404
    assert thief.post("/dining/tables/area", data={"key": table.area_id, "name": "占了"}).status_code == 404
    assert table.code not in thief.get(f"/dining/tables/sheet?table={table.id}").get_data(as_text=True)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.get_one(Area, table.area_id).name == "大堂"
    assert tables_of(app, place.shop_id)[0].code == table.code
