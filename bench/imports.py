"""A sheet of IMPORT_ROWS rows (100,000) with 15 columns looked over, against python-calamine reading the same file.

What the ratio measures: ours is `read_table` (unpacked under limits, far cells refused, calamine, cells as text) and `read_rows` (every cell by
its kind, required ones, a check across the rows), with 1 row in 100 faulty. The limit only reads the cells. Bringing rows in is not in the ratio: it
costs what the package's operation costs, and is printed as rows a second for reject reasons, with their audit, in batches of 200.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import xlsxwriter
from python_calamine import CalamineWorkbook

from app.core.actors import system
from app.framework.database import transaction
from app.framework.importing import Fault, ImportColumn, Importer, Row, read_rows
from app.framework.spreadsheets.reading import Limits, read_table
from app.kernel.approvals.imports import bring_in_reason
from bench.common import Result, durable_application, in_turn, peak_memory_mib

ROWS = int(os.environ.get("IMPORT_ROWS", "100000"))
APPLIED, BATCH, ROUNDS = 2_000, 200, 3
KINDS = ("text", "text", "count", "money", "flag") * 3


def check(rows: Sequence[Row]) -> Iterator[Fault]:
    """The first column stands once."""
    seen: set[str] = set()
    for row in rows:
        if row.values["c0"] in seen:
            yield Fault(row.number, "列0", "twice")
        seen.add(row.values["c0"])


IMPORTER = Importer(
    "bench", "bench", "bench", check=check,
    columns=tuple(ImportColumn(f"c{place}", f"列{place}", kind, required=place < 5) for place, kind in enumerate(KINDS)),  # type: ignore[arg-type] # as above
)


def sheet() -> bytes:
    """The file: one row in a hundred has a price that is none."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [f"列{place}" for place in range(15)])
        for number in range(1, ROWS + 1):
            values = [f"D{number}", f"第{number}行", number % 1000, "三十" if number % 100 == 0 else round(number / 100, 2), "是"] * 3
            page.write_row(number, 0, values)
    return file.getvalue()


def main() -> int:
    """0 when the faults found are those put in."""
    content, found = sheet(), [0, 0]

    def ours() -> float:
        began = time.perf_counter()
        rows, faults = read_rows(IMPORTER, read_table(content, Limits(rows=ROWS + 1)))
        found[:] = [len(rows), len({fault.row for fault in faults})]
        return time.perf_counter() - began

    def limit() -> float:
        began = time.perf_counter()
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        return time.perf_counter() - began

    taken = in_turn(ROUNDS, limit=limit, ours=ours)
    correct = found == [ROWS - ROWS // 100, ROWS // 100]
    print(Result(f"look over {ROWS:,} x 15 rows", 1000 * taken["ours"], 1000 * taken["limit"], "ms", 3.0, correct, peak_memory_mib()).line(), flush=True)
    with durable_application() as app, app.app_context():
        began = time.perf_counter()
        for first in range(0, APPLIED, BATCH):
            with transaction(system("bench")):
                for number in range(first, first + BATCH):
                    values = {"sentence": f"理由{number}", "sentence_en": "", "kind": "", "position": 0, "active": True}
                    bring_in_reason(values, actor=system("bench"), now=datetime.now(UTC))
        print(f"  bringing in: {APPLIED / (time.perf_counter() - began):,.0f} reject reasons a second", flush=True)
    return int(not correct)


if __name__ == "__main__":
    sys.exit(main())
