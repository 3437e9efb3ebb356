"""Ledger posting, five entries, 16 clients, against three limits.

1. The same guarantees: one plpgsql call by pgbench that writes head, entries, and two live balances straight into the
   ledger's own tables, with all their triggers, account numbers known beforehand, nothing answered twice. Ours is
   `ledger_post` by pgbench, which also finds and opens accounts, locks in order, answers repeats, and keeps closed days.
2. No guarantees: the same call into copies of the tables without triggers.
3. `post()` called from Python, one transaction each, against `ledger_post` by pgbench: what the client costs.

Growth: what `ledger_post` costs in a ledger of a million and of ten million entries.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import threading
import time
from datetime import UTC, datetime
from functools import partial

import psycopg
from sqlalchemy import create_engine, text

from app.core.actors import system
from app.extensions import db
from app.factory import create_app
from app.framework.database import transaction
from app.framework.embedded import conninfo
from app.kernel.ledger.accounts import merchant_pending, pending, revenue
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.completion import order_completed
from app.kernel.ledger.proofs import LEDGER_PROOFS
from app.kernel.ledger.values import OrderRef, Share
from bench.common import PASSWORD, Result, durable_application, growth, in_turn, peak_memory_mib, pgbench

CLIENTS, SECONDS, ROUNDS = 16, 3, 5
PROCESSES, THREADS = 2, 8
SIZES = (100_000, 1_000_000, 10_000_000)

# Accounts 1 to 1000 are merchants' pending, 1001 to 2000 leaders' pending, 2001 to 2003 escrow and two kinds of revenue.
ACCOUNTS = """
INSERT INTO ledger_account (owner_kind, owner_id, book, asset) SELECT 'merchant', n, 'pending', 'CNY' FROM generate_series(1, 1000) AS n ORDER BY n;
INSERT INTO ledger_account (owner_kind, owner_id, book, asset) SELECT 'leader', n, 'pending', 'CNY' FROM generate_series(1001, 2000) AS n ORDER BY n;
INSERT INTO ledger_account (owner_kind, owner_id, book, asset, trade, label) VALUES
    ('platform', 0, 'escrow', 'CNY', 'groupbuy', ''), ('platform', 0, 'revenue', 'CNY', '', 'commission'),
    ('platform', 0, 'revenue', 'CNY', '', 'delivery');
