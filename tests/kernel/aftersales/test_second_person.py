"""Large refunds wait for a second person; what the system gives back does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.actors import Actor, Scope, system
from app.core.errors import Refusal
from app.framework.database import transaction
from app.framework.flow import WrongState, move
from app.kernel.aftersales.models import RefundCase
from app.kernel.aftersales.operations import OwnRefund, SecondPersonFirst, refund_lines, refund_whole
from app.kernel.orders.models import OrderLine
from app.kernel.payments.models import Refund
from app.kernel.settings.operations import change_setting
from app.verticals.dining.models import DiningOrder
from tests.support.people import SETUP, Shopper, everything, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

LIMIT = "aftersales.second_person_above"


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def banquet(place: Restaurant, shopper: Shopper, portions: int = 40) -> dict[str, Any]:
    """A paid and accepted order of 牛肉面 at 12.50 a portion: 40 of them are ¥500.00, packing apart."""
    order = place.paid(shopper, ("牛肉面", portions))
    place.move(order["id"], "accept")
    return order


def member(place: Restaurant, number: int, role: str = "Manager") -> Actor:
    return Actor("member", number, f"成员{number}", frozenset({role}), Scope("merchant", place.house.merchant_id))


def goods(app: Flask, order: dict[str, Any]) -> int:
    with app.app_context(), transaction(SETUP) as session:
        return session.scalars(select(OrderLine.id).where(OrderLine.order_id == order["id"], OrderLine.kind == "goods")).one()


def give(browser: FlaskClient, order: dict[str, Any], line: int, amount: str) -> Any:
    return browser.post(f"/refund-order/{order['id']}", data={f"line-{line}": amount, "reason": "菜凉了"}, follow_redirects=True)


def standing(app: Flask, order_id: int = 0) -> tuple[str, int, int]:
    """(state of the newest case, refunds at the channel, fen refunded of its order)."""
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(RefundCase).order_by(RefundCase.id.desc())).first()
        refunds = session.scalar(select(func.count()).select_from(Refund)) or 0
        key = order_id or (case.order_id if case else 0)
        return case.status if case else "", refunds, session.get_one(DiningOrder, key).refunded


def test_a_refund_below_the_limit_is_paid_at_once_and_one_at_the_limit_waits(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = banquet(place, shopper)
    owner, line = sign_in(app, place.house.members["Owner"]), goods(app, order)
    assert "已退款" in give(owner, order, line, "0.01").get_data(as_text=True)
    assert standing(app) == ("refunding", 1, 1)
    other = banquet(place, shopper)
    assert "等第二人批准" in give(owner, other, goods(app, other), "500.00").get_data(as_text=True)
    assert standing(app) == ("approving", 1, 0)


def test_another_person_approves_and_the_proposer_may_not(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = banquet(place, shopper)
    owner, manager = (sign_in(app, place.house.members[role]) for role in ("Owner", "Manager"))
    give(owner, order, goods(app, order), "500.00")
    path = "/refunds/1/move/approve"
    refused = owner.post(path, data={"confirmed_amount": "500.00"})
    assert (refused.status_code, standing(app)) == (403, ("approving", 0, 0))
    assert manager.post(path, data={"confirmed_amount": "5.00"}).status_code == 422
    assert standing(app) == ("approving", 0, 0)
    assert "笔大额退款等你批准" in manager.get("/").get_data(as_text=True)
    assert "笔大额退款等你批准" not in owner.get("/").get_data(as_text=True)
    assert order["number"] in manager.get("/refunds/?view=approving").get_data(as_text=True)
    shown = shopper.get("/dining/refunds/1").json
    assert (shown["status"], shown["status_words"], shown["amount"]) == ("approving", "处理中", 50_000)
    assert manager.post(path, data={"confirmed_amount": "500.00"}).status_code == 303
    assert standing(app) == ("refunding", 1, 50_000)
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(RefundCase)).one()
        assert case.proposed_by is not None and case.approved_by is not None and case.proposed_by != case.approved_by
    assert shopper.get("/dining/refunds/1").json["status_words"] == "退款中"


def test_turning_down_pays_nothing_and_tells_the_customer_why(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = banquet(place, shopper)
    owner, manager = (sign_in(app, place.house.members[role]) for role in ("Owner", "Manager"))
    give(owner, order, goods(app, order), "500.00")
    assert manager.post("/refunds/1/move/turn_down", data={"reason": "菜没有问题"}).status_code == 303
    assert standing(app) == ("refused", 0, 0)
    assert shopper.get("/dining/refunds/1").json["answer"] == "菜没有问题"


def test_a_customers_request_above_the_limit_needs_two_people_too(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = banquet(place, shopper)
    assert shopper.post(f"/dining/orders/{order['id']}/refunds", {"reason": "没吃上"}).status_code == 201
    cashier, operator = sign_in(app, place.house.members["Cashier"]), staff(app, "Operator")
    assert cashier.post("/refunds/1/move/grant").status_code == 409
    assert standing(app) == ("asked", 0, 0)
    assert cashier.post("/refunds/1/move/propose").status_code == 303
    assert standing(app) == ("approving", 0, 0)
    assert "笔大额退款等你批准" in operator.get("/").get_data(as_text=True)
    with app.app_context(), transaction(SETUP) as session:
        due = session.scalars(select(RefundCase.amount)).one()
    assert operator.post("/refunds/1/move/approve", data={"confirmed_amount": f"{due / 100:.2f}"}).status_code == 303
    assert standing(app) == ("refunding", 1, due)


def test_overruling_above_the_limit_waits(app: Flask, place: Restaurant) -> None:
    order = banquet(place, Shopper(app))
    first, second = everything(), Actor("staff", 902, "乙", frozenset({"Operator"}), everything().scope)
    with app.app_context(), transaction(first) as session:
        case = refund_lines(session.get_one(DiningOrder, order["id"]), {goods_of(session, order): 50_000}, reason="查实", actor=second, now=datetime.now(UTC))
        move(case, "turn_down", actor=second, now=datetime.now(UTC), reason="再看")
        with pytest.raises(WrongState):
            move(case, "overrule", actor=second, now=datetime.now(UTC), reason="改判")
        move(case, "propose_overrule", actor=second, now=datetime.now(UTC), reason="改判")
        assert (case.status, case.answer, session.scalar(select(func.count()).select_from(Refund))) == ("approving", "改判", 0)
        with pytest.raises(OwnRefund):
            move(case, "approve", actor=second, now=datetime.now(UTC))


def goods_of(session: Any, order: dict[str, Any]) -> int:
    return int(session.scalars(select(OrderLine.id).where(OrderLine.order_id == order["id"], OrderLine.kind == "goods")).one())


def test_what_the_system_or_the_customer_ends_goes_back_at_once(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    waiting = place.paid(shopper, ("牛肉面", 60))
    assert shopper.post(f"/dining/orders/{waiting['id']}/cancel").status_code == 200
    assert standing(app, waiting["id"]) == ("refunding", 1, waiting["paid"])
    late = place.paid(shopper, ("牛肉面", 60))
    with app.app_context(), transaction(SETUP) as session:
        move(session.get_one(DiningOrder, late["id"]), "time_out", actor=system("clock"), now=datetime.now(UTC), reason="没有接单")
    assert standing(app, late["id"]) == ("refunding", 2, late["paid"])
    refused = place.paid(shopper, ("牛肉面", 60))
    place.move(refused["id"], "reject", reason="卖完了")
    assert standing(app, refused["id"]) == ("refunding", 3, refused["paid"])


def test_an_accepted_order_is_not_abandoned_around_the_second_person(app: Flask, place: Restaurant) -> None:
    order = banquet(place, Shopper(app), portions=60)
    with pytest.raises(SecondPersonFirst):
        place.move(order["id"], "abandon", reason="不做了")
    with app.app_context(), transaction(SETUP) as session:
        found = session.get_one(DiningOrder, order["id"])
        assert (found.status, found.refunded, found.closed_at) == ("cooking", 0, None)
    small = banquet(place, Shopper(app, "wang"), portions=2)
    place.move(small["id"], "abandon", reason="不做了")
    assert standing(app, small["id"])[0] == "refunding"


def test_an_order_that_ends_by_itself_closes_the_case_that_waits(app: Flask, place: Restaurant) -> None:
    order = place.paid(Shopper(app), ("牛肉面", 60))
    with app.app_context(), transaction(SETUP) as session:
        found, now = session.get_one(DiningOrder, order["id"]), datetime.now(UTC)
        refund_lines(found, {goods_of(session, order): 60_000}, reason="多付", actor=member(place, 71), now=now)
        refund_whole(session.get_one(DiningOrder, order["id"]), reason="超时", actor=system("clock"), now=datetime.now(UTC))
        assert session.scalars(select(RefundCase.status).order_by(RefundCase.id)).all() == ["refused", "refunding"]


def test_the_limit_is_a_setting_and_zero_switches_it_off(app: Flask, place: Restaurant) -> None:
    order = banquet(place, Shopper(app))
    maker, checker = everything(), Actor("staff", 902, "乙", frozenset({"Finance"}), everything().scope)
    owner = sign_in(app, place.house.members["Owner"])
    for value, expected in ((2_000, "approving"), (0, "refunding")):
        with app.app_context(), transaction(maker):
            version = change_setting(LIMIT, value, reason="试", actor=Actor("staff", 901, "甲", frozenset({"Finance"}), maker.scope), now=datetime.now(UTC))
            move(version, "approve", actor=checker, now=datetime.now(UTC))
        give(owner, order, goods(app, order), "20.00")
        assert standing(app)[0] == expected
        if expected == "approving":
            with app.app_context(), transaction(SETUP) as session:
                move(session.get_one(RefundCase, 1), "turn_down", actor=everything(), now=datetime.now(UTC), reason="试完")


def test_one_case_at_a_time(app: Flask, place: Restaurant) -> None:
    order = banquet(place, Shopper(app), portions=90)
    owner, line = sign_in(app, place.house.members["Owner"]), goods(app, order)
    give(owner, order, line, "500.00")
    assert give(owner, order, line, "500.00").status_code == 409
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalar(select(func.count()).select_from(RefundCase)) == 1


def test_forty_approvals_at_once_pay_back_once(app: Flask, place: Restaurant) -> None:
    order = banquet(place, Shopper(app))
    with app.app_context(), transaction(SETUP) as session:
        found, now = session.get_one(DiningOrder, order["id"]), datetime.now(UTC)
        refund_lines(found, {goods_of(session, order): 50_000}, reason="凉了", actor=member(place, 70), now=now)

    def approve(number: int) -> str:
        actor = member(place, 100 + number)
        try:
            with app.app_context(), transaction(actor) as session:
                move(session.get_one(RefundCase, 1), "approve", actor=actor, now=datetime.now(UTC))
            return "done"
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(approve, range(40)))
    assert (outcomes.count("done"), set(outcomes)) == (1, {"done", "flow.wrong_state"})
    assert standing(app) == ("refunding", 1, 50_000)
