"""Couriers carry deliveries: who sees what, who may take, and where the delivery fee goes, to the fen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.core.actors import EVERYTHING, Actor, Scope
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.aftersales.operations import refund_lines
from app.kernel.fulfilment.models import Job
from app.kernel.fulfilment.operations.carrying import step
from app.kernel.ledger.accounts import available, escrow, merchant_pending, pending, revenue
from app.kernel.ledger.queries import balance
from app.kernel.parties.models import StaffUser
from app.kernel.parties.operations.merchants import add_member, open_merchant
from app.kernel.settlement.operations.release import release_due
from app.verticals.dining.models import DiningOrder
from tests.support.people import PASSWORD, SETUP, Shopper, sign_in
from tests.verticals.dining.world import Restaurant, restaurant

HOME = {"address": "青溪镇河东路 8 号", "phone": "13912345678", "place": {"latitude": 30.571, "longitude": 104.061}}


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


@pytest.fixture
def rider(app: Flask, place: Restaurant) -> FlaskClient:
    return sign_in(app, place.house.members["Courier"])


def user_of(app: Flask, username: str) -> int:
    with app.app_context():
        enter_scope(EVERYTHING)
        user = db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one()
        return int(user.id)


def second(app: Flask, place: Restaurant, username: str = "rider-two") -> str:
    """Another courier of the restaurant; his username."""
    with app.app_context(), transaction(SETUP) as session:
        from app.kernel.parties.models import Merchant

        house = session.get_one(Merchant, place.house.merchant_id)
        add_member(house, username=username, password=PASSWORD, role="Courier", last_name="王", first_name="强", actor=SETUP, now=datetime.now(UTC))
    return username


def delivery(place: Restaurant, li: Shopper, *, cooked: bool = True) -> tuple[dict[str, Any], int]:
    """A paid and accepted delivery of 36.00 + 2.00 packing + 5.00, and the id of its job."""
    order = place.paid(li, ("鲜虾粥", 2), service="delivery", **HOME)
    place.move(order["id"], "accept")
    if cooked:
        place.move(order["id"], "ready")
    with place.app.app_context():
        enter_scope(EVERYTHING)
        return order, db.session.scalars(select(Job.id).where(Job.order_id == order["id"])).one()


def job(app: Flask, pk: int) -> Job:
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.get_one(Job, pk)
        db.session.expunge(found)
        return found


def money(app: Flask, place: Restaurant, courier: int) -> dict[str, int]:
    """The books that a delivery touches, in fen."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return {
            "escrow": balance(escrow("dining")), "merchant": balance(merchant_pending(place.house.merchant_id)),
            "courier": balance(pending("courier", courier)), "commission": balance(revenue("commission")), "margin": balance(revenue("delivery_margin")),
        }


@pytest.mark.covers("dining.F5", "dining.R5")
def test_a_courier_takes_carries_and_hands_over_and_has_the_fee(place: Restaurant, li: Shopper, rider: FlaskClient, app: Flask) -> None:
    order, pk = delivery(place, li, cooked=False)
    page = rider.get("/delivery/").get_data(as_text=True)
    assert "A001" in page and HOME["address"] not in page and HOME["phone"] not in page
    assert li.get(f"/dining/orders/{order['id']}").json["courier"] is None
    assert rider.post(f"/delivery/{pk}/take").status_code == 303
    page = rider.get("/delivery/").get_data(as_text=True)
    assert HOME["address"] in page and f"tel:{HOME['phone']}" in page and "4.25" in page
    assert rider.post(f"/delivery/{pk}/pick-up").status_code == 409  # not cooked
    assert job(app, pk).status == "taken"
    place.move(order["id"], "ready")
    assert rider.post(f"/delivery/{pk}/pick-up").status_code == 303
    shown = li.get(f"/dining/orders/{order['id']}").json
    assert (shown["status"], shown["courier"]["status"], shown["courier"]["name"]) == ("delivering", "carried", "林Courier")
    assert shown["courier"]["left_at"] and not shown["courier"]["arrived_at"]
    code = shown["courier"]["code"]
    wrong = f"{(int(code) + 1) % 10_000:04d}"
    assert rider.post(f"/delivery/{pk}/deliver", data={"code": wrong}).status_code == 409
    assert (job(app, pk).status, job(app, pk).code_tries) == ("carried", 1)
    assert rider.post(f"/delivery/{pk}/deliver", data={"code": code}).status_code == 303
    shown = li.get(f"/dining/orders/{order['id']}").json
    assert (shown["status"], shown["courier"]["status"], shown["courier"]["code"]) == ("done", "done", None)
    # 38.00 less 8 %; of the delivery fee 5.00 the platform keeps 15 %
    courier = user_of(app, place.house.members["Courier"])
    assert money(app, place, courier) == {"escrow": 0, "merchant": 3496, "courier": 425, "commission": 304, "margin": 75}
    page = rider.get("/delivery/").get_data(as_text=True)
    assert "4.25" in page and HOME["address"] not in page and HOME["phone"] not in page