CREATE TABLE bare_transaction (LIKE ledger_transaction INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE bare_entry (LIKE ledger_entry INCLUDING INDEXES);
CREATE TABLE bare_balance (LIKE ledger_balance INCLUDING INDEXES) WITH (fillfactor = 50);
INSERT INTO bare_balance SELECT * FROM ledger_balance;
"""
LIMIT = """
CREATE FUNCTION {prefix}_post(number text, about bigint, merchant bigint, leader bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE head bigint; first record; second record;
BEGIN
    INSERT INTO {tables}_transaction (kind, key, request_hash, event_at, booked_on, entry_count, order_id, trade, merchant_id, maker)
        VALUES ('{prefix}', number, '', now(), current_date, 5, about, 'groupbuy', merchant, 'system') RETURNING id INTO head;
    UPDATE {tables}_balance SET posted = posted + 7395, version = version + 1 WHERE account_id = merchant RETURNING posted, version INTO first;
    UPDATE {tables}_balance SET posted = posted + 425, version = version + 1 WHERE account_id = leader RETURNING posted, version INTO second;
    INSERT INTO {tables}_entry (transaction_id, seq, account_id, amount, booked_on, balance_after, version) VALUES
        (head, 1, 2001, -8650, current_date, NULL, NULL), (head, 2, merchant, 7395, current_date, first.posted, first.version),
        (head, 3, leader, 425, current_date, second.posted, second.version), (head, 4, 2002, 680, current_date, NULL, NULL),
        (head, 5, 2003, 150, current_date, NULL, NULL);
    RETURN head;
END $$;
"""
# Earlier years of the ledger, written past its door: one account's fen to another's.
EARLIER = """
ALTER TABLE ledger_transaction DISABLE TRIGGER USER;
ALTER TABLE ledger_entry DISABLE TRIGGER USER;
WITH heads AS (
    INSERT INTO ledger_transaction (kind, key, request_hash, event_at, booked_on, entry_count, order_id, trade, merchant_id, maker)
    SELECT 'order_completed', 'earlier/' || n, '', now(), current_date, 2, n, 'groupbuy', 1 + n % 1000, 'system' FROM generate_series({first}, {last}) AS n
    RETURNING id, booked_on
)
INSERT INTO ledger_entry (transaction_id, seq, account_id, amount, booked_on)
SELECT id, seq, 2000 + seq, CASE seq WHEN 1 THEN -100 ELSE 100 END, booked_on FROM heads, generate_series(1, 2) AS seq;
ALTER TABLE ledger_transaction ENABLE TRIGGER USER;
ALTER TABLE ledger_entry ENABLE TRIGGER USER;
"""
PARTIES = "\\set merchant random(1, 1000)\n\\set leader random(1001, 2000)\n\\set number random(1, 9000000000000000000)\n"
LIMIT_SCRIPT = PARTIES + "SELECT {prefix}_post(:client_id || '/' || :number, :number, :merchant, :leader);\n"
OURS_SCRIPT = PARTIES + (
    "SELECT ledger_post('order_completed', :client_id || '/' || :number, now(), now(),"
    " ARRAY['platform/0/escrow/CNY/groupbuy', 'merchant/' || :merchant || '/pending/CNY', 'leader/' || :leader || '/pending/CNY',"
    " 'platform/0/revenue/CNY//commission', 'platform/0/revenue/CNY//delivery'], '{-8650, 7395, 425, 680, 150}',"
    " :number, 'groupbuy', :merchant, NULL, '{}', 'system', NULL, '');\n"
)


def _post_for(url: str, worker: int, counts: list[int], deadline: float) -> None:
    """One client: complete orders through `post()` until the deadline."""
    moment, number = datetime.now(UTC), 0
    while time.monotonic() < deadline:
        number += 1
        order = OrderRef(worker * 10**9 + number, "groupbuy", number % 1000 + 1)
        posting = order_completed(
            order, payees=[Share(merchant_pending(number % 1000 + 1), 7395), Share(pending("leader", number % 1000 + 1001), 425)],
            revenues=[Share(revenue("commission"), 680), Share(revenue("delivery"), 150)], completed_at=moment,
        )
        with transaction(system("bench")):
            post(posting, moment)
    counts[worker % THREADS] = number
    db.session.remove()


def _process(settings: dict[str, str], process: int, round_: int, posted: multiprocessing.Queue[int]) -> None:
    app = create_app(**settings)
    counts = [0] * THREADS
    deadline = time.monotonic() + SECONDS

    def work(thread: int) -> None:
        with app.app_context():
            _post_for(settings["SQLALCHEMY_DATABASE_URI"], (round_ * PROCESSES + process) * THREADS + thread, counts, deadline)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    posted.put(sum(counts))


def from_python(settings: dict[str, str], round_: int) -> float:
    """Postings per second through `post()`, one database transaction each, from as many clients."""
    context = multiprocessing.get_context("spawn")
    posted: multiprocessing.Queue[int] = context.Queue()
    processes = [context.Process(target=_process, args=(settings, number, round_, posted)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    done = sum(posted.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    return done / SECONDS


def main() -> int:
    """Measure, check with the ledger's own proofs, print three lines; 1 when a proof does not hold."""
    with durable_application() as app:
        owner, url = app.config["MIGRATION_URL"], app.config["SQLALCHEMY_DATABASE_URI"]
        settings = {"SQLALCHEMY_DATABASE_URI": url, "MIGRATION_URL": owner, "APP_PASSWORD": PASSWORD}
        scripts = {
            "limit": LIMIT_SCRIPT.format(prefix="limit"), "bare": LIMIT_SCRIPT.format(prefix="bare"), "ours": OURS_SCRIPT,
        }
        _prepare(owner, url, scripts)
        rounds = iter(range(1, 1000))
        median = in_turn(
            ROUNDS,
            **{name: partial(pgbench, url, script, clients=CLIENTS, seconds=SECONDS) for name, script in scripts.items()},
            python=lambda: from_python(settings, next(rounds)),
        )
        with app.app_context(), transaction(system("bench")) as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            correct = not any(proof().check(session) for proof in LEDGER_PROOFS)
        costs = {size: 1_000_000 / _posted_among(owner, url, size) for size in SIZES}
    for work, ours, limit, goal in (
        ("ledger posting, 5 entries", "ours", "limit", 0.8), ("the same against unguarded tables", "ours", "bare", 0.4),
        ("post() from Python against ledger_post", "python", "ours", 0.4),
    ):
        print(Result(work, median[ours], median[limit], "tx/s", goal, correct, peak_memory_mib()).line())
    print(growth("posting by entries in the ledger", "µs a posting", costs))
    return int(not correct)


def _posted_among(owner: str, url: str, entries: int) -> float:
    """Postings per second by `ledger_post` when the ledger has at least so many entries."""
    with psycopg.connect(conninfo(owner), autocommit=True) as connection:
        known = connection.execute("SELECT count(*) FROM ledger_entry").fetchone()
        first, last = (known[0] if known else 0) // 2 + 1, entries // 2
        for start in range(first, last + 1, 500_000):
            connection.execute(EARLIER.format(first=start, last=min(start + 499_999, last)))  # type: ignore[call-overload] # numbers
        connection.execute("VACUUM ANALYZE ledger_transaction, ledger_entry")
    return statistics.median(pgbench(url, OURS_SCRIPT, clients=CLIENTS, seconds=SECONDS) for _ in range(ROUNDS))


def _prepare(owner: str, url: str, scripts: dict[str, str]) -> None:
    """Accounts, the limits' functions, a warm cache, and statistics."""
    engine = create_engine(owner)
    with engine.begin() as connection:
        functions = LIMIT.format(prefix="limit", tables="ledger") + LIMIT.format(prefix="bare", tables="bare")
        connection.connection.cursor().execute(ACCOUNTS + functions)
    for script in scripts.values():
        pgbench(url, script, clients=CLIENTS, seconds=2)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
