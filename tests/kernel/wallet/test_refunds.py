"""Unspent stored value goes back: asked by customers and staff, the gift lapses, the newest top-up first, two people above the limit; to the fen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import system
from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.ledger.accounts import clearing, merchant_available, merchant_receivable, refund_payable, revenue
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.offset import receivable_offset
from app.kernel.ledger.postings.plan import surplus_of_merchant
from app.kernel.ledger.queries import balance
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelRefund
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.refunding import heed_refund
from app.kernel.wallet.models import TopUp, WalletRefund
from app.kernel.wallet.rules import Back, Filled, backs_of
from tests.kernel.wallet.test_wallet import filled, held, offered, place
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant

CHANNEL = system("channel")
__all__ = ["place"]


def asked(shopper: Shopper, place: Restaurant, reason: str = "搬家了") -> Any:
    return shopper.post("/wallet/refunds", {"merchant_id": place.house.merchant_id, "reason": reason})


def moved(person: Any, key: int, step: str, **data: str) -> Any:
    return person.post(f"/wallet/refunds/{key}/move/{step}", data=data)


@pytest.fixture
def first(app: Flask) -> Any:
    return staff(app, "Finance", "finance1")


@pytest.fixture
def second(app: Flask) -> Any:
    return staff(app, "Finance", "finance2")


def look(app: Flask, read: Callable[[Any], Any]) -> Any:
    with app.app_context(), transaction(SETUP) as session:
        return read(session)


def parts(app: Flask) -> list[tuple[int, str]]:
    """(amount, status) of the refunds, in the order in which they were made."""
    return look(app, lambda session: [(each.amount, each.status) for each in session.scalars(select(Refund).order_by(Refund.id))])


def people(app: Flask) -> Any:
    """(maker, checker) of what was given back."""
    names = select(LedgerTransaction.maker, LedgerTransaction.checker).where(LedgerTransaction.kind == "wallet_given_back")
    return look(app, lambda session: tuple(session.execute(names).one()))


def arrived(app: Flask) -> None:
    """The channel says of each refund that it reached the customer."""
    moment = datetime.now(UTC)
    for key in look(app, lambda session: session.scalars(select(Refund.id).order_by(Refund.id)).all()):
        with app.app_context(), transaction(SETUP) as session:
            refund = session.get_one(Refund, key)
            paid = session.get_one(Payment, refund.payment_id)
            heed_refund(ChannelRefund(
                paid.number, refund.number, f"50000{key}", paid.channel_number or "", "SUCCESS", refund.amount, paid.amount, moment, moment,
            ), actor=CHANNEL, now=moment)


@pytest.mark.parametrize(("amount", "room", "expected"), [
    (6_000, [(1, 5_000, 100), (2, 10_000, 200)], [Back(1, 5_000, 100), Back(2, 1_000, 20)]),
    (1, [(1, 3, 1)], [Back(1, 1, 0)]),
    (2, [(1, 3, 1)], [Back(1, 2, 1)]),
    (9, [(1, 3, 1), (2, 0, 0), (3, 4, 0)], [Back(1, 3, 1), Back(3, 4, 0)]),
    (0, [(1, 3, 1)], []),
])
def test_the_newest_gives_first_and_the_fee_goes_along(amount: int, room: list[tuple[int, int, int]], expected: list[Back]) -> None:
    assert backs_of(amount, [Filled(*each) for each in room]) == expected


def test_the_principal_goes_back_the_way_it_came_and_the_gift_lapses(app: Flask, place: Restaurant, first: Any) -> None:
    shopper, merchant = Shopper(app), place.house.merchant_id
    hundred, fifty = (filled(app, place, shopper, offered(app, place, *each)) for each in (("100", "10"), ("50", "5")))
    order = place.place(shopper, ("牛肉面", 2), ("鲜虾粥", 1))  # 46.00 of 150 + 15: 41.82 and 4.18
    assert shopper.post(f"/wallet/pay/{order['id']}").json["principal"] == 4_182
    answer = asked(shopper, place)
    assert (answer.status_code, answer.json["amount"], answer.json["gift"], answer.json["status"]) == (201, 10_818, 1_082, "asked")
    key = answer.json["id"]
    page = first.get(f"/wallet/refunds/{key}").get_data(as_text=True)
    assert "¥108.18" in page and "搬家了" in page
    assert moved(first, key, "grant", confirmed_amount="108.17").status_code == 422
    assert (held(app, place, shopper), parts(app)) == ((10_818, 1_082), [])
    assert moved(first, key, "grant", confirmed_amount="108.18").status_code == 303
    assert held(app, place, shopper) == (0, 0)
    assert parts(app) == [(5_000, "created"), (5_818, "created")]
    fees = 300 - (100 + 116)  # 2 % of each top-up, less what went along with the 50.00 and the 58.18
    assert look(app, lambda _: (balance(merchant_receivable(merchant)), balance(revenue("stored_value_commission")), balance(refund_payable(shopper.id)))) == (
        -(418 + fees), fees, 10_818,
    )
    assert look(app, lambda session: [(each.given_back, each.fee_given_back) for each in (session.get_one(TopUp, pk) for pk in (hundred, fifty))]) == [
        (5_818, 116), (5_000, 100),
    ]
    maker, checker = people(app)
    assert (maker.startswith("staff:"), checker) == (True, None)
    arrived(app)
    assert shopper.get("/wallet/refunds").json["items"][0]["status"] == "refunded"
    assert look(app, lambda _: (balance(refund_payable(shopper.id)), balance(clearing("wechat", account().merchant_id)))) == (0, -(15_000 - 10_818))
    moves = shopper.get(f"/wallet/{merchant}/moves").json["items"]
    assert (moves[0]["kind"], moves[0]["principal"], moves[0]["bonus"]) == ("given_back", -10_818, -1_082)
    assert "储值余额 ¥108.18 已退还" in [each["title"] for each in shopper.get("/messages").json["items"]]
    assert asked(shopper, place).json["code"] == "wallet.nothing_unspent"


def test_what_the_merchant_no_longer_owes_becomes_available_to_it(app: Flask, place: Restaurant, first: Any) -> None:
    shopper, merchant = Shopper(app), place.house.merchant_id
    filled(app, place, shopper, offered(app, place))
    with app.app_context(), transaction(SETUP):
        now = datetime.now(UTC)
        post(surplus_of_merchant(payment="X1", merchant_id=merchant, clearing=clearing("wechat", account().merchant_id), amount=1_200, at=now), now)
        post(receivable_offset(merchant_id=merchant, amount=1_200, number="X1", at=now), now)
    key = asked(shopper, place).json["id"]
    assert moved(first, key, "grant", confirmed_amount="100").status_code == 303
    assert look(app, lambda _: (balance(merchant_receivable(merchant)), balance(merchant_available(merchant)))) == (0, 1_200)


def test_above_the_limit_another_person_approves(app: Flask, place: Restaurant, first: Any, second: Any) -> None:
    shopper = Shopper(app)
    filled(app, place, shopper, offered(app, place, "600", "60"))
    operator = staff(app, "Operator", "operator1")
    data = {"merchant_id": str(place.house.merchant_id), "customer_id": str(shopper.id), "reason": "顾客来电"}
    assert operator.post("/wallet/refunds/new", data={**data, "reason": ""}).status_code == 422
    answer = operator.post("/wallet/refunds/new", data=data)
    assert answer.status_code == 303
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert operator.post("/wallet/refunds/new", data=data).status_code == 409
    assert operator.post(f"/wallet/refunds/{key}/move/propose", data={"confirmed_amount": "600"}).status_code == 403
    assert moved(first, key, "grant", confirmed_amount="600").status_code == 409
    assert moved(first, key, "propose", confirmed_amount="600").status_code == 303
    assert moved(first, key, "approve", confirmed_amount="600").status_code == 403
    assert (held(app, place, shopper), parts(app)) == ((60_000, 6_000), [])
    assert moved(second, key, "approve", confirmed_amount="600").status_code == 303
    assert (held(app, place, shopper), parts(app)) == ((0, 0), [(60_000, "created")])
    maker, checker = people(app)
    assert checker is not None and checker != maker
    owner = sign_in(app, place.house.members["Owner"])
    assert "¥600.00" in owner.get(f"/wallet/refunds/{key}").get_data(as_text=True)
    assert owner.post(f"/wallet/refunds/{key}/move/refuse", data={"reason": "不"}).status_code == 403


def test_refused_withdrawn_changed_and_a_stranger_change_nothing(app: Flask, place: Restaurant, first: Any) -> None:
    shopper, stranger = Shopper(app), Shopper(app, "wang")
    filled(app, place, shopper, offered(app, place))
    assert asked(stranger, place).json["code"] == "wallet.nothing_unspent"
    key = asked(shopper, place).json["id"]
    assert asked(shopper, place).json["code"] == "wallet.already_asked"
    assert stranger.post(f"/wallet/refunds/{key}/withdraw").status_code == 404
    assert stranger.get("/wallet/refunds").json["items"] == []
    assert shopper.post(f"/wallet/refunds/{key}/withdraw").json["status"] == "withdrawn"
    key = asked(shopper, place).json["id"]
    assert moved(first, key, "refuse", reason="查无此人").status_code == 303
    assert shopper.get("/wallet/refunds").json["items"][0]["answer"] == "查无此人"
    key = asked(shopper, place).json["id"]
    assert shopper.post(f"/wallet/pay/{place.place(shopper, ('牛肉面', 1))['id']}").status_code == 200
    before = held(app, place, shopper)
    answer = moved(first, key, "grant", confirmed_amount="100")
    assert answer.status_code == 409 and "申请后余额变了" in answer.get_data(as_text=True)
    assert (held(app, place, shopper), parts(app)) == (before, [])
    assert look(app, lambda session: session.get_one(WalletRefund, key).status) == "asked"


def test_what_the_channel_takes_back_no_more_waits_for_a_transfer(app: Flask, place: Restaurant, first: Any, second: Any) -> None:
    shopper = Shopper(app)
    filled(app, place, shopper, offered(app, place, "100", "0"), timedelta(days=366))
    filled(app, place, shopper, offered(app, place, "50", "0"))
    key = asked(shopper, place).json["id"]
    assert moved(first, key, "grant", confirmed_amount="150").status_code == 303
    assert parts(app) == [(5_000, "created"), (10_000, "abnormal")]
    stuck = look(app, lambda session: session.scalars(select(Refund).where(Refund.status == "abnormal")).one().id)
    way = first.post("/payments/other-ways/new", data={"refund_id": stuck, "payee": "李雷", "account_tail": "0042", "reason": "超过 365 天"})
    assert way.status_code == 303
    address = way.headers["Location"]
    assert second.post(f"{address}/move/approve", data={"confirmed_amount": "100"}).status_code == 303
    assert first.post(f"{address}/move/record", data={"reference": "B20261130"}).status_code == 303
    assert look(app, lambda session: session.get_one(WalletRefund, key).status) == "refunding"
    with app.app_context(), transaction(SETUP) as session:
        refund = session.scalars(select(Refund).where(Refund.status == "created")).one()
        paid, moment = session.get_one(Payment, refund.payment_id), datetime.now(UTC)
        heed_refund(ChannelRefund(
            paid.number, refund.number, "500009", paid.channel_number or "", "SUCCESS", refund.amount, paid.amount, moment, moment,
        ), actor=CHANNEL, now=moment)
    assert look(app, lambda session: session.get_one(WalletRefund, key).status) == "refunded"
    assert look(app, lambda _: balance(refund_payable(shopper.id))) == 0


def test_spending_and_giving_back_at_once_lose_no_fen(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    filled(app, place, shopper, offered(app, place, "100", "10"))
    orders = [place.place(shopper, ("牛肉面", 1))["id"] for _ in range(10)]  # 13.50 each, eight of them fit
    headers = [shopper.headers() for _ in orders]
    desk = [staff(app, "Finance", f"finance{number}") for number in range(4)]
    key = asked(shopper, place).json["id"]

    def act(number: int) -> tuple[str, int]:
        if number < 4:
            return "grant", desk[number].post(f"/wallet/refunds/{key}/move/grant", data={"confirmed_amount": "100"}).status_code
        return "pay", app.test_client().post(f"/api/v1/wallet/pay/{orders[number - 4]}", headers=headers[number - 4]).status_code

    with ThreadPoolExecutor(14) as pool:
        done = list(pool.map(act, range(14)))
    granted = look(app, lambda session: session.get_one(WalletRefund, key).status) == "refunding"
    paid = sum(1 for _name, code in done if code == 200)
    assert {code for name, code in done if name == "grant"} == ({303} if granted else {409})  # whoever clicks after it was granted sees it granted
    assert {code for name, code in done if name == "pay"} <= {200, 409}
    assert paid == (0 if granted else 8)  # a spending before it makes the request outdated; after it there is nothing to spend
    assert sum(held(app, place, shopper)) == (0 if granted else 200)
    assert parts(app) == ([(10_000, "created")] if granted else [])


def test_twelve_who_ask_at_once_make_one_request(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    filled(app, place, shopper, offered(app, place))
    headers = [shopper.headers() for _ in range(12)]
    body = {"merchant_id": place.house.merchant_id, "reason": "搬家了"}

    def ask(number: int) -> int:
        return app.test_client().post("/api/v1/wallet/refunds", json=body, headers=headers[number]).status_code

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(ask, range(12))) == [201] + [409] * 11
    assert look(app, lambda session: len(session.scalars(select(WalletRefund)).all())) == 1
    assert run_waiting(app, only="send_refund") == 0
