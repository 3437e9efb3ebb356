"""Fees by the month's volume: provisional on each order, settled to the fen at the month's end, once, on the merchant's statement."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING, system
from app.core.clock import at
from app.core.periods import day_start
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.commission.models import FeeLine
from app.kernel.commission.queries import month_of
from app.kernel.commission.rules import Tier
from app.kernel.ledger.accounts import merchant_available, merchant_receivable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.orders.models import Order
from app.kernel.pricing.jobs import adjust_fees_by_volume
from app.kernel.pricing.models import FeeAdjustment
from app.kernel.pricing.operations import MonthNotOver, adjust_month, next_month
from tests.kernel.pricing.world import charged, fallback_id, in_force
from tests.kernel.settlement.world import close, refund, release, statements
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant

FALLING = [Tier(0, 80_000), Tier(4_000, 50_000)]
RISING = [Tier(0, 20_000), Tier(4_000, 100_000)]


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def this_month() -> date:
    """The month in which the tests run."""
    return month_of(datetime.now(UTC))


def after_month() -> datetime:
    """A moment in the month that follows."""
    return day_start(next_month(this_month())) + timedelta(hours=3)


def sell(place: Restaurant, shopper: Shopper, *wishes: tuple[str, int]) -> int:
    """An order that is paid and handed over; its id."""
    order = place.paid(shopper, *(wishes or (("鲜虾粥", 1),)))
    place.serve(order)
    return order["id"]


def adjust(app: Flask) -> list[tuple[int, int, int, int, int]]:
    """Run the job in the month after; orders, volume, charged, due, and amount of each adjustment."""
    with app.app_context(), at(after_month()):
        adjust_fees_by_volume()
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(FeeAdjustment).order_by(FeeAdjustment.id))
        return [(each.orders, each.volume, each.charged, each.due, each.amount) for each in found]


def money(app: Flask, place: Restaurant) -> tuple[int, int, int]:
    """The merchant's available balance, what we advanced for it, and the platform's commission."""
    with app.app_context():
        enter_scope(EVERYTHING)
        own = place.house.merchant_id
        return balance(merchant_available(own)), balance(merchant_receivable(own)), balance(revenue("commission"))


def test_orders_bear_the_tier_reached_and_the_months_end_gives_back_the_difference(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    first, second, third = (sell(place, li) for _ in range(3))  # each 19.00 with its packing
    assert [sum(fee for *_, fee in charged(app, each)) for each in (first, second)] == [152, 152]
    assert charged(app, third) == [("点餐佣金 v2", 80_000, 144), ("点餐佣金 v2", 80_000, 8)]
    fourth = sell(place, li)
    assert charged(app, fourth) == [("点餐佣金 v2", 50_000, 90), ("点餐佣金 v2", 50_000, 5)]
    release(app)
    before = money(app, place)
    assert adjust(app) == [(4, 7600, 551, 380, -171)]
    assert money(app, place) == (before[0] + 171, 0, 551 - 171)


def test_a_dearer_tier_is_charged_and_what_the_merchant_lacks_is_advanced(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=RISING, marginal=True)
    sell(place, Shopper(app, "li"), ("鲜虾粥", 5))  # 95.00
    assert money(app, place) == (0, 0, 190)
    assert adjust(app) == [(1, 9500, 190, 80 + 550, 440)]
    assert money(app, place) == (0, -440, 630)


def test_refunds_before_the_months_end_leave_the_volume(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    first, _second = sell(place, li, ("鲜虾粥", 2)), sell(place, li, ("鲜虾粥", 1))
    refund(app, first, 1800)  # half of the porridge: 18.00 of base, 1.44 of its fee
    assert adjust(app) == [(2, 3800 + 1900 - 1800, 304 + 152 - 144, 312, 0)]


def test_an_order_that_is_not_completed_does_not_count(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    place.paid(Shopper(app, "li"), ("鲜虾粥", 4))
    assert adjust(app) == []


def test_a_month_is_adjusted_once_however_often_it_is_asked(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    sell(place, li, ("鲜虾粥", 3))
    expected = [(1, 5700, 456, 285, -171)]
    assert adjust(app) == expected
    held = money(app, place)
    assert adjust(app) == expected
    assert money(app, place) == held


def test_forty_at_once_adjust_a_month_once(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    sell(place, Shopper(app, "li"), ("鲜虾粥", 3))
    done: list[int] = []
    barrier = threading.Barrier(40)

    def run() -> None:
        barrier.wait()
        with app.app_context(), transaction(system("price list")):
            done.append(adjust_month(this_month(), now=after_month()))

    threads = [threading.Thread(target=run) for _ in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(done) == [0] * 39 + [1]
    assert adjust(app) == [(1, 5700, 456, 285, -171)]


def test_a_month_that_is_not_over_is_refused(app: Flask, place: Restaurant) -> None:
    with pytest.raises(MonthNotOver), app.app_context(), transaction(system("price list")):
        adjust_month(this_month(), now=datetime.now(UTC))
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(FeeAdjustment)).all() == []


def test_the_adjustment_stands_on_the_merchants_statement(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    sell(place, Shopper(app, "li"), ("鲜虾粥", 3))
    release(app, days=2)
    adjust(app)
    close(app, days=3)
    assert [(each["earned"], each["fees"], each["adjusted"], each["closing"]) for each in statements(app, place)] == [(5700, 456, 171, 5700 - 456 + 171)]


def test_the_volume_before_an_order_is_frozen_on_its_lines(app: Flask, place: Restaurant) -> None:
    in_force(app, fallback_id(app), method="volume_tiers", tiers=FALLING)
    li = Shopper(app, "li")
    sell(place, li)
    second = sell(place, li)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert {line.volume for line in db.session.scalars(select(FeeLine).where(FeeLine.order_id == second))} == {1900}
        assert db.session.get_one(Order, second).commission == 152
