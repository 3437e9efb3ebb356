"""A spreadsheet writer that streams: constant memory, the same bytes for the same rows.

Cells are numbers, times, texts, or formulas with their value; a text is never a formula. Our own instead of a library: of the
locked ones xlsxwriter (constant_memory) takes several times as long for a million rows and openpyxl (write_only) longer still;
bench/export.py measures it. Libraries stay where sheets are small and rich: templates with drop-downs, reading in tests.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from app.framework.spreadsheets.cells import COUNT, HEAD, MONEY, TEXT, clean, yuan_digits

ROWS_OF_A_SHEET = 1_000_000
CHUNK = 500
WIDEST = 257  # columns of a sheet whose cells are not in XML yet, and one

_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "application/vnd.openxmlformats-package"
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

STYLES = (
    f'{_HEADER}<styleSheet xmlns="{_MAIN}"><numFmts count="4"><numFmt numFmtId="164" formatCode="#,##0.00"/>'
    '<numFmt numFmtId="165" formatCode="0.00##%"/><numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>'
    '<numFmt numFmtId="167" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="9"><xf/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="3" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1"/>'
    '<xf fontId="1" applyFont="1"/><xf numFmtId="165" applyNumberFormat="1"/><xf numFmtId="166" applyNumberFormat="1"/>'
    '<xf numFmtId="167" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1" quotePrefix="1"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True)
class Money:
    """Fen, written as yuan with two decimals: from the digits, so that no fraction is rounded."""

    fen: int


@dataclass(frozen=True)
class Formula:
    """A formula without its equals sign and the fen that it gives."""

    text: str
    fen: int


Cell = Money | Formula | int | str | None
Row = list[Cell] | str  # a str is a row of cells already in XML


@dataclass
class Sheet:
    """A sheet: its name, the widths of its columns, and its rows, which are read once and never kept. `frozen` rows stay in sight."""

    name: str
    rows: Iterable[Row]
    widths: tuple[int, ...] = field(default=())
    frozen: int = 0


def letter(number: int) -> str:
    """The column's letters: 1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write_workbook(file: IO[bytes], sheets: Iterable[Sheet], title: str) -> None:
    """The sheets as XLSX, each written as it comes, what names them afterwards. Nothing in the file says when or where it was made."""
    written: list[Sheet] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, sheet in enumerate(sheets, start=1):
            written.append(sheet)
            with archive.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as target:
                for part in _sheet_parts(sheet):
                    target.write(part.encode())
        for name, content in _frame(written, title):
            archive.writestr(_entry(name), content.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
    return entry


def _frame(sheets: list[Sheet], title: str) -> Iterator[tuple[str, str]]:
    """Everything around the sheets."""
    numbers = range(1, len(sheets) + 1)
    parts = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>' for n in numbers)
    yield "[Content_Types].xml", (
        f'{_HEADER}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="{_PACKAGE}.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
        f'<Override PartName="/docProps/core.xml" ContentType="{_PACKAGE}.core-properties+xml"/>{parts}</Types>'
    )
    yield "_rels/.rels", (
        f'{_HEADER}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATIONS}/metadata/core-properties" Target="docProps/core.xml"/></Relationships>'
    )
    yield "docProps/core.xml", (
        f'{_HEADER}<cp:coreProperties xmlns:cp="{_CORE}"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{clean(title)}</dc:title></cp:coreProperties>'
    )
    named = zip(numbers, sheets, strict=True)
    listed = "".join(f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}"/>' for n, sheet in named)
    yield "xl/workbook.xml", (
        f'{_HEADER}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets><calcPr calcId="0" fullCalcOnLoad="1"/></workbook>'
    )
    links = "".join(f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    yield "xl/_rels/workbook.xml.rels", (
        f'{_HEADER}<Relationships xmlns="{_RELATIONS}">{links}'
        f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    )
    yield "xl/styles.xml", STYLES


def _sheet_parts(sheet: Sheet) -> Iterator[str]:
    """The sheet's XML in pieces of some hundred rows."""
    yield f'{_HEADER}<worksheet xmlns="{_MAIN}">'
    if sheet.frozen:
        pane = f'<pane ySplit="{sheet.frozen}" topLeftCell="A{sheet.frozen + 1}" state="frozen"/>'
        yield f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    if sheet.widths:
        yield "<cols>" + "".join(f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(sheet.widths, start=1)) + "</cols>"
    yield "<sheetData>"
    letters = [letter(number) for number in range(1, WIDEST)]
    lines: list[str] = []
    for number, row in enumerate(sheet.rows, start=1):
        head = number <= sheet.frozen
        cells = row if isinstance(row, str) else "".join(_cell(f"{letters[at]}{number}", value, head) for at, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
        if len(lines) == CHUNK:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)
    yield "</sheetData></worksheet>"


def _cell(place: str, value: Cell, head: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, Money):
        return f'<c r="{place}" s="{MONEY}"><v>{yuan_digits(value.fen)}</v></c>'
    if isinstance(value, Formula):
        return f'<c r="{place}" s="{MONEY}"><f>{escape(value.text)}</f><v>{yuan_digits(value.fen)}</v></c>'
    if isinstance(value, int) and abs(value) < 10**15:
        return f'<c r="{place}" s="{COUNT}"><v>{value}</v></c>'
    return f'<c r="{place}" s="{HEAD if head else TEXT}" t="inlineStr"><is><t xml:space="preserve">{clean(str(value))}</t></is></c>'
