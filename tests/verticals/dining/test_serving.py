"""From payment to completion and back: the money of each ending, to the fen, and who may make each move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import EVERYTHING
from app.core.errors import Forbidden
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import StatusIsMoved, WrongState, move
from app.kernel.aftersales.models import RefundCase
from app.kernel.aftersales.operations import MoreThanRemains, refund_lines
from app.kernel.audit.queries import timeline_of
from app.kernel.ledger.accounts import escrow, merchant_pending, refund_payable, revenue
from app.kernel.ledger.queries import balance
from app.verticals.dining.jobs import cancel_unpaid_orders, close_forgotten_orders, reject_unanswered_orders
from app.verticals.dining.models import DiningOrder
from app.verticals.dining.operations.serving import CodeLocked, WrongCode
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app, stock=10)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def money(app: Flask, place: Restaurant, shopper: Shopper) -> dict[str, int]:
    """The books that a dining order touches, in fen."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return {
            "escrow": balance(escrow("dining")), "pending": balance(merchant_pending(place.house.merchant_id)),
            "commission": balance(revenue("commission")), "owed": balance(refund_payable(shopper.id)),
        }


def stock(app: Flask, place: Restaurant, dish: str) -> int:
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.execute(text("SELECT stock FROM dining_size WHERE id = :id"), {"id": place.sizes[dish]}).scalar_one()


@pytest.mark.covers("dining.S3", "dining.S4", "dining.S5", "dining.F2", "dining.R1")
def test_a_pick_up_order_ends_with_the_money_where_it_belongs(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 2))
    assert (order["status"], order["ticket"], order["paid"]) == ("waiting", "A001", 3800)
    assert money(app, place, li) == {"escrow": 3800, "pending": 0, "commission": 0, "owed": 0}
    place.serve(order)
    # 36.00 goods + 2.00 packing, 8 % of 38.00 = 3.04
    assert money(app, place, li) == {"escrow": 0, "pending": 3496, "commission": 304, "owed": 0}
    with app.app_context():
        enter_scope(EVERYTHING)
        acts = [entry.action for entry in reversed(timeline_of(db.session.get_one(DiningOrder, order["id"])))]
    assert acts == ["dining_order.placed", "dining_order.pay", "dining_order.accept", "dining_order.ready", "dining_order.hand_over"]


@pytest.mark.covers("dining.F2")
def test_a_rejected_order_is_refunded_whole_and_its_stock_returns(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 2))
    assert stock(app, place, "鲜虾粥") == 8
    place.move(order["id"], "reject", reason="虾卖完了")
    shown = li.get(f"/dining/orders/{order['id']}").json
    assert (shown["status"], shown["refunded"], shown["ended_because"]) == ("rejected", 3800, "虾卖完了")
    assert stock(app, place, "鲜虾粥") == 10
    assert money(app, place, li) == {"escrow": 0, "pending": 0, "commission": 0, "owed": 3800}


def test_an_unanswered_order_is_refused_by_the_clock_once(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    with app.app_context():
        assert reject_unanswered_orders() == 0
        with clock.at(datetime.now(UTC) + timedelta(minutes=6)):
            assert (reject_unanswered_orders(), reject_unanswered_orders()) == (1, 0)
    assert li.get(f"/dining/orders/{order['id']}").json["status"] == "timed_out"
    assert money(app, place, li)["owed"] == 1900


def test_an_unpaid_order_is_cancelled_by_the_clock_and_its_stock_returns(place: Restaurant, li: Shopper, app: Flask) -> None:
    placed = place.place(li, ("牛肉面", 3))
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=16)):
        assert cancel_unpaid_orders() == 1
    assert li.get(f"/dining/orders/{placed['id']}").json["status"] == "cancelled"
    assert stock(app, place, "牛肉面") == 10


