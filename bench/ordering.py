"""Orders over HTTP against one function of the database that writes the same rows.

Ours: two threads place orders of two lines through the API's whole door (token, idempotency, prices, stock, frozen fees, timeline, job), and then a
hundred and twenty residents at once want one unit each of a seckill of sixty. The limit of both: a plpgsql function that takes the same stock and writes the
same order, its half, two lines, and four fee lines, called by pgbench from two clients. Figures are orders a second. The work is right when stock and units are
what was ordered, and not one more.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, func, select, text

from app.core.actors import Actor, system
from app.extensions import db
from app.framework.commands.data import write_defaults
from app.framework.database import save, transaction
from app.framework.flow import move
from app.kernel.marketing.deals.models import Deal
from app.kernel.marketing.deals.operations import propose_deal
from app.kernel.parties.operations.customers import customer_of_openid, issue_token
from app.kernel.parties.operations.merchants import open_merchant
from app.verticals.groupbuy.models import Community, Goods, GroupbuyOrder, Zone
from app.verticals.groupbuy.operations.people import make_leader, make_supplier
from bench.common import Result, durable_application, peak_memory_mib, pgbench

STOCK, SECONDS, RESIDENTS, UNITS = 1_000_000, 6, 120, 60
BENCH = system("bench")
PLACE = """
CREATE FUNCTION bench_place(first bigint, second bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE made bigint; line bigint;
BEGIN
    UPDATE groupbuy_goods SET stock = stock - 1, taken = taken + 1 WHERE id = first AND stock >= 1;
    UPDATE groupbuy_goods SET stock = stock - 1, taken = taken + 1 WHERE id = second AND stock >= 1;
    INSERT INTO order_order (number, trade, kind, status, merchant_id, customer_id, customer_name, goods, delivery, packing, merchant_discount,
        platform_discount, payable, paid, refunded, commission, note, placed_at, pay_by, created_at, updated_at, version)
    SELECT 'B' || nextval('order_number'), trade, kind, status, merchant_id, customer_id, customer_name, goods, delivery, packing, merchant_discount,
        platform_discount, payable, 0, 0, commission, note, now(), now(), now(), now(), 1 FROM order_order ORDER BY id LIMIT 1 RETURNING id INTO made;
    INSERT INTO groupbuy_order (id, leader_id, community_id, service, code, code_tries, address, contact_phone, ended_because)
    SELECT made, leader_id, community_id, service, code, 0, '', '', '' FROM groupbuy_order ORDER BY id LIMIT 1;
    FOR place IN 1..2 LOOP
        INSERT INTO order_line (order_id, merchant_id, customer_id, seq, kind, subject_id, title, spec, details, price, quantity, amount, payable, subsidy,
            refunded, subsidy_returned, earner_kind, earner_id, earned)
        SELECT made, merchant_id, customer_id, place, kind, subject_id, title, spec, details, price, quantity, amount, payable, 0, 0, 0, earner_kind,
            earner_id, 0
        FROM order_line ORDER BY id LIMIT 1 RETURNING id INTO line;
        INSERT INTO fee_line (order_id, order_number, order_line_id, merchant_id, trade, kind, rule_version_id, rule_label, base, ppm, units, amount, returned,
            payer, payee, income, tax_class, frozen_at)
        SELECT made, 'B', line, merchant_id, trade, kind, rule_version_id, rule_label, base, ppm, units, amount, 0, payer, payee, income, tax_class, now()
        FROM fee_line WHERE order_id = (SELECT min(id) FROM order_order) ORDER BY id LIMIT 2;
    END LOOP;
    RETURN made;
END $$;
"""


def main() -> int:
    """Measure both and print a line for each."""
    with durable_application() as app:
        write_defaults(app)
        place = _set_up(app)
        body = {"share_code": place["code"], "lines": [{"goods_id": key, "quantity": 1} for key in place["goods"]], "expected": 2_000}
        _post(app, place["tokens"][0], body, "warm")
        placed, seconds = _for_a_while(app, place["tokens"], body)
        left = _stock(app, place["goods"][0])
        limit = _limit(app, place["goods"])
        first = Result("place an order over HTTP", placed / seconds, limit, "orders/s", 0.5, left == STOCK - placed - 1, peak_memory_mib())
        won, hot = _hot(app, place)
        second = Result("one hot SKU over HTTP", won / hot, limit, "orders/s", 0.5, won == UNITS and _taken(app, place["deal"]) == UNITS, peak_memory_mib())
    print(first.line())
    print(second.line())
    return 0 if first.correct and second.correct else 1


def _set_up(app: Flask) -> dict[str, Any]:
    """A leader, two goods of a supplier, residents, and a seckill of the first good."""
    now = datetime.now(UTC)
    with app.app_context(), transaction(BENCH):
        leader_of, supplier_of = (open_merchant(name, contact_name="", contact_phone="", actor=BENCH, now=now) for name in ("L", "S"))
        zone = save(Zone(name="Z"))
        leader = make_leader(leader_of, actor=BENCH, now=now)
        leader.community_id, leader.point = save(Community(zone_id=zone.id, name="C")).id, "P"
        make_supplier(supplier_of, actor=BENCH, now=now)
        move(leader, "open", actor=BENCH, now=now)
        goods = [save(Goods(merchant_id=supplier_of.id, title=f"G{n}", category="fruit", supply_price=700, sale_price=1_000, stock=STOCK)) for n in range(2)]
        for each in goods:
            move(each, "submit", actor=BENCH, now=now)
            move(each, "approve", actor=BENCH, now=now)
        tokens = [issue_token(customer_of_openid(f"bench-{n}", now=now), now=now) for n in range(RESIDENTS)]
        deal = propose_deal(
            merchant_id=None, trade="groupbuy", kind="seckill", subject_id=goods[0].id, price=500, units=UNITS, per_customer=1, size=0, fill_hours=0,
            begins_at=now - timedelta(hours=1), ends_at=now + timedelta(days=1), reason="bench", actor=BENCH, now=now,
        )
        move(deal, "approve", actor=Actor("staff", 1, "finance", frozenset({"Finance"}), BENCH.scope), now=now)
        return {"code": leader.share_code, "goods": [each.id for each in goods], "tokens": tokens, "deal": deal.id}


def _post(app: Flask, token: str, body: dict[str, Any], key: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"bench-{key}-{token[-8:]}"}
    return app.test_client().post("/api/v1/groupbuy/orders", json=body, headers=headers).status_code


def _for_a_while(app: Flask, tokens: list[str], body: dict[str, Any]) -> tuple[int, float]:
    """Orders placed by two threads, and the seconds that took."""
    begun, counts = time.perf_counter(), [0, 0]

    def work(number: int) -> None:
        while time.perf_counter() - begun < SECONDS:
            turn = counts[number]
            counts[number] += _post(app, tokens[(2 * turn + number) % len(tokens)], body, f"{number}-{turn}") == 201

    _together(2, work)
    return sum(counts), time.perf_counter() - begun


def _hot(app: Flask, place: dict[str, Any]) -> tuple[int, float]:
    """Everybody wants one: how many got it, and the seconds until all have an answer."""
    body = {"share_code": place["code"], "lines": [{"goods_id": place["goods"][0], "quantity": 1}], "expected": 500, "deal_id": place["deal"]}
    begun, won = time.perf_counter(), []
    _together(RESIDENTS, lambda number: won.append(_post(app, place["tokens"][number], body, "hot") == 201))
    return sum(won), time.perf_counter() - begun


def _together(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


def _limit(app: Flask, goods: list[int]) -> float:
    """What the database does alone."""
    engine = create_engine(app.config["MIGRATION_URL"])
    with engine.begin() as connection:
        connection.execute(text(PLACE))
    engine.dispose()
    script = f"SET baiye.scope = 'all';\nSELECT bench_place({goods[0]}, {goods[1]});\n"
    return pgbench(app.config["MIGRATION_URL"], script, clients=2, seconds=SECONDS)


def _stock(app: Flask, key: int) -> int | None:
    with app.app_context(), transaction(BENCH) as session:
        return session.get_one(Goods, key).stock


def _taken(app: Flask, key: int) -> int:
    with app.app_context(), transaction(BENCH) as session:
        assert db.session.scalar(select(func.count()).select_from(GroupbuyOrder))
        return session.get_one(Deal, key).taken


if __name__ == "__main__":
    sys.exit(main())
