"""Cash through the cashier's desk: taken with change, the platform's commission taken from the merchant, handed back, counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.cash.models import CashMove, CashShift
from app.kernel.ledger.accounts import cash_held, cash_own, escrow, merchant_available, merchant_pending, merchant_receivable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.orders.models import Order
from app.kernel.payments.models import Payment, Refund
from tests.kernel.wallet.test_wallet import filled, offered
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


@pytest.fixture
def cashier(app: Flask, place: Restaurant) -> FlaskClient:
    """The cashier, with ¥100 in the drawer."""
    browser = sign_in(app, place.house.members["Cashier"])
    assert browser.post("/cash/open", data={"opening": "100"}).status_code == 303
    return browser


def books(app: Flask, place: Restaurant) -> dict[str, int]:
    """What the ledger says of the merchant's cash and of what it earned."""
    key = place.house.merchant_id
    accounts = {
        "held": cash_held(key), "own": cash_own(key), "available": merchant_available(key), "pending": merchant_pending(key),
        "owed": merchant_receivable(key), "escrow": escrow("dining"), "commission": revenue("commission"),
    }
    with app.app_context(), transaction(SETUP):
        return {name: int(found) for name, account in accounts.items() if (found := balance(account))}


def shift(app: Flask) -> CashShift:
    with app.app_context(), transaction(SETUP) as session:
        found = session.scalars(select(CashShift).order_by(CashShift.id.desc())).first()
        session.expunge_all()
        assert found is not None
        return found


def status(app: Flask, order_id: int) -> str:
    with app.app_context(), transaction(SETUP) as session:
        return session.get_one(Order, order_id).status


def test_cash_is_taken_with_change_and_the_commission_is_owed(app: Flask, place: Restaurant, cashier: FlaskClient) -> None:
    order = place.place(Shopper(app), ("鲜虾粥", 1))  # 18.00 + packing 1.00
    desk = cashier.get("/cash/").get_data(as_text=True)
    assert order["number"] in desk and "¥100.00" in desk
    assert "¥19.00" in cashier.get(f"/cash/take/{order['id']}").get_data(as_text=True)
    assert cashier.post(f"/cash/take/{order['id']}", data={"given": "18.99"}).status_code == 422
    assert books(app, place) == {}
    done = cashier.post(f"/cash/take/{order['id']}", data={"given": "50"}, follow_redirects=True).get_data(as_text=True)
    assert "收了 ¥50.00，找零 ¥31.00" in done and "¥119.00" in done
    assert status(app, order["id"]) == "waiting"
    assert books(app, place) == {"held": -1_900, "escrow": 1_900}
    assert cashier.post(f"/cash/take/{order['id']}", data={"given": "50"}).status_code == 409
    place.serve({**order, "code": _code(app, order["id"])})
    fee = 152  # 8 % of 19.00
    assert books(app, place) == {"held": -1_900, "own": 1_900, "owed": -fee, "commission": fee}


def _code(app: Flask, order_id: int) -> str:
    with app.app_context(), transaction(SETUP) as session:
        return session.get_one(Order, order_id).code  # type: ignore[attr-defined,no-any-return]


def test_a_refund_after_completion_is_handed_back_and_the_commission_returns(app: Flask, place: Restaurant, cashier: FlaskClient) -> None:
    order = place.place(Shopper(app), ("鲜虾粥", 1))
    cashier.post(f"/cash/take/{order['id']}", data={"given": "19"})
    place.serve({**order, "code": _code(app, order["id"])})
    owner = sign_in(app, place.house.members["Owner"])
    with app.app_context(), transaction(SETUP) as session:
        line = session.get_one(Order, order["id"]).lines[0].id
    assert owner.post(f"/refund-order/{order['id']}", data={f"line-{line}": "9"}).status_code == 303
    run_waiting(app, only="send_refund")
    with app.app_context(), transaction(SETUP) as session:
        refund = session.scalars(select(Refund)).one()
        key, number = refund.id, refund.number
        assert (refund.status, refund.amount) == ("created", 900)
    desk = cashier.get("/cash/").get_data(as_text=True)
    assert number in desk and 'data-confirm="把 ¥9.00 现金交给顾客了吗？"' in desk
    assert owner.post(f"/cash/give-back/{key}").status_code == 409  # the owner has no shift
    assert cashier.post(f"/cash/give-back/{key}").status_code == 303
    assert cashier.post(f"/cash/give-back/{key}").status_code == 409
    assert books(app, place) == {"held": -1_000, "own": 1_000, "available": 72, "owed": -152, "commission": 80}
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Refund, key).status == "succeeded"
        assert [(move.kind, move.amount) for move in session.scalars(select(CashMove).order_by(CashMove.id))] == [("taken", 1_900), ("given_back", -900)]


