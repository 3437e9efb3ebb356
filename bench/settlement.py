"""A day's closing: statements of a trade with every line, sum, and digest, at three sizes, 200 orders a merchant.

The limit is set-based SQL in the same database and minute: one INSERT … SELECT over all merchants for the lines, with joins and groupings
of whole tables, and one for the statements with their sums and digests, into copies of the tables without triggers, constraints, or checks.
It knows that nothing was closed before, that no money is promised, and that nobody else works. Ours fixes a watermark, asks whose turn it
is by dated rules, works in batches that a second machine or a restart can take up, and leaves audit, triggers, and constraints on.
Right: both write the same lines and digests, and each closing balance is the sum of the ledger's entries. Releasing the orders is not in it.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

import psycopg
from flask import Flask
from sqlalchemy.engine import make_url

from app.core import clock
from app.core.periods import business_day
from app.framework.queue import REGISTRY
from bench.common import Result, durable_application, growth, in_turn, peak_memory_mib

SIZES, ORDERS_EACH, ROUNDS = (100_000, 300_000, 1_000_000), 200, 3
GOAL = 1.5
TRIGGERS = ("ledger_account", "ledger_transaction", "ledger_entry", "ledger_balance", "order_order")

# Order n belongs to merchant n / 200; 36.00 to 45.99 of goods, 2.00 packing, 8 % commission. Two transactions and five entries each.
PARTIES = """
INSERT INTO party_customer (name, phone_tail, phone_masked, active, epoch, created_at, updated_at, version)
    SELECT '测', '', '', true, 1, now(), now(), 1 WHERE NOT EXISTS (SELECT FROM party_customer);
INSERT INTO party_merchant (code, name, status, trades, contact_name, contact_phone, funds_model, created_at, updated_at, version)
    SELECT 'B' || n, '商户 ' || n, 'open', '["dining"]', '', '', 'split', now(), now(), 1 FROM generate_series({first}, {last}) AS n ORDER BY n;
INSERT INTO ledger_account (owner_kind, owner_id, book, asset, floor)
    SELECT 'merchant', id, book, 'CNY', 0 FROM party_merchant CROSS JOIN unnest('{{pending,available}}'::text[]) AS book
    WHERE substr(code, 2)::int BETWEEN {first} AND {last} ORDER BY id, book;
INSERT INTO ledger_account (owner_kind, owner_id, book, asset, trade, label)
    SELECT 'platform', 0, book, 'CNY', trade, label
    FROM (VALUES ('escrow', 'dining', ''), ('revenue', '', 'commission')) AS wanted (book, trade, label) ON CONFLICT DO NOTHING;
"""
FACTS = """
CREATE TEMP TABLE sold AS
SELECT n, merchant.id AS merchant_id, 3600 + n % 1000 AS goods, pending.id AS pending_id, own.id AS own_id,
       ((3800 + n % 1000) * 8 + 50) / 100 AS fee, nextval(pg_get_serial_sequence('order_order', 'id')) AS order_id,
       nextval(pg_get_serial_sequence('ledger_transaction', 'id')) AS completed, nextval(pg_get_serial_sequence('ledger_transaction', 'id')) AS released
FROM generate_series({first}, {last}) AS n
JOIN party_merchant AS merchant ON merchant.code = 'B' || ((n - 1) / {each} + 1)
JOIN ledger_account AS pending ON pending.owner_kind = 'merchant' AND pending.owner_id = merchant.id AND pending.book = 'pending'
JOIN ledger_account AS own ON own.owner_kind = 'merchant' AND own.owner_id = merchant.id AND own.book = 'available'
ORDER BY n % {each}, n;
INSERT INTO order_order (id, number, trade, kind, status, merchant_id, customer_id, customer_name, goods, delivery, packing, merchant_discount,
    platform_discount, payable, paid, refunded, commission, note, placed_at, pay_by, paid_at, completed_at, released_at, created_at, updated_at, version)
