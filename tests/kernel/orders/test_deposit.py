"""Deposit first, the rest later: the order stands with the deposit, is done only when all is paid, and costs less where something is called off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from flask import Flask

from app.core.actors import system
from app.framework.database import get, lock, transaction
from app.kernel.aftersales.operations import AmountRefused, MoreThanHeld, MoreThanRemains, open_case
from app.kernel.aftersales.reducing import take_off_lines
from app.kernel.aftersales.rules import unpaid_first
from app.kernel.ledger.accounts import escrow, merchant_pending, refund_payable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.orders.models import Order
from app.kernel.orders.operations import BalanceDue, NotPayable, add_lines
from app.kernel.orders.rules import LineDraft, price
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.dining.world import Restaurant, restaurant

NOW = datetime.now(UTC)


def placed(app: Flask, deposit: int) -> tuple[Restaurant, Shopper, int]:
    """Two dishes, 1900 and 4900 with packing apart (goods 3600 + 1250, packing 300), of which `deposit` comes first."""
    place, shopper = restaurant(app), Shopper(app)
    order_id = place.place(shopper, ("鲜虾粥", 2), ("牛肉面", 1))["id"]
    with app.app_context(), transaction(SETUP):
        lock(Order, order_id).deposit = deposit
    return place, shopper, order_id


def pay(app: Flask, order_id: int, amount: int) -> None:
    """The channel confirms a payment of `amount`."""
    with app.app_context(), transaction(SETUP):
        order = get(Order, order_id)
        made = open_payment(
            "order", order.id, amount, description=order.number, trade=order.trade, merchant_id=order.merchant_id, customer_id=order.customer_id,
            expires_at=order.pay_by, actor=SETUP, now=NOW,
        )
        told = ChannelPayment(made.number, "SUCCESS", account().appid, account().merchant_id, amount, f"42000{made.id:023d}", "openid", datetime.now(UTC))
        confirm_payment(told, actor=system("channel"), now=datetime.now(UTC))


def facts(app: Flask, order_id: int) -> tuple[str, int, int, int, int]:
    """Status, payable, paid, refunded, due."""
    with app.app_context(), transaction(SETUP):
        order = get(Order, order_id)
        return order.status, order.payable, order.paid, order.refunded, order.due


def books(app: Flask, place: Restaurant, shopper: Shopper) -> tuple[int, int, int, int]:
    """Escrow, what the merchant has pending, the commission, what is owed to the customer."""
    with app.app_context(), transaction(SETUP):
        wanted = (escrow("dining"), merchant_pending(place.house.merchant_id), revenue("commission"), refund_payable(shopper.id))
        return tuple(balance(each) for each in wanted)  # type: ignore[return-value]


def test_what_is_called_off_is_waived_from_the_last_line_on() -> None:
    assert unpaid_first([100, 200, 300], 400) == [(0, 100), (100, 100), (300, 0)]
    assert unpaid_first([100, 200], 0) == [(0, 100), (0, 200)]
    assert unpaid_first([100, 200], 900) == [(100, 0), (200, 0)]


def test_the_order_stands_with_its_deposit_and_ends_with_the_rest(app: Flask) -> None:
    place, shopper, order_id = placed(app, 1_000)
    pay(app, order_id, 1_000)
    assert facts(app, order_id) == ("waiting", 5_150, 1_000, 0, 4_150)
    assert books(app, place, shopper) == (1_000, 0, 0, 0)
    place.move(order_id, "accept")
    place.move(order_id, "ready")
    code = shopper.get(f"/dining/orders/{order_id}").json["code"]
    with pytest.raises(BalanceDue, match=r"41\.50"):
        place.move(order_id, "hand_over", code=code)
    cashier = sign_in(app, place.house.members["Cashier"])
    cashier.post("/cash/open", data={"opening": "100"})
    assert str(order_id) in cashier.get("/cash/").get_data(as_text=True)
    assert cashier.post(f"/cash/take/{order_id}", data={"given": "50"}).status_code == 303
    assert facts(app, order_id) == ("ready", 5_150, 5_150, 0, 0)
    place.move(order_id, "hand_over", code=code)
    # 8 % of 5150 = 412; the merchant has 4150 in the drawer, so that 588 of the deposit are still its own
    assert books(app, place, shopper) == (0, 588, 412, 0)


def test_a_payment_of_another_amount_or_too_many_goes_back(app: Flask) -> None:
    _, _, order_id = placed(app, 1_000)
    pay(app, order_id, 900)
    assert facts(app, order_id)[:3] == ("unpaid", 5_150, 0)
    pay(app, order_id, 5_150)
    assert facts(app, order_id)[:3] == ("waiting", 5_150, 5_150)
    pay(app, order_id, 1_000)
    with app.app_context(), transaction(SETUP) as session:
        assert sorted(each.amount for each in session.query(Refund)) == [900, 1_000]
        assert session.query(Payment).count() == 3


def test_what_was_not_paid_is_no_longer_owed_and_the_rest_goes_back(app: Flask) -> None:
    place, shopper, order_id = placed(app, 2_000)
    pay(app, order_id, 2_000)
    with app.app_context(), transaction(SETUP):
        order = lock(Order, order_id)
        porridge, noodles, packing = order.lines
        for wrong in ({porridge.id: 0}, {999_999: 5}, {}):
            with pytest.raises(AmountRefused):
                take_off_lines(order, wrong or {0: 1}, reason="不来了", actor=SETUP, now=NOW)
        with pytest.raises(MoreThanRemains):
            take_off_lines(order, {noodles.id: 1_251}, reason="不来了", actor=SETUP, now=NOW)
        with pytest.raises(MoreThanHeld):
            open_case(order_id, {porridge.id: 2_001}, reason="不来了", actor=SETUP, now=NOW)
        case = take_off_lines(order, {porridge.id: 2_600, noodles.id: 1_250, packing.id: 300}, reason="不来了", actor=SETUP, now=NOW)
        assert case is not None and case.amounts == {str(porridge.id): 1_000}
        assert (order.waived, order.payable, order.paid, order.refunded, order.due) == (3_150, 2_000, 2_000, 1_000, 0)
        assert [(line.payable, line.refunded) for line in order.lines] == [(2_000, 1_000), (0, 0), (0, 0)]
    for step in ("accept", "ready"):
        place.move(order_id, step)
    place.move(order_id, "hand_over", code=shopper.get(f"/dining/orders/{order_id}").json["code"])
    assert books(app, place, shopper) == (0, 920, 80, 1_000)


def test_an_order_that_stands_grows_by_lines(app: Flask) -> None:
    place, shopper, order_id = placed(app, 0)
    more = price([LineDraft("再来一份", 2_000)])
    with app.app_context(), transaction(SETUP), pytest.raises(NotPayable):
        add_lines(lock(Order, order_id), more, fee_kinds=("commission",), now=NOW)
    pay(app, order_id, 5_150)
    with app.app_context(), transaction(SETUP):
        order = lock(Order, order_id)
        (line,) = add_lines(order, more, fee_kinds=("commission",), now=NOW)
        assert (line.seq, order.payable, order.due, order.due_first, order.commission) == (4, 7_150, 2_000, 2_000, 572)
    pay(app, order_id, 500)
    pay(app, order_id, 1_500)
    for step in ("accept", "ready"):
        place.move(order_id, step)
    place.move(order_id, "hand_over", code=shopper.get(f"/dining/orders/{order_id}").json["code"])
    assert books(app, place, shopper) == (0, 6_578, 572, 0)


def test_of_forty_cashiers_one_takes_the_balance(app: Flask) -> None:
    place, _, order_id = placed(app, 1_000)
    pay(app, order_id, 1_000)
    browsers = [sign_in(app, place.house.members[role]) for role in ("Cashier", "Manager", "Owner")]
    for browser in browsers:
        browser.post("/cash/open", data={"opening": "100"})

    def take(number: int) -> int:
        return browsers[number % 3].post(f"/cash/take/{order_id}", data={"given": "50"}).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = sorted(pool.map(take, range(40)))
    assert answers == [303] + [409] * 39
    assert facts(app, order_id)[2:] == (5_150, 0, 0)
