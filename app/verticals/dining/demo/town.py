"""青溪镇 Qingxi: three restaurants that have been open for four weeks, and a day under way."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.parties.demo import PASSWORD
from app.verticals.dining.demo.menus import TOWN, RestaurantPlan
from app.verticals.dining.demo.play import ENDINGS, Town
from app.verticals.dining.demo.restaurant import add_crew, apply_and_be_admitted, set_up, staff_actor
from app.verticals.dining.models import Shop

DAYS = 28
CREW = (("cashier", "Cashier", "许", "小雨"), ("kitchen", "Kitchen", "郑", "师傅"))
TODAY = ("waiting", "waiting", "cooking", "cooking", "ready", "done", "done", "done", "refund")


def fill(app: Flask) -> None:
    """The restaurants, four weeks of orders, and today's board. The gateway must be running."""
    now = clock.now()
    shops = {plan.name: open_restaurant(app, plan, now - timedelta(days=DAYS + 2)) for plan in TOWN}
    town = Town(app)
    for number, plan in enumerate(TOWN):
        play_weeks(town, shops[plan.name], plan, now, seed=number)
    play_today(town, shops[TOWN[0].name], now)
    town.set_gateway_clock(None)
    run_waiting(app, only="send_refund")


def open_restaurant(app: Flask, plan: RestaurantPlan, now: datetime) -> int:
    """Join, apply, be admitted, set up; the shop's id."""
    permit_until = business_day(now) + timedelta(days=DAYS + 21 if plan is TOWN[0] else 500)
    with app.app_context(), transaction(system("demo")), clock.at(now):
        reviewer = staff_actor("reviewer")
        merchant_id = apply_and_be_admitted(plan, PASSWORD, reviewer, now, permit_until)
        shop = set_up(merchant_id, plan, reviewer, now + timedelta(hours=2))
        if plan is TOWN[0]:
            add_crew(merchant_id, CREW, PASSWORD, now)
        return int(db.session.scalars(select(Shop.id).where(Shop.id == shop.id)).one())


def play_weeks(town: Town, shop_id: int, plan: RestaurantPlan, now: datetime, seed: int) -> None:
    """The plan's orders over the past days, at the hours when people eat."""
    first = business_day(now) - timedelta(days=DAYS)
    for number in range(plan.orders):
        day = first + timedelta(days=number * DAYS // plan.orders)
        hour = (7, 8, 11, 12, 12, 13, 17, 18, 18, 19)[(number * 7 + seed) % 10]
        moment = day_start(day) + timedelta(hours=hour, minutes=(number * 13) % 60)
        town.order(shop_id, ENDINGS[(number * 5 + seed) % len(ENDINGS)], moment)


def play_today(town: Town, shop_id: int, now: datetime) -> None:
    """What the board shows when one signs in: orders of the last hour in every state."""
    for number, ending in enumerate(TODAY):
        ago = 2 if ending == "waiting" else 40 - 4 * number
        town.order(shop_id, ending, now - timedelta(minutes=ago, seconds=10 * number))
