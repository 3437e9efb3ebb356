"""Lines with an order of their own: every fen goes along, completes apart, and comes back when the part is put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, lock, transaction
from app.kernel.aftersales.operations import refund_lines
from app.kernel.ledger.accounts import escrow, merchant_pending, order_transit, refund_payable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.orders.models import Order
from app.kernel.orders.operations import complete_order
from app.kernel.orders.splitting import NotSplittable, end_when_empty, join_back, parts_split_from, split_off
from app.verticals.dining.models import DiningOrder
from tests.support.people import SETUP, Shopper
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app, stock=10)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


@contextmanager
def locked(app: Flask, order_id: int) -> Iterator[DiningOrder]:
    with app.app_context(), transaction(SETUP):
        yield lock(DiningOrder, order_id)


def split(order: DiningOrder, *titles: str, merchant_id: int | None = None) -> DiningOrder:
    """The lines of these titles as an order of their own."""
    ids = [line.id for line in order.lines if line.title in titles]
    return split_off(
        order, ids, merchant_id=merchant_id or order.merchant_id, prefix="V", now=datetime.now(UTC), shop_id=order.shop_id, service="pickup", code="",
    )


def amounts(order: Order) -> tuple[int, ...]:
    return order.goods, order.packing, order.payable, order.paid, order.refunded, order.commission, len(order.lines)


def money(app: Flask, shopper: Shopper, *merchants: int) -> dict[str, Any]:
    with app.app_context():
        enter_scope(EVERYTHING)
        return {
            "escrow": balance(escrow("dining")), "transit": balance(order_transit()), "commission": balance(revenue("commission")),
            "owed": balance(refund_payable(shopper.id)), "pending": [balance(merchant_pending(each)) for each in merchants],
        }


def test_a_line_completes_on_its_own_and_for_another_merchant(app: Flask, place: Restaurant, li: Shopper) -> None:
    other = restaurant(app, "川渝小馆").house.merchant_id
    bought = place.paid(li, ("鲜虾粥", 1), ("牛肉面", 1))
    with locked(app, bought["id"]) as order:
        assert amounts(order) == (3050, 200, 3250, 3250, 0, 260, 3)
        part = split(order, "牛肉面", merchant_id=other)
        part_id = part.id
        # 8 % of 12.50 goes along, of 18.00 and 2.00 stays
        assert (amounts(part), amounts(order)) == ((1250, 0, 1250, 1250, 0, 100, 1), (1800, 200, 2000, 2000, 0, 160, 2))
        assert [each.id for each in parts_split_from(order.id)] == [part.id]
    assert money(app, li, place.house.merchant_id, other) == {"escrow": 3250, "transit": 0, "commission": 0, "owed": 0, "pending": [0, 0]}
    with locked(app, part_id) as found:
        complete_order(found, now=datetime.now(UTC))
    assert money(app, li, place.house.merchant_id, other) == {"escrow": 2000, "transit": 0, "commission": 100, "owed": 0, "pending": [0, 1150]}
    with locked(app, bought["id"]) as order:
        complete_order(order, now=datetime.now(UTC))
    assert money(app, li, place.house.merchant_id, other) == {"escrow": 0, "transit": 0, "commission": 260, "owed": 0, "pending": [1840, 1150]}


def test_what_was_refunded_of_a_line_goes_along_and_what_it_holds_can_be_refunded(app: Flask, place: Restaurant, li: Shopper) -> None:
    bought = place.paid(li, ("鲜虾粥", 1), ("牛肉面", 1), service="dine_in")
    with locked(app, bought["id"]) as order:
        noodles = next(line for line in order.lines if line.title == "牛肉面")
        noodles_id = noodles.id
        refund_lines(order, {noodles_id: 625}, reason="少了半份", actor=SETUP, now=datetime.now(UTC))
    with locked(app, bought["id"]) as order:
        part = split(order, "牛肉面")
        part_id = part.id
        assert (amounts(part)[3:5], amounts(order)[3:5]) == ((1250, 625), (1800, 0))
    with locked(app, part_id) as found:
        complete_order(found, now=datetime.now(UTC))
        refund_lines(found, {noodles_id: 625}, reason="还是不对", actor=SETUP, now=datetime.now(UTC))
        assert amounts(found)[3:5] == (1250, 1250)
    assert money(app, li, place.house.merchant_id) == {"escrow": 1800, "transit": 0, "commission": 0, "owed": 1250, "pending": [0]}


def test_a_part_that_is_put_back_leaves_the_order_as_it_was(app: Flask, place: Restaurant, li: Shopper) -> None:
    bought = place.paid(li, ("鲜虾粥", 1), ("牛肉面", 1))
    with locked(app, bought["id"]) as order:
        before = amounts(order)
        part = split(order, "牛肉面", "鲜虾粥", "打包费")
        part_id = part.id
        assert amounts(order) == (0, 0, 0, 0, 0, 0, 0)
        assert end_when_empty(order, now=datetime.now(UTC))
    with locked(app, bought["id"]) as order:
        join_back(lock(DiningOrder, part_id), order, now=datetime.now(UTC))
        assert (amounts(order), order.closed_at, parts_split_from(order.id)) == (before, None, [])
    assert money(app, li, place.house.merchant_id)["escrow"] == 3250
    with locked(app, part_id) as found, pytest.raises(NotSplittable):
        join_back(found, db.session.get_one(DiningOrder, bought["id"]), now=datetime.now(UTC))


def test_what_cannot_be_split_is_refused_and_unchanged(app: Flask, place: Restaurant, li: Shopper) -> None:
    unpaid = place.place(li, ("鲜虾粥", 1))
    with locked(app, unpaid["id"]) as order, pytest.raises(NotSplittable):
        split(order, "鲜虾粥")
    bought = place.paid(li, ("鲜虾粥", 1), ("牛肉面", 1))
    with locked(app, bought["id"]) as order:
        part = split(order, "牛肉面")
        with pytest.raises(NotSplittable):
            split(part, "牛肉面")
        with pytest.raises(NotSplittable):
            split(order, "牛肉面")
        with pytest.raises(NotSplittable):
            split_off(order, [], merchant_id=order.merchant_id, prefix="V", now=datetime.now(UTC))
        complete_order(part, now=datetime.now(UTC))
        with pytest.raises(NotSplittable):
            join_back(part, order, now=datetime.now(UTC))
