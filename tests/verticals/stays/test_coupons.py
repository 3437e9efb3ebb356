"""Coupons off a stay: what the house's and the platform's take off, who bears them, and what goes back when the stay ends early."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.periods import day_start
from app.framework.database import transaction
from app.kernel.ledger.accounts import cost
from app.kernel.ledger.queries import balance
from app.verticals.stays.models import StayOrder
from tests.kernel.marketing.test_coupons import coupon, of_house, of_platform
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.stays.test_changes import arrive, at, leave
from tests.verticals.stays.world import Inn, day, inn


@pytest.fixture
def place(app: Flask) -> Inn:
    return inn(app)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def offer(place: Inn) -> int:
    """An automatic offer of the house, 50 off 500.00; its key."""
    return of_house(place, title="满 500 减 50", least="500", off="50", automatic="y")


def claimed(place: Inn, shopper: Shopper) -> tuple[int, int]:
    """A coupon of the platform's for stays, 20.00 off, and the copy that the shopper took of it."""
    key = of_platform(place.app, trade="stays", budget="500", title="住宿券 20 元", least="0", off="20")
    taken = shopper.post(f"/coupons/{key}/claims")
    assert taken.status_code == 201, taken.json
    return key, taken.json["id"]


def borne(app: Flask) -> int:
    """What coupons have cost the platform, fen."""
    with app.app_context(), transaction(SETUP):
        return -balance(cost("coupon_subsidy"))


def parts(app: Flask, stay: int) -> tuple[int, int, int]:
    """What the house gave off, what the platform gave off, the commission."""
    with app.app_context(), transaction(SETUP) as session:
        order = session.get_one(StayOrder, stay)
        return order.merchant_discount, order.platform_discount, order.commission


@pytest.mark.covers("stays.F3")
def test_the_price_shows_the_coupons_and_the_guest_chooses_among_his_own(app: Flask, place: Inn, li: Shopper) -> None:
    house, (platform, copy) = offer(place), claimed(place, li)
    wish = place.wish(day(3), 2)
    shown = li.post("/stays/price", wish).json
    assert (shown["price"], shown["discount"], shown["payable"]) == (93_600, 7_000, 86_600)
    assert shown["coupons"] == [
        {"coupon_id": house, "claim_id": None, "title": "满 500 减 50", "side": "merchant", "amount": 5_000},
        {"coupon_id": platform, "claim_id": copy, "title": "住宿券 20 元", "side": "platform", "amount": 2_000},
    ]
    assert li.post("/stays/price", {**wish, "claims": []}).json["payable"] == 88_600
    assert li.post("/stays/price", place.wish(day(3))).json["payable"] == 44_800  # one night is below the house's 500.00
    strange = li.post("/stays/price", {**wish, "claims": [copy + 1]})
    assert (strange.status_code, strange.json["code"]) == (409, "coupon.not_here")
    assert Shopper(app, "wang").post("/stays/price", {**wish, "claims": [copy]}).json["code"] == "coupon.not_here"
    assert (coupon(app, house)["given"], coupon(app, platform)["given"]) == (0, 0)


def test_a_named_coupon_that_makes_a_night_free_is_refused_and_an_automatic_one_gives_way(app: Flask, place: Inn, li: Shopper) -> None:
    night = {"first": f"{day(4)}", "last": f"{day(4)}", "type": str(place.types["山景大床房"]), "price": "100", "least": ""}
    assert sign_in(app, place.house.members["Owner"]).post("/stays/prices/days", data=night).status_code == 303
    wish = place.wish(day(3), 2)
    house = of_house(place, title="满 500 减 500", least="500", off="500", automatic="y")
    key = of_platform(app, trade="stays", budget="2000", title="住宿券 568 元", least="0", off="568")
    copy = li.post(f"/coupons/{key}/claims").json["id"]
    # of 568.00 two fen would be left, and both to the night of 468.00
    shown = li.post("/stays/price", {**wish, "claims": []}).json
    assert (shown["price"], shown["payable"]) == (56_800, 6_800)
    assert (li.post("/stays/price", wish).json["payable"], li.post("/stays/price", wish).json["coupons"]) == (56_800, [])
    order = {**wish, "claims": [copy], "contact_name": "李婉清", "contact_phone": "13900002071", "expected": 2, "pay": "all"}
    for answer in (li.post("/stays/price", {**wish, "claims": [copy]}), li.post("/stays/orders", order)):
        assert (answer.status_code, answer.json["code"]) == (409, "coupon.leaves_nothing") and "住宿券 568 元" in answer.get_data(as_text=True)
    assert (coupon(app, house)["given"], coupon(app, key)["given"]) == (0, 0)
    assert [each["id"] for each in li.get("/coupons/claims").json["items"]] == [copy]


