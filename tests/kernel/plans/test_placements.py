"""Advertising: places sold once, creatives reviewed, served and counted, taken down with the days left paid back."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import at
from app.framework.database import transaction
from app.kernel.approvals.models import Case
from app.kernel.ledger.accounts import deferred, merchant_available, revenue
from app.kernel.plans.jobs import count_advertisements, drop_unpaid_charges, earn_days, end_plans
from app.kernel.plans.models import Booking, Charge, Entitled, Hit, HitCount, SlotDay
from app.kernel.plans.operations.placements import SoldOutThen, add_slot, book
from app.kernel.plans.rules import earned_until
from tests.kernel.plans.world import SYSTEM, fen, give, later, now, paid_by_channel, plan, rows, today
from tests.support.people import House, merchant, sign_in, staff
from tests.support.pictures import picture

WEEK = 10_000


@pytest.fixture
def house(app: Flask) -> House:
    made = merchant(app)
    give(app, made.merchant_id, 50_000)
    return made


def slot(app: Flask, *, capacity: int = 1, members_only: bool = False) -> int:
    """Dining's new dishes on the home page."""
    with app.app_context(), transaction(SYSTEM):
        return add_slot(
            trade="dining", page="home", region="", title="新菜推荐", kind="placement", capacity=capacity, members_only=members_only, on_sale=True,
            actor=SYSTEM, now=now(),
        ).id


def order(browser: FlaskClient, *, days: int = 7, start: int = 1, **more: Any) -> Any:
    """An owner books the slot."""
    data = {
        "slot_id": "1", "starts_on": f"{today() + timedelta(days=start)}", "days": str(days), "title": "酸汤肥牛上市", "link": "/dining/dishes/7",
        "image": (io.BytesIO(picture()), "dish.jpg"), **more,
    }
    return browser.post("/ad-bookings/new", data=data, content_type="multipart/form-data")


def pay(browser: FlaskClient, charge_id: int = 1, amount: str = "100") -> None:
    """From the balance."""
    assert browser.post(f"/charges/{charge_id}/move/pay_from_balance", data={"confirmed_amount": amount}).status_code == 303


def decide(app: Flask, name: str = "approve", **answers: str) -> None:
    """A reviewer takes the case and decides."""
    reviewer, case = staff(app, "Reviewer"), rows(app, Case, "id")[-1]
    assert reviewer.post(f"/review/{case}/claim").status_code == 303
    answer = reviewer.post(f"/review/{case}/decide", data={"decision": name, **answers})
    assert answer.status_code == 303, answer.get_data(as_text=True)[-600:]


@pytest.mark.covers("dining.R3")
def test_a_new_dish_is_advertised_from_booking_to_revenue(app: Flask, house: House) -> None:
    slot(app)
    owner = sign_in(app, house.members["Owner"])
    assert order(owner).status_code == 303
    assert rows(app, Booking, "status", "price") == [("waiting", WEEK)]
    pay(owner)
    assert (rows(app, Booking, "status"), fen(app, deferred("placement"))) == (["pending"], WEEK)
    decide(app)
    assert rows(app, Booking, "status") == ["live"]
    public = app.test_client()
    assert public.get("/api/v1/placements?page=home&trade=dining").json == {"items": []}
    with at(later(1)):
        for _ in range(3):
            shown = public.get("/api/v1/placements?page=home&trade=dining&region=青溪").json["items"]
        assert [(each["title"], each["link"]) for each in shown] == [("酸汤肥牛上市", "/dining/dishes/7")]
        assert public.post(f"/api/v1/placements/{shown[0]['id']}/open").json == {"link": "/dining/dishes/7"}
        assert public.get("/api/v1/placements?page=other&trade=dining").json == {"items": []}
    assert (rows(app, Hit, "opened"), rows(app, Booking, "version")) == ([False, False, False, True], rows(app, Booking, "version"))
    with app.app_context():
        count_advertisements()
        count_advertisements()
        with at(later(3)):
            earn_days()
    with app.app_context(), transaction(SYSTEM) as session:
        assert [(each.views, each.clicks) for each in session.query(HitCount)] == [(3, 1)]
    assert (rows(app, Hit, "id"), fen(app, revenue("placement"))) == ([], earned_until(WEEK, 7, 2))
    page = owner.get("/ad-bookings/1").get_data(as_text=True)
    assert "曝光 3 次，点击 1 次" in page
    with app.app_context(), at(later(8)):
        earn_days()
        end_plans()
    assert (rows(app, Booking, "status"), fen(app, revenue("placement")), fen(app, deferred("placement"))) == (["ended"], WEEK, 0)


def test_a_place_is_sold_once(app: Flask, house: House) -> None:
    slot(app, capacity=2)
    owner = sign_in(app, house.members["Owner"])
    assert [order(owner, days=3, start=start).status_code for start in (1, 2, 4)] == [303, 303, 303]
    refused = order(owner, days=2, start=3)
    assert (refused.status_code, len(rows(app, Booking, "id"))) == (409, 3)
    assert order(owner, days=1, start=6).status_code == 303


