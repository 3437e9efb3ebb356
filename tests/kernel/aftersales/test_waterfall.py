"""Refunds after settlement: available, then reserve, then deposit, then what the platform advances; each alone and all together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.framework.database import transaction
from app.kernel.aftersales.models import RefundCase
from app.kernel.ledger.accounts import bank, merchant_available, merchant_deposit, merchant_receivable, merchant_reserve, refund_payable, revenue
from app.kernel.ledger.operations import post
from app.kernel.ledger.queries import balance
from app.kernel.ledger.values import Posting, credit, debit
from app.kernel.orders.models import OrderLine
from app.kernel.settlement.operations.release import release_due
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.dining.world import Restaurant, restaurant

WHOLE = 10_800  # 8 × 12.50, and packing of 1.00 each
BUCKETS = ("available", "reserve", "deposit", "receivable")


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def settled(app: Flask, place: Restaurant, shopper: Shopper, has: dict[str, int]) -> tuple[dict[str, Any], int]:
    """An order past its hold whose merchant then has exactly `has`; the order, and what the merchant earned with it."""
    order = place.paid(shopper, ("牛肉面", 8))
    place.serve(order)
    key = place.house.merchant_id
    now = datetime.now(UTC)
    with app.app_context(), transaction(SETUP):
        assert release_due(now + timedelta(days=3)) == 1
        earned = balance(merchant_available(key))
        wanted = {merchant_available(key): has.get("available", 0) - earned, merchant_reserve(key): has.get("reserve", 0)}
        wanted[merchant_deposit(key)] = has.get("deposit", 0)
        moves = [credit(account, amount) for account, amount in wanted.items() if amount]
        moves.append(debit(bank(), sum(wanted.values())))
        post(Posting("test_adjustment", f"{order['id']}", now, tuple(moves), merchant_id=key), now)
    return order, earned


def after(app: Flask, place: Restaurant) -> dict[str, int]:
    key = place.house.merchant_id
    accounts = dict(zip(BUCKETS, (merchant_available(key), merchant_reserve(key), merchant_deposit(key), merchant_receivable(key)), strict=True))
    with app.app_context(), transaction(SETUP):
        return {name: held for name, account in accounts.items() if (held := balance(account))}


@pytest.mark.covers("dining.F2")
@pytest.mark.parametrize(
    ("has", "leaves"),
    [
        ({"available": 20_000}, lambda taken: {"available": 20_000 - taken}),
        ({"reserve": 20_000}, lambda taken: {"reserve": 20_000 - taken}),
        ({"deposit": 20_000}, lambda taken: {"deposit": 20_000 - taken}),
        ({}, lambda taken: {"receivable": -taken}),
        ({"available": 4_000, "reserve": 3_000, "deposit": 20_000}, lambda taken: {"deposit": 20_000 - (taken - 7_000)}),
        ({"available": 4_000, "reserve": 3_000, "deposit": 1_000}, lambda taken: {"receivable": -(taken - 8_000)}),
    ],
)
def test_each_bucket_pays_what_the_one_before_could_not(app: Flask, place: Restaurant, has: dict[str, int], leaves: Any) -> None:
    shopper = Shopper(app)
    order, earned = settled(app, place, shopper, has)
    owner = sign_in(app, place.house.members["Owner"])
    with app.app_context(), transaction(SETUP) as session:
        lines = {f"line-{line.id}": f"{line.payable / 100:.2f}" for line in session.scalars(select(OrderLine).where(OrderLine.order_id == order["id"]))}
    assert owner.post(f"/refund-order/{order['id']}", data={**lines, "reason": "整单退"}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(RefundCase)).one()
        assert (case.amount, case.from_merchant, case.status) == (WHOLE, earned, "refunding")
        assert (balance(refund_payable(shopper.id)), balance(revenue("commission"))) == (WHOLE, 0)
    assert after(app, place) == leaves(earned)


def test_in_part_and_again_until_nothing_remains_and_not_a_fen_more(app: Flask, place: Restaurant) -> None:
    shopper = Shopper(app)
    order, earned = settled(app, place, shopper, {"available": 5_000, "reserve": 1_000})
    owner = sign_in(app, place.house.members["Owner"])
    with app.app_context(), transaction(SETUP) as session:
        goods, packing = session.scalars(select(OrderLine).where(OrderLine.order_id == order["id"]).order_by(OrderLine.seq)).all()
        keys = goods.id, packing.id
    address = f"/refund-order/{order['id']}"
    for amounts in ({keys[0]: "33.33"}, {keys[0]: "33.33", keys[1]: "0.50"}, {keys[0]: "33.34", keys[1]: "7.50"}):
        assert owner.post(address, data={f"line-{key}": amount for key, amount in amounts.items()}).status_code == 303
    assert owner.post(address, data={f"line-{keys[0]}": "0.01"}).status_code == 409
    with app.app_context(), transaction(SETUP) as session:
        cases = session.scalars(select(RefundCase).order_by(RefundCase.id)).all()
        assert [case.amount for case in cases] == [3_333, 3_383, 4_084]
        assert sum(case.from_merchant for case in cases) == earned
        assert balance(refund_payable(shopper.id)) == WHOLE
    assert after(app, place) == {"receivable": -(earned - 6_000)}
