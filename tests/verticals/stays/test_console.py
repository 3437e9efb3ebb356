"""The console's doors: the house, rooms, prices, the room board, the desk, calendars, figures."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import select

from app.core import clock
from app.core.periods import day_start
from app.framework.database import get, transaction
from app.kernel.audit.models import AuditEntry
from app.kernel.bookings.models import Reservation
from app.verticals.stays.models import Feed, Guest, House, PriceDay, RoomType, StayNight, Unit
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.stays.world import ID, Inn, day, inn, today


def words_of(answer: object) -> str:
    return answer.get_data(as_text=True)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.covers("stays.S1", "stays.F1")
def test_a_host_puts_up_a_room_type_which_is_reviewed(app: Flask) -> None:
    place = inn(app)
    owner, reviewer = sign_in(app, place.house.members["Owner"]), staff(app, "Reviewer")
    form = {
        "name": "星空套房", "base": "1088", "people": "2", "area": "45", "least": "1", "most": "30", "beds": "2 米大床", "description": "天窗看星",
        "video": "https://v.example.com/1.mp4", "facilities": ["wifi", "bathtub"], "weekday-5": "1288", "step-0-nights": "3", "step-0-rate": "10",
    }
    assert owner.post("/stays/rooms/new", data={**form, "base": "零"}).status_code == 422
    assert owner.post("/stays/rooms/new", data=form).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        made = session.scalars(select(RoomType).where(RoomType.name == "星空套房")).one()
        key, status = made.id, made.status
        assert (made.base, made.weekdays, made.steps, made.facilities) == (108_800, {"5": 128_800}, [{"nights": 3, "ppm": 100_000}], ["wifi", "bathtub"])
    assert status == "pending"
    assert reviewer.get("/stays/types/").status_code == 200
    assert owner.post(f"/stays/rooms/{key}/units", data={"names": "云 301、云 302"}).status_code == 303
    assert owner.post(f"/stays/rooms/{key}/units", data={"names": "云 301"}).status_code == 409
    page = words_of(owner.get("/stays/rooms/"))
    assert "星空套房" in page and "云 302" in page and "待审核" in page
    assert sign_in(app, place.house.members["Cashier"]).post("/stays/rooms/new", data=form).status_code == 403


@pytest.mark.covers("stays.S1", "stays.E1")
def test_the_house_is_set_up_and_opens_when_nothing_is_missing(app: Flask) -> None:
    place = inn(app)
    owner = sign_in(app, place.house.members["Owner"])
    page = words_of(owner.get("/stays/house/"))
    assert "云栖溪畔民宿" in page and 'value="72"' in page
    form = {
        "name": "云栖", "phone": "028-1", "region": "青溪", "address": "路 1 号", "latitude": "30.5", "longitude": "104", "arrive_from": "15:00",
        "leave_by": "11:30", "deposit": "part", "deposit_ppm": "25", "confirm_minutes": "45", "facilities": ["wifi"], "step-0-hours": "48",
        "step-0-of": "first", "step-0-rate": "0", "step-1-hours": "0", "step-1-of": "first", "step-1-rate": "80",
        "no_show-of": "all", "no_show-rate": "100", "early": "30",
    }
    refused = owner.post("/stays/house/", data={**form, "phone": "x", "step-1-hours": "60"})
    assert refused.status_code == 422 and "电话只能有数字" in words_of(refused) and "小时数从多到少" in words_of(refused)
    assert owner.post("/stays/house/", data={**form, "phone": "028-61230001"}).status_code == 303
    with app.app_context(), transaction(SETUP):
        house = get(House, place.house_id)
        assert (house.arrive_from, house.deposit, house.deposit_ppm, house.confirms_by_itself) == ("15:00", "part", 250_000, False)
        assert house.ladder["steps"] == [{"hours": 48, "of": "first", "ppm": 0}, {"hours": 0, "of": "first", "ppm": 800_000}]
    assert owner.post(f"/stays/houses/{place.house_id}/move/pause").status_code == 303
    assert Shopper(app).get("/stays/houses").json["items"] == []


@pytest.mark.covers("stays.F3")
def test_prices_of_many_nights_change_at_once(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    owner = sign_in(app, place.house.members["Owner"])
    monday = today() + timedelta(days=(7 - today().weekday()) % 7 + 7)
    both = [str(place.types["山景大床房"]), str(place.types["溪畔家庭房"])]
    data = {"first": f"{monday}", "last": f"{monday + timedelta(days=13)}", "weekday": ["4", "5"], "type": both, "price": "588", "least": "2"}
    assert owner.post("/stays/prices/days", data=data).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        assert len(list(session.scalars(select(PriceDay)))) == 8
    friday = monday + timedelta(days=4)
    priced = shopper.post("/stays/price", place.wish(friday, 2)).json
    assert [(each["price"], each["because"]) for each in priced["nights"]] == [(58_800, "day"), (58_800, "day")]
    assert shopper.post("/stays/price", place.wish(friday, 1)).json["code"] == "stays.dates"
    season = {"name": "雪季", "first": f"{monday}", "last": f"{monday + timedelta(days=20)}", "rate": "50", "type": both[:1]}
    assert owner.post("/stays/prices/season", data=season).status_code == 303
    assert owner.post("/stays/prices/season", data=season).status_code == 409
    offer = {"promotion_name": "周一特惠", "kind": "always", "first": f"{monday}", "last": f"{monday}", "off": "10"}
    assert owner.post("/stays/prices/promotion", data=offer).status_code == 303
    (night,) = shopper.post("/stays/price", place.wish(monday, 1)).json["nights"]
    assert (night["price"], night["season"], night["promotion"], night["payable"]) == (70_200, "雪季", 7_020, 63_180)
    assert owner.post("/stays/prices/days", data={**data, "price": "", "least": "", "closed": "closed"}).status_code == 303
    assert shopper.post("/stays/price", place.wish(friday, 2)).json["code"] == "stays.dates"
    assert owner.post("/stays/prices/days", data={**data, "price": "-1"}).status_code == 422
    page = words_of(owner.get("/stays/prices/"))
    assert "雪季" in page and "周一特惠" in page


@pytest.mark.covers("stays.F3")
def test_prices_come_from_a_spreadsheet_whole_or_not_at_all(app: Flask) -> None:
    place = inn(app)
    owner = sign_in(app, place.house.members["Owner"])

    def sheet(*rows: tuple[object, ...]) -> tuple[io.BytesIO, str]:
        book, file = Workbook(), io.BytesIO()
        for row in (("房型", "日期", "价格", "最少晚数", "停卖"), *rows):
            book.active.append(row)
        book.save(file)
        return io.BytesIO(file.getvalue()), "prices.xlsx"

    good = [("山景大床房", f"{day(3)}", "499.00", "2", ""), ("山景大床房", f"{day(4)}", "", "", "是")]
    refused = owner.post("/stays/prices/import", data={"file": sheet(*good, ("没有", "昨天", "x", "", ""))})
    assert refused.status_code == 422 and "第 4 行" in words_of(refused)
    with app.app_context(), transaction(SETUP) as session:
        assert list(session.scalars(select(PriceDay))) == []
    assert owner.post("/stays/prices/import", data={"file": sheet(*good)}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        rows = session.scalars(select(PriceDay).order_by(PriceDay.day))
        assert [(row.price, row.least, row.closed) for row in rows] == [(49_900, 2, False), (None, 0, True)]


def nights(app: Flask) -> list[tuple[str, int]]:
    """(room, days from today) of each live night."""
    with app.app_context(), transaction(SETUP) as session:
        rows = session.execute(select(Unit.name, StayNight.day).join(Unit, Unit.id == StayNight.unit_id).where(StayNight.gone_at.is_(None)))
        return sorted((row.name, (row.day - today()).days) for row in rows)


@pytest.mark.covers("stays.F2")
def test_the_board_moves_blocks_and_books(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    desk = sign_in(app, place.house.members["Cashier"])
    stay = place.paid(shopper, day(1), 2)["id"]
    board = words_of(desk.get("/stays/board/"))
    assert "李婉清" in board and f'data-order="{stay}"' in board and 'data-n="2"' in board
    fetch = {"X-Requested-With": "fetch"}
    moved = desk.post(f"/stays/board/move/{stay}", data={"unit": place.units["山 202"], "arrives": f"{day(2)}"}, headers=fetch)
    assert moved.status_code == 200 and "山 202" in moved.json["sentence"]
    assert nights(app) == [("山 202", 2), ("山 202", 3)]
    assert desk.post("/stays/board/block", data={"unit": place.units["山 201"], "first": f"{day(2)}", "after": f"{day(4)}", "reason": ""}).status_code == 422
    block = {"unit": place.units["山 201"], "first": f"{day(2)}", "after": f"{day(4)}", "reason": "水管维修"}
    assert desk.post("/stays/board/block", data=block).status_code == 303
    clash = desk.post(f"/stays/board/move/{stay}", data={"unit": place.units["山 201"], "arrives": f"{day(2)}"}, headers=fetch)
    assert clash.status_code == 409 and nights(app) == [("山 202", 2), ("山 202", 3)]
    assert shopper.post("/stays/price", place.wish(day(2), 1)).json["free"] == 0
    with app.app_context(), transaction(SETUP) as session:
        key = session.scalars(select(Reservation.id).where(Reservation.purpose == "block")).one()
    assert "水管维修" in words_of(desk.get(f"/stays/board/?shut={key}"))
    assert desk.post(f"/stays/board/unblock/{key}").status_code == 303
    assert shopper.post("/stays/price", place.wish(day(2), 1)).json["free"] == 1
    form = {
        "unit": place.units["溪 101"], "arrives": f"{day(0)}", "leaves": f"{day(1)}", "people": "3", "contact_name": "何俊杰", "contact_phone": "13900006615",
        "pay": "all",
    }
    assert desk.post("/stays/board/book", data={**form, "contact_phone": "1"}).status_code == 422
    assert desk.post("/stays/board/book", data=form).status_code == 303
    assert nights(app) == [("山 202", 2), ("山 202", 3), ("溪 101", 0)]
    assert "何俊杰" in words_of(desk.get("/stays/board/"))


@pytest.mark.covers("stays.F4", "stays.S5")
def test_the_desk_checks_in_with_documents_and_takes_the_balance(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    place.set(deposit="first_night")
    desk = sign_in(app, place.house.members["Cashier"])
    stay = place.paid(shopper, day(0), 2, pay="deposit")["id"]
    assert "李婉清" in words_of(desk.get("/stays/desk/"))
    assert desk.post(f"/stays/orders/{stay}/move/check_in").status_code == 409
    wrong = desk.post(f"/stays/desk/{stay}/guest", data={"name": "李婉清", "id_kind": "id_card", "number": "110105194912310021"})
    assert wrong.status_code == 422 and "身份证号不对" in words_of(wrong)
    assert desk.post(f"/stays/desk/{stay}/guest", data={"name": "李婉清", "id_kind": "id_card", "number": ID}).status_code == 303
    page = words_of(desk.get(f"/stays/desk/{stay}"))
    assert "1101**********002X" in page and ID not in page
    with app.app_context(), transaction(SETUP) as session:
        guest = session.scalars(select(Guest)).one()
        key = guest.id
        assert ID not in guest.sealed
    assert desk.post(f"/stays/desk/guest/{key}/number", data={"reason": ""}).status_code == 422
    shown = desk.post(f"/stays/desk/guest/{key}/number", data={"reason": "公安核查"})
    assert ID in words_of(shown) and shown.headers["Cache-Control"] == "no-store"
    with app.app_context(), transaction(SETUP) as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "stays_order.number_read")).one()
        assert (line.reason, line.changes["guest"][1]) == ("公安核查", "1101**********002X")
    assert desk.post(f"/stays/orders/{stay}/move/check_in").status_code == 303
    assert place.stay(stay)["status"] == "in_house"
    morning = day_start(day(2)) + timedelta(hours=10)
    with clock.at(morning):
        later = sign_in(app, place.house.members["Manager"])
        assert later.post(f"/stays/orders/{stay}/move/check_out").status_code == 409
    desk.post("/cash/open", data={"opening": "500"})
    assert desk.post(f"/cash/take/{stay}", data={"given": "500"}).status_code == 303
    assert place.stay(stay)["due"] == 0
    with clock.at(morning):
        assert later.post(f"/stays/orders/{stay}/move/check_out").status_code == 303
    assert place.stay(stay)["status"] == "done"
    # 468 of the deposit are in escrow, 468 in the drawer; 8 % of 936 are the platform's
    assert place.books(shopper) == (0, 39_312, 7_488, 0)
    assert sign_in(app, place.house.members["Kitchen"]).get(f"/stays/desk/{stay}").status_code == 403


CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//other//EN\r
BEGIN:VEVENT\r
UID:abc@other\r
DTSTAMP:20261101T000000Z\r
DTSTART;VALUE=DATE:{first}\r
DTEND;VALUE=DATE:{after}\r
SUMMARY:Reserved\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.mark.covers("stays.X1")
def test_calendars_go_out_without_names_and_come_in_as_they_are(app: Flask) -> None:
    place, shopper = inn(app, rooms=1), Shopper(app)
    owner = sign_in(app, place.house.members["Owner"])
    place.paid(shopper, day(1), 2)
    with app.app_context(), transaction(SETUP):
        code = get(Unit, place.units["山 201"]).calendar_code
    answer = app.test_client().get(f"/api/v1/stays/calendars/{code}.ics")
    text = words_of(answer)
    assert answer.mimetype == "text/calendar" and "李婉清" not in text and text.count("BEGIN:VEVENT") == 1
    assert f"DTSTART;VALUE=DATE:{day(1):%Y%m%d}" in text and f"DTEND;VALUE=DATE:{day(3):%Y%m%d}" in text
    assert app.test_client().get("/api/v1/stays/calendars/wrong.ics").status_code == 404
    assert owner.post(f"/stays/calendars/add/{place.units['山 201']}", data={"name": "携程", "address": ""}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        feed = session.scalars(select(Feed.id)).one()

    def send(first: int, after: int) -> int:
        content = CALENDAR.format(first=f"{day(first):%Y%m%d}", after=f"{day(after):%Y%m%d}").encode()
        return owner.post(f"/stays/calendars/feed/{feed}", data={"file": (io.BytesIO(content), "a.ics")}).status_code  # type: ignore[no-any-return]

    assert send(3, 5) == 303
    assert shopper.post("/stays/price", place.wish(day(3), 1)).json["free"] == 0
    assert "BEGIN:VEVENT" in text and words_of(app.test_client().get(f"/api/v1/stays/calendars/{code}.ics")).count("BEGIN:VEVENT") == 1
    assert send(2, 4) == 303
    with app.app_context(), transaction(SETUP):
        found = get(Feed, feed)
        assert (found.stretches, found.clashes) == (1, 1)
    assert shopper.post("/stays/price", place.wish(day(3), 1)).json["free"] == 1
    bad = owner.post(f"/stays/calendars/feed/{feed}", data={"file": (io.BytesIO(b"nothing"), "a.ics")})
    assert bad.status_code == 422
    assert owner.post(f"/stays/calendars/renew/{place.units['山 201']}").status_code == 303
    assert app.test_client().get(f"/api/v1/stays/calendars/{code}.ics").status_code == 404
    assert owner.get("/stays/calendars/").status_code == 200


@pytest.mark.covers("stays.E6")
def test_figures_say_how_full_the_house_is(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    owner = sign_in(app, place.house.members["Owner"])
    place.paid(shopper, day(0), 1)
    home = words_of(owner.get("/"))
    assert "今晚" in home and "单今天入住" in home
    assert "每间可售房收入" in words_of(owner.get("/stays/insights/"))
    assert owner.get("/stays/insights/?span=90").status_code == 200


def test_another_house_sees_and_moves_nothing_of_this_one(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    stay = place.paid(shopper, day(1))["id"]
    other: Inn = inn(app, "别家民宿")
    desk = sign_in(app, other.house.members["Owner"])
    assert desk.get(f"/stays/orders/{stay}").status_code == 404
    assert desk.get(f"/stays/desk/{stay}").status_code == 404
    assert desk.post(f"/stays/board/move/{stay}", data={"unit": other.units["山 201"], "arrives": f"{day(2)}"}).status_code == 404
    assert desk.post("/stays/board/block", data={"unit": place.units["山 201"], "first": f"{day(5)}", "after": f"{day(6)}", "reason": "x"}).status_code == 404
    assert place.stay(stay)["arrives"] == day(1)
