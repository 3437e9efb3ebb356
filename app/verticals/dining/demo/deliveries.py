"""The first restaurant's courier: jobs done on the days before and today, one under way, one that waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.framework.database import get, transaction
from app.kernel.fulfilment.models import Job
from app.kernel.fulfilment.operations.carrying import step
from app.kernel.parties.models import StaffUser
from app.verticals.dining.demo.play import Town
from app.verticals.dining.demo.restaurant import crew_actor
from app.verticals.dining.models import Shop

HOMES = ("青溪镇河东路 8 号 2 单元 501", "青溪镇学府街 26 号", "青溪镇桂花巷 3 号院 7 栋", "青溪镇滨江路 118 号 1204")
# How long ago each was ordered, and how far its courier has come.
JOBS = (
    (timedelta(days=3), "done"), (timedelta(days=2), "done"), (timedelta(days=1), "done"), (timedelta(minutes=85), "done"),
    (timedelta(minutes=40), "carried"), (timedelta(minutes=24), "waiting"),
)
STEPS = {"waiting": (), "carried": ("take", "pick_up"), "done": ("take", "pick_up", "deliver")}
TRIES = 8  # a basket may cost less than the shop delivers for


def deliver(town: Town, shop_id: int, now: datetime) -> None:
    """Deliveries through the same doors as every order; the courier takes, picks up, and hands over by the customer's code."""
    with town.app.app_context(), transaction(system("demo")) as session:
        shop = session.get_one(Shop, shop_id)
        merchant_id, here = shop.merchant_id, (shop.latitude, shop.longitude)
        get(StaffUser, crew_actor(merchant_id, "Courier").id).phone = "13600136072"
    for number, (ago, ending) in enumerate(JOBS):
        moment = now - ago
        home = {
            "address": HOMES[number % len(HOMES)], "phone": f"1391234{5670 + number}",
            "place": {"latitude": here[0] + 0.004, "longitude": here[1] + 0.002 * number},
        }
        order_id = next(filter(None, (town.order(shop_id, "ready", moment, home=home) for _ in range(TRIES))), None)
        if order_id is not None:
            _carry(town, merchant_id, order_id, ending, moment + timedelta(minutes=14))


def _carry(town: Town, merchant_id: int, order_id: int, ending: str, moment: datetime) -> None:
    for number, name in enumerate(STEPS[ending]):
        then = moment + timedelta(minutes=6 * number)
        with town.app.app_context(), transaction(system("demo")) as session, clock.at(then):
            job = session.scalars(select(Job).where(Job.order_id == order_id)).one()
            answers = {"code": job.code} if name == "deliver" else {}
            step(job.id, name, actor=crew_actor(merchant_id, "Courier"), now=then, **answers)
