"""Coupons through their doors: made, approved by a second person, claimed, used, given back; and never more than there is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.periods import business_day
from app.extensions import db
from app.framework.database import transaction
from app.kernel.ledger.accounts import cost
from app.kernel.ledger.queries import balance
from app.kernel.marketing.jobs import end_coupons
from app.kernel.marketing.models import Claim, Coupon, Use
from app.verticals.dining.models import DiningOrder, Dish
from tests.support.people import SETUP, House, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


class Sells(Protocol):
    """A merchant's place of any trade."""

    app: Flask
    house: House


TODAY = business_day(datetime.now(UTC))


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def made(browser: FlaskClient, **changes: Any) -> Any:
    """The answer to a coupon's form: 20 off 100.00, three days."""
    form = {
        "title": "满 30 减 5", "kind": "amount", "least": "30", "off": "5", "ppm": "0", "most": "0", "per_customer": "1", "valid_days": "0",
        "begins_on": TODAY.isoformat(), "ends_on": (TODAY + timedelta(days=3)).isoformat(), "reason": "开业", **changes,
    }
    return browser.post("/coupons/new", data={name: value for name, value in form.items() if value is not None})


def of_house(place: Sells, **changes: Any) -> int:
    """A coupon of the merchant that its owner made and started; its key."""
    owner = sign_in(place.app, place.house.members["Owner"])
    answer = made(owner, **changes)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert owner.post(f"/coupons/{key}/move/start").status_code == 303
    return key


def of_platform(app: Flask, **changes: Any) -> int:
    """A coupon of the platform that an operator proposed and finance approved; its key."""
    answer = made(staff(app, "Operator"), **{"trade": "dining", "budget": "50", **changes})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert staff(app, "Finance").post(f"/coupons/{key}/move/approve").status_code == 303
    return key


def coupon(app: Flask, key: int) -> dict[str, Any]:
    with app.app_context(), transaction(SETUP) as session:
        found = session.get_one(Coupon, key)
        return {name: getattr(found, name) for name in ("status", "claimed", "given", "approved_by", "made_by")}


