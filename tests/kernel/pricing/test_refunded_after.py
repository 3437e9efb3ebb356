"""A refund after the month's end gives back what the order bears since then: to the fen, line by line, whenever it comes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import EVERYTHING, system
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.aftersales.operations import refund_lines
from app.kernel.commission.models import FeeLine
from app.kernel.commission.rules import Tier
from app.kernel.ledger.accounts import merchant_available, merchant_pending, merchant_receivable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.orders.models import Order
from app.kernel.pricing.operations import adjust_month
from app.kernel.settlement.fees import fees_to_invoice
from tests.kernel.pricing.test_adjustments import FALLING, RISING, adjust, after_month, sell, this_month
from tests.kernel.pricing.world import fallback_id, in_force
from tests.kernel.settlement.world import release
from tests.support.people import Shopper, everything, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def give_back(place: Restaurant, shopper: Shopper, order_id: int, fen: int | None = None) -> None:
    """The customer asks for `fen` of the order's first line back, or for all; the cashier grants it."""
    lines = [] if fen is None else [{"line_id": shopper.get(f"/dining/orders/{order_id}").json["lines"][0]["id"], "amount": fen}]
    asked = shopper.post(f"/dining/orders/{order_id}/refunds", {"reason": "少了一份", "lines": lines})
    assert asked.status_code == 201, asked.json
    cashier = sign_in(place.app, place.house.members["Cashier"])
    assert cashier.post(f"/refunds/{asked.json['id']}/move/grant").status_code in {302, 303}


def lines_of(app: Flask, order_id: int) -> list[tuple[int, int, int]]:
    """Amount, adjustment, and what went back of each fee line of the order."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(FeeLine).where(FeeLine.order_id == order_id).order_by(FeeLine.order_line_id))
        return [(line.amount, line.adjusted, line.returned) for line in found]


def ends(app: Flask, place: Restaurant) -> tuple[int, int]:
    """What the platform kept of commission, and what the merchant has, with what it owes."""
    with app.app_context():
        enter_scope(EVERYTHING)
        own = place.house.merchant_id
        return balance(revenue("commission")), sum(balance(each(own)) for each in (merchant_pending, merchant_available, merchant_receivable))


def year_of(
    app: Flask, place: Restaurant, orders: int, tiers: list[Tier], fen: int | None, *, after: bool, released: bool = False, **rate: Any,
) -> tuple[int, int]:
    """The same orders of 19.00 each, one refund of the second before or after the month's end; what everybody has in the end."""
    in_force(app, fallback_id(app), method="volume_tiers", tiers=tiers, **rate)
    li = Shopper(app, "li")
    sold = [sell(place, li) for _ in range(orders)]
    if released:
        release(app)
    if not after:
        give_back(place, li, sold[1], fen)
    adjust(app)
    if after:
        give_back(place, li, sold[1], fen)
    return ends(app, place)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize(("fen", "kept"), [(None, 285), (900, 335), (1, 380)])
def test_where_the_tier_stays_it_makes_no_difference_when_the_refund_comes(
    app: Flask, place: Restaurant, after: bool, released: bool, fen: int | None, kept: int,
) -> None:
    back = 1900 if fen is None else fen
    assert year_of(app, place, 4, FALLING, fen, after=after, released=released) == (kept, 7600 - back - kept)


def test_a_refund_after_the_months_end_leaves_the_tier_that_the_month_came_to(app: Flask, place: Restaurant) -> None:
    # 57.00 reached 5 %. Without the refunded 19.00 the month would have stayed at 8 %: before its end that counts, after it nobody's rate changes.
    assert year_of(app, place, 3, FALLING, None, after=True) == (285 - 95, 3800 - 190)


def test_a_refund_before_the_months_end_counts_for_the_tier(app: Flask, place: Restaurant) -> None:
    assert year_of(app, place, 3, FALLING, None, after=False) == (304, 3800 - 304)


def test_each_line_says_what_it_bears_in_the_end_and_a_page_says_why(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    first, *_others = (sell(place, li) for _ in range(4))
    adjust(app)
    assert lines_of(app, first) == [(144, -54, 0), (8, -3, 0)]
    give_back(place, li, first, 900)
    assert lines_of(app, first) == [(144, -54, 45), (8, -3, 0)]
    give_back(place, li, first)
    assert lines_of(app, first) == [(144, -54, 90), (8, -3, 5)]
    with app.app_context():
        enter_scope(EVERYTHING)
        line = db.session.scalar(text("SELECT min(id) FROM fee_line WHERE order_id = :id"), {"id": first})
    for browser in (staff(app, "Finance"), sign_in(app, place.house.members["Owner"])):
        assert "月末按全月流水退回 ¥0.54，最后承担 ¥0.90" in browser.get(f"/fees/lines/{line}").text


@pytest.mark.parametrize("steps", [(None,), (4500, None), (1, 2, 3, None)])
def test_what_a_dearer_tier_took_comes_back_whole_with_the_order(app: Flask, place: Restaurant, steps: tuple[int | None, ...]) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=RISING, marginal=True)
    li = Shopper(app, "li")
    order = sell(place, li, ("鲜虾粥", 5))
    adjust(app)
    assert ends(app, place) == (630, 9500 - 630)
    assert lines_of(app, order) == [(180, 417, 0), (10, 23, 0)]
    for fen in steps:
        give_back(place, li, order, fen)
    assert lines_of(app, order) == [(180, 417, 597), (10, 23, 33)]
    assert ends(app, place) == (0, 0)


def test_invoices_are_for_what_was_borne_in_the_end(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    sold = [sell(place, li) for _ in range(4)]
    adjust(app)
    give_back(place, li, sold[0])
    with app.app_context():
        enter_scope(EVERYTHING)
        assert fees_to_invoice(place.house.merchant_id, this_month()) == 285


def test_a_refund_under_way_comes_before_the_months_end(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    first, *_others = (sell(place, li) for _ in range(4))
    done: list[int] = []

    def run() -> None:
        with app.app_context(), transaction(system("price list")):
            done.append(adjust_month(this_month(), now=after_month()))

    thread = threading.Thread(target=run)
    with app.app_context(), transaction(everything()) as session:
        order = session.get_one(Order, first)
        refund_lines(order, {order.lines[0].id: 900}, reason="少了一份", actor=everything(), now=datetime.now(UTC))
        session.flush()
        thread.start()
        thread.join(0.7)
        assert done == [], "the month's end does not read what a refund is changing"
    thread.join()
    assert done == [1]
    assert adjust(app) == [(4, 6700, 479, 335, -144)]
    assert ends(app, place) == (335, 6700 - 335)


def test_a_refund_waits_for_the_months_end_that_is_under_way(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    first, *_others = (sell(place, li) for _ in range(4))

    def run() -> None:
        with app.app_context(), transaction(everything()) as session:
            order = session.get_one(Order, first)
            refund_lines(order, {order.lines[0].id: 900}, reason="少了一份", actor=everything(), now=datetime.now(UTC))

    thread = threading.Thread(target=run)
    with app.app_context(), transaction(system("price list")) as session:
        assert adjust_month(this_month(), now=after_month()) == 1
        session.flush()
        thread.start()
        thread.join(0.7)
        assert thread.is_alive(), "a refund does not read what the month's end is changing"
    thread.join()
    assert lines_of(app, first) == [(144, -54, 45), (8, -3, 0)]
    assert ends(app, place) == (335, 6700 - 335)
