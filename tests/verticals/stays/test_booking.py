"""Search, price, book, pay a deposit or all; of many for the last room one has it; a hold lapses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.framework.database import get, transaction
from app.kernel.bookings.jobs import release_lapsed_holds
from app.kernel.bookings.models import Reservation
from app.kernel.orders.models import Order
from app.kernel.payments.models import Refund
from app.verticals.stays.jobs import cancel_unpaid_stays, refuse_unanswered_stays
from app.verticals.stays.models import StayNight, StayOrder
from tests.support.people import SETUP, Shopper
from tests.verticals.stays.world import Inn, day, inn


def live(app: Flask) -> tuple[int, int]:
    """Live reservations, live nights."""
    with app.app_context(), transaction(SETUP) as session:
        return (
            int(session.scalar(select(func.count()).select_from(Reservation).where(Reservation.released_at.is_(None))) or 0),
            int(session.scalar(select(func.count()).select_from(StayNight).where(StayNight.gone_at.is_(None))) or 0),
        )


@pytest.mark.covers("stays.S3", "stays.E7")
def test_houses_are_found_by_place_date_and_people(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    here = {"near": "30.570000,104.060000", "arrives": f"{day(1)}", "leaves": f"{day(3)}", "people": 2}
    (card,) = shopper.get("/stays/houses", **here).json["items"]
    assert (card["name"], card["price_from"], card["nights"]) == ("云栖溪畔民宿", 93_600, 2) and 1_000 < card["metres"] < 2_000
    (family,) = shopper.get("/stays/houses", **{**here, "people": 4}).json["items"]
    assert family["price_from"] == 125_600
    assert shopper.get("/stays/houses", **{**here, "people": 5}).json["items"] == []
    assert shopper.get("/stays/houses", q="溪畔").json["items"][0]["price_from"] == 46_800
    assert shopper.get("/stays/houses", q="没有").json["items"] == []
    assert shopper.get("/stays/houses", arrives=f"{day(1)}").status_code == 422
    place.paid(shopper, day(1), 2, "溪畔家庭房")
    assert shopper.get("/stays/houses", **{**here, "people": 4}).json["items"] == []
    detail = shopper.get(f"/stays/houses/{place.house_id}", arrives=f"{day(2)}", leaves=f"{day(4)}", people=2).json
    assert [(each["name"], each["free"], each["unavailable"], each["total"]) for each in detail["types"]] == [
        ("山景大床房", 2, "", 93_600), ("溪畔家庭房", 0, "full", 125_600),
    ]
    found = shopper.get("/listings", q="山景").json["items"]
    assert [(each["title"], each["price"]) for each in found] == [("山景大床房 · 云栖溪畔民宿", 46_800)]


@pytest.mark.covers("stays.S4", "stays.E3")
def test_a_stay_paid_in_full_has_its_room(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    placed = place.place(shopper, day(1), 2)
    assert (placed["status"], placed["payable"], placed["deposit"], placed["due"]) == ("unpaid", 93_600, 0, 93_600)
    assert [line["payable"] for line in placed["lines"]] == [46_800, 46_800]
    place.pay(placed["id"])
    shown = shopper.get(f"/stays/orders/{placed['id']}").json
    assert (shown["status"], shown["room"], shown["paid"], shown["due"]) == ("booked", "山 201", 93_600, 0)
    assert place.books(shopper) == (93_600, 0, 0, 0)
    assert live(app) == (1, 2)
    with app.app_context(), transaction(SETUP):
        order = get(StayOrder, placed["id"])
        assert (order.commission, order.kind) == (7_488, "app")


@pytest.mark.covers("stays.S4")
def test_a_deposit_makes_the_stay_stand_and_the_rest_is_paid_later(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    place.set(deposit="part", deposit_ppm=300_000)
    placed = place.place(shopper, day(1), 2, pay="deposit")
    assert (placed["deposit"], placed["due_first"]) == (28_080, 28_080)
    place.pay(placed["id"])
    assert place.stay(placed["id"])["status"] == "booked" and place.stay(placed["id"])["due"] == 65_520
    place.pay(placed["id"])
    assert (place.stay(placed["id"])["paid"], place.stay(placed["id"])["due"]) == (93_600, 0)
    assert place.books(shopper) == (93_600, 0, 0, 0)
    place.set(deposit="first_night")
    assert place.place(shopper, day(5), 3, pay="deposit")["deposit"] == 46_800
    assert place.place(shopper, day(9), 1, pay="deposit")["deposit"] == 0


@pytest.mark.parametrize(("arrives", "nights", "people", "code"), [
    (-1, 1, 2, "stays.dates"), (1, 0, 2, "stays.dates"), (1, 31, 2, "stays.dates"), (366, 2, 2, "stays.dates"), (1, 1, 3, "stays.too_many_people"),
])
def test_what_does_not_fit_is_refused(app: Flask, arrives: int, nights: int, people: int, code: str) -> None:
    place, shopper = inn(app), Shopper(app)
    answer = shopper.post("/stays/price", place.wish(day(arrives), nights, people=people))
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert live(app) == (0, 0)


def test_a_changed_price_and_a_full_house_are_refused(app: Flask) -> None:
    place, shopper = inn(app, rooms=1), Shopper(app)
    body = {**place.wish(day(1)), "contact_name": "李婉清", "contact_phone": "13900002071", "expected": 1}
    assert shopper.post("/stays/orders", body).json["code"] == "stays.price_changed"
    place.paid(shopper, day(1), 1)
    refused = shopper.post("/stays/orders", {**body, "expected": 46_800})
    assert (refused.status_code, refused.json["code"]) == (409, "stays.no_room")
    assert live(app) == (1, 1)
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1


@pytest.mark.covers("stays.F2")
def test_of_forty_guests_one_has_the_last_room(app: Flask) -> None:
    place = inn(app, rooms=1)
    shoppers = [Shopper(app, f"guest{number}") for number in range(8)]

    def attempt(number: int) -> tuple[int, str]:
        shopper = shoppers[number % 8]
        body = {**place.wish(day(1), 1 + number % 2), "contact_name": "客", "contact_phone": "13900002071", "expected": 46_800 * (1 + number % 2)}
        client = app.test_client()
        headers = {"Authorization": f"Bearer {shopper.token}", "Idempotency-Key": f"race-{number:04d}-stays"}
        answer = client.post("/api/v1/stays/orders", json=body, headers=headers)
        return answer.status_code, answer.json.get("code", "")

    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(attempt, range(40)))
    assert answers[0] == (201, "") and {code for status, code in answers[1:]} <= {"stays.no_room", "booking.taken"}
    assert [status for status, _ in answers].count(201) == 1
    assert live(app)[0] == 1


def test_a_stay_that_nobody_pays_frees_its_room(app: Flask) -> None:
    place, shopper = inn(app, rooms=1), Shopper(app)
    first = place.place(shopper, day(1))
    assert live(app) == (1, 1)
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=16)):
        assert release_lapsed_holds() == 1
        assert cancel_unpaid_stays() == 0
    assert place.stay(first["id"])["status"] == "cancelled" and live(app) == (0, 0)
    second = place.place(shopper, day(1))
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=16)):
        assert cancel_unpaid_stays() == 1
        assert release_lapsed_holds() == 0
    assert place.stay(second["id"])["status"] == "cancelled" and live(app) == (0, 0)


def test_a_payment_against_the_lapse_has_the_room_or_its_money_back(app: Flask) -> None:
    place, shopper = inn(app, rooms=4), Shopper(app)
    keys = [place.place(shopper, day(1))["id"] for _ in range(4)]
    late = datetime.now(UTC) + timedelta(minutes=16)

    def pay(key: int) -> None:
        place.pay(key)

    def lapse(_: int) -> None:
        with app.app_context(), clock.at(late):
            release_lapsed_holds()

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(pay if number % 2 else lapse, keys[number // 2]) for number in range(8)]
        for future in futures:
            future.result()
    stays = [place.stay(key) for key in keys]
    booked = [each for each in stays if each["status"] == "booked"]
    assert all(each["status"] in ("booked", "cancelled") for each in stays)
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalar(select(func.count()).select_from(Refund)) == 4 - len(booked)
    assert live(app) == (len(booked), len(booked))


@pytest.mark.covers("stays.S3")
def test_a_house_that_confirms_by_hand_answers_or_refunds(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    place.set(confirms_by_itself=False, confirm_minutes=30)
    shown = place.paid(shopper, day(1))
    assert shown["status"] == "waiting" and shown["confirm_by"]
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=31)):
        assert refuse_unanswered_stays() == 1
    assert place.stay(shown["id"])["status"] == "rejected" and place.stay(shown["id"])["refunded"] == 46_800
    assert place.books(shopper) == (0, 0, 0, 46_800) and live(app) == (0, 0)


def test_a_guest_sees_only_own_stays(app: Flask) -> None:
    place: Inn = inn(app)
    shopper, other = Shopper(app), Shopper(app, "other")
    shown = place.paid(shopper, day(1))
    assert other.get(f"/stays/orders/{shown['id']}").status_code == 404
    assert other.get("/stays/orders").json["items"] == []
    assert [each["id"] for each in shopper.get("/stays/orders").json["items"]] == [shown["id"]]
    assert other.post(f"/stays/orders/{shown['id']}/cancel").status_code == 404
