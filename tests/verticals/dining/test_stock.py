"""Stock: sold out in one click, numbers that never fall below zero, and a warning before they run out."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.verticals.dining.models import Size
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.dining.world import Restaurant, restaurant


def size_of(place: Restaurant, name: str) -> tuple[int | None, bool]:
    """Stock and whether it is marked sold out."""
    with place.app.app_context():
        enter_scope(EVERYTHING)
        size = db.session.get_one(Size, place.sizes[name])
        return size.stock, size.sold_out


def dish_of(place: Restaurant, name: str) -> int:
    """The id of the dish of a size."""
    with place.app.app_context():
        enter_scope(EVERYTHING)
        return db.session.get_one(Size, place.sizes[name]).dish_id


@pytest.mark.covers("dining.F1")
def test_one_click_is_sold_out_and_one_more_is_not(app: Flask) -> None:
    place, shopper = restaurant(app, stock=9), Shopper(app)
    cashier, pk = sign_in(app, place.house.members["Cashier"]), dish_of(place, "鲜虾粥")
    assert cashier.post(f"/dining/menu/dish/{pk}/sold-out", data={"sold_out": "1"}).status_code == 303
    assert size_of(place, "鲜虾粥") == (9, True)
    answer = shopper.post("/dining/price", place.basket(("鲜虾粥", 1)))
    refused = answer if answer.status_code != 200 else shopper.post("/dining/orders", place.basket(("鲜虾粥", 1), expected=answer.json["payable"]))
    assert refused.status_code == 409 and size_of(place, "鲜虾粥") == (9, True)
    cashier.post(f"/dining/menu/dish/{pk}/sold-out", data={"sold_out": "0"})
    assert size_of(place, "鲜虾粥") == (9, False)
    place.place(shopper, ("鲜虾粥", 2))
    assert size_of(place, "鲜虾粥") == (7, False)


def test_stock_is_typed_in_place_and_filling_up_ends_sold_out(app: Flask) -> None:
    place = restaurant(app, stock=0)
    owner = sign_in(app, place.house.members["Owner"])
    size, pk = place.sizes["牛肉面"], dish_of(place, "牛肉面")
    owner.post(f"/dining/menu/dish/{pk}/sold-out", data={"sold_out": "1"})
    assert owner.post(f"/dining/menu/size/{size}/stock", data={"stock": "12"}).status_code == 303
    assert size_of(place, "牛肉面") == (12, False)
    for wrong in ("-1", "1.5", "许多", "9999999"):
        assert owner.post(f"/dining/menu/size/{size}/stock", data={"stock": wrong}).status_code == 422
    assert size_of(place, "牛肉面") == (12, False)
    owner.post(f"/dining/menu/size/{size}/stock", data={"stock": ""})
    assert size_of(place, "牛肉面") == (None, False)


def test_the_database_refuses_stock_below_zero(app: Flask) -> None:
    place = restaurant(app, stock=1)
    with app.app_context(), pytest.raises(IntegrityError, match="stock_not_below_zero"), transaction(SETUP):
        db.session.get_one(Size, place.sizes["鲜虾粥"]).stock = -1
    assert size_of(place, "鲜虾粥") == (1, False)


@pytest.mark.covers("dining.F1")
def test_what_runs_low_is_said_on_the_menu(app: Flask) -> None:
    place = restaurant(app, stock=50)
    owner = sign_in(app, place.house.members["Owner"])
    assert "快卖完" not in owner.get("/dining/menu/").get_data(as_text=True)
    owner.post(f"/dining/menu/size/{place.sizes['牛肉面']}/stock", data={"stock": "5"})
    page = owner.get("/dining/menu/?low=1").get_data(as_text=True)
    assert "1 道菜快卖完" in page and "只剩 5 份" in page and "砂锅牛肉" not in page


def test_a_click_on_sold_out_can_be_undone_to_what_was_there_before(app: Flask) -> None:
    place = restaurant(app)
    cashier = sign_in(app, place.house.members["Cashier"])
    with app.app_context(), transaction(SETUP) as session:
        size = session.get_one(Size, place.sizes["鲜虾粥"])
        pk = size.dish_id
        session.add(Size(merchant_id=size.merchant_id, dish_id=pk, name="大", price=2800, sold_out=True))

    def states() -> dict[str, bool]:
        with app.app_context(), transaction(SETUP) as session:
            return dict(session.execute(select(Size.name, Size.sold_out).where(Size.dish_id == pk)).tuples().all())

    before = states()
    assert sorted(before.values()) == [False, True]
    cashier.post(f"/dining/menu/dish/{pk}/sold-out", data={"sold_out": "1"})
    assert set(states().values()) == {True}
    undo = unescape(re.search(r'action="(/dining/menu/dish/[^"]*only=[^"]*)"', cashier.get("/dining/menu/").get_data(as_text=True))[1])
    assert cashier.post(undo).status_code == 303
    assert states() == before
    assert cashier.post(undo).status_code == 409
    assert (states(), cashier.post(undo.partition("only=")[0] + "only=x").status_code) == (before, 404)