def test_forty_at_once_on_three_places_sell_exactly_three(app: Flask) -> None:
    key = slot(app, capacity=3)
    houses = [merchant(app, f"店 {number}").merchant_id for number in range(4)]
    outcomes: list[str] = []
    gate, image = threading.Barrier(40), picture()

    def buy(number: int) -> None:
        gate.wait()
        try:
            with app.app_context(), transaction(SYSTEM):
                book(
                    key, starts_on=today() + timedelta(days=1), days=2, title="抢", link="/a", image=(io.BytesIO(image), "a.jpg"),
                    merchant_id=houses[number % 4], actor=SYSTEM, now=now(),
                )
            outcomes.append("sold")
        except SoldOutThen:
            outcomes.append("full")

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["full"] * 37 + ["sold"] * 3
    assert sorted(rows(app, SlotDay, "place")) == [1, 1, 2, 2, 3, 3]


def test_taken_down_the_days_left_are_paid_back_and_sold_again(app: Flask, house: House) -> None:
    slot(app)
    owner = sign_in(app, house.members["Owner"])
    order(owner)
    pay(owner)
    decide(app)
    with at(later(3)):  # its third day
        operator = staff(app, "Operator")
        left = WEEK - earned_until(WEEK, 7, 3)
        answer = operator.post("/ad-bookings/1/move/take_down", data={"reason": "夸大宣传", "confirmed_amount": f"{left / 100:.2f}"})
        assert answer.status_code == 303
    assert rows(app, Booking, "status", "given_back") == [("taken_down", left)]
    assert (fen(app, merchant_available(house.merchant_id)), fen(app, revenue("placement")), fen(app, deferred("placement"))) == (
        50_000 - WEEK + left, WEEK - left, 0)
    assert app.test_client().get("/api/v1/placements?page=home&trade=dining").json == {"items": []}
    assert rows(app, SlotDay, "day") == [today() + timedelta(days=1), today() + timedelta(days=2)]


def test_refused_changed_and_handed_in_again(app: Flask, house: House) -> None:
    slot(app)
    owner = sign_in(app, house.members["Owner"])
    order(owner)
    pay(owner)
    assert owner.post("/ad-bookings/1/edit", data={"title": "偷换", "link": "/x"}).status_code == 409
    decide(app, "reject", reason="图片不清楚")
    assert rows(app, Booking, "status", "refusal", "title") == [("rejected", "图片不清楚", "酸汤肥牛上市")]
    assert owner.post("/ad-bookings/1/edit", data={"title": "酸汤肥牛", "link": "/dining/dishes/7"}).status_code == 303
    assert owner.post("/ad-bookings/1/move/hand_in").status_code == 303
    assert rows(app, Booking, "status", "title") == [("pending", "酸汤肥牛")]
    with app.app_context(), at(later(1)):
        end_plans()
    assert rows(app, Booking, "status", "given_back") == [("lapsed", WEEK)]
    assert (fen(app, merchant_available(house.merchant_id)), rows(app, SlotDay, "id")) == (50_000, [])


def test_unpaid_its_places_and_free_days_come_back(app: Flask, house: House) -> None:
    slot(app)
    key = plan(app, trade="dining", kind="shop_membership", grants={"plans.placement_days": 3, "plans.placement_discount": 500_000})
    owner = sign_in(app, house.members["Owner"])
    owner.post(f"/store/{key}/buy")
    paid_by_channel(app, 1)
    assert order(owner).status_code == 303
    assert rows(app, Booking, "free_days", "price") == [(3, 2857)]  # four days of seven at ¥100.00, half of it
    assert rows(app, Entitled, "name", "used")[0] == ("plans.placement_days", 3)
    with app.app_context(), at(now() + timedelta(minutes=31)):
        drop_unpaid_charges()
    assert (rows(app, Booking, "status"), rows(app, SlotDay, "id")) == (["cancelled"], [])
    assert rows(app, Entitled, "used") == [0, 0]
    assert order(owner, days=3).status_code == 303
    assert rows(app, Booking, "status", "price")[-1] == ("pending", 0)


def test_bad_bookings_are_refused_and_take_no_place(app: Flask, house: House) -> None:
    slot(app, members_only=True)
    owner = sign_in(app, house.members["Owner"])
    for more, code in (({}, 409), ({"start": 0}, 422), ({"days": 91}, 422), ({"link": "javascript:alert(1)"}, 422), ({"link": "//evil"}, 422)):
        assert order(owner, **more).status_code == code, more
    assert (rows(app, Booking, "id"), rows(app, SlotDay, "id"), rows(app, Charge, "id")) == ([], [], [])