@pytest.mark.covers("dining.R5")
def test_the_shop_delivers_itself_and_keeps_its_fee(place: Restaurant, li: Shopper, rider: FlaskClient, app: Flask) -> None:
    courier, cashier = user_of(app, place.house.members["Courier"]), sign_in(app, place.house.members["Cashier"])
    first, untouched = delivery(place, li)
    place.move(first["id"], "send_out")
    place.move(first["id"], "arrive")
    assert job(app, untouched).status == "own"
    assert money(app, place, courier) == {"escrow": 0, "merchant": 3996, "courier": 0, "commission": 304, "margin": 0}
    again, taken = delivery(place, li)
    rider.post(f"/delivery/{taken}/take")
    with pytest.raises(Refusal):
        place.move(again["id"], "send_out")  # a courier has it
    assert cashier.post(f"/delivery/{taken}/send", data={"courier": ""}).status_code == 303
    place.move(again["id"], "send_out")
    place.move(again["id"], "arrive")
    assert money(app, place, courier) == {"escrow": 0, "merchant": 7992, "courier": 0, "commission": 608, "margin": 0}


@pytest.mark.covers("dining.R5")
def test_refunds_of_the_delivery_give_back_in_proportion(place: Restaurant, li: Shopper, rider: FlaskClient, app: Flask) -> None:
    courier = user_of(app, place.house.members["Courier"])
    order, pk = carried(place, li, rider)
    line = next(each["id"] for each in order["lines"] if each["kind"] == "delivery")
    refund(place, order, {line: 200})  # on its way: 2.00 of 5.00, of it 0.30 of the platform's 0.75
    li.post(f"/dining/orders/{order['id']}/arrive")
    assert job(app, pk).status == "done"
    assert money(app, place, courier) == {"escrow": 0, "merchant": 3496, "courier": 255, "commission": 304, "margin": 45}
    refund(place, order, {line: 100})
    assert money(app, place, courier) == {"escrow": 0, "merchant": 3496, "courier": 170, "commission": 304, "margin": 30}
    with app.app_context(), transaction(SETUP):
        assert release_due(datetime.now(UTC) + timedelta(days=30)) == 1
    with app.app_context():
        enter_scope(EVERYTHING)
        assert (balance(pending("courier", courier)), balance(available("courier", courier))) == (0, 170)
    refund(place, order, {line: 200})  # all the rest, after the hold
    with app.app_context():
        enter_scope(EVERYTHING)
        assert balance(available("courier", courier)) == 0 and balance(revenue("delivery_margin")) == 0
        assert db.session.execute(text("SELECT earned FROM order_line WHERE id = :id"), {"id": line}).scalar_one() == 0


def carried(place: Restaurant, li: Shopper, rider: FlaskClient) -> tuple[dict[str, Any], int]:
    """A delivery that the courier is under way with."""
    order, pk = delivery(place, li)
    assert rider.post(f"/delivery/{pk}/take").status_code == 303
    assert rider.post(f"/delivery/{pk}/pick-up").status_code == 303
    return order, pk


def refund(place: Restaurant, order: dict[str, Any], amounts: dict[int, int]) -> None:
    """The owner gives back these lines."""
    with place.app.app_context(), transaction(place.house.actor) as session:
        found = session.get_one(DiningOrder, order["id"])
        refund_lines(found, amounts, reason="送晚了", actor=place.house.actor, now=datetime.now(UTC))


@pytest.mark.covers("dining.F5")
def test_the_front_assigns_and_reassigns(place: Restaurant, li: Shopper, rider: FlaskClient, app: Flask) -> None:
    cashier, other = sign_in(app, place.house.members["Cashier"]), second(app, place)
    order, pk = delivery(place, li)
    mine, his = user_of(app, place.house.members["Courier"]), user_of(app, other)
    assert cashier.post(f"/delivery/{pk}/send", data={"courier": mine}).status_code == 303
    assert "林Courier 已接单" in cashier.get("/dining/board/").get_data(as_text=True)
    assert cashier.post(f"/delivery/{pk}/send", data={"courier": his}).status_code == 303
    assert (job(app, pk).courier_id, job(app, pk).courier_name) == (his, "王强")
    assert HOME["phone"] not in rider.get("/delivery/").get_data(as_text=True)
    for act in ("pick-up", "give-back", "deliver"):
        assert rider.post(f"/delivery/{pk}/{act}", data={"code": "0000"}).status_code == 404  # another's job
    winner = sign_in(app, other)
    assert winner.post(f"/delivery/{pk}/pick-up").status_code == 303
    assert cashier.post(f"/delivery/{pk}/send", data={"courier": ""}).status_code == 409  # under way
    assert cashier.post(f"/delivery/{pk}/send", data={"courier": mine}).status_code == 303  # handed on
    assert "林Courier" in cashier.get(f"/dining/orders/{order['id']}").get_data(as_text=True)
    kitchen = user_of(app, place.house.members["Kitchen"])
    assert cashier.post(f"/delivery/{pk}/send", data={"courier": kitchen}).status_code == 422
    assert (job(app, pk).status, job(app, pk).courier_id) == ("carried", mine)