SELECT order_id, 'D' || n, 'dining', '', 'completed', merchant_id, (SELECT min(id) FROM party_customer), '', goods, 0, 200, 0, 0, goods + 200, goods + 200, 0,
       fee, '', now(), now(), now(), now(), now(), now(), now(), 1 FROM sold;
INSERT INTO ledger_transaction (id, kind, key, request_hash, event_at, booked_on, entry_count, order_id, trade, merchant_id, rule_versions, maker)
SELECT completed, 'order_completed', order_id::text, ''::bytea, now(), current_date, 3, order_id, 'dining', merchant_id, '{{1}}'::bigint[], 'system' FROM sold
UNION ALL
SELECT released, 'hold_over', order_id || '/merchant/' || merchant_id, ''::bytea, now(), current_date, 2, order_id, 'dining', merchant_id, '{{}}', 'system'
FROM sold ORDER BY 1;
INSERT INTO ledger_entry (transaction_id, seq, account_id, amount, booked_on)
SELECT fact, seq, account, amount, current_date FROM sold CROSS JOIN LATERAL (VALUES
    (completed, 1, (SELECT id FROM ledger_account WHERE book = 'escrow'), -(goods + 200)), (completed, 2, pending_id, goods + 200 - fee),
    (completed, 3, (SELECT id FROM ledger_account WHERE book = 'revenue'), fee), (released, 1, pending_id, -(goods + 200 - fee)),
    (released, 2, own_id, goods + 200 - fee)) AS entries (fact, seq, account, amount) ORDER BY 1, 2;
DROP TABLE sold;
"""
BARE = """
CREATE TABLE bare_statement (LIKE settle_statement INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES);
CREATE TABLE bare_line (LIKE settle_line INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES);
CREATE SEQUENCE bare_statement_id; ALTER TABLE bare_statement ALTER id SET DEFAULT nextval('bare_statement_id');
CREATE SEQUENCE bare_line_id; ALTER TABLE bare_line ALTER id SET DEFAULT nextval('bare_line_id');
"""
LIMIT_LINES = """
INSERT INTO bare_line (statement_id, merchant_id, transaction_id, kind, transaction_key, order_id, order_number, trade, goods, delivery, packing,
    merchant_discount, paid, subsidy, earned, refunded, fees, adjusted, payout, net, rule_versions, event_at)
SELECT o.merchant_id, o.merchant_id, fact.id, 'order', fact.key, o.id, o.number, fact.trade, o.goods, o.delivery, o.packing, o.merchant_discount, o.paid,
       o.platform_discount, o.paid + o.platform_discount, o.paid + o.platform_discount - sums.fees - sums.released, sums.fees, 0, 0, entry.amount,
       sums.rule_versions, fact.event_at
FROM ledger_entry AS entry
JOIN ledger_account AS account ON account.id = entry.account_id AND account.owner_kind = 'merchant' AND account.book = 'available'
JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id AND fact.kind = 'hold_over'
JOIN order_order AS o ON o.id = fact.order_id
JOIN (
    SELECT earlier.order_id, sum(part.amount) FILTER (WHERE whose.book = 'revenue') AS fees,
           -sum(part.amount) FILTER (WHERE whose.book = 'pending' AND earlier.kind = 'hold_over') AS released,
           max(earlier.rule_versions) FILTER (WHERE earlier.kind = 'order_completed') AS rule_versions
    FROM ledger_transaction AS earlier JOIN ledger_entry AS part ON part.transaction_id = earlier.id
    JOIN ledger_account AS whose ON whose.id = part.account_id GROUP BY earlier.order_id
) AS sums ON sums.order_id = o.id
ORDER BY o.merchant_id, fact.id
"""
LIMIT_STATEMENTS = """
INSERT INTO bare_statement (number, cycle_id, merchant_id, trade, day, status, watermark, lines_count, opening, earned, refunded, fees, adjusted, paid,
    closing, payable, digest, attempts, reference, confirm_days, created_at, updated_at, version)