@pytest.mark.covers("stays.F3", "stays.E3")
def test_a_stay_called_off_gives_back_each_sides_part_to_the_fen(app: Flask, place: Inn, li: Shopper) -> None:
    offer(place)
    platform, _copy = claimed(place, li)
    stay = place.paid(li, day(10), 2)["id"]
    assert parts(app, stay) == (5_000, 2_000, 7_088)  # 8 % of 936.00 − 50.00
    assert (place.books(li), borne(app)) == ((88_600, 0, 0, 0), 2_000)
    assert li.get("/coupons/claims", status="used").json["items"][0]["order_id"] == stay
    with at(day(8), 14):
        preview = li.get(f"/stays/orders/{stay}/cancel").json
        assert (preview["kept"], preview["back"]) == (21_650, 64_950)  # half of the first night's 433.00
        assert li.post(f"/stays/orders/{stay}/cancel").status_code == 200
    # half a night is the house's: 216.50 of the guest and 5.00 of the platform, less 8 % of half of 443.00
    assert (place.books(li), borne(app)) == ((0, 20_378, 1_772, 64_950), 500)
    assert coupon(app, platform)["given"] == 2_000  # a stay that was kept in part used its coupon


def test_a_stay_that_costs_nothing_to_call_off_gives_its_coupon_back(app: Flask, place: Inn, li: Shopper) -> None:
    platform, copy = claimed(place, li)
    stay = place.paid(li, day(10), 2)["id"]
    assert coupon(app, platform)["given"] == 2_000
    with at(day(6), 14):
        assert li.post(f"/stays/orders/{stay}/cancel").status_code == 200
    assert (place.books(li), borne(app), coupon(app, platform)["given"]) == ((0, 0, 0, 91_600), 0, 0)
    assert [each["id"] for each in li.get("/coupons/claims").json["items"]] == [copy]


def test_with_a_deposit_the_coupon_is_borne_once_and_the_stay_settles_whole(app: Flask, place: Inn, li: Shopper) -> None:
    place.set(deposit="first_night")
    claimed(place, li)
    placed = place.place(li, day(1), 2, pay="deposit")
    assert (placed["payable"], placed["deposit"], placed["due_first"]) == (91_600, 45_800, 45_800)
    place.pay(placed["id"])
    place.pay(placed["id"], amount=45_800)
    with at(day(1), 15) as moment:
        arrive(place, placed["id"], moment)
    with at(day(3), 11) as moment:
        leave(place, placed["id"], moment)
    assert (place.books(li), borne(app)) == ((0, 86_112, 7_488, 0), 2_000)  # 936.00 less 8 %
    assert place.stay(placed["id"])["due"] == 0


def test_the_desk_takes_the_houses_offers_and_spends_no_copy_of_the_guests(app: Flask, place: Inn, li: Shopper) -> None:
    offer(place)
    platform, _copy = claimed(place, li)
    owner = sign_in(app, place.house.members["Owner"])
    form = {
        "unit": str(place.units["山 201"]), "arrives": f"{day(3)}", "leaves": f"{day(5)}", "people": "2", "contact_name": "李婉清",
        "contact_phone": "13900002071", "note": "", "pay": "all",
    }
    answer = owner.post("/stays/board/book", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    with app.app_context(), transaction(SETUP) as session:
        order = session.query(StayOrder).one()
        assert (order.payable, order.merchant_discount, order.platform_discount) == (88_600, 5_000, 0)
    assert coupon(app, platform)["given"] == 0


def test_added_nights_are_at_the_prices_of_the_day_without_coupons(app: Flask, place: Inn, li: Shopper) -> None:
    claimed(place, li)
    stay = place.paid(li, day(3), 2)["id"]
    longer = li.post(f"/stays/orders/{stay}/extension", {"leaves": f"{day(6)}"})
    assert longer.status_code == 201, longer.json
    assert [line["payable"] for line in longer.json["lines"]] == [45_800, 45_800, 46_800]
    with clock.at(day_start(day(2)) + timedelta(hours=1)):
        assert place.stay(stay)["due"] == 46_800
