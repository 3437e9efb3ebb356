"""A table's meal through its doors: scanned, ordered, added to, divided to the fen, paid by several, given back to each, left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.orders.models import OrderPart
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.paying import confirm_payment
from app.verticals.dining.jobs import cancel_unpaid_orders, close_quiet_sittings
from app.verticals.dining.models import DiningOrder, Sitting, Table
from app.verticals.dining.operations.sittings import share_by_channel
from tests.kernel.wallet.test_wallet import filled, offered
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def seen(place: Restaurant) -> dict[str, Any]:
    """The table as anybody sees it who scans the code."""
    return place.app.test_client().get(f"/api/v1/dining/tables/{place.table_code}").json


def dine(place: Restaurant, guest: Shopper, *wishes: tuple[str, int]) -> dict[str, Any]:
    return place.place(guest, *wishes, service="dine_in")


def split(place: Restaurant, guest: Shopper, way: str, people: int = 2) -> Any:
    return guest.post(f"/dining/tables/{place.table_code}/split", {"way": way, "people": people})


def pay_share(place: Restaurant, guest: Shopper, share: int, way: str = "wallet") -> Any:
    return guest.post(f"/dining/tables/{place.table_code}/shares/{share}/pay", {"way": way})


def begin(place: Restaurant, guest: Shopper, share: int) -> list[int]:
    """The guest's open payments for the share."""
    with place.app.app_context(), transaction(SETUP) as session:
        table = session.scalars(select(Table).where(Table.code == place.table_code)).one()
        return [payment.id for payment in share_by_channel(table, share, payer=guest.id, actor=SETUP, now=clock.now())]


def arrive(place: Restaurant, payment_id: int) -> None:
    """The channel says that the payment was made."""
    moment = datetime.now(UTC)
    with place.app.app_context(), transaction(SETUP) as session:
        payment = session.get_one(Payment, payment_id)
        told = ChannelPayment(payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, f"44000{payment.id:023d}", "openid", moment)
        confirm_payment(told, actor=system("channel"), now=moment)


def statuses(app: Flask) -> list[tuple[str, int, int]]:
    """(status, paid, round) of all orders."""
    with app.app_context(), transaction(SETUP) as session:
        return [(order.status, order.paid, order.round) for order in session.scalars(select(DiningOrder).order_by(DiningOrder.id))]


@pytest.mark.covers("dining.X1")
def test_guests_of_one_table_see_each_others_orders_and_add_to_them(app: Flask, place: Restaurant) -> None:
    li, wang = Shopper(app, "li"), Shopper(app, "wang")
    assert seen(place)["sitting"] is None
    first = dine(place, li, ("鲜虾粥", 1))
    place.pay(first["id"])
    second = dine(place, wang, ("牛肉面", 2))
    shown = seen(place)["sitting"]
    assert (shown["ordered"], shown["paid"], shown["due"]) == (4_300, 1_800, 2_500)
    assert [(guest["name"], guest["ordered"], guest["due"]) for guest in shown["guests"]] == [("l**", 1_800, 0), ("w**", 2_500, 2_500)]
    assert [line["title"] for line in shown["guests"][1]["orders"][0]["lines"]] == ["牛肉面"]
    place.pay(second["id"])
    assert [each["added"] for guest in seen(place)["sitting"]["guests"] for each in guest["orders"]] == [0, 1]
    cashier = sign_in(app, place.house.members["Cashier"])
    board = cashier.get("/dining/board/").get_data(as_text=True)
    assert board.count("加菜 1") == 1 and board.count("6 号桌") >= 2
    place.move(second["id"], "accept")
    assert "加菜 1" in cashier.get("/dining/kitchen/").get_data(as_text=True)
    assert "加菜 1" in cashier.get(f"/dining/ticket/{second['id']}").get_data(as_text=True)
    tables = cashier.get("/dining/tables/").get_data(as_text=True)
    assert "起用餐" in tables and "¥43.00" in tables
    record = cashier.get(f"/dining/sittings/{sitting_id(app)}").get_data(as_text=True)
    assert first["number"] in record and second["number"] in record and "¥43.00" in record


def sitting_id(app: Flask) -> int:
    with app.app_context(), transaction(SETUP) as session:
        return session.scalars(select(Sitting.id).order_by(Sitting.id.desc())).first() or 0


@pytest.mark.covers("dining.X1")
def test_a_bill_in_three_is_exact_and_what_each_paid_goes_back_to_him(app: Flask, place: Restaurant) -> None:
    guests = [Shopper(app, name) for name in ("li", "wang", "chen")]
    offer = offered(app, place, "100", "0")
    for guest in guests:
        filled(app, place, guest, offer)
    orders = [dine(place, guests[0], ("鲜虾粥", 1)), dine(place, guests[1], ("牛肉面", 1))]
    laid = split(place, guests[2], "even", 3)  # 18.00 + 12.50 = 30.50: 10.17, 10.17, 10.16
    assert laid.status_code == 200
    shares = [(share["share"], share["amount"], share["due"]) for share in laid.json["sitting"]["shares"]]
    assert shares == [(1, 1_017, 1_017), (2, 1_017, 1_017), (3, 1_016, 1_016)]
    refused = guests[0].post(f"/dining/orders/{orders[0]['id']}/pay", {}), guests[0].post(f"/wallet/pay/{orders[0]['id']}")
    assert [each.status_code for each in refused] == [409, 409]
    paid = [[each["amount"] for each in pay_share(place, guest, share).json["payments"]] for share, guest in enumerate(guests, start=1)]
    assert paid == [[1_017], [783, 234], [1_016]]
    assert [status for status, _, _ in statuses(app)] == ["waiting", "waiting"]
    assert [share["paid_by"] for share in seen(place)["sitting"]["shares"]] == [["l**"], ["w**"], ["c**"]]
    place.move(orders[0]["id"], "reject", reason="卖完了")
    assert run_waiting(app, only="send_refund") == 2
    with app.app_context(), transaction(SETUP) as session:
        back = {refund.customer_id: refund.amount for refund in session.scalars(select(Refund))}
    assert back == {guests[0].id: 1_017, guests[1].id: 783}
    assert [guest.get(f"/wallet/{place.house.merchant_id}").json["balance"] for guest in guests] == [10_000, 10_000 - 1_017 + 783, 10_000 - 1_016]


