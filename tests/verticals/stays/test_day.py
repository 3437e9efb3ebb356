"""A day in a house, through its doors, ending with the proofs; and what the platform charges: commission, entry fee, membership."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.periods import day_start
from app.framework.database import get, transaction
from app.framework.events import publish
from app.kernel.approvals.models import Case
from app.kernel.ledger.proofs import assert_proofs_hold
from app.kernel.parties.models import Merchant
from app.kernel.plans.models import Charge
from app.kernel.plans.operations.entitlements import quota_left
from app.kernel.plans.owners import Owner
from app.verticals.stays.models import House, RoomType, StayOrder
from tests.kernel.plans.world import paid_by_channel, plan, rows
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.stays.world import ID, VALUES, day, inn


@pytest.mark.covers("stays.S4", "stays.S5", "stays.R1", "stays.E4")
def test_a_day_in_a_house(app: Flask) -> None:
    """One stays the night and one more, one cancels, one never comes, one leaves early; every fen is somebody's at the end."""
    place = inn(app, rooms=3)
    place.set(deposit="part", deposit_ppm=300_000)
    guests = [Shopper(app, f"guest{number}") for number in range(4)]
    stays_on, calls_off, never_comes = (place.paid(guest, day(1), 2, pay="deposit")["id"] for guest in guests[:3])
    leaves = place.paid(guests[3], day(1), 2, "溪畔家庭房")["id"]
    first, second, third = (day_start(day(number)) for number in (1, 2, 3))
    with clock.at(first + timedelta(hours=9)):
        assert guests[1].post(f"/stays/orders/{calls_off}/cancel").status_code == 200
    with clock.at(first + timedelta(hours=15)):
        desk = sign_in(app, place.house.members["Manager"])
        desk.post("/cash/open", data={"opening": "200"})
        for stay in (stays_on, leaves):
            assert desk.post(f"/stays/desk/{stay}/guest", data={"name": "客人", "id_kind": "id_card", "number": ID}).status_code == 303
            assert desk.post(f"/stays/orders/{stay}/move/check_in").status_code == 303
        assert desk.post(f"/stays/board/extend/{stays_on}", data={"leaves": f"{(third + timedelta(days=1, hours=9)).date()}"}).status_code == 303
    with clock.at(second + timedelta(hours=9)):
        desk = sign_in(app, place.house.members["Manager"])
        assert desk.post(f"/stays/orders/{leaves}/move/check_out").status_code == 303
        assert desk.post(f"/stays/orders/{never_comes}/move/miss").status_code == 303
        assert desk.post(f"/cash/take/{stays_on}", data={"given": "1200"}).status_code == 303
    with clock.at(third + timedelta(days=1, hours=10)):
        desk = sign_in(app, place.house.members["Manager"])
        assert desk.post(f"/stays/orders/{stays_on}/move/check_out").status_code == 303
    found = {name: place.stay(key) for name, key in {"on": stays_on, "off": calls_off, "never": never_comes, "left": leaves}.items()}
    assert {name: (each["status"], each["payable"], each["paid"], each["refunded"]) for name, each in found.items()} == {
        "on": ("done", 140_400, 140_400, 0), "off": ("cancelled", 28_080, 28_080, 0), "never": ("no_show", 28_080, 28_080, 0),
        "left": ("done", 125_600, 125_600, 31_400),
    }
    kept = 140_400 + 28_080 + 28_080 + 94_200
    with app.app_context(), transaction(SETUP):
        fees = sum(get(StayOrder, key).commission for key in (stays_on, leaves))
        assert_proofs_hold()
    escrow, _pending, commission, _owed = place.books(guests[0])
    assert escrow == 0 and commission == kept * 8 // 100 and fees > 0
    with clock.at(third + timedelta(days=1, hours=11)):
        assert "住宿佣金" in staff(app, "Finance").get("/profit/").get_data(as_text=True)


