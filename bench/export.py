"""A console list with 15 columns as XLSX and CSV at three sizes up to a million rows, against hand-written loops in the same run.

Ours is what the export centre runs: `Extract` over the list's filter by position, the house's cell writers, progress every 2,000
rows. It reads `audit_entry`, a plain table, through a list declared here. The limits do the same work by hand: a server-side cursor,
the same cells (time in Shanghai, no formulas) by straight code, into sheet XML at zlib level 1, or csv.writer. For XLSX a third line says
what xlsxwriter (constant_memory) takes with the same cursor, on a tenth of the rows. Memory is what a process of its own grows by. Goal: 1.6
times the limit, 64 MiB.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import psycopg
import xlsxwriter
from flask import Flask

from app.core.actors import system
from app.factory import create_app
from app.framework.console.columns import Column
from app.framework.console.export import Told, write
from app.framework.console.extract import Extract
from app.framework.console.listing import Listing
from app.framework.console.view import ConsoleView
from app.framework.database import transaction
from app.framework.embedded import conninfo
from app.framework.identity import act_as
from app.kernel.audit.models import AuditEntry
from bench.common import PASSWORD, Result, durable_application, growth, peak_memory_mib

SIZES = (100_000, 300_000, 1_000_000)
NAMES = (
    "id", "at", "action", "subject_type", "subject_id", "subject_label", "merchant_id", "customer_id", "actor_kind", "actor_id", "actor_name",
    "reason", "address", "request_id", "tx",
)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FILL = """
INSERT INTO audit_entry (at, action, subject_type, subject_id, subject_label, merchant_id, customer_id, actor_kind, actor_id, actor_name, reason,
    changes, address, request_id)
SELECT timestamptz '2026-01-01' + n * interval '17 seconds', 'dining_order.accept', 'order_order', n, 'D2611230' || n, n % 50, n, 'member', n % 90,
    '林建民', CASE WHEN n % 9 = 0 THEN '=1+1 少放姜 & <盐>' ELSE '' END, '{{}}', '10.0.0.' || n % 250, md5(n::text)
