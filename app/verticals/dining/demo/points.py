"""The first restaurant gives points and has two levels; the platform gives some of its own; a correction waits for the owner."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.extensions import db
from app.framework.database import get, transaction
from app.framework.flow import move
from app.kernel.loyalty.models import LoyaltyMember
from app.kernel.loyalty.operations.adjusting import propose_adjustment
from app.kernel.loyalty.operations.programmes import add_level, open_programme
from app.verticals.dining.demo.restaurant import crew_actor, owner_actor, staff_actor
from app.verticals.dining.models import Shop


def give_points(app: Flask, shop_id: int, now: datetime) -> None:
    """Before the orders of the weeks: the restaurant's rule, its levels, and the platform's rule."""
    with app.app_context(), transaction(system("demo")), clock.at(now):
        merchant_id = get(Shop, shop_id).merchant_id
        owner = owner_actor(merchant_id)
        open_programme(merchant_id=merchant_id, per_yuan=1, for_yuan=100, cap_ppm=200_000, months=12, actor=owner, now=now)
        open_programme(merchant_id=None, per_yuan=1, for_yuan=200, cap_ppm=50_000, months=6, actor=staff_actor("finance"), now=now)
        for name, threshold, discount in (("银卡", 2_000, 20_000), ("金卡", 6_000, 50_000)):
            add_level(merchant_id=merchant_id, name=name, threshold=threshold, discount_ppm=discount, actor=owner, now=now)


def correct_points(app: Flask, shop_id: int, now: datetime) -> None:
    """One correction is approved, another waits."""
    moment = now - timedelta(hours=20)
    with app.app_context(), transaction(system("demo")), clock.at(moment):
        merchant_id = get(Shop, shop_id).merchant_id
        members = list(db.session.scalars(select(LoyaltyMember).where(LoyaltyMember.merchant_id == merchant_id).order_by(LoyaltyMember.id).limit(2)))
        cashier = crew_actor(merchant_id, "Cashier")
        for member, points, reason in zip(members, (200, -50), ("开业那天没有给积分，补发", "重复补发，扣回"), strict=False):
            adjustment = propose_adjustment(member_id=member.id, points=points, reason=reason, actor=cashier, now=moment)
            if points > 0:
                move(adjustment, "approve", actor=owner_actor(merchant_id), now=moment + timedelta(hours=1))
