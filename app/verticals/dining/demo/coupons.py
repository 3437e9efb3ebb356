"""The demo town's coupons: one taken off by itself, one for new customers, a percentage on a dish, two of the platform (one waits for finance)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.extensions import db
from app.framework.database import elevated, get, transaction
from app.framework.flow import move
from app.kernel.marketing.models import Coupon
from app.kernel.marketing.operations import NotClaimable, claim_coupon, propose_coupon
from app.kernel.parties.models import Customer
from app.verticals.dining.demo.restaurant import owner_actor, staff_actor
from app.verticals.dining.models import Dish, Shop

PLAIN: dict[str, Any] = {
    "trade": "dining", "kind": "amount", "least": 0, "off": 0, "ppm": 0, "most": 0, "products": (), "newcomers_only": False, "automatic": False,
    "quantity": None, "per_customer": 1, "budget": None, "valid_days": 0,
}


def offer_coupons(app: Flask, shop_id: int, begun: datetime) -> None:
    """What the second restaurant takes off by itself since then, so that the weeks' orders have it."""
    with app.app_context(), clock.at(begun), transaction(system("demo")):
        merchant_id = get(Shop, shop_id).merchant_id
        _house(merchant_id, begun, title="满 40 减 5", least=4_000, off=500, automatic=True)


def claim_and_use(app: Flask, shop_id: int, now: datetime) -> None:
    """The first restaurant's and the platform's coupons of three days ago, and customers who claimed them; today's orders use some."""
    begun = now - timedelta(days=3)
    with app.app_context(), clock.at(begun), transaction(system("demo")):
        merchant_id = get(Shop, shop_id).merchant_id
        beef = list(db.session.scalars(select(Dish.id).where(Dish.shop_id == shop_id).order_by(Dish.id.desc()).limit(2)))
        newcomer = _house(merchant_id, begun, title="新客立减 3 元", off=300, newcomers_only=True, quantity=200, valid_days=14)
        dish = _house(merchant_id, begun, title="招牌菜 9 折", kind="percent", ppm=100_000, most=1_000, products=beef, quantity=100)
        platform = _platform(begun, title="全城满 30 减 6", least=3_000, off=600, budget=200_000, quantity=500, per_customer=2)
        _platform(begun + timedelta(days=2), approved=False, title="周末满 60 减 15", least=6_000, off=1_500, budget=500_000, quantity=300)
        of_city, of_dish, of_newcomers = platform.id, dish.id, newcomer.id
    with app.app_context(), clock.at(begun + timedelta(hours=3)), transaction(system("demo")), elevated():
        people = list(db.session.scalars(select(Customer.id).order_by(Customer.id).limit(8)))
        moment = clock.now()
        for number, customer in enumerate(people):
            claim_coupon(of_city if number % 2 else of_dish, customer_id=customer, now=moment)
        with suppress(NotClaimable):  # whoever bought here before
            claim_coupon(of_newcomers, customer_id=people[-1], now=moment)


def _house(merchant_id: int, moment: datetime, **coupon: Any) -> Coupon:
    owner = owner_actor(merchant_id)
    made = propose_coupon(**{
        **PLAIN, **coupon, "merchant_id": merchant_id, "begins_at": moment, "ends_at": moment + timedelta(days=60), "reason": "秋冬促销", "actor": owner,
        "now": moment,
    })
    return move(made, "start", actor=owner, now=moment)


def _platform(moment: datetime, *, approved: bool = True, **coupon: Any) -> Coupon:
    made = propose_coupon(**{
        **PLAIN, **coupon, "merchant_id": None, "begins_at": moment, "ends_at": moment + timedelta(days=30), "reason": "青溪开城",
        "actor": staff_actor("operator"), "now": moment,
    })
    return move(made, "approve", actor=staff_actor("finance"), now=moment + timedelta(hours=1)) if approved else made
