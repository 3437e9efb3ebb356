"""A month of a million orders replayed under another set of rules, as the rule desk does while finance waits.

Limit: one hand-written statement that sums the same month by merchant without any rule. Ours prices every order both ways, by four rules with
conditions (a way of serving, hours, a contract, tiers), in one statement, and works the result out to what the desk shows. Seconds, less is better.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, text

from app.core.actors import system
from app.extensions import db
from app.framework.commands.data import write_defaults
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.commission.models import FeeKind, FeeRuleVersion
from app.kernel.commission.operations import add_rule, propose_version
from app.kernel.commission.rules import Tier
from app.kernel.parties.operations.merchants import open_merchant
from app.kernel.pricing.queries import Replay, replay, rules_standing, stretch_named
from bench.common import Result, durable_application, in_turn, peak_memory_mib

ORDERS, MERCHANTS, ROUNDS, GOAL = 1_000_000, 200, 3, 6.0
CUSTOMER = """INSERT INTO party_customer (name, phone_tail, phone_masked, active, epoch, created_at, updated_at, version)
    VALUES ('顾客', '0000', '138****0000', true, 1, now(), now(), 1)"""
FILL = """INSERT INTO order_order (number, trade, kind, status, merchant_id, customer_id, customer_name, goods, merchant_discount, platform_discount,
    delivery, packing, payable, paid, refunded, commission, note, placed_at, pay_by, completed_at, created_at, updated_at, version)
    SELECT 'D' || lpad(n::text, 9, '0'), 'dining', (ARRAY['dine_in', 'pickup', 'delivery'])[1 + n % 3], 'done', 1 + n % :merchants, 1, '顾客',
    1000 + n % 9000, 0, 0, 500, 100, 1600 + n % 9000, 1600 + n % 9000, 0, 0, '', CAST(:begins AS timestamptz) + n * interval '2.5 seconds', now(), now(),
    now(), now(), 1 FROM generate_series(1, :orders) AS n"""
PLAIN = """SELECT merchant_id, count(*), sum(goods + packing - merchant_discount) FROM order_order
    WHERE trade = 'dining' AND placed_at >= :begins AND placed_at < :ends AND paid > 0 GROUP BY merchant_id"""
RULES = (
    ({"order_kind": "dine_in"}, {"method": "amount_tiers", "tiers": [Tier(0, 80_000), Tier(5_000, 60_000)], "marginal": True}),
    ({"order_kind": "delivery"}, {"ppm": 80_000, "least_fen": 50}),
    ({}, {"ppm": 70_000, "merchant_id": 7}),
)


def main() -> int:
    """1 when an order was lost or priced by no rule."""
    now = datetime.now(UTC)
    stretch = stretch_named("month", now)
    with durable_application() as app:
        write_defaults(app)
        draft = _prepare(app, now)
        played: list[Replay] = []

        def ours() -> float:
            with app.app_context(), transaction(system("bench")) as session:
                began = time.perf_counter()
                kind = session.scalars(select(FeeKind).where(FeeKind.trade == "dining", FeeKind.kind == "commission")).one()
                before = rules_standing(kind, datetime.now(UTC))
                played.append(replay(kind, before, before.with_version(session.get_one(FeeRuleVersion, draft)), stretch))
                return time.perf_counter() - began

        def limit() -> float:
            with app.app_context(), transaction(system("bench")) as session:
                began = time.perf_counter()
                session.execute(text(PLAIN), {"begins": stretch.begins, "ends": stretch.ends}).all()
                return time.perf_counter() - began

        taken = in_turn(ROUNDS, ours=ours, limit=limit)
        right = played[-1].total("orders") == ORDERS and played[-1].unmatched == 0 and played[-1].total("difference") > 0
    print(Result("replay of 1,000,000 orders", taken["ours"] * 1000, taken["limit"] * 1000, "ms", GOAL, right, peak_memory_mib()).line())
    return int(not right)


def _prepare(app: Flask, now: datetime) -> int:
    """Merchants, a month of orders, rules in force, and a draft for the hours of noon."""
    actor, other = system("bench"), system("another")
    with app.app_context(), transaction(actor):
        for number in range(MERCHANTS):
            open_merchant(f"粥铺{number}", contact_name="林", contact_phone="13800138000", actor=actor, now=now)
        db.session.execute(text(CUSTOMER))
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        db.session.execute(text(FILL), {"merchants": MERCHANTS, "orders": ORDERS, "begins": stretch_named("month", now).begins})
    with app.app_context(), transaction(actor):
        db.session.execute(text("ANALYZE order_order"))
        kind = db.session.scalars(select(FeeKind).where(FeeKind.trade == "dining", FeeKind.kind == "commission")).one()

        def rule(conditions: dict[str, Any], rate: dict[str, Any]) -> FeeRuleVersion:
            made = add_rule(kind, title="量", actor=actor, now=now, **conditions)
            return propose_version(made, starts_at=now, reason="量", actor=actor, now=now - timedelta(minutes=1), **rate)

        for conditions, rate in RULES:
            move(rule(conditions, rate), "approve", actor=other, now=now)
        return rule({"order_kind": "delivery", "from_minute": 660, "to_minute": 780}, {"ppm": 90_000, "least_fen": 50, "most_fen": 6_000}).id


if __name__ == "__main__":
    sys.exit(main())
