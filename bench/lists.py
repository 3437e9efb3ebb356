"""The list of orders as an operator sees it, over 200 thousand and 5 million orders, against a plain page with the same rows.

Limit: a bare Flask application with one hand-written query of 25 rows and a Jinja template of one table: no session, rights, scope, filters,
count, or shell. Ours is the console's whole page. Both are asked in turn in one process; figures are pages a second. Also printed: statements a
page (without those that announce the reader's scope and how to plan) and its size.
"""

from __future__ import annotations

import gzip
import sys
import time
from datetime import UTC, datetime
from functools import partial

import psycopg
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text

from app.core.actors import system
from app.extensions import db
from app.framework.commands.data import write_defaults
from app.framework.database import save, transaction
from app.kernel.parties.operations.merchants import open_merchant
from app.kernel.parties.operations.sign_in import create_user
from app.verticals.dining.models import Shop
from bench.common import Result, durable_application, in_turn, peak_memory_mib

ROUNDS, SECONDS, GOAL, MERCHANTS = 7, 1.5, 0.25, 20
SIZES = (200_000, 5_000_000)
PASSWORD = "for measuring 42"  # nosec B105: a database that lives as long as the measurement
PATHS = {"first page": "/dining/orders/?view=all", "filtered": "/dining/orders/?view=all&status=done&placed_at=7d", "next page": ""}
TEMPLATE = (
    "<!doctype html><title>orders</title><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)
PLAIN = """SELECT o.number, m.name, o.customer_name, o.status, o.payable, o.placed_at, d.service, d.code FROM order_order o
    JOIN dining_order d ON d.id = o.id JOIN party_merchant m ON m.id = o.merchant_id ORDER BY o.id DESC LIMIT 25"""
CUSTOMERS = """INSERT INTO party_customer (name, phone_tail, phone_masked, active, epoch, created_at, updated_at, version)
    SELECT '顾客' || n, lpad((n % 10000)::text, 4, '0'), '138****' || lpad((n % 10000)::text, 4, '0'), true, 1, now(), now(), 1
    FROM generate_series(1, 1000) AS n"""
ORDERS = """INSERT INTO order_order (number, trade, kind, status, merchant_id, customer_id, customer_name, goods, merchant_discount,
    platform_discount, delivery, packing, payable, paid, refunded, commission, note, placed_at, pay_by, created_at, updated_at, version)
    SELECT 'D261123' || lpad(n::text, 8, '0'), 'dining', 'pickup', 'done', 1 + n % {merchants}, 1 + n % 1000, '顾客' || n % 1000, 3800, 0, 0, 0, 0,
    3800, 3800, 0, 304, '', now() - ({total} - n) * interval '3 seconds', now(), now(), now(), 1 FROM generate_series({first}, {last}) AS n"""
TRADE_HALF = """INSERT INTO dining_order (id, shop_id, service, table_name, ticket, code, code_tries, guests, address, contact_phone, ended_because, round)
    SELECT id, merchant_id, 'pickup', '', lpad((id % 1000)::text, 4, '0'), '4711', 0, 0, '', '', '', 0 FROM order_order
    WHERE number BETWEEN 'D261123' || lpad('{first}', 8, '0') AND 'D261123' || lpad('{last}', 8, '0')"""


def main() -> int:
    """Print a line for each size and page; 1 when a page did not show its rows."""
    wrong = 0
    with durable_application() as app:
        app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
        write_defaults(app)
        with app.app_context(), transaction(system("bench")):
            create_user("operator", PASSWORD, ["Operator"])
            for number in range(1, MERCHANTS + 1):
                merchant = open_merchant(f"粥铺{number}", contact_name="林", contact_phone="13800138000", actor=system("bench"), now=datetime.now(UTC))
                save(Shop(id=merchant.id, merchant_id=merchant.id, name=merchant.name))
        app.config["TESTING"] = False  # static files are then taken for settled, as on a server
        browser, plain = app.test_client(), _plain(app).test_client()
        browser.post("/sign-in/", data={"username": "operator", "password": PASSWORD})
        _fill(app, CUSTOMERS)
        for size in SIZES:
            _orders(app, size)
            wrong += _measure(app, browser, plain, size)
    return int(wrong > 0)


def _plain(app: Flask) -> Flask:
    """The limit: an application of its own with one page."""
    bare, engine = Flask("plain"), create_engine(app.config["MIGRATION_URL"])

    @bare.get("/")
    def page() -> str:
        with engine.connect() as connection:
            return render_template_string(TEMPLATE, rows=connection.execute(text(PLAIN)).all())

    return bare


def _measure(app: Flask, browser: FlaskClient, plain: FlaskClient, size: int) -> int:
    """Lines of one size; how many pages were wrong."""
    wrong = 0
    page = browser.get(PATHS["first page"]).get_data(as_text=True)
    after = page.split("after=")[1].split('"')[0].split("&")[0]
    for name, path in {**PATHS, "next page": f"{PATHS['first page']}&after={after}"}.items():
        queries, body = _cost(app, browser, path)
        speed = in_turn(ROUNDS, ours=partial(_pages_a_second, browser, path), limit=partial(_pages_a_second, plain, "/"))
        correct = body.count(b'name="key"') >= 25
        wrong += not correct
        result = Result(f"list of {size:,} orders, {name}", speed["ours"], speed["limit"], "pages/s", GOAL, correct, peak_memory_mib())
        print(f"{result.line()}; {queries}, {len(gzip.compress(body)) / 1024:.1f} KB compressed, {len(body) / 1024:.0f} KB before", flush=True)
    return wrong


def _cost(app: Flask, browser: FlaskClient, path: str) -> tuple[str, bytes]:
    """Statements that a page sends, and its body."""
    sent: list[str] = []

    def count(*given: object) -> None:
        if not str(given[2]).startswith("SELECT set_config"):
            sent.append(str(given[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        body = browser.get(path).data
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return f"{len(sent)} queries", body


def _pages_a_second(browser: FlaskClient, path: str) -> float:
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        browser.get(path)
        done += 1
    return done / (time.perf_counter() - begun)


def _orders(app: Flask, total: int) -> None:
    """So many orders, one every three seconds until this moment, in pieces, with what dining adds."""
    _fill(app, "TRUNCATE order_order CASCADE")
    for first in range(1, total + 1, 500_000):
        piece = {"first": first, "last": min(first + 499_999, total)}
        _fill(app, ORDERS.format(**piece, total=total, merchants=MERCHANTS), TRADE_HALF.format(**piece))
    _fill(app, "VACUUM ANALYZE")  # as autovacuum leaves a table that has stood for a while


def _fill(app: Flask, *statements: str) -> None:
    with psycopg.connect(app.config["MIGRATION_URL"].replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


if __name__ == "__main__":
    sys.exit(main())