def test_a_refused_order_gives_its_cash_back_out_of_the_drawer(app: Flask, place: Restaurant, cashier: FlaskClient) -> None:
    order = place.place(Shopper(app), ("牛肉面", 1))
    cashier.post(f"/cash/take/{order['id']}", data={"given": "20"})
    place.move(order["id"], "reject", reason="卖完了")
    with app.app_context(), transaction(SETUP) as session:
        key = session.scalars(select(Refund.id)).one()
    assert cashier.post(f"/cash/give-back/{key}").status_code == 303
    assert books(app, place) == {}


def test_an_order_paid_partly_by_wallet_leaves_the_rest_pending(app: Flask, place: Restaurant, cashier: FlaskClient) -> None:
    guest = Shopper(app)
    filled(app, place, guest, offered(app, place, "10", "0"))  # 20 fen of commission on stored value
    order = place.place(guest, ("鲜虾粥", 1))
    assert guest.post(f"/wallet/pay/{order['id']}/part", {"amount": 1_000}).json["due"] == 900
    assert cashier.post(f"/cash/take/{order['id']}", data={"given": "10"}).status_code == 303
    place.serve({**order, "code": _code(app, order["id"])})
    assert books(app, place) == {"held": -900, "own": 900, "pending": 848, "owed": -20, "commission": 152}


def test_a_shift_is_counted_and_its_difference_is_explained(app: Flask, place: Restaurant, cashier: FlaskClient) -> None:
    order = place.place(Shopper(app), ("鲜虾粥", 1))
    cashier.post(f"/cash/take/{order['id']}", data={"given": "20"})
    key = shift(app).id
    assert cashier.post("/cash/open", data={"opening": "0"}).status_code == 409
    refused = cashier.post(f"/cash/shifts/{key}/move/close", data={"counted": "118.50"})
    assert refused.status_code == 422 and shift(app).status == "open"
    assert cashier.post(f"/cash/shifts/{key}/move/close", data={"counted": "118.50", "reason": "找零多给了"}).status_code == 303
    closed = shift(app)
    assert (closed.status, closed.opening, closed.expected, closed.counted, closed.difference) == ("closed", 10_000, 11_900, 11_850, -50)
    assert books(app, place) == {"held": -1_850, "own": -50, "escrow": 1_900}
    assert cashier.post(f"/cash/take/{order['id']}", data={"given": "20"}).status_code == 409
    report = sign_in(app, place.house.members["Owner"]).get("/cash/shifts/?tab=differs").get_data(as_text=True)
    assert closed.number in report and "¥118.50" in report and "−¥0.50" in report
    assert closed.number in staff(app, "Finance").get(f"/cash/shifts/{key}").get_data(as_text=True)
    assert cashier.post("/cash/open", data={"opening": "0"}).status_code == 303


def test_another_merchant_and_a_cook_take_nothing(app: Flask, place: Restaurant, cashier: FlaskClient) -> None:
    order = place.place(Shopper(app), ("鲜虾粥", 1))
    other = sign_in(app, restaurant(app, "隔壁面馆").house.members["Cashier"])
    assert other.post("/cash/open", data={"opening": "0"}).status_code == 303
    assert other.post(f"/cash/take/{order['id']}", data={"given": "19"}).status_code == 404
    assert other.get(f"/cash/shifts/{shift(app).id - 1}").status_code == 404
    cook = sign_in(app, place.house.members["Kitchen"])
    assert cook.post(f"/cash/take/{order['id']}", data={"given": "19"}).status_code == 403
    assert status(app, order["id"]) == "unpaid" and books(app, place) == {}


def test_forty_takings_at_once_take_the_money_once(app: Flask, place: Restaurant, cashier: FlaskClient) -> None:
    order = place.place(Shopper(app), ("鲜虾粥", 1))
    manager = sign_in(app, place.house.members["Manager"])
    assert manager.post("/cash/open", data={"opening": "0"}).status_code == 303
    cookies = [{"Cookie": "; ".join(f"{each.key}={each.value}" for each in browser._cookies.values())} for browser in (cashier, manager)]

    def take(number: int) -> int:
        return app.test_client(use_cookies=False).post(f"/cash/take/{order['id']}", data={"given": "20"}, headers=cookies[number % 2]).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = sorted(pool.map(take, range(40)))
    assert codes == [303] + [409] * 39
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
    assert books(app, place) == {"held": -1_900, "escrow": 1_900}
