"""Another type of room: the difference is shown first, then owed, given back, or waived with a reason; each to the fen."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.framework.database import transaction
from app.kernel.audit.models import AuditEntry
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.stays.test_changes import arrive, at, leave, nights
from tests.verticals.stays.world import Inn, day, inn

HILL, FAMILY = "山景大床房", "溪畔家庭房"
GENEROUS = {
    "steps": [{"hours": 0, "of": "all", "ppm": 1_000_000}], "no_show": {"hours": 0, "of": "all", "ppm": 1_000_000}, "early_leave_ppm": 1_000_000,
}


@pytest.fixture
def place(app: Flask) -> Inn:
    return inn(app)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def asks(place: Inn, stay: int, room: str, **form: str) -> Any:
    """The answer to the desk's wish to change the room, on the day of arrival that it has."""
    body = {"unit": str(place.units[room]), "arrives": f"{place.stay(stay)['arrives']}", **form}
    return sign_in(place.app, place.house.members["Owner"]).post(f"/stays/board/move/{stay}", data=body)


def story(app: Flask) -> list[tuple[str, dict[str, list[Any]]]]:
    """Reasons of the changes of room, and what the timeline says of their money."""
    with app.app_context(), transaction(SETUP) as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "stays_order.room_changed").order_by(AuditEntry.id))
        return [(each.reason, {name: pair for name, pair in each.changes.items() if "difference" in name}) for each in found]


@pytest.mark.covers("stays.F2", "stays.F4")
def test_a_dearer_room_is_shown_then_owed_then_paid(app: Flask, place: Inn, li: Shopper) -> None:
    stay = place.paid(li, day(1), 2)["id"]
    asked = asks(place, stay, "溪 101")
    assert asked.status_code == 303 and f"/stays/board/room/{stay}" in asked.headers["Location"]
    page = sign_in(app, place.house.members["Owner"]).get(asked.headers["Location"]).get_data(as_text=True)
    assert page.count("¥160.00") == 2 and "¥320.00" in page and "客人补付" in page
    assert (place.stay(stay)["due"], place.stay(stay)["unit_name"]) == (0, "山 201")
    assert asks(place, stay, "溪 101", price="charge").status_code == 303
    found = place.stay(stay)
    assert (found["payable"], found["due"], found["unit_name"]) == (125_600, 32_000, "溪 101")
    assert story(app) == [("前台换房", {"room_difference": [None, 32_000]})]
    shown = li.get(f"/stays/orders/{stay}").json
    assert (shown["type_name"], [line["payable"] for line in shown["lines"]]) == (FAMILY, [46_800, 46_800, 16_000, 16_000])
    place.pay(stay, amount=32_000)
    with at(day(1), 15) as moment:
        arrive(place, stay, moment)
    with at(day(3), 11) as moment:
        leave(place, stay, moment)
    assert place.books(li) == (0, 115_552, 10_048, 0)  # 1 256.00 less 8 %


def test_a_cheaper_room_gives_the_difference_back_and_its_commission(app: Flask, place: Inn, li: Shopper) -> None:
    stay = place.paid(li, day(1), 2, FAMILY)["id"]
    assert asks(place, stay, "山 201", price="charge").status_code == 303
    found = place.stay(stay)
    assert (found["refunded"], found["due"]) == (32_000, 0)
    assert (place.books(li)[0], place.books(li)[3]) == (93_600, 32_000)
    with at(day(1), 15) as moment:
        arrive(place, stay, moment)
    with at(day(3), 11) as moment:
        leave(place, stay, moment)
    assert place.books(li) == (0, 86_112, 7_488, 32_000)


def test_of_what_is_not_paid_the_difference_is_no_longer_owed(app: Flask, place: Inn, li: Shopper) -> None:
    place.set(deposit="first_night")
    stay = place.paid(li, day(1), 2, FAMILY, pay="deposit")["id"]
    assert asks(place, stay, "山 202", price="charge").status_code == 303
    found = place.stay(stay)
    assert (found["due"], found["refunded"], found["waived"]) == (30_800, 0, 32_000)


