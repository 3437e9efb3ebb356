"""Reading a spreadsheet that somebody sent: looked over under limits first, then its cells as text.

XLSX goes through python-calamine, after every part was unpacked here, so that no header can lie about its size; CSV may be UTF-8 or GBK.
"""

from __future__ import annotations

import csv
import re
import struct
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from flask_babel import lazy_gettext as _l
from python_calamine import CalamineError, CalamineWorkbook

from app.core.errors import Refusal

MEGABYTE = 1024 * 1024
YES_NO = ("否", "是")
PARTS_AT_MOST = 200


class NotASpreadsheet(Refusal):
    """The file is no table that can be read."""

    code = "sheet.unreadable"
    status = 422
    sentence = _l("这个文件读不了：用 Excel 或 WPS 存成 .xlsx 再传，或者先下载模板")


class SpreadsheetTooLarge(Refusal):
    """More bytes, rows, or columns than are taken."""

    code = "sheet.too_large"
    status = 422
    sentence = _l("表格太大：最多 %(megabytes)d MB、%(rows)d 行，拆成几个文件再传")


@dataclass(frozen=True)
class Limits:
    """What is taken: bytes as sent and unpacked, how many times smaller packing may make it, rows with the heads, columns."""

    bytes: int = 20 * MEGABYTE
    unpacked: int = 400 * MEGABYTE
    ratio: int = 120
    rows: int = 100_001
    columns: int = 64

    def refusal(self) -> SpreadsheetTooLarge:
        """The refusal that names these limits."""
        return SpreadsheetTooLarge(field="file", megabytes=self.bytes // MEGABYTE, rows=self.rows - self.rows % 10)


def read_table(content: bytes, limits: Limits, sheet: str = "") -> list[list[str]]:
    """The cells of the sheet of that name, else the first, as text, one list a row, trailing empty rows left out.

    Raises NotASpreadsheet, SpreadsheetTooLarge. Values only: a formula is what it last showed.
    """
    if len(content) > limits.bytes:
        raise limits.refusal()
    cells = _of_workbook(content, limits, sheet) if content.startswith(b"PK") else _of_text(content, limits)
    while cells and not any(cells[-1]):
        cells.pop()
    return cells


def as_text(value: Any) -> str:
    """A cell as a person reads it: 18 for 18.0, 0.3 for binary noise, 06:30 for a time."""
    if value.__class__ is str:
        return value.replace("\x00", "").strip()  # type: ignore[no-any-return] # a str
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO[value]
    if value.__class__ is float and value.is_integer() and abs(value) < 1e12:
        return str(int(value))
    if isinstance(value, float | int):
        return f"{value:.12g}" if abs(value) < 1e12 else f"{value:.0f}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else str(value).strip()


# ---- text ------------------------------------------------------------------------------------------------------------

def _of_text(content: bytes, limits: Limits) -> list[list[str]]:
    """A text table: commas, semicolons, or tabs, by what the first line has most of."""
    if not content.strip() or b"\x00" in content:
        raise NotASpreadsheet(field="file")
    text = _decoded(content)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    if not first.count(separator):
        raise NotASpreadsheet(field="file")
    cells: list[list[str]] = []
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=separator, strict=False):
            if len(cells) >= limits.rows or len(row) > limits.columns:
                raise limits.refusal()
            cells.append([_unquoted(each) for each in row])
    except csv.Error as wrong:
        raise NotASpreadsheet(field="file") from wrong
    return cells


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotASpreadsheet(field="file")


def _unquoted(cell: str) -> str:
    """Our own exports put an apostrophe before what would be taken for a formula; it is no part of the text."""
    cell = cell.strip()
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@0123456789" else cell


# ---- workbooks -------------------------------------------------------------------------------------------------------

def _of_workbook(content: bytes, limits: Limits, sheet: str) -> list[list[str]]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(_looked_over(content, limits)))
        names = book.sheet_names
        table = book.get_sheet_by_name(sheet if sheet in names else names[0]).to_python(skip_empty_area=False)
    except (CalamineError, BadZipFile, zlib.error, struct.error, IndexError, UnicodeDecodeError) as wrong:
        raise NotASpreadsheet(field="file") from wrong
    return [[value.strip() if value.__class__ is str and "\x00" not in value else as_text(value) for value in row] for row in table]


def _looked_over(content: bytes, limits: Limits) -> bytes:
    """The same workbook with its parts unpacked here under the limits."""
    fresh, total, far = BytesIO(), 0, _far_cells(limits)
    with ZipFile(BytesIO(content)) as archive, ZipFile(fresh, "w") as packed:
        parts = archive.infolist()
        if len(parts) > PARTS_AT_MOST:
            raise limits.refusal()
        for part in parts:
            unpacked = _unpacked(content, part, limits.unpacked - total, limits)
            total += len(unpacked)
            if total > limits.ratio * len(content) and total > limits.bytes:
                raise limits.refusal()
            if part.filename.startswith("xl/worksheets/"):
                _refuse_far_cells(unpacked, far, limits)
            packed.writestr(part.filename, unpacked)
    return fresh.getvalue()


def _unpacked(content: bytes, part: ZipInfo, at_most: int, limits: Limits) -> bytes:
    """A part of the archive, inflated by us up to a limit, whatever size it claims to have."""
    name_length, extra_length = struct.unpack("<HH", content[part.header_offset + 26:part.header_offset + 30])
    begins = part.header_offset + 30 + name_length + extra_length
    packed = content[begins:begins + part.compress_size]
    if part.compress_type == 0:
        return packed
    inflater = zlib.decompressobj(-15)
    unpacked = inflater.decompress(packed, at_most + 1) if at_most > 0 else b"x"
    if len(unpacked) > at_most:
        raise limits.refusal()
    return unpacked


def _far_cells(limits: Limits) -> re.Pattern[bytes]:
    """References that may lie beyond the limits: two letters or more, or as many digits as the last row has."""
    digits = len(str(limits.rows))
    return re.compile(rb"""\br\s*=\s*["'](?:([A-Za-z]{2,})([0-9]+)|([A-Za-z]?)([0-9]{%d,}))["']""" % digits)


def _refuse_far_cells(sheet: bytes, far: re.Pattern[bytes], limits: Limits) -> None:
    """A single cell in the last corner would make a reader lay out seventeen billion cells."""
    for match in far.finditer(sheet):
        column, row = match[1] or match[3] or b"", match[2] or match[4]
        number = 0
        for letter in column.upper()[:4]:
            number = number * 26 + letter - 64
        if len(row) > 7 or int(row) > limits.rows or number > limits.columns:
            raise limits.refusal()


__all__ = ["Limits", "NotASpreadsheet", "SpreadsheetTooLarge", "as_text", "read_table"]