def test_a_forgotten_order_completes_by_the_clock(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    place.move(order["id"], "accept")
    place.move(order["id"], "ready")
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(hours=7)):
        assert close_forgotten_orders() == 1
    assert money(app, place, li) == {"escrow": 0, "pending": 1748, "commission": 152, "owed": 0}


@pytest.mark.covers("dining.S5")
def test_a_wrong_pick_up_code_is_counted_and_locks(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    place.move(order["id"], "accept")
    place.move(order["id"], "ready")
    asked = sign_in(app, place.house.members["Cashier"]).post(f"/dining/orders/{order['id']}/move/hand_over", data={"code": "WRONG1"})
    page = asked.get_data(as_text=True)
    assert (asked.status_code, "取餐码不对，让顾客再出示一次" in page, 'name="code" value="WRONG1"' in page) == (409, True, True), "the form stays open"
    for _ in range(7):
        with pytest.raises(WrongCode):
            place.move(order["id"], "hand_over", code="WRONG2")
    with pytest.raises(CodeLocked):
        place.move(order["id"], "hand_over", code=order["code"])
    assert li.get(f"/dining/orders/{order['id']}").json["status"] == "ready"


@pytest.mark.covers("dining.F2")
def test_refund_by_line_gives_the_commission_back_in_proportion(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1), ("牛肉面", 1), service="dine_in")
    noodles = next(line for line in order["lines"] if line["title"] == "牛肉面")
    place.move(order["id"], "accept")
    with app.app_context(), transaction(place.house.actor) as session:
        refund_lines(session.get_one(DiningOrder, order["id"]), {noodles["id"]: 625}, reason="少了半份", actor=place.house.actor, now=datetime.now(UTC))
    assert money(app, place, li) == {"escrow": 2425, "pending": 0, "commission": 0, "owed": 625}
    place.move(order["id"], "ready")
    place.move(order["id"], "serve")
    # commission 144 + (100 − 50); merchant 30.50 − 6.25 − 1.94
    assert money(app, place, li) == {"escrow": 0, "pending": 2231, "commission": 194, "owed": 625}
    with app.app_context(), transaction(place.house.actor) as session:
        refund_lines(session.get_one(DiningOrder, order["id"]), {noodles["id"]: 625}, reason="还是不对", actor=place.house.actor, now=datetime.now(UTC))
    assert money(app, place, li) == {"escrow": 0, "pending": 1656, "commission": 144, "owed": 1250}


