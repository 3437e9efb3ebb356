"""A list as a spreadsheet: the same filter, the list's own columns, strings that never become formulas."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import xlsxwriter
from flask import Response, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid
from app.core.periods import business_day
from app.framework.console.columns import Column
from app.framework.console.formats import plain
from app.framework.console.listing import Listing

ROWS_AT_MOST = 200_000
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


class TooManyRows(Invalid):
    """More rows than one download takes."""

    code = "export.too_many"
    sentence = _l("超过 %(most)s 行，先用筛选收窄再导出")


class UnknownFormat(Invalid):
    """A format that is neither CSV nor XLSX."""

    code = "export.format"
    sentence = _l("只能导出 CSV 或 XLSX")


def safe_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading sign gets an apostrophe before it."""
    return "'" + value if value.lstrip(" ").startswith(RISKY) or value.startswith(RISKY) else value


def heads(columns: list[Column]) -> list[str]:
    """The first row: labels, with the unit of money."""
    return [_("%(what)s（%(unit)s）", what=column.label, unit=_("元")) if column.kind == "money" else str(column.label) for column in columns]


def rows(listing: Listing) -> Iterator[list[Any]]:
    """The cells of every row of the filter."""
    columns, flow = exported(listing), getattr(listing.model, "__flow__", None)
    done = 0
    for batch in listing.batches():
        done += len(batch)
        if done > ROWS_AT_MOST:
            raise TooManyRows(most=f"{ROWS_AT_MOST:,}")
        for record in batch:
            yield [plain(column, record, flow) for column in columns]


def exported(listing: Listing) -> list[Column]:
    """The columns of the list that a spreadsheet takes."""
    return [column for column in listing.view.list_columns if column.export and column.kind != "image"]


def answer(listing: Listing, shape: str) -> Response:
    """The download in `csv` or `xlsx`."""
    name = f"{listing.view.title}-{business_day(clock.now()).isoformat()}"
    if shape == "csv":
        return _csv(listing, name)
    if shape == "xlsx":
        return _xlsx(listing, name)
    raise UnknownFormat


def _csv(listing: Listing, name: str) -> Response:
    """UTF-8 with a mark at the start, which Excel needs to read Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe_text(head) for head in heads(exported(listing))])
    for row in rows(listing):
        writer.writerow([_csv_cell(value) for value in row])
    return _download(io.BytesIO(b"\xef\xbb\xbf" + text.getvalue().encode()), f"{name}.csv", "text/csv; charset=utf-8")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".") if value % 1 * 100 % 1 else f"{value:.2f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, int) and len(str(abs(value))) > 15:
        return f"'{value}"
    return safe_text(value) if isinstance(value, str) else ("" if value is None else value)


def _xlsx(listing: Listing, name: str) -> Response:
    """Numbers as numbers, times as times, strings as strings; written row by row."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        styles = {
            "money": book.add_format({"num_format": "#,##0.00"}), "percent": book.add_format({"num_format": "0.00##%"}),
            "when": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet = book.add_worksheet(str(listing.view.title)[:31])
        columns = exported(listing)
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, 20 if column.kind == "when" else 16)
        sheet.write_row(0, 0, heads(columns), book.add_format({"bold": True}))
        for line, row in enumerate(rows(listing), start=1):
            for number, (column, value) in enumerate(zip(columns, row, strict=True)):
                _write(sheet, line, number, value, styles.get(column.kind))
    file.seek(0)
    return _download(file, f"{name}.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def _write(sheet: Any, line: int, number: int, value: Any, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(line, number, value, style)
    elif isinstance(value, int | float) and len(str(abs(int(value)))) <= 15:
        sheet.write_number(line, number, value, style)
    else:
        sheet.write_string(line, number, str(value))


def _download(file: Any, name: str, kind: str) -> Response:
    response = send_file(file, mimetype=kind, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


