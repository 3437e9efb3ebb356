"""Stored value through its doors: offered, filled, spent in proportion, given back to the same parts; to the fen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import system
from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.ledger.accounts import merchant_receivable, revenue, wallet_bonus, wallet_principal
from app.kernel.ledger.queries import balance
from app.kernel.orders.models import Order
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.models import Anomaly, Payment, Refund
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from app.kernel.wallet.models import TopUp
from app.kernel.wallet.operations.wallets import begin_top_up
from app.kernel.wallet.rules import principal_part
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

CHANNEL = system("channel")


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def offered(app: Flask, place: Restaurant, amount: str = "100", gift: str = "10") -> int:
    """An offer that the owner proposed and finance approved; its key."""
    owner, finance = sign_in(app, place.house.members["Owner"]), staff(app, "Finance", f"offers{amount}")
    answer = owner.post("/wallet/offers/new", data={"amount": amount, "gift": gift, "reason": "开业"})
    assert answer.status_code == 303
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert finance.post(f"/wallet/offers/{key}/move/approve").status_code == 303
    return key


def told(payment: Payment, moment: datetime) -> ChannelPayment:
    number = f"43000{payment.id:023d}"
    return ChannelPayment(payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, number, "openid", moment)


def filled(app: Flask, place: Restaurant, shopper: Shopper, offer: int, ago: timedelta = timedelta()) -> int:
    """The channel confirms a top-up; its key."""
    moment = datetime.now(UTC) - ago
    with app.app_context(), transaction(SETUP):
        begun = begin_top_up(offer, customer_id=shopper.id, now=moment)
        payment = open_payment(
            "wallet", begun.id, begun.amount, description=begun.number, trade=begun.trade, merchant_id=begun.merchant_id, customer_id=shopper.id,
            expires_at=begun.pay_by, actor=SETUP, now=moment,
        )
        confirm_payment(told(payment, moment), actor=CHANNEL, now=moment)
        return begun.id


def held(app: Flask, place: Restaurant, shopper: Shopper) -> tuple[int, int]:
    """(principal, bonus) of the shopper at the place, as the API says it and the ledger holds it."""
    shown = shopper.get(f"/wallet/{place.house.merchant_id}").json
    issuer = f"M{place.house.merchant_id}"
    with app.app_context(), transaction(SETUP):
        kept = balance(wallet_principal(shopper.id, issuer)), balance(wallet_bonus(shopper.id, issuer))
    assert (shown["principal"], shown["bonus"], shown["balance"]) == (*kept, sum(kept))
    return kept


def test_what_is_spent_is_cut_in_proportion() -> None:
    assert [principal_part(*each) for each in ((3_333, 10_000, 1_000), (11_000, 10_000, 1_000), (1, 10_000, 1_000), (500, 500, 0), (1, 0, 5))] == [
        3_030, 10_000, 1, 500, 0,
    ]


@pytest.mark.covers("dining.R4")
def test_a_top_up_gives_the_gift_and_the_merchant_bears_it_with_the_commission(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    offer = offered(app, place)
    assert shopper.get(f"/wallet/{place.house.merchant_id}").json["offers"] == [{"id": offer, "amount": 10_000, "gift": 1_000}]
    key = filled(app, place, shopper, offer)
    assert held(app, place, shopper) == (10_000, 1_000)
    with app.app_context(), transaction(SETUP) as session:
        top_up = session.get_one(TopUp, key)
        assert (top_up.status, top_up.fee) == ("paid", 200)
        assert (balance(merchant_receivable(place.house.merchant_id)), balance(revenue("stored_value_commission"))) == (-1_200, 200)
        number = top_up.number
    assert number in staff(app, "Finance", "finance9").get("/wallet/top-ups/").get_data(as_text=True)
    assert number in sign_in(app, place.house.members["Owner"]).get("/wallet/top-ups/").get_data(as_text=True)


def test_an_order_paid_by_wallet_and_refunded_in_parts_goes_back_to_the_same_parts(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    filled(app, place, shopper, offered(app, place))
    order = place.place(shopper, ("牛肉面", 2), ("鲜虾粥", 1))  # 25.00 + 18.00 and packing of 1.00 each: 46.00
    paid = shopper.post(f"/wallet/pay/{order['id']}")
    assert (paid.status_code, paid.json["amount"], paid.json["principal"], paid.json["bonus"]) == (200, 4_600, 4_182, 418)
    assert shopper.get(f"/dining/orders/{order['id']}").json["status"] != "unpaid"
    assert held(app, place, shopper) == (5_818, 582)
    owner = sign_in(app, place.house.members["Owner"])
    with app.app_context(), transaction(SETUP) as session:
        line = session.get_one(Order, order["id"]).lines[0].id
    for amount in ("3.33", "21.67"):
        assert owner.post(f"/refund-order/{order['id']}", data={f"line-{line}": amount}).status_code == 303
    assert run_waiting(app, only="send_refund") == 2
    with app.app_context(), transaction(SETUP) as session:
        refunds = session.scalars(select(Refund).order_by(Refund.id)).all()
        assert [(refund.status, refund.amount, refund.principal) for refund in refunds] == [("succeeded", 333, 303), ("succeeded", 2_167, 1_970)]
    assert held(app, place, shopper) == (5_818 + 303 + 1_970, 582 + 30 + 197)
    moves = shopper.get(f"/wallet/{place.house.merchant_id}/moves").json["items"]
    assert [move["kind"] for move in moves] == ["refunded", "refunded", "paid", "topped_up"]
    assert (sum(move["principal"] for move in moves), sum(move["bonus"] for move in moves)) == held(app, place, shopper)


def test_too_little_another_shop_and_a_stranger_change_nothing(app: Flask, place: Restaurant) -> None:
    shopper, stranger, other = Shopper(app), Shopper(app, "wang"), restaurant(app, "别家")
    filled(app, place, shopper, offered(app, place, "20", "0"))
    dear, elsewhere = place.place(shopper, ("牛肉面", 3)), other.place(shopper, ("牛肉面", 1))
    refused = [shopper.post(f"/wallet/pay/{order['id']}") for order in (dear, elsewhere)]
    assert [(each.status_code, each.json["code"]) for each in refused] == [(409, "wallet.short")] * 2
    assert stranger.post(f"/wallet/pay/{dear['id']}").status_code == 404
    assert held(app, place, shopper) == (2_000, 0)
    cheap = place.place(shopper, ("牛肉面", 1))
    assert [shopper.post(f"/wallet/pay/{cheap['id']}").status_code for _ in range(2)] == [200, 409]
    assert held(app, place, shopper) == (650, 0)


def test_forty_spendings_at_once_spend_no_fen_twice(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    filled(app, place, shopper, offered(app, place, "50", "4"))  # four orders of 13.50
    orders = [place.place(shopper, ("牛肉面", 1))["id"] for _ in range(40)]
    headers = [shopper.headers() for _ in orders]

    def pay(number: int) -> int:
        return app.test_client().post(f"/api/v1/wallet/pay/{orders[number]}", headers=headers[number]).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = sorted(pool.map(pay, range(40)))
    assert codes == [200] * 4 + [409] * 36
    assert held(app, place, shopper) == (0, 0)


def test_a_top_up_paid_twice_fills_once_and_the_second_goes_back(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    key = filled(app, place, shopper, offered(app, place))
    moment = datetime.now(UTC)
    with app.app_context(), transaction(SETUP) as session:
        top_up = session.get_one(TopUp, key)
        second = open_payment(
            "wallet", key, top_up.amount, description="再付", trade="dining", merchant_id=top_up.merchant_id, customer_id=shopper.id, expires_at=top_up.pay_by,
            actor=SETUP, now=moment,
        )
        confirm_payment(told(second, moment), actor=CHANNEL, now=moment)
    assert held(app, place, shopper) == (10_000, 1_000)
    with app.app_context(), transaction(SETUP) as session:
        assert [(each.kind, each.amount) for each in session.scalars(select(Anomaly))] == [("paid_twice", 10_000)]
        assert [refund.amount for refund in session.scalars(select(Refund))] == [10_000]


def test_offers_need_two_people_and_make_sense(app: Flask, place: Restaurant) -> None:
    owner, finance = sign_in(app, place.house.members["Owner"]), staff(app, "Finance")
    form: dict[str, Any] = {"amount": "100", "gift": "101", "reason": "开业"}
    assert owner.post("/wallet/offers/new", data=form).status_code == 422
    assert owner.post("/wallet/offers/new", data={**form, "gift": "10"}).status_code == 303
    assert owner.post("/wallet/offers/1/move/approve").status_code == 403
    assert "储值方案等你批准：充 ¥100.00 送 ¥10.00" in finance.get("/messages/").get_data(as_text=True)
    shopper = Shopper(app)
    assert shopper.post("/wallet/top-ups", {"offer_id": 1}).json["code"] == "wallet.not_offered"
    assert finance.post("/wallet/offers/1/move/approve").status_code == 303
    assert owner.post("/wallet/offers/1/move/end").status_code == 303
    assert shopper.get(f"/wallet/{place.house.merchant_id}").json["offers"] == []