@pytest.mark.covers("dining.X1")
def test_one_guest_pays_all_orders_by_the_channel(app: Flask, place: Restaurant) -> None:
    li, wang = Shopper(app, "li"), Shopper(app, "wang")
    dine(place, li, ("鲜虾粥", 1))
    dine(place, wang, ("牛肉面", 1))
    assert split(place, wang, "together").status_code == 200
    payments = begin(place, wang, 1)
    assert len(payments) == 2 and begin(place, wang, 1) == payments
    other = pay_share(place, li, 1, "wechat")
    assert (other.status_code, other.json["code"]) == (409, "payment.somebody_pays")
    assert (split(place, li, "own").status_code, split(place, li, "own").json["code"]) == (409, "order.being_paid")
    arrive(place, payments[0])
    assert [status for status, _, _ in statuses(app)] == ["waiting", "unpaid"]
    arrive(place, payments[1])
    assert statuses(app) == [("waiting", 1_800, 1), ("waiting", 1_250, 2)]
    with app.app_context(), transaction(SETUP) as session:
        assert {payment.customer_id for payment in session.scalars(select(Payment))} == {wang.id}


def test_a_part_paid_and_never_completed_goes_back_to_its_payer(app: Flask, place: Restaurant) -> None:
    li, wang = Shopper(app, "li"), Shopper(app, "wang")
    filled(app, place, wang, offered(app, place, "50", "0"))
    dine(place, li, ("鲜虾粥", 1))
    split(place, li, "even", 2)
    assert pay_share(place, wang, 2).status_code == 200
    with clock.at(datetime.now(UTC) + timedelta(minutes=16)):
        with app.app_context():
            assert cancel_unpaid_orders() == 1
        assert run_waiting(app, only="send_refund") == 1
    assert wang.get(f"/wallet/{place.house.merchant_id}").json["balance"] == 5_000
    assert [status for status, _, _ in statuses(app)] == ["cancelled"]
    with app.app_context(), transaction(SETUP) as session:
        assert [(part.share, part.payment_id is not None) for part in session.scalars(select(OrderPart))] == [(2, True)]


def test_forty_guests_at_once_pay_a_share_once(app: Flask, place: Restaurant) -> None:
    li, guests = Shopper(app, "li"), [Shopper(app, f"guest{number}") for number in range(4)]
    offer = offered(app, place, "100", "0")
    for guest in guests:
        filled(app, place, guest, offer)
    dine(place, li, ("鲜虾粥", 1))
    split(place, li, "even", 2)
    headers = [guests[number % 4].headers() for number in range(40)]

    def pay(number: int) -> int:
        address = f"/api/v1/dining/tables/{place.table_code}/shares/1/pay"
        return app.test_client().post(address, json={"way": "wallet"}, headers=headers[number]).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = sorted(pool.map(pay, range(40)))
    assert codes == [200] + [409] * 39
    assert statuses(app) == [("unpaid", 900, 0)]
    assert sum(guest.get(f"/wallet/{place.house.merchant_id}").json["balance"] for guest in guests) == 40_000 - 900


@pytest.mark.covers("dining.X1")
def test_a_table_is_opened_and_closed_by_the_cashier_or_by_the_clock(app: Flask, place: Restaurant) -> None:
    cashier, li = sign_in(app, place.house.members["Cashier"]), Shopper(app, "li")
    with app.app_context(), transaction(SETUP) as session:
        table = session.scalars(select(Table.id).where(Table.code == place.table_code)).one()
    assert cashier.post(f"/dining/tables/{table}/seat", data={"guests": "4"}).status_code == 303
    assert cashier.post(f"/dining/tables/{table}/seat", data={"guests": "4"}).status_code == 409
    key = sitting_id(app)
    order = dine(place, li, ("鲜虾粥", 1))
    assert seen(place)["sitting"]["people"] == 4 and sitting_id(app) == key
    assert cashier.post(f"/dining/sittings/{key}/move/close").status_code == 409
    place.pay(order["id"])
    for step in ("accept", "ready", "serve"):
        place.move(order["id"], step)
    with app.app_context():
        assert close_quiet_sittings() == 0
        with clock.at(datetime.now(UTC) + timedelta(minutes=46)):
            assert close_quiet_sittings() == 1
    assert seen(place)["sitting"] is None
    dine(place, li, ("牛肉面", 1))
    assert sitting_id(app) != key
    with clock.at(datetime.now(UTC) + timedelta(minutes=16)), app.app_context():
        cancel_unpaid_orders()
    assert cashier.post(f"/dining/sittings/{sitting_id(app)}/move/close").status_code == 303
    assert seen(place)["sitting"] is None


def test_bad_splits_change_nothing(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    assert (split(place, li, "together").status_code, split(place, li, "together").json["code"]) == (409, "dining.nothing_due")
    dine(place, li, ("鲜虾粥", 1))
    assert split(place, li, "even", 51).status_code == 422
    assert li.post("/dining/tables/NOSUCHTABLE/split", {"way": "own"}).status_code == 404
    assert pay_share(place, li, 1).json["code"] == "dining.nothing_due"
    assert seen(place)["sitting"]["shares"] == []
