"""Points through their doors: earned, spent beside a wallet and the channel, given back, taken back, expired, adjusted by two people."""

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
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.aftersales.models import RefundCase
from app.kernel.ledger.accounts import cost, merchant_receivable, points
from app.kernel.ledger.queries import balance
from app.kernel.loyalty.jobs import expire_points
from app.kernel.loyalty.models import Lot, LoyaltyMember
from app.kernel.orders.models import Order
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment, ChannelRefund
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from app.kernel.payments.operations.refunding import heed_refund
from app.verticals.dining.models import DiningOrder
from tests.kernel.wallet.test_wallet import filled, offered
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

RULE = {"per_yuan": "2", "for_yuan": "100", "cap_ppm": "20", "months": "12", "active": "y"}


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant that gives two points a yuan, a hundred of which are worth a yuan, for a fifth of an order at most."""
    made = restaurant(app)
    assert sign_in(app, made.house.members["Owner"]).post("/loyalty/programmes/new", data=RULE).status_code == 303
    return made


def shown(shopper: Shopper, place: Restaurant | None) -> dict[str, Any]:
    """What the API says of the shopper's points."""
    return dict(shopper.get(f"/points/{place.house.merchant_id if place else 0}").json)


def granted(app: Flask, place: Restaurant, shopper: Shopper, count: int) -> int:
    """Points that the manager proposed and the owner approved, for a member; the member's key."""
    manager, owner = sign_in(app, place.house.members["Manager"]), sign_in(app, place.house.members["Owner"])
    with app.app_context(), transaction(SETUP) as session:
        member = session.scalars(select(LoyaltyMember).where(LoyaltyMember.customer_id == shopper.id, LoyaltyMember.merchant_id.is_not(None))).one().id
    answer = manager.post("/loyalty/adjustments/new", data={"member_id": member, "points": str(count), "reason": "补发"})
    assert answer.status_code == 303
    key = answer.headers["Location"].rsplit("/", 1)[1]
    assert manager.post(f"/loyalty/adjustments/{key}/move/approve").status_code == 403
    assert owner.post(f"/loyalty/adjustments/{key}/move/approve").status_code == 303
    return member


def member_with(app: Flask, place: Restaurant, shopper: Shopper, count: int) -> int:
    """A member who has that many points: 38 of a first order, the rest granted."""
    place.serve(place.paid(shopper, ("鲜虾粥", 1)))
    return granted(app, place, shopper, count - 38)


def refund_line(app: Flask, place: Restaurant, order_id: int, amount: str) -> None:
    with app.app_context(), transaction(SETUP) as session:
        line = session.get_one(Order, order_id).lines[0].id
    assert sign_in(app, place.house.members["Owner"]).post(f"/refund-order/{order_id}", data={f"line-{line}": amount}).status_code == 303
    run_waiting(app, only="send_refund")