SELECT 'L' || merchant_id, 1, merchant_id, 'dining', current_date, 'draft', 0, count(*), 0, sum(earned), sum(refunded), sum(fees), sum(adjusted),
       sum(payout), sum(net), sum(net), encode(sha256(convert_to(string_agg(concat_ws('|', transaction_id, kind, order_id, earned, refunded, fees,
       adjusted, payout, net), E'\\n' ORDER BY transaction_id), 'UTF8')), 'hex'), 0, '', 0, now(), now(), 1
FROM bare_line GROUP BY merchant_id
"""
WRONG = """
SELECT (SELECT count(*) FROM settle_statement AS ours FULL JOIN bare_statement AS theirs USING (merchant_id)
        WHERE ours.digest IS DISTINCT FROM theirs.digest OR ours.payable IS DISTINCT FROM theirs.payable)
     + (SELECT count(*) FROM settle_statement AS ours JOIN ledger_account AS account ON account.owner_id = ours.merchant_id AND account.owner_kind = 'merchant'
        AND account.book = 'available' WHERE ours.closing <> (SELECT sum(amount) FROM ledger_entry WHERE account_id = account.id))
     + abs((SELECT count(*) FROM settle_line) - (SELECT count(*) FROM order_order))
"""


def connect(app: Flask) -> psycopg.Connection:
    """The owner's own connection, for making facts and for the limit."""
    return psycopg.connect(make_url(app.config["MIGRATION_URL"]).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


def grow(connection: psycopg.Connection, before: int, size: int) -> None:
    """From `before` orders to `size`, written past the ledger's door: it is not what is measured here."""
    for table in TRIGGERS:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    connection.execute(PARTIES.format(first=before // ORDERS_EACH + 1, last=size // ORDERS_EACH))
    connection.execute(FACTS.format(first=before + 1, last=size, each=ORDERS_EACH))
    for table in TRIGGERS:
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    connection.execute("VACUUM ANALYZE")


def ours(app: Flask, connection: psycopg.Connection) -> float:
    """Seconds to close the day for all merchants."""
    connection.execute("TRUNCATE settle_line, settle_statement, settle_cycle CASCADE")
    moment = datetime.now(UTC) + timedelta(days=1)
    began = time.perf_counter()
    with app.app_context(), clock.at(moment):
        REGISTRY["close_cycles"].work("dining", business_day(moment).isoformat())
    return time.perf_counter() - began


def limit(connection: psycopg.Connection) -> float:
    """Seconds for the same lines, sums, and digests in two statements."""
    connection.execute("TRUNCATE bare_line, bare_statement")
    connection.execute("SET work_mem = '256MB'")
    began = time.perf_counter()
    with connection.transaction():
        connection.execute(LIMIT_LINES)
        connection.execute(LIMIT_STATEMENTS)
    return time.perf_counter() - began


def main() -> int:
    """Measure at each size, print a line for each; 1 when a line or a sum is wrong."""
    sizes = tuple(int(each) for each in sys.argv[1:]) or SIZES
    wrong, before = 0, 0
    costs: dict[int, float] = {}
    with durable_application() as app, connect(app) as connection:
        connection.execute(BARE)
        for size in sizes:
            grow(connection, before, size)
            before = size
            taken = in_turn(ROUNDS, ours=lambda: ours(app, connection), limit=lambda: limit(connection))
            found = connection.execute(WRONG).fetchone()
            right = found is not None and found[0] == 0
            wrong += not right
            work = f"settle {size:,} orders, {size // ORDERS_EACH:,} merchants"
            print(Result(work, 1000 * taken["ours"], 1000 * taken["limit"], "ms", GOAL, right, peak_memory_mib()).line(), flush=True)
            costs[size] = 1_000_000 * taken["ours"] / size
    print(growth("settling", "µs an order", costs))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
