"""What happens to a stay after it was booked: called off by the ladder, missed, extended, moved, left early; each to the fen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.periods import day_start
from app.framework.database import elevated, get, transaction
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.bookings.jobs import release_lapsed_holds
from app.kernel.bookings.operations import Taken
from app.kernel.plans.operations.entitlements import QuotaSpent
from app.verticals.stays.adapters.locks import LockUnavailable
from app.verticals.stays.jobs import issue_door_code, note_no_shows, remind_arrivals
from app.verticals.stays.models import DoorCode, StayNight, StayOrder, Unit
from app.verticals.stays.operations.moving import change_room, extend_stay, move_dates
from app.verticals.stays.operations.rooms import change_unit
from app.verticals.stays.operations.staying import name_guest
from tests.support.people import SETUP, Shopper
from tests.verticals.stays.world import ID, Inn, day, inn


@contextmanager
def at(on: date, hour: int) -> Iterator[datetime]:
    """The clock stands at that hour of that Shanghai day."""
    moment = day_start(on) + timedelta(hours=hour)
    with clock.at(moment):
        yield moment


def arrive(place: Inn, stay: int, moment: datetime) -> None:
    with place.app.app_context(), transaction(SETUP) as session:
        name_guest(session.get_one(StayOrder, stay), name="李婉清", id_kind="id_card", number=ID, actor=place.house.actor, now=moment)
        move(session.get_one(StayOrder, stay), "check_in", actor=place.house.actor, now=moment)


def leave(place: Inn, stay: int, moment: datetime) -> None:
    with place.app.app_context(), transaction(SETUP) as session:
        move(session.get_one(StayOrder, stay), "check_out", actor=place.house.actor, now=moment)


def nights(place: Inn) -> list[tuple[str, date]]:
    with place.app.app_context(), transaction(SETUP) as session:
        rows = session.execute(select(Unit.name, StayNight.day).join(Unit, Unit.id == StayNight.unit_id).where(StayNight.gone_at.is_(None)))
        return sorted((row.name, row.day) for row in rows)


@pytest.mark.covers("stays.F4")
@pytest.mark.parametrize(("ahead", "hour", "kept", "back"), [(4, 14, 0, 93_600), (2, 14, 23_400, 70_200), (0, 13, 46_800, 46_800), (0, 15, 93_600, 0)])
def test_calling_off_costs_what_the_ladder_says(app: Flask, ahead: int, hour: int, kept: int, back: int) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(10), 2)["id"]
    with at(day(10 - ahead), hour):
        preview = shopper.get(f"/stays/orders/{stay}/cancel").json
        assert (preview["kept"], preview["back"], preview["waived"], preview["free"]) == (kept, back, 0, not kept)
        assert place.stay(stay)["status"] == "booked"
        assert shopper.post(f"/stays/orders/{stay}/cancel").status_code == 200
    found = place.stay(stay)
    assert (found["status"], found["refunded"], found["due"]) == ("cancelled", back, 0) and nights(place) == []
    fee = kept * 8 // 100
    assert place.books(shopper) == (0, kept - fee, fee, back)
    assert shopper.post("/stays/price", place.wish(day(10), 2)).json["free"] == 2


def test_of_a_deposit_the_rest_is_no_longer_owed(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    place.set(deposit="part", deposit_ppm=300_000)
    stay = place.paid(shopper, day(10), 2, pay="deposit")["id"]
    with at(day(8), 14):
        assert shopper.get(f"/stays/orders/{stay}/cancel").json["waived"] == 65_520
        shopper.post(f"/stays/orders/{stay}/cancel")
    found = place.stay(stay)
    assert (found["payable"], found["waived"], found["paid"], found["refunded"]) == (28_080, 65_520, 28_080, 4_680)
    assert place.books(shopper) == (0, 21_528, 1_872, 4_680)


def test_the_ladder_of_the_day_of_booking_holds(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(10), 1)["id"]
    strict = {"steps": [{"hours": 0, "of": "all", "ppm": 1_000_000}], "no_show": {"hours": 0, "of": "all", "ppm": 1_000_000}, "early_leave_ppm": 0}
    place.set(ladder=strict)
    assert shopper.get(f"/stays/orders/{stay}/cancel").json["free"] is True


@pytest.mark.covers("stays.F4")
def test_who_never_comes_is_a_no_show_by_the_clock(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(1), 2)["id"]
    with at(day(2), 5), app.app_context():
        assert note_no_shows() == 0
    with at(day(2), 7), app.app_context():
        assert note_no_shows() == 1 and note_no_shows() == 0
    assert place.stay(stay)["status"] == "no_show" and nights(place) == []
    assert place.books(shopper) == (0, 86_112, 7_488, 0)


def test_the_house_that_cannot_have_the_guest_gives_everything_back(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(1), 2)["id"]
    with app.app_context(), transaction(SETUP) as session:
        move(session.get_one(StayOrder, stay), "abandon", actor=place.house.actor, now=clock.now(), reason="停水")
    assert place.stay(stay)["refunded"] == 93_600 and place.books(shopper) == (0, 0, 0, 93_600)


@pytest.mark.covers("stays.F4")
def test_leaving_early_gives_back_what_the_house_says(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(1), 3)["id"]
    with at(day(1), 15) as moment:
        arrive(place, stay, moment)
    with at(day(2), 10) as moment:
        leave(place, stay, moment)
    found = place.stay(stay)
    assert (found["status"], found["refunded"], found["leaves"]) == ("done", 46_800, day(2))
    assert nights(place) == [("山 201", day(1))]
    assert place.books(shopper) == (0, 86_112, 7_488, 46_800)


@pytest.mark.covers("stays.F4")
def test_a_guest_stays_longer_at_the_prices_of_the_moment(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(1), 1)["id"]
    asked = shopper.post(f"/stays/orders/{stay}/extension/price", {"leaves": f"{day(4)}"}).json
    assert asked["payable"] == 93_600 and asked["rooms"][0]["room"] == "山 201"
    assert shopper.post(f"/stays/orders/{stay}/extension", {"leaves": f"{day(4)}", "expected": 1}).json["code"] == "stays.price_changed"
    longer = shopper.post(f"/stays/orders/{stay}/extension", {"leaves": f"{day(4)}", "expected": 93_600})
    assert longer.status_code == 201 and (longer.json["payable"], longer.json["due"]) == (140_400, 93_600)
    place.pay(stay)
    with at(day(1), 15), app.app_context():
        assert release_lapsed_holds() == 0
    assert nights(place) == [("山 201", day(1)), ("山 201", day(2)), ("山 201", day(3))]


def test_added_nights_that_nobody_pays_go_again(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(1), 1)["id"]
    assert shopper.post(f"/stays/orders/{stay}/extension", {"leaves": f"{day(3)}"}).status_code == 201
    with clock.at(clock.now() + timedelta(minutes=16)), app.app_context():
        assert release_lapsed_holds() == 1
    found = place.stay(stay)
    assert (found["status"], found["payable"], found["waived"], found["due"], found["leaves"]) == ("booked", 46_800, 46_800, 0, day(2))
    assert nights(place) == [("山 201", day(1))]


@pytest.mark.covers("stays.F4")
def test_when_the_room_is_taken_next_another_is_offered(app: Flask) -> None:
    place, shopper, other = inn(app), Shopper(app), Shopper(app, "other")
    stay = place.paid(shopper, day(1), 1)["id"]
    place.paid(other, day(2), 1)
    refused = shopper.post(f"/stays/orders/{stay}/extension", {"leaves": f"{day(3)}"})
    assert (refused.status_code, refused.json["code"]) == (409, "stays.room_taken_next") and "山 202" in refused.get_data(as_text=True)
    assert place.stay(stay)["payable"] == 46_800
    rooms = shopper.post(f"/stays/orders/{stay}/extension/price", {"leaves": f"{day(3)}"}).json["rooms"]
    assert [each["room"] for each in rooms] == ["山 202", "溪 101"]
    body = {"leaves": f"{day(3)}", "unit_id": rooms[0]["unit_id"]}
    assert shopper.post(f"/stays/orders/{stay}/extension", body).status_code == 201
    place.pay(stay)
    assert ("山 202", day(2)) in nights(place)


def test_rooms_and_dates_change_and_nobody_is_pushed_out(app: Flask) -> None:
    place, shopper, other = inn(app), Shopper(app), Shopper(app, "other")
    stay = place.paid(shopper, day(1), 3)["id"]
    place.paid(other, day(2), 1)
    actor = place.house.actor
    with app.app_context(), transaction(actor), pytest.raises(Taken):
        change_room(stay, place.units["山 202"], reason="客人要换", actor=actor, now=clock.now())
    with app.app_context(), transaction(actor), pytest.raises(QuotaSpent):
        change_room(stay, place.units["溪 101"], reason="升房", free_upgrade=True, actor=actor, now=clock.now())
    with app.app_context(), transaction(actor):
        move_dates(stay, day(2), actor=actor, now=clock.now())
    assert [each for each in nights(place) if each[0] == "山 201"] == [("山 201", day(number)) for number in (2, 3, 4)]
    with at(day(2), 15) as moment:
        arrive(place, stay, moment)
    with at(day(3), 16) as moment, app.app_context(), transaction(actor):
        change_room(stay, place.units["溪 101"], reason="空调坏了", actor=actor, now=moment)
    assert [each for each in nights(place) if each != ("山 202", day(2))] == [("山 201", day(2)), ("溪 101", day(3)), ("溪 101", day(4))]
    until = day(6)
    with at(day(3), 17) as moment, app.app_context(), transaction(actor):
        extend_stay(stay, until, actor=actor, now=moment)
    assert ("溪 101", day(5)) in nights(place) and place.stay(stay)["due"] == 46_800


def test_tomorrows_arrivals_are_told_once(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    place.paid(shopper, day(1))
    with app.app_context():
        assert remind_arrivals() == 1 and remind_arrivals() == 0


@pytest.mark.covers("stays.X2")
def test_a_door_code_opens_for_the_stay_alone(app: Flask, gateway: str) -> None:
    place, shopper = inn(app), Shopper(app)
    with app.app_context(), transaction(place.house.actor):
        change_unit(get(Unit, place.units["山 201"]), name="山 201", lock_number="LOCK-1", actor=place.house.actor, now=clock.now())
    requests.post(f"{gateway}/sandbox/faults", json={"scope": "locks", "kind": "http_500", "count": 1}, timeout=5).raise_for_status()
    stay = place.paid(shopper, day(1), 1)["id"]
    with app.app_context(), elevated():
        from app.extensions import db

        key = db.session.scalars(select(DoorCode.id)).one()
    with app.app_context(), pytest.raises(LockUnavailable):
        issue_door_code(key)
    assert shopper.get(f"/stays/orders/{stay}").json["doors"][0]["code"] == ""
    run_waiting(app, only="issue_door_code")
    (door,) = shopper.get(f"/stays/orders/{stay}").json["doors"]
    assert len(door["code"]) == 6 and door["room"] == "山 201"
    told = shopper.get("/messages").json["items"]
    assert [each["title"] for each in told] == ["云栖溪畔民宿：门锁密码好了", f"云栖溪畔民宿：{day(1):%m-%d} 的房间订好了"]
    assert all(door["code"] not in each["words"] for each in told)

    def opens(on: date, hour: int) -> bool:
        moment = day_start(on) + timedelta(hours=hour)
        answer = requests.post(f"{gateway}/sandbox/locks/LOCK-1/open", json={"code": door["code"], "at": moment.isoformat()}, timeout=5)
        return bool(answer.json()["opens"])

    assert [opens(day(1), 13), opens(day(1), 15), opens(day(2), 11), opens(day(2), 13)] == [False, True, True, False]
    shopper.post(f"/stays/orders/{stay}/cancel")
    run_waiting(app, only="revoke_door_code")
    assert opens(day(1), 15) is False
    assert shopper.get(f"/stays/orders/{stay}").json["doors"] == []


@pytest.mark.covers("stays.F5", "stays.S5")
def test_a_stay_that_is_over_is_reviewed(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(0), 1)["id"]
    assert shopper.post("/reviews", {"order_id": stay, "stars": 5, "words": "安静"}).status_code in (404, 409)
    with at(day(0), 23) as moment:
        arrive(place, stay, moment)
    with at(day(1), 10) as moment:
        leave(place, stay, moment)
        written = shopper.post("/reviews", {"order_id": stay, "stars": 5, "words": "安静，床很舒服"})
        assert written.status_code == 201, written.json
    detail = shopper.get(f"/stays/houses/{place.house_id}").json
    assert (detail["stars"], detail["reviews"]) == (5.0, 1)