def priced(place: Restaurant, who: Shopper, *wishes: tuple[str, int], **more: Any) -> dict[str, Any]:
    answer = who.post("/dining/price", place.basket(*wishes, **more))
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(n)` in `count` threads that start at once."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        barrier.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    [each.start() for each in threads]
    [each.join(60) for each in threads]
    return results


@pytest.mark.covers("dining.F4")
def test_a_restaurants_automatic_offer_is_in_the_price_and_on_the_order_and_the_commission_is_of_what_is_left(
    app: Flask, place: Restaurant, li: Shopper,
) -> None:
    key = of_house(place, automatic="y")
    assert priced(place, li, ("鲜虾粥", 1))["coupons"] == []
    shown = priced(place, li, ("鲜虾粥", 2))
    assert (shown["goods"], shown["discount"], shown["payable"]) == (3600, 500, 3300)
    assert shown["coupons"] == [{"coupon_id": key, "claim_id": None, "title": "满 30 减 5", "side": "merchant", "amount": 500}]
    placed = place.paid(li, ("鲜虾粥", 2))
    assert placed["payable"] == 3300
    place.serve(placed)
    with app.app_context(), transaction(SETUP) as session:
        order = session.get_one(DiningOrder, placed["id"])
        assert (order.merchant_discount, order.platform_discount, order.commission) == (500, 0, 264)  # 8 % of 36.00 + 2.00 packing − 5.00
    assert coupon(app, key)["given"] == 500


@pytest.mark.covers("dining.F4")
def test_a_dish_coupon_a_discount_and_a_newcomers_coupon_hold_for_whom_they_are(app: Flask, place: Restaurant, li: Shopper) -> None:
    with app.app_context(), transaction(SETUP) as session:
        beef = session.scalars(select(Dish.id).where(Dish.name == "砂锅牛肉")).one()
    of_house(place, title="牛肉 9 折", kind="percent", least="0", off="0", ppm="10", products=str(beef), automatic="y")
    newcomers = of_house(place, title="新客立减 3 元", least="0", off="3", newcomers_only="y")
    mild = {"options": [place.options["不辣"]]}
    basket = place.basket(("鲜虾粥", 1))
    basket["lines"].append({"size_id": place.sizes["砂锅牛肉"], "quantity": 1, **mild})
    assert li.post("/dining/price", basket).json["discount"] == 480
    claimed = li.post(f"/coupons/{newcomers}/claims")
    assert claimed.status_code == 201
    both = li.post("/dining/price", basket).json
    assert [(each["title"], each["amount"]) for each in both["coupons"]] == [("牛肉 9 折", 480), ("新客立减 3 元", 300)]
    order = place.paid(li, ("鲜虾粥", 1), claims=[claimed.json["id"]])
    assert order["payable"] == 1800 + 100 - 300
    assert [each["status"] for each in li.get("/coupons/claims", status="used").json["items"]] == ["used"]
    again = li.post(f"/coupons/{newcomers}/claims")
    assert (again.status_code, again.json["code"]) == (409, "coupon.not_claimable")
    old = Shopper(app, "zhang")
    place.paid(old, ("牛肉面", 1))
    assert old.post(f"/coupons/{newcomers}/claims").json["detail"] == "这张券现在不能领：只给还没下过单的新顾客"
    with app.app_context(), transaction(SETUP):
        assert db.session.scalars(select(func.count()).select_from(Claim)).one() == 1


@pytest.mark.covers("dining.F4", "dining.E3")
def test_the_platforms_coupon_is_paid_by_the_platform_and_a_refund_gives_its_part_back(app: Flask, place: Restaurant, li: Shopper) -> None:
    key = of_platform(app, title="平台满 30 减 8", off="8")
    assert li.post(f"/coupons/{key}/claims").status_code == 201
    order = place.paid(li, ("鲜虾粥", 2))
    assert order["payable"] == 3600 + 200 - 800
    with app.app_context(), transaction(SETUP):
        assert balance(cost("coupon_subsidy")) == -800
    place.serve(order)
    answer = li.post(f"/dining/orders/{order['id']}/refunds", {"reason": "少了一份", "lines": [{"line_id": order["lines"][0]["id"], "amount": 1400}]})
    assert answer.status_code == 201
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post(f"/refunds/{answer.json['id']}/move/grant").status_code == 303
    with app.app_context(), transaction(SETUP):
        assert balance(cost("coupon_subsidy")) == -800 + 400  # half of the dish went back, and half of what the platform gave for it


def test_who_proposed_the_platforms_coupon_does_not_approve_it_and_before_that_it_is_not_there(app: Flask, place: Restaurant, li: Shopper) -> None:
    admin = staff(app, "Admin")
    answer = made(admin, trade="dining", budget="50")
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    before = coupon(app, key)
    assert admin.post(f"/coupons/{key}/move/approve").status_code == 403
    assert coupon(app, key) == before
    assert li.get("/coupons", merchant_id=place.house.merchant_id, trade="dining").json["items"] == []
    assert li.post(f"/coupons/{key}/claims").status_code == 409
    assert sign_in(app, place.house.members["Owner"]).get(f"/coupons/{key}").status_code == 404


@pytest.mark.parametrize(("changes", "field"), [
    ({"off": "0"}, "off"), ({"off": "40"}, "off"), ({"kind": "percent", "ppm": "100", "off": "0"}, "ppm"),
    ({"ends_on": (TODAY - timedelta(days=1)).isoformat()}, "ends_on"), ({"title": ""}, "title"), ({"per_customer": "0"}, "per_customer"),
])
def test_a_coupon_that_makes_no_sense_is_refused_with_its_field(app: Flask, place: Restaurant, changes: dict[str, str], field: str) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    answer = made(owner, **changes)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    with app.app_context(), transaction(SETUP):
        assert db.session.scalars(select(func.count()).select_from(Coupon)).one() == 0


def test_a_cancelled_order_gives_its_coupon_and_the_budget_back(app: Flask, place: Restaurant, li: Shopper) -> None:
    key = of_house(place)
    claim = li.post(f"/coupons/{key}/claims").json
    order = place.place(li, ("鲜虾粥", 2))
    assert coupon(app, key)["given"] == 500
    taken = li.post("/dining/price", place.basket(("鲜虾粥", 2), claims=[claim["id"]]))
    assert (taken.status_code, taken.json["code"]) == (409, "coupon.not_here")
    assert li.post(f"/dining/orders/{order['id']}/cancel").status_code == 200
    assert coupon(app, key)["given"] == 0
    assert [each["id"] for each in li.get("/coupons/claims").json["items"]] == [claim["id"]]
    assert place.place(li, ("鲜虾粥", 2))["payable"] == 3300


def test_nobody_uses_anothers_coupon(app: Flask, place: Restaurant, li: Shopper) -> None:
    key = of_house(place)
    claim = li.post(f"/coupons/{key}/claims").json
    other = Shopper(app, "zhang")
    answer = other.post("/dining/orders", place.basket(("鲜虾粥", 2), claims=[claim["id"]], expected=3300))
    assert (answer.status_code, answer.json["code"]) == (409, "coupon.not_here")
    with app.app_context(), transaction(SETUP):
        assert db.session.scalars(select(func.count()).select_from(DiningOrder)).one() == 0


def test_forty_customers_claim_the_ten_copies_that_there_are(app: Flask, place: Restaurant) -> None:
    key = of_house(place, quantity="10")
    people = [Shopper(app, f"p{number}") for number in range(40)]
    answers = together(40, lambda number: people[number].post(f"/coupons/{key}/claims").status_code)
    assert sorted(answers) == [201] * 10 + [409] * 30
    assert coupon(app, key)["claimed"] == 10


def test_forty_orders_share_a_budget_that_is_enough_for_ten(app: Flask, place: Restaurant) -> None:
    key = of_house(place, automatic="y", budget="50")
    people = [Shopper(app, f"p{number}") for number in range(40)]
    answers = together(40, lambda number: people[number].post("/dining/orders", place.basket(("鲜虾粥", 2), expected=3300)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 30
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"coupon.gone", "dining.price_changed"}
    assert coupon(app, key)["given"] == 5000
    with app.app_context(), transaction(SETUP):
        assert db.session.scalars(select(func.count()).select_from(Use)).one() == 10


def test_one_copy_is_used_by_one_of_many_orders_at_once(app: Flask, place: Restaurant, li: Shopper) -> None:
    key = of_house(place)
    claim = li.post(f"/coupons/{key}/claims").json
    basket = place.basket(("鲜虾粥", 2), expected=3300, claims=[claim["id"]])
    answers = together(12, lambda number: li.post("/dining/orders", basket, key=f"once-more-{number:04d}"))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert coupon(app, key)["given"] == 500


def test_the_clock_expires_copies_and_ends_coupons(app: Flask, place: Restaurant, li: Shopper) -> None:
    key = of_house(place, valid_days="1")
    claim = li.post(f"/coupons/{key}/claims").json
    with app.app_context():
        assert end_coupons() == 0
        with transaction(SETUP) as session:
            session.get_one(Claim, claim["id"]).expires_at = datetime.now(UTC) - timedelta(seconds=1)
            found = session.get_one(Coupon, key)
            found.begins_at, found.ends_at = datetime.now(UTC) - timedelta(days=2), datetime.now(UTC) - timedelta(seconds=1)
        assert end_coupons() == 2
    assert coupon(app, key)["status"] == "ended"
    assert [each["status"] for each in li.get("/coupons/claims", status="expired").json["items"]] == ["expired"]
