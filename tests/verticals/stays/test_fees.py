"""A stay is settled to the host down to the order and the rule, and a host advertises; both show in the books."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day, day_start
from app.framework.database import transaction
from app.kernel.ledger.accounts import merchant_available
from app.kernel.ledger.queries import balance
from app.kernel.plans.operations.placements import add_slot
from app.kernel.settlement.jobs import close_cycle
from app.kernel.settlement.models import Statement
from app.kernel.settlement.operations.release import release_due
from tests.kernel.plans.world import give
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.support.pictures import picture
from tests.verticals.stays.world import ID, day, inn


@pytest.mark.covers("stays.E5")
def test_a_stay_is_settled_down_to_the_order_and_the_rule(app: Flask) -> None:
    place, guest = inn(app), Shopper(app, "li")
    stay = place.paid(guest, day(1), 1)
    with clock.at(day_start(day(1)) + timedelta(hours=15)):
        desk = sign_in(app, place.house.members["Manager"])
        assert desk.post(f"/stays/desk/{stay['id']}/guest", data={"name": "客人", "id_kind": "id_card", "number": ID}).status_code == 303
        assert desk.post(f"/stays/orders/{stay['id']}/move/check_in").status_code == 303
    with clock.at(day_start(day(2)) + timedelta(hours=10)):
        desk = sign_in(app, place.house.members["Manager"])
        assert desk.post(f"/stays/orders/{stay['id']}/move/check_out").status_code == 303
    later = datetime.now(UTC) + timedelta(days=40)
    with app.app_context(), transaction(system("settlement")):
        assert release_due(later) == 1
    with app.app_context():
        close_cycle("stays", business_day(later), actor=system("settlement"), now=later)
    with app.app_context(), transaction(SETUP) as session:
        statement = session.scalars(select(Statement)).one()
        # one night of 468.00, 8 % of it commission
        assert (statement.merchant_id, statement.closing, balance(merchant_available(place.house.merchant_id))) == (place.house.merchant_id, 43_056, 43_056)
        key = statement.id
    shown = sign_in(app, place.house.members["Owner"]).get(f"/statements/{key}").get_data(as_text=True)
    assert "¥430.56" in shown and "住宿佣金" in shown and stay["number"] in shown
    book = load_workbook(io.BytesIO(staff(app, "Finance").get(f"/statements/{key}/workbook").data))
    assert stay["number"] in {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


@pytest.mark.covers("stays.R4")
def test_a_host_advertises_in_its_town(app: Flask) -> None:
    place = inn(app)
    give(app, place.house.merchant_id, 60_000)
    with app.app_context(), transaction(SETUP):
        slot = add_slot(
            trade="stays", page="home", region="青溪镇", title="本地推荐", kind="placement", capacity=1, members_only=False, on_sale=True, actor=SETUP,
            now=datetime.now(UTC),
        ).id
    booking = {
        "slot_id": str(slot), "starts_on": f"{business_day(datetime.now(UTC)) + timedelta(days=1)}", "days": "7", "title": "推窗见山",
        "link": "/pages/stays/house?id=1", "image": (io.BytesIO(picture()), "house.jpg"),
    }
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post("/ad-bookings/new", data=booking, content_type="multipart/form-data").status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        charge, amount = session.execute(text("SELECT id, amount FROM plan_charge WHERE purpose = 'placement'")).one()
    assert amount == 15_000
    assert owner.post(f"/charges/{charge}/move/pay_from_balance", data={"confirmed_amount": "150"}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        assert session.execute(text("SELECT total FROM plan_deferral")).scalar_one() == 15_000
    assert "民宿" in staff(app, "Finance").get("/profit/", follow_redirects=True).get_data(as_text=True)