@pytest.mark.covers("dining.F2")
def test_refund_never_exceeds_what_was_paid(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    before = money(app, place, li)
    line = order["lines"][0]["id"]
    with app.app_context(), pytest.raises(MoreThanRemains), transaction(place.house.actor) as session:
        refund_lines(session.get_one(DiningOrder, order["id"]), {line: 1801}, reason="多退", actor=place.house.actor, now=datetime.now(UTC))
    assert money(app, place, li) == before


@pytest.mark.covers("dining.E3")
def test_a_customer_asks_and_the_cashier_grants_in_the_console(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    asked = li.post(f"/dining/orders/{order['id']}/refunds", {"reason": "等太久"})
    assert (asked.status_code, asked.json["amount"], asked.json["status"]) == (201, 1900, "asked")
    again = li.post(f"/dining/orders/{order['id']}/refunds", {"reason": "再来"})
    assert (again.status_code, again.json["code"]) == (409, "refund.already_asked")
    cashier = sign_in(app, place.house.members["Cashier"])
    assert cashier.post(f"/refunds/{asked.json['id']}/move/grant").status_code in {302, 303}
    assert li.get(f"/dining/refunds/{asked.json['id']}").json["status"] == "refunding"
    assert money(app, place, li)["owed"] == 1900


def test_kitchen_staff_may_mark_ready_but_not_accept(place: Restaurant, li: Shopper, app: Flask) -> None:
    from dataclasses import replace

    order = place.paid(li, ("鲜虾粥", 1))
    cook = replace(place.house.actor, roles=frozenset({"Kitchen"}))
    with app.app_context(), pytest.raises(Forbidden), transaction(cook) as session:
        move(session.get_one(DiningOrder, order["id"]), "accept", actor=cook, now=datetime.now(UTC))
    place.move(order["id"], "accept")
    with app.app_context(), transaction(cook) as session:
        move(session.get_one(DiningOrder, order["id"]), "ready", actor=cook, now=datetime.now(UTC))
    assert li.get(f"/dining/orders/{order['id']}").json["status"] == "ready"


def test_a_second_click_accepts_nothing_twice(place: Restaurant, li: Shopper) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    place.move(order["id"], "accept")
    with pytest.raises(WrongState):
        place.move(order["id"], "accept")


def test_status_changes_by_move_alone(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    with app.app_context(), transaction(place.house.actor) as session:
        found = session.get_one(DiningOrder, order["id"])
        with pytest.raises(StatusIsMoved):
            found.status = "done"


def test_another_restaurant_reaches_neither_order_nor_refund(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 1))
    li.post(f"/dining/orders/{order['id']}/refunds", {"reason": "等太久"})
    other = restaurant(app, "川渝小馆")
    owner = sign_in(app, other.house.members["Owner"])
    assert owner.get(f"/dining/orders/{order['id']}").status_code == 404
    assert owner.post(f"/dining/orders/{order['id']}/move/accept").status_code == 404
    assert owner.get(f"/refund-order/{order['id']}").status_code == 404
    assert owner.get(f"/dining/ticket/{order['id']}").status_code == 404
    assert order["number"] not in owner.get("/dining/orders/").get_data(as_text=True)
    with app.app_context():
        enter_scope(other.house.actor.scope)
        assert db.session.scalars(select(RefundCase)).all() == []
        assert db.session.execute(text("SELECT count(*) FROM order_order")).scalar_one() == 0
        assert db.session.execute(text("SELECT count(*) FROM dining_order")).scalar_one() == 0


@pytest.mark.covers("dining.S4", "dining.E6")
def test_the_board_shows_the_day_and_its_buttons_work(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 2), note="少放姜")
    cashier = sign_in(app, place.house.members["Cashier"])
    page = cashier.get("/dining/board/").get_data(as_text=True)
    assert "A001" in page
    assert "少放姜" in page
    assert cashier.post(f"/dining/orders/{order['id']}/move/accept").status_code in {302, 303}
    assert li.get(f"/dining/orders/{order['id']}").json["status"] == "cooking"
    kitchen = sign_in(app, place.house.members["Kitchen"])
    assert kitchen.get("/dining/board/").status_code == 403
    page = kitchen.get("/dining/kitchen/").get_data(as_text=True)
    assert "鲜虾粥" in page
    assert "¥38.00" not in page
    assert "少放姜" in kitchen.get(f"/dining/ticket/{order['id']}").get_data(as_text=True)


@pytest.mark.covers("dining.E5")
def test_finance_goes_from_an_order_to_its_payment_entries_and_rule(place: Restaurant, li: Shopper, app: Flask) -> None:
    order = place.paid(li, ("鲜虾粥", 2))
    place.serve(order)
    finance = staff(app, "Finance")
    page = finance.get(f"/dining/orders/{order['id']}").get_data(as_text=True)
    assert "/payments/payments/1" in page
    assert "点餐佣金 v1" in page
    assert [words in page for words in ("¥34.96", "订单完成", "order_completed")] == [True, True, False]
    cashier = sign_in(app, place.house.members["Cashier"])
    assert f'/refund-order/{order["id"]}"' in cashier.get(f"/dining/orders/{order['id']}").get_data(as_text=True), "a refund by line has its button"
    assert "/refund-order/" not in page, "finance may not refund and is not asked to"
    assert order["number"] in finance.get("/ledger/", query_string={"q": order["number"]}, follow_redirects=True).get_data(as_text=True)
    assert finance.get("/payments/payments/1").status_code == 200
