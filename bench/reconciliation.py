"""Reconcile a day of as many payments as its bill has lines (27 columns), at three sizes, against a full outer join by DuckDB.

The limit reads the bill and an export of our payments with DuckDB's own CSV reader, joins them fully by number, and stores what differs in a table; it
checks no sums, keeps no lines, and books nothing. Ours reads the same file, checks it line by line and against its summary, keeps every line, compares,
stores the differences with their evidence, books them to suspense, and notes them in the audit. Memory is what Python needs beyond the application.
Sizes may be given as arguments; `DIFFERENT` in the environment changes how many lines differ.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from app.core.actors import system
from app.core.clock import now as clock_now
from app.extensions import db
from app.framework.database import save, transaction
from app.kernel.payments.models import ChannelBill
from app.kernel.payments.operations.bills import read_into_lines
from app.kernel.reconciliation.operations.comparing import compare_day
from bench.common import Result, durable_application, growth, in_turn, peak_memory_mib

SIZES, DIFFERENT = (100_000, 300_000, 1_000_000), int(os.environ.get("DIFFERENT", "300"))
ROUNDS = 3
FIRST = date(2026, 9, 1)
NUMBER = "1900000001"
ACTOR = system("bench")
HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,"
    "商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
# A payment of each round's day; the numbers tell the round, so that rounds do not meet.
PAYMENTS = """
INSERT INTO pay_payment (number, subject_type, subject_id, trade, merchant_id, customer_id, amount, description, channel, account_number, status,
    channel_number, expires_at, paid_at, created_at, updated_at, version)
SELECT 'P' || to_char(%(day)s::date, 'YYYYMMDD') || lpad(n::text, 10, '0'), 'bench', n, 'bench', %(merchant)s, %(customer)s, 100 + n::bigint * 7919 %% 20000,
    '番茄炒蛋', 'wechat', %(number)s, 'paid', '42' || to_char(%(day)s::date, 'YYYYMMDD') || lpad(n::text, 18, '0'), moment, moment, moment, moment, 1
FROM generate_series(1, %(lines)s) AS n CROSS JOIN LATERAL (SELECT (%(day)s::date + time '12:00') AT TIME ZONE 'Asia/Shanghai' AS moment) AS at
"""


def amount_of(number: int) -> int:
    """Fen of a payment."""
    return 100 + number * 7919 % 20000


def write_bill(path: Path, day: date, lines: int) -> None:
    """The bill of a day: a third of DIFFERENT lines is left out, a third has another amount, a third is nobody's."""
    fees = total = 0
    step = max(lines // max(DIFFERENT, 1), 1)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{HEAD}\r\n")
        for number in range(1, lines + 1):
            fen, start = amount_of(number), f"{day:%Y%m%d}"
            ours, theirs = f"P{start}{number:010d}", f"42{start}{number:018d}"
            if number % step == 0:
                kind = number // step % 3
                if kind == 0:
                    continue
                if kind == 1:
                    fen += 100
                else:
                    ours, theirs = f"X{start}{number:010d}", f"X{start}{number:018d}"
            fee = (fen * 6000 + 500_000) // 1_000_000
            fees, total, count = fees + fee, total + fen, count + 1
            yuan = f"{fen // 100}.{fen % 100:02d}"
            file.write(
                f"`{day} 12:00:00,`wx1234567890abcdef,`{NUMBER},`0,`,`{theirs},`{ours},`oPayer1234567890123456789012,`JSAPI,`SUCCESS,`OTHERS,`CNY,`{yuan},"
                f"`0.00,`0,`0,`0.00,`0.00,`,`,`番茄炒蛋,大份,`,`{fee // 100}.{fee % 100:02d}000,`0.60%,`{yuan},`0.00,`\r\n"
            )
        money = f"{total // 100}.{total % 100:02d}"
        file.write(f"{SUMS}\r\n`{count},`{money},`0.00,`0.00,`{fees // 100}.{fees % 100:02d}000,`{money},`0.00\r\n")


def ours(path: Path, day: date) -> float:
    """Seconds that the product takes, from the file to the breaks."""
    began = time.monotonic()
    with transaction(ACTOR) as session, path.open("rb") as file:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        key = int(session.execute(text("SELECT nextval('pay_bill_id_seq')")).scalar_one())
        bill: Any = read_into_lines(key, "trade", file, day, NUMBER)
        save(ChannelBill(
            id=key, day=day, kind="trade", channel="wechat", account_number=NUMBER, content=b"", content_hash="", rows=bill.text.rows, income=bill.income,
            spending=bill.spending, imported_at=clock_now(),
        ))
        compare_day(day, NUMBER, actor=ACTOR, now=clock_now())
    return time.monotonic() - began


def limit(bill: Path, records: Path) -> float:
    """Seconds that DuckDB takes to join the two files and to store what differs."""
    duckdb = importlib.import_module("duckdb")  # for this measurement alone
    began = time.monotonic()
    with duckdb.connect() as connection:
        connection.execute(f"""
            CREATE TABLE different AS SELECT bill.*, ours.* FROM (
                SELECT column06 AS theirs, CAST(replace(column24, '`', '') AS DECIMAL(18, 2)) * 100 AS fen
                FROM read_csv('{bill}', delim=',`', header=false, skip=1, quote='', escape='', all_varchar=true, ignore_errors=true, null_padding=true,
                    columns={{{", ".join(f"'column{place:02d}': 'VARCHAR'" for place in range(27))}}})
                WHERE column09 = 'SUCCESS'
            ) AS bill
            FULL JOIN read_csv('{records}', columns={{'number': 'VARCHAR', 'amount': 'BIGINT'}}) AS ours ON ours.number = bill.theirs
            WHERE bill.theirs IS NULL OR ours.number IS NULL OR bill.fen <> ours.amount
        """)
        (found,) = connection.execute("SELECT count(*) FROM different").fetchone()
    if not found:
        raise RuntimeError("DuckDB found no difference")
    return time.monotonic() - began


def main() -> int:
    """Measure at each size; 1 when a difference is missing or one too many was found."""
    sizes = tuple(int(each) for each in sys.argv[1:]) or SIZES
    wrong = 0
    costs: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="baiye-bench-bills-") as name, durable_application() as app, app.app_context():
        merchant, customer = _parties()
        for place, lines in enumerate(sizes):
            days = [FIRST + timedelta(days=10 * (ROUNDS * place + each)) for each in range(ROUNDS)]
            result, cold = _measure(app.config["MIGRATION_URL"], Path(name), days, lines, (merchant, customer))
            wrong += not result.correct
            costs[lines] = 1000 * result.ours / lines
            print(f"{result.line()}; the first time {cold:.1f} s", flush=True)
    print(growth("reconciling", "µs a line", costs))
    return int(wrong > 0)