@pytest.mark.covers("dining.F5")
def test_a_job_given_back_waits_for_the_next(place: Restaurant, li: Shopper, rider: FlaskClient, app: Flask) -> None:
    _order, pk = delivery(place, li)
    rider.post(f"/delivery/{pk}/take")
    assert rider.post(f"/delivery/{pk}/give-back").status_code == 303
    assert (job(app, pk).status, job(app, pk).courier_id) == ("waiting", None)
    other = sign_in(app, second(app, place))
    assert other.post(f"/delivery/{pk}/take").status_code == 303
    assert job(app, pk).pay == 425


def test_an_order_that_ends_takes_its_job_along(place: Restaurant, li: Shopper, rider: FlaskClient, app: Flask) -> None:
    order, pk = carried(place, li, rider)
    place.move(order["id"], "abandon", reason="顾客不要了")
    assert job(app, pk).status == "cancelled"
    assert money(app, place, user_of(app, place.house.members["Courier"])) == {"escrow": 0, "merchant": 0, "courier": 0, "commission": 0, "margin": 0}


@pytest.mark.covers("dining.F5")
def test_forty_couriers_grab_and_one_has_it(place: Restaurant, li: Shopper, app: Flask) -> None:
    with app.app_context(), transaction(SETUP) as session:
        from app.kernel.parties.models import Membership

        keys = []
        for count in range(40):
            user = StaffUser(username=f"grab{count}", first_name="员", last_name=f"{count}", email=f"grab{count}@example.invalid", active=True)
            session.add(user)
            session.flush()
            session.add(Membership(user_id=user.id, merchant_id=place.house.merchant_id, role="Courier", name=user.label, username=user.username))
            keys.append(user.id)
    _order, pk = delivery(place, li)

    def grab(key: int) -> str:
        with app.app_context():
            actor = Actor("member", key, f"员{key}", frozenset({"Courier"}), Scope("merchant", place.house.merchant_id))
            try:
                with transaction(actor):
                    step(pk, "take", actor=actor, now=datetime.now(UTC))
            except Refusal as refusal:
                return refusal.code
            return str(key)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(grab, keys))
    assert answers.count("flow.wrong_state") == 39
    assert str(job(app, pk).courier_id) in answers


@pytest.mark.covers("dining.F5")
def test_a_courier_holds_so_many_however_fast_he_grabs(place: Restaurant, li: Shopper, app: Flask) -> None:
    key = user_of(app, place.house.members["Courier"])
    jobs = [delivery(place, li)[1] for _ in range(8)]
    actor = Actor("member", key, "林", frozenset({"Courier"}), Scope("merchant", place.house.merchant_id))

    def grab(pk: int) -> str:
        with app.app_context():
            try:
                with transaction(actor):
                    step(pk, "take", actor=actor, now=datetime.now(UTC))
            except Refusal as refusal:
                return refusal.code
            return "taken"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(grab, jobs))
    assert (answers.count("taken"), answers.count("fulfilment.too_many")) == (5, 3)


def test_another_restaurants_courier_sees_nothing(place: Restaurant, li: Shopper, app: Flask) -> None:
    _order, pk = delivery(place, li)
    with app.app_context(), transaction(SETUP):
        other = open_merchant("隔壁", contact_name="周", contact_phone="13800138001", actor=SETUP, now=datetime.now(UTC))
        other.trades = ["dining"]
        add_member(other, username="foreign", password=PASSWORD, role="Courier", last_name="周", first_name="周", actor=SETUP, now=datetime.now(UTC))
    stranger = sign_in(app, "foreign")
    assert 'data-refresh="/delivery/events"' in stranger.get("/delivery/").get_data(as_text=True)
    assert "A001" not in stranger.get("/delivery/").get_data(as_text=True)
    assert stranger.post(f"/delivery/{pk}/take").status_code == 404
    assert job(app, pk).status == "waiting"


def test_without_couriers_the_shop_is_asked_for_nothing(place: Restaurant, li: Shopper, app: Flask) -> None:
    with app.app_context(), transaction(SETUP) as session:
        session.execute(text("UPDATE party_membership SET active = false WHERE role = 'Courier'"))
    order = place.paid(li, ("鲜虾粥", 2), service="delivery", **HOME)
    for name in ("accept", "ready", "send_out", "arrive"):
        place.move(order["id"], name)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Job)).all() == []
    assert li.get(f"/dining/orders/{order['id']}").json["status"] == "done"