@pytest.mark.covers("dining.F3")
def test_a_completed_order_earns_and_the_member_page_shows_points_and_stored_value(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    filled(app, place, shopper, offered(app, place))
    order = place.paid(shopper, ("鲜虾粥", 2))  # 38.00
    assert shown(shopper, place)["points"] == 0
    place.serve(order)
    told = shown(shopper, place)
    assert (told["points"], told["worth"], told["for_yuan"], told["cap_ppm"], told["earned_in_year"]) == (76, 76, 100, 200_000, 76)
    owner = sign_in(app, place.house.members["Owner"])
    page = owner.get("/loyalty/members/1").get_data(as_text=True)
    assert [each for each in ("76", "¥100.00", "¥10.00", "消费获得", "储值明细") if each not in page] == []
    assert "li" in owner.get("/loyalty/members/").get_data(as_text=True)
    pages = ("members/", "members/1", "programmes/", "levels/", "adjustments/")
    finance = staff(app, "Finance", "finance9")
    assert [finance.get(f"/loyalty/{each}").status_code for each in pages] == [200] * 5
    preview = owner.get("/loyalty/programmes/1").get_data(as_text=True)
    assert [each for each in ("预览", "50.00", "10.00", "1,000") if each not in preview] == []


def test_points_wallet_and_channel_pay_one_order_and_are_refunded_in_proportion(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    member_with(app, place, shopper, 1_000)
    filled(app, place, shopper, offered(app, place, "20", "2"))
    order = place.place(shopper, ("鲜虾粥", 2))  # 38.00; a fifth is 7.60
    refused = shopper.post(f"/points/pay/{order['id']}", {"points": 761})
    assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (409, "loyalty.above_share", "这一单最多还能用积分抵 ¥7.60")
    spent = shopper.post(f"/points/pay/{order['id']}", {"points": 760})
    assert (spent.json["points"], spent.json["amount"], spent.json["due"]) == (760, 760, 3_040)
    part = shopper.post(f"/wallet/pay/{order['id']}/part", {"amount": 1_040})
    assert (part.json["amount"], part.json["due"]) == (1_040, 2_000)
    assert shopper.get(f"/dining/orders/{order['id']}").json["status"] == "unpaid"
    _pay_rest(app, order["id"])
    assert shopper.get(f"/dining/orders/{order['id']}").json["paid"] == 3_800
    with app.app_context(), transaction(SETUP):
        assert balance(merchant_receivable(place.house.merchant_id)) == -760 - 200 - 40  # its points, its gift, the platform's fee for the top-up
    refund_line(app, place, order["id"], "9.99")
    with app.app_context(), transaction(SETUP) as session:
        parts = [(refund.payment.channel, refund.amount, refund.points) for refund in _refunds(session)]
        assert parts == [("points", 200, 200), ("wallet", 273, 0), ("wechat", 526, 0)]
        assert session.scalars(select(RefundCase)).one().status == "refunding"
    assert shown(shopper, place)["points"] == 1_000 - 760 + 200
    _channel_refunds(app)
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(RefundCase)).one().status == "refunded"


def _refunds(session: Any) -> list[Refund]:
    from sqlalchemy.orm import joinedload

    return list(session.scalars(select(Refund).order_by(Refund.id).options(joinedload(Refund.payment))))


def _pay_rest(app: Flask, order_id: int) -> None:
    """The channel confirms what was due."""
    moment = datetime.now(UTC)
    with app.app_context(), transaction(SETUP) as session:
        order = session.get_one(DiningOrder, order_id)
        payment = open_payment(
            "order", order.id, order.due, description=order.number, trade="dining", merchant_id=order.merchant_id, customer_id=order.customer_id,
            expires_at=order.pay_by, actor=SETUP, now=moment,
        )
        number = f"42000{payment.id:023d}"
        told = ChannelPayment(payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, number, "openid", moment)
        confirm_payment(told, actor=system("channel"), now=moment)


def _channel_refunds(app: Flask) -> None:
    """The channel says that its part has arrived."""
    moment = datetime.now(UTC)
    with app.app_context(), transaction(SETUP) as session:
        refund = next(each for each in _refunds(session) if each.payment.channel == "wechat")
        paid: Payment = refund.payment
        heed_refund(ChannelRefund(
            paid.number, refund.number, f"50000{refund.id:023d}", paid.channel_number or "", "SUCCESS", refund.amount, paid.amount, moment, moment,
        ), actor=system("channel"), now=moment)


def test_an_order_that_is_never_paid_whole_gives_its_parts_back(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    member_with(app, place, shopper, 500)
    order = place.place(shopper, ("鲜虾粥", 1))  # 19.00
    assert shopper.post(f"/points/pay/{order['id']}", {"points": 380}).status_code == 200
    assert shown(shopper, place)["points"] == 120
    asked = shopper.post(f"/dining/orders/{order['id']}/refunds", {"reason": "不要了", "lines": []})
    assert asked.json["code"] == "refund.nothing_paid"
    assert shopper.post(f"/dining/orders/{order['id']}/cancel").status_code == 200
    run_waiting(app, only="send_refund")
    assert shown(shopper, place)["points"] == 500
    with app.app_context(), transaction(SETUP) as session:
        ended = session.get_one(Order, order["id"])
        assert (ended.status, ended.paid, ended.refunded, balance(merchant_receivable(place.house.merchant_id))) == ("cancelled", 380, 380, 0)


def test_a_refund_takes_back_what_the_money_earned_before_and_after_settlement(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order = place.paid(shopper, ("鲜虾粥", 2))
    place.serve(order)
    refund_line(app, place, order["id"], "10")
    _channel_refunds(app)
    assert shown(shopper, place)["points"] == 56
    moves = shopper.get(f"/points/{place.house.merchant_id}/moves").json["items"]
    assert [(each["kind"], each["points"]) for each in moves] == [("points_taken_back", -20), ("points_earned", 76)]


def test_forty_spendings_at_once_spend_no_point_twice(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    member_with(app, place, shopper, 1_000)  # enough for four orders with 250 points each
    orders = [place.place(shopper, ("牛肉面", 1))["id"] for _ in range(40)]
    headers = [shopper.headers() for _ in orders]

    def pay(number: int) -> int:
        return app.test_client().post(f"/api/v1/points/pay/{orders[number]}", json={"points": 250}, headers=headers[number]).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = sorted(pool.map(pay, range(40)))
    assert codes == [200] * 4 + [409] * 36
    assert shown(shopper, place)["points"] == 0


def test_points_expire_oldest_first_and_are_announced_before(app: Flask, place: Restaurant) -> None:
    shopper, moment = Shopper(app), datetime.now(UTC)
    member_with(app, place, shopper, 100)
    with app.app_context(), transaction(SETUP) as session:
        earliest = session.scalars(select(Lot).order_by(Lot.id)).first()
        assert earliest is not None
        earliest.expires_on = (moment + timedelta(days=10)).date()
    assert (shown(shopper, place)["expiring_soon"], shown(shopper, place)["points"]) == (38, 100)
    with app.app_context(), clock.at(moment + timedelta(days=12)):
        expire_points()
        expire_points()
    assert (shown(shopper, place)["expiring_soon"], shown(shopper, place)["points"]) == (0, 62)
    with app.app_context(), transaction(SETUP):
        assert balance(points(shopper.id, f"M{place.house.merchant_id}")) == 62


def test_platform_points_are_borne_by_the_platform(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    assert staff(app, "Finance").post("/loyalty/programmes/new", data={**RULE, "per_yuan": "10"}).status_code == 303
    place.serve(place.paid(shopper, ("鲜虾粥", 1)))
    assert (shown(shopper, None)["points"], shown(shopper, place)["points"]) == (190, 38)
    order = place.place(shopper, ("鲜虾粥", 1))
    assert shopper.post(f"/points/pay/{order['id']}", {"points": 190, "issuer": "platform"}).json["due"] == 1_710
    with app.app_context(), transaction(SETUP):
        assert (balance(cost("points_cost")), balance(merchant_receivable(place.house.merchant_id))) == (-190, 0)
    _pay_rest(app, order["id"])
    refund_line(app, place, order["id"], "18")
    with app.app_context(), transaction(SETUP):
        assert balance(cost("points_cost")) == -10


def test_a_level_takes_its_discount_off_the_goods(app: Flask, place: Restaurant) -> None:
    shopper, owner = Shopper(app), sign_in(app, place.house.members["Owner"])
    assert owner.post("/loyalty/levels/new", data={"name": "银卡", "threshold": "38", "discount_ppm": "60"}).status_code == 422
    assert owner.post("/loyalty/levels/new", data={"name": "银卡", "threshold": "38", "discount_ppm": "5"}).status_code == 303
    basket = place.basket(("鲜虾粥", 1))
    assert shopper.post("/dining/price", basket).json["payable"] == 1_900
    place.serve(place.paid(shopper, ("鲜虾粥", 1)))
    assert shown(shopper, place)["level"] == {"name": "银卡", "threshold": 38, "discount_ppm": 50_000}
    priced = shopper.post("/dining/price", basket).json
    assert (priced["discount"], priced["payable"]) == (90, 1_810)
    placed = place.place(shopper, ("鲜虾粥", 1))
    assert placed["payable"] == 1_810


def test_refusals_change_nothing(app: Flask, place: Restaurant) -> None:
    shopper, stranger = Shopper(app), Shopper(app, "wang")
    owner = sign_in(app, place.house.members["Owner"])
    assert owner.post("/loyalty/programmes/new", data=RULE).status_code == 409
    assert owner.post("/loyalty/programmes/1/edit", data={**RULE, "for_yuan": "0"}).status_code == 422
    member = member_with(app, place, shopper, 100)
    assert owner.post("/loyalty/adjustments/new", data={"member_id": member, "points": "-101", "reason": "错发"}).status_code == 409
    assert owner.post("/loyalty/adjustments/new", data={"member_id": member, "points": "0", "reason": "错发"}).status_code == 422
    order = place.place(shopper, ("鲜虾粥", 1))
    codes = [
        shopper.post(f"/points/pay/{order['id']}", {"points": 101}).json["code"], stranger.post(f"/points/pay/{order['id']}", {"points": 1}).json["code"],
        shopper.post(f"/points/pay/{order['id']}", {"points": 1, "issuer": "platform"}).json["code"],
    ]
    assert codes == ["loyalty.short", "not_found", "loyalty.not_payable"]
    assert shown(shopper, place)["points"] == 100
    with app.app_context(), transaction(place.house.actor) as session:
        move(session.get_one(DiningOrder, order["id"]), "cancel", actor=system("clock"), now=datetime.now(UTC))