@pytest.mark.covers("stays.R2", "stays.E1")
def test_a_host_owes_the_entry_fee(app: Flask) -> None:
    place = inn(app)
    with app.app_context(), transaction(SETUP):
        holder = get(Merchant, place.house.merchant_id)
        publish("merchant_admitted", merchant=holder, trade="stays", application=SimpleNamespace(category="homestay"), actor=SETUP, now=clock.now())
    assert rows(app, Charge, "purpose", "trade", "amount") == [("entry", "stays", 60_000)]


@pytest.mark.covers("stays.R3", "stays.F6")
def test_a_member_pays_less_and_is_upgraded_for_free(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    key = plan(app, trade="stays", kind="guest_membership", grants={"stays.discount": 100_000, "stays.upgrades": 1}, title="旅客会员")
    bought = shopper.post("/subscriptions", {"plan_id": key})
    assert bought.status_code == 201, bought.json
    paid_by_channel(app, rows(app, Charge, "id")[-1])
    (night,) = shopper.post("/stays/price", place.wish(day(1), 1)).json["nights"]
    assert (night["price"], night["member"], night["payable"]) == (46_800, 4_680, 42_120)
    stay = place.paid(shopper, day(1), 1)["id"]
    desk = sign_in(app, place.house.members["Cashier"])
    data = {"unit": place.units["溪 101"], "arrives": f"{day(1)}", "reason": "会员升房", "upgrade": "1"}
    assert desk.post(f"/stays/board/move/{stay}", data=data).status_code == 303
    assert place.stay(stay)["unit_name"] == "溪 101" and place.stay(stay)["payable"] == 42_120
    with app.app_context(), transaction(SETUP):
        assert quota_left(Owner("customer", shopper.id), "stays.upgrades", now=clock.now()) == 0
    back = {**data, "unit": place.units["山 201"]}
    assert desk.post(f"/stays/board/move/{stay}", data=back).status_code == 409


@pytest.mark.covers("stays.S2", "stays.E2")
def test_a_change_waits_beside_what_is_on_sale(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    owner, reviewer = sign_in(app, place.house.members["Owner"]), staff(app, "Reviewer")
    counts = {name: str(value) for name, value in VALUES.items() if isinstance(value, int)}
    form = {**counts, "base": "500", "description": "新装修", "beds": "大床", "name": "山景大床房"}
    assert owner.post(f"/stays/rooms/{place.types['山景大床房']}", data=form).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        room_type = get(RoomType, place.types["山景大床房"])
        waits, shown, price = bool(room_type.proposed), room_type.description, room_type.base
        case = session.scalars(select(Case.id).where(Case.kind == "stays.type", Case.subject_id == room_type.id, Case.status == "waiting")).one()
    assert (waits, shown, price) == (True, "推窗见山", 50_000) and case
    assert reviewer.post(f"/review/{case}/claim").status_code == 303
    assert reviewer.post(f"/review/{case}/decide", data={"decision": "approve"}).status_code == 303
    detail = shopper.get(f"/stays/houses/{place.house_id}").json
    assert detail["types"][0]["description"] == "新装修"
    reported = shopper.post(f"/listings/stays.type/{place.types['山景大床房']}/reports", {"reason": "false", "words": "图片不对"})
    assert reported.status_code == 201


@pytest.mark.covers("stays.E1")
def test_an_expired_permit_takes_the_house_off(app: Flask) -> None:
    place, shopper = inn(app), Shopper(app)
    with app.app_context(), transaction(SETUP):
        holder = get(Merchant, place.house.merchant_id)
        publish("document_expired", merchant=holder, document=SimpleNamespace(trade="stays", label="特种行业许可证"), actor=SETUP, now=clock.now())
    assert shopper.get(f"/stays/houses/{place.house_id}").status_code == 404
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post(f"/stays/houses/{place.house_id}/move/put_back", data={"reason": "好了"}).status_code == 403
    assert staff(app, "Operator").post(f"/stays/houses/{place.house_id}/move/put_back", data={"reason": "新证已核"}).status_code == 303
    with app.app_context(), transaction(SETUP):
        assert get(House, place.house_id).status == "paused"