def test_the_house_waives_with_a_reason_and_not_without(app: Flask, place: Inn, li: Shopper) -> None:
    stay = place.paid(li, day(1), 2)["id"]
    before = place.stay(stay)
    assert asks(place, stay, "溪 101", price="waive").status_code == 422
    assert (place.stay(stay), story(app)) == (before, [])
    assert asks(place, stay, "溪 101", price="waive", reason="空调坏了，免费升级").status_code == 303
    assert place.stay(stay) == {**before, "unit_name": "溪 101"}
    assert story(app) == [("空调坏了，免费升级", {"difference_waived": [None, 32_000]})]
    assert li.get(f"/stays/orders/{stay}").json["type_name"] == HILL


def test_there_and_back_costs_nothing(app: Flask, place: Inn, li: Shopper) -> None:
    stay = place.paid(li, day(1), 2)["id"]
    asks(place, stay, "溪 101", price="charge")
    asks(place, stay, "山 201", price="charge")
    found = place.stay(stay)
    assert (found["payable"] - found["paid"], found["due"], found["refunded"], found["unit_name"]) == (0, 0, 0, "山 201")


def test_only_nights_that_are_left_differ_and_leaving_early_gives_both_parts_back(app: Flask, place: Inn, li: Shopper) -> None:
    place.set(ladder=GENEROUS)
    stay = place.paid(li, day(1), 3)["id"]
    with at(day(1), 15) as moment:
        arrive(place, stay, moment)
    with at(day(2), 16):
        assert asks(place, stay, "溪 101", price="charge").status_code == 303
    assert place.stay(stay)["due"] == 32_000
    assert nights(place) == [("山 201", day(1)), ("溪 101", day(2)), ("溪 101", day(3))]
    place.pay(stay, amount=32_000)
    with at(day(3), 9) as moment:
        leave(place, stay, moment)
    found = place.stay(stay)
    assert (found["refunded"], found["paid"]) == (62_800, 172_400)
    assert place.books(li) == (0, 100_832, 8_768, 62_800)  # 468.00 and 628.00 less 8 %


def test_called_off_the_first_night_counts_with_its_difference(app: Flask, place: Inn, li: Shopper) -> None:
    stay = place.paid(li, day(10), 2)["id"]
    asks(place, stay, "溪 101", price="charge")
    place.pay(stay, amount=32_000)
    with at(day(8), 14):
        preview = li.get(f"/stays/orders/{stay}/cancel").json
        assert (preview["kept"], preview["back"]) == (31_400, 94_200)  # half of 628.00
        assert li.post(f"/stays/orders/{stay}/cancel").status_code == 200
    assert place.books(li) == (0, 28_888, 2_512, 94_200)


def test_another_date_and_another_type_at_once_are_refused(app: Flask, place: Inn, li: Shopper) -> None:
    stay = place.paid(li, day(1), 2)["id"]
    owner = sign_in(app, place.house.members["Owner"])
    wish = {"unit": str(place.units["溪 101"]), "arrives": f"{day(4)}"}
    refused = owner.post(f"/stays/board/move/{stay}", data=wish, headers={"X-Requested-With": "fetch", "Accept": "application/json"})
    assert (refused.status_code, refused.json["code"]) == (409, "stays.type_and_dates") and "再换到“溪 101”" in refused.json["title"]
    found = place.stay(stay)
    assert (found["arrives"], found["unit_name"], found["payable"], nights(place)) == (day(1), "山 201", 93_600, [("山 201", day(1)), ("山 201", day(2))])
    assert owner.post(f"/stays/board/move/{stay}", data={**wish, "unit": str(place.units["山 202"])}).status_code == 303
    assert f"/stays/board/room/{stay}" in asks(place, stay, "溪 101").headers["Location"]
    assert asks(place, stay, "溪 101", price="charge").status_code == 303
    found = place.stay(stay)
    assert (found["arrives"], found["unit_name"], found["payable"], found["due"]) == (day(4), "溪 101", 125_600, 32_000)
