"""The API's list and detail of a customer's orders, signed in, out of 100 thousand, against a bare WSGI function with psycopg and orjson.

The limit checks the same token and the customer's epoch, tells PostgreSQL the same scope, reads the order, its leader, round, and lines by two hand-written
statements, and answers with the same fields but the words and moves of a state. Both are called as WSGI functions in one process, in turn; figures are
answers a second. The work is right when both answer with the same orders, lines, and amounts.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import jwt
import orjson
import psycopg
from flask import Flask

from app.core.actors import system
from app.framework.commands.data import write_defaults
from app.framework.database import save, transaction
from app.framework.embedded import conninfo
from app.framework.flow import move
from app.kernel.parties.operations.customers import customer_of_openid, issue_token
from app.kernel.parties.operations.merchants import open_merchant
from app.verticals.groupbuy.models import Community, Goods, Zone
from app.verticals.groupbuy.operations.people import make_leader, make_supplier
from bench.common import Result, durable_application, in_turn, peak_memory_mib

ROUNDS, SECONDS, ORDERS, CUSTOMERS = 7, 1.5, 100_000, 1_000
BENCH = system("bench")
FILL = (
    """INSERT INTO party_customer (name, phone_tail, phone_masked, active, epoch, created_at, updated_at, version)
    SELECT '居民' || n, lpad((n % 10000)::text, 4, '0'), '138****' || lpad((n % 10000)::text, 4, '0'), true, 1, now(), now(), 1
    FROM generate_series(2, {customers}) AS n""",
    """INSERT INTO order_order (number, trade, kind, status, merchant_id, customer_id, customer_name, goods, merchant_discount, platform_discount, delivery,
    packing, payable, paid, refunded, commission, note, placed_at, pay_by, created_at, updated_at, version)
    SELECT 'G261123' || lpad(n::text, 8, '0'), 'groupbuy', 'new', 'done', {merchant}, 1 + n % {customers}, '居民' || n % {customers}, 2000, 0, 0, 0, 0, 2000,
    2000, 0, 200, '', now() - ({orders} - n) * interval '3 seconds', now(), now(), now(), 1 FROM generate_series(1, {orders}) AS n""",
    """INSERT INTO groupbuy_order (id, leader_id, community_id, service, code, code_tries, address, contact_phone, ended_because)
    SELECT id, {leader}, {community}, 'pickup', '471147', 0, '', '', '' FROM order_order""",
    """INSERT INTO order_line (order_id, merchant_id, customer_id, seq, kind, subject_id, title, spec, details, price, quantity, amount, payable, subsidy,
    refunded, subsidy_returned, earned)
    SELECT o.id, merchant_id, customer_id, s, 'goods', {goods}, '蓝莓', '500 克', '{{"supply": 700}}', 1000, 1, 1000, 1000, 0, 0, 0, 0
    FROM order_order AS o, generate_series(1, 2) AS s""",
    "ANALYZE",
)
ORDER = """SELECT o.id, o.number, o.status, l.name AS leader, l.point, l.hours, g.service, o.payable, o.paid, o.refunded, o.placed_at, o.pay_by, g.arrived_at,
    g.ended_because, o.note, r.number AS round, r.cutoff_at
    FROM order_order o JOIN groupbuy_order g ON g.id = o.id JOIN groupbuy_leader l ON l.id = g.leader_id LEFT JOIN groupbuy_round r ON r.id = g.round_id"""
LINES = "SELECT order_id, id, title, spec, price, quantity, amount, payable, refunded FROM order_line WHERE order_id = ANY(%s) ORDER BY order_id, seq"


def main() -> int:
    """Print a line for the list and one for the detail; 1 when ours and the limit answer differently."""
    with durable_application() as app:
        write_defaults(app)
        token = _fill(app)
        answers = {"ours": app.wsgi_app, "limit": Bare(app)}
        results = []
        for name, path, goal in (("list", "/api/v1/groupbuy/orders", 0.33), ("detail", f"/api/v1/groupbuy/orders/{CUSTOMERS}", 0.40)):
            works: dict[str, Callable[[], float]] = {each: partial(_rate, answer, path, token) for each, answer in answers.items()}
            median = in_turn(ROUNDS, **works)
            seen = [_facts(_ask(answer, path, token)) for answer in answers.values()]
            results.append(Result(f"API {name}", median["ours"], median["limit"], "answers/s", goal, seen[0] == seen[1] != [], peak_memory_mib()))
    for result in results:
        print(result.line())
    return int(not all(result.correct for result in results))


def _fill(app: Flask) -> str:
    """A leader, a good, customers, and their orders; the token of the first customer."""
    now = datetime.now(UTC)
    with app.app_context(), transaction(BENCH):
        leader_of, supplier_of = (open_merchant(name, contact_name="", contact_phone="", actor=BENCH, now=now) for name in ("L", "S"))
        leader = make_leader(leader_of, actor=BENCH, now=now)
        leader.community_id, leader.point = save(Community(zone_id=save(Zone(name="Z")).id, name="C")).id, "P"
        make_supplier(supplier_of, actor=BENCH, now=now)
        move(leader, "open", actor=BENCH, now=now)
        goods = save(Goods(merchant_id=supplier_of.id, title="蓝莓", category="fruit", supply_price=700, sale_price=1_000, stock=None))
        token = issue_token(customer_of_openid("bench", now=now), now=now)
        places = {
            "customers": CUSTOMERS, "orders": ORDERS, "merchant": leader_of.id, "leader": leader.id, "community": leader.community_id, "goods": goods.id,
        }
    with psycopg.connect(conninfo(app.config["MIGRATION_URL"]), autocommit=True) as connection:
        connection.execute("SET baiye.scope = 'all'")
        for statement in FILL:
            connection.execute(statement.format(**places))  # type: ignore[call-overload]
    return token


class Bare:
    """The limit as a WSGI function."""

    def __init__(self, app: Flask) -> None:
        """Connect as the application does."""
        self.key = app.config["CUSTOMER_TOKEN_KEY"]
        self.connection = psycopg.connect(conninfo(app.config["SQLALCHEMY_DATABASE_URI"]), row_factory=psycopg.rows.dict_row)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer with the newest twenty, or with the one whose number ends the path."""
        claims = jwt.decode(environ["HTTP_AUTHORIZATION"][7:], self.key, algorithms=["HS256"], audience="customer", issuer="baiye")
        customer, last = int(claims["sub"]), environ["PATH_INFO"].rsplit("/", 1)[1]
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('baiye.scope', 'all', true)")
            known = cursor.execute("SELECT epoch, active FROM party_customer WHERE id = %s", [customer]).fetchone()
            if known != {"epoch": claims["epoch"], "active": True}:
                raise PermissionError
            where, values = ("o.id = %s", [customer, int(last)]) if last.isdigit() else ("true", [customer])
            orders = cursor.execute(f"{ORDER} WHERE o.customer_id = %s AND {where} ORDER BY o.id DESC LIMIT 21", values).fetchall()  # nosec B608
            page, lines = orders[:20], {each["id"]: [] for each in orders}
            for line in cursor.execute(LINES, [[each["id"] for each in page]]):
                lines[line.pop("order_id")].append(line)
        items = [{**each, "lines": lines[each["id"]]} for each in page]
        body = orjson.dumps(items[0] if last.isdigit() else {"items": items, "next": page[-1]["id"] if len(orders) > 20 else None})
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


def _ask(answer: Callable[..., Iterable[bytes]], path: str, token: str) -> Any:
    """One GET, as a server would hand it over; the JSON of its answer."""
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False,
    }
    told: list[str] = []
    parts = answer(environ, lambda status, *_: told.append(status))
    body = b"".join(parts)
    getattr(parts, "close", lambda: None)()
    if told != ["200 OK"]:
        raise RuntimeError(f"{told} {body[:300]!r}")
    return orjson.loads(body)


def _rate(answer: Callable[..., Iterable[bytes]], path: str, token: str) -> float:
    begun, done = time.perf_counter(), 0
    while time.perf_counter() < begun + SECONDS:
        _ask(answer, path, token)
        done += 1
    return done / (time.perf_counter() - begun)


def _facts(answer: Any) -> list[Any]:
    """What both must agree on."""
    orders = answer.get("items", [answer])
    return [(each["number"], each["leader"], each["payable"], [(line["id"], line["amount"]) for line in each["lines"]]) for each in orders]


if __name__ == "__main__":
    sys.exit(main())