FROM generate_series({first}, {last}) AS n
"""


class AuditBench(ConsoleView):
    """The list that is exported; never registered."""

    name = "bench.audit"
    route_base = "/bench"
    model = AuditEntry
    title = "审计"
    order = "-id"
    list_columns = tuple(Column(name, name, kind="when" if name == "at" else "money" if name == "actor_id" else "text") for name in NAMES)


def ours(app: Flask, shape: str, file: IO[bytes]) -> None:
    """As the export centre does it, in batches that end their transactions."""
    with app.app_context(), app.test_request_context(), transaction(system("bench")) as session:
        act_as(system("bench"))
        extract = Extract(Listing(AuditBench(), {}))
        write(extract, shape, file, Told("bench", datetime.now(UTC), "bench"), lambda rows: session.commit())


def cursor_rows(address: str, most: int | None = None) -> Iterator[tuple[Any, ...]]:
    """The same columns through a server-side cursor."""
    with psycopg.connect(address) as connection, connection.cursor(name="bench") as cursor:
        cursor.itersize = 2_000
        connection.execute("SELECT set_config('baiye.scope', 'all', true)")
        cursor.execute(f"SELECT {', '.join(NAMES)} FROM audit_entry ORDER BY id DESC LIMIT %s", [most])  # type: ignore[arg-type] # names above
        yield from cursor


def by_hand_csv(address: str, file: IO[bytes]) -> None:
    """csv.writer with straight code for each cell."""
    target = io.TextIOWrapper(file, "utf-8", newline="", write_through=False)
    writer = csv.writer(target)
    writer.writerow(NAMES)
    for row in cursor_rows(address):
        cells: list[Any] = []
        for place, value in enumerate(row):
            if value is None:
                cells.append("")
            elif place == 1:
                cells.append(value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"))
            elif place == 9:
                cells.append(f"{value // 100}.{value % 100:02d}")
            elif isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}:
                cells.append("'" + value)
            else:
                cells.append(value)
        writer.writerow(cells)
    target.flush()
    target.detach()


def by_hand_xlsx(address: str, file: IO[bytes]) -> None:
    """Sheet XML by straight code into a zip at level 1; what frames it is left out, it costs nothing."""
    epoch = datetime(1899, 12, 30, tzinfo=SHANGHAI).timestamp()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open("sheet1.xml", "w", force_zip64=True) as target:
        lines = []
        for row in cursor_rows(address):
            cells = []
            for place, value in enumerate(row):
                if value is None:
                    cells.append("<c/>")
                elif place == 1:
                    cells.append(f'<c s="6"><v>{(value.timestamp() - epoch) / 86400:.6f}</v></c>')
                elif place == 9:
                    cells.append(f'<c s="1"><v>{value // 100}.{value % 100:02d}</v></c>')
                elif isinstance(value, int):
                    cells.append(f"<c><v>{value}</v></c>")
                else:
                    cells.append(f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>')
            lines.append(f"<row>{''.join(cells)}</row>")
            if len(lines) == 500:
                target.write("".join(lines).encode())
                lines.clear()
        target.write("".join(lines).encode())


def by_xlsxwriter(address: str, rows: int, file: IO[bytes]) -> None:
    """The library with the same cursor, on a tenth of the rows."""
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, when = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for number, row in enumerate(cursor_rows(address, rows // 10)):
            for place, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, place, value.astimezone(SHANGHAI).replace(tzinfo=None), when)
                elif isinstance(value, int):
                    sheet.write_number(number, place, value)
                elif value is not None:
                    sheet.write_string(number, place, value)


def measured(url: str, owner: str, work: str, shape: str, rows: int, answer: Any) -> None:
    """In a process of its own: seconds, MiB grown, and whether every row is there."""
    app = create_app(SQLALCHEMY_DATABASE_URI=url, MIGRATION_URL=owner, APP_PASSWORD=PASSWORD, TESTING=True)
    works: dict[str, Callable[[IO[bytes]], None]] = {
        "ours": lambda file: ours(app, shape, file), "library": lambda file: by_xlsxwriter(conninfo(url), rows, file),
        "limit": lambda file: (by_hand_csv if shape == "csv" else by_hand_xlsx)(conninfo(url), file),
    }
    with app.app_context(), tempfile.TemporaryFile() as file:
        before, began = peak_memory_mib(), time.perf_counter()
        works[work](file)
        seconds, grown = time.perf_counter() - began, peak_memory_mib() - before
        file.seek(0)
        answer.put((seconds, grown, counted(file, shape)))


def counted(file: IO[bytes], shape: str) -> int:
    """How many rows the file holds."""
    if shape == "csv":
        return sum(1 for _ in file)
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("sheet1.xml"))
        rows, rest = 0, b""
        with archive.open(name) as sheet:
            while piece := sheet.read(1 << 24):
                rows += (rest + piece).count(b"</row>")
                rest = piece[-5:]
        return rows


def main() -> int:
    """0 when every row was written."""
    sizes = tuple(int(each) for each in sys.argv[1:]) or SIZES
    wrong, before = 0, 0
    costs: dict[str, dict[int, float]] = {"csv": {}, "xlsx": {}}
    with durable_application() as app:
        url, owner = app.config["SQLALCHEMY_DATABASE_URI"], app.config["MIGRATION_URL"]
        for size in sizes:
            with psycopg.connect(conninfo(owner), autocommit=True) as connection:
                connection.execute("SELECT set_config('baiye.scope', 'all', false)")
                connection.execute(FILL.format(first=before + 1, last=size))  # type: ignore[call-overload] # numbers
                connection.execute("VACUUM ANALYZE audit_entry")
            before = size
            for shape, cost in costs.items():
                taken, limit = (run(url, owner, work, shape, size) for work in ("ours", "limit"))
                correct = taken[2] == size + 3
                wrong += not correct
                cost[size] = 1_000_000 * taken[0] / size
                print(Result(f"export {size:,} x 15 as {shape}", 1000 * taken[0], 1000 * limit[0], "ms", 1.6, correct, taken[1]).line(), flush=True)
        library = run(url, owner, "library", "xlsx", before)
        print(f"  xlsxwriter constant_memory, {before // 10:,} rows: {library[0]:.1f} s")
        for shape, cost in costs.items():
            print(growth(f"export as {shape}", "µs a row", cost))
    return int(wrong > 0)


def run(url: str, owner: str, work: str, shape: str, rows: int) -> tuple[float, float, int]:
    """The measurement, in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=measured, args=(url, owner, work, shape, rows, answer))
    process.start()
    found: tuple[float, float, int] = answer.get(timeout=1200)
    process.join()
    return found


if __name__ == "__main__":
    sys.exit(main())