def _measure(owner: str, folder: Path, days: list[date], lines: int, parties: tuple[int, int]) -> tuple[Result, float]:
    """In turn, each round on a day of its own; and the seconds of the first time, with everything cold."""
    for day in days:
        write_bill(folder / f"{day}.csv", day, lines)
        _fill(owner, day, lines, parties, folder / f"{day}.ours.csv")
    before, turns = peak_memory_mib(), iter(days)
    memory: list[float] = []

    def work() -> float:
        day = next(turns)
        taken = ours(folder / f"{day}.csv", day)
        memory.append(peak_memory_mib() - before)
        return taken

    second = iter(days)
    cold = work()
    median = in_turn(ROUNDS - 1, ours=work, limit=lambda: limit(folder / f"{(day := next(second))}.csv", folder / f"{day}.ours.csv"))
    for path in folder.iterdir():
        path.unlink()
    shown = f"reconcile {lines:,} x {lines:,} lines, {DIFFERENT} differences"
    return Result(shown, median["ours"] * 1000, median["limit"] * 1000, "ms", 2.0, _right(days, lines), memory[0]), cold


def _parties() -> tuple[int, int]:
    from app.kernel.parties.operations.customers import customer_of_openid
    from app.kernel.parties.operations.merchants import open_merchant

    with transaction(ACTOR):
        merchant = open_merchant("老灶小馆", contact_name="王", contact_phone="13800000001", actor=ACTOR, now=clock_now())
        return merchant.id, customer_of_openid("oPayer", now=clock_now()).id


def _fill(owner: str, day: date, lines: int, parties: tuple[int, int], records: Path) -> None:
    """The day's payments, and an export of them for DuckDB."""
    address = owner.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(PAYMENTS, {"day": day, "merchant": parties[0], "customer": parties[1], "number": NUMBER, "lines": lines})
        connection.execute("ANALYZE pay_payment")
        start = f"P{day:%Y%m%d}"
        with records.open("wb") as file, connection.cursor().copy(
            "COPY (SELECT number, amount FROM pay_payment WHERE number LIKE %s) TO STDOUT (FORMAT csv, HEADER)", [f"{start}%"]
        ) as copy:
            for piece in copy:
                file.write(piece)


def _right(days: list[date], lines: int) -> bool:
    """Each of the days has as many breaks of each kind as were put there."""
    step = max(lines // max(DIFFERENT, 1), 1)
    kinds = [number // step % 3 for number in range(step, lines + 1, step)]
    wanted = {"local_only_payment": kinds.count(0) + kinds.count(2), "amount": kinds.count(1), "channel_only_payment": kinds.count(2)}
    rows = db.session.execute(text("SELECT day.day, found.kind, count(*) FROM recon_break AS found JOIN recon_day AS day ON day.id = day_id GROUP BY 1, 2"))
    found: dict[date, dict[str, int]] = {}
    for day, kind, count in rows:
        if day in days:
            found.setdefault(day, {})[kind] = count
    db.session.rollback()  # filling the next size takes longer than a transaction may idle
    return set(found) == set(days) and all(each == {kind: count for kind, count in wanted.items() if count} for each in found.values())


if __name__ == "__main__":
    sys.exit(main())
