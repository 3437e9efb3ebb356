"""The price list of the demo town: rules in an order, one that can never be used, and a draft that waits for a second person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.actors import system
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.commission.models import FeeKind
from app.kernel.commission.operations import add_rule, propose_version
from app.kernel.commission.rules import Tier
from app.verticals.dining.demo.restaurant import staff_actor
from app.verticals.dining.models import Shop

MONTHLY = (Tier(0, 80_000), Tier(5_000_000, 70_000), Tier(20_000_000, 60_000))
# Last to first: each rule added comes before those that are there.
RULES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("堂食按月流水", {"order_kind": "dine_in"}, {"method": "volume_tiers", "tiers": MONTHLY, "marginal": True}),
    ("雨天外卖减免", {"order_kind": "delivery"}, {"ppm": 60_000}),
    ("外卖基准", {"order_kind": "delivery"}, {"ppm": 80_000}),
)
PEAK = {"ppm": 90_000, "least_fen": 50, "most_fen": 6_000}


def set_prices(app: Flask, contract_with: str, now: datetime) -> None:
    """Rules that hold from `now` on, a contract price for one restaurant, and the draft of a surcharge at noon."""
    with app.app_context(), transaction(system("demo")):
        maker, checker = staff_actor("finance"), staff_actor("finance2")
        kind = db.session.scalars(select(FeeKind).where(FeeKind.trade == "dining", FeeKind.kind == "commission")).one()

        def draft(title: str, conditions: dict[str, Any], rate: dict[str, Any], reason: str) -> Any:
            made = now - timedelta(hours=20)
            rule = add_rule(kind, title=title, actor=maker, now=made, **conditions)
            return propose_version(rule, starts_at=now, reason=reason, actor=maker, now=made, **rate)

        for title, conditions, rate in RULES:
            move(draft(title, conditions, rate, "秋季价目"), "approve", actor=checker, now=now)
        draft("午高峰加收", {"from_minute": 660, "to_minute": 780}, PEAK, "午高峰补贴骑手")
        merchant_id = db.session.scalars(select(Shop.merchant_id).where(Shop.name == contract_with)).one()
        contract = draft(f"{contract_with}合约价", {}, {"ppm": 70_000, "merchant_id": merchant_id}, "签了年约")
        move(contract, "approve", actor=checker, now=now)
