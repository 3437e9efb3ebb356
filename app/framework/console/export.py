"""A list as a spreadsheet: the same filter, the list's own columns, strings that never become formulas.

Up to AT_ONCE rows the request answers itself; more go to whoever registered with `centre_with`, who works in the background.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import IO, Any, Protocol

from flask import Response, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.actors import Actor
from app.core.errors import Forbidden, Invalid
from app.core.periods import business_day, local
from app.framework.console.extract import Extract, Position
from app.framework.console.listing import Listing
from app.framework.identity import current_actor
from app.framework.observability import request_id
from app.framework.spreadsheets.delimited import write_lines
from app.framework.spreadsheets.xlsx import ROWS_OF_A_SHEET, Sheet, write_workbook

AT_ONCE = 5_000
BATCH = 2_000
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
HEADS = 3  # rows above the first record: what, who, and the columns' heads


class TooManyRows(Invalid):
    """More rows than a link answers; the form of the menu hands them to the background."""

    code = "export.too_many"
    sentence = _l("超过 %(most)s 行，刷新列表，再从“导出”菜单在后台生成")


class UnknownFormat(Invalid):
    """A format that is neither CSV nor XLSX."""

    code = "export.format"
    sentence = _l("只能导出 CSV 或 XLSX")


class Centre(Protocol):
    """Whoever keeps exports: says who may see whole phone numbers, notes small ones, takes large ones and answers where they are."""

    def may_unmask(self, actor: Actor) -> bool:
        """True when the actor may take phone numbers out whole."""

    def note(self, listing: Listing, shape: str, *, rows: int, unmasked: bool) -> None:
        """Something small was exported at once."""

    def take(self, listing: Listing, shape: str, *, unmasked: bool) -> Response:
        """Something large is put into the queue; the answer leads to it."""


@dataclass(frozen=True)
class Told:
    """What the first rows of a file say: who asked, when (UTC), under which request."""

    who: str
    at: datetime
    request: str

    def lines(self, extract: Extract) -> list[list[str]]:
        """The rows above the heads."""
        when = f"{local(self.at):%Y-%m-%d %H:%M:%S}"
        return [
            [f"{extract.title}：{extract.criteria()}"],
            [_("%(who)s 导出于 %(when)s（北京时间），请求号 %(request)s", who=self.who, when=when, request=self.request or "—")],
        ]


_centre: list[Centre] = []


def centre_with(centre: Centre) -> None:
    """Register who keeps exports; the last registration counts."""
    _centre[:] = [centre]


def may_unmask() -> bool:
    """True when the actor of this request may export phone numbers whole."""
    return bool(_centre) and _centre[0].may_unmask(current_actor())


def answer(listing: Listing, shape: str, *, queue: bool = False, unmasked: bool = False) -> Response:
    """The download in `csv` or `xlsx`; with `queue`, more than AT_ONCE rows are written in the background.

    Raises TooManyRows without `queue`, Forbidden when phone numbers are asked for by somebody who may not have them whole.
    """
    if shape not in KINDS:
        raise UnknownFormat
    if unmasked and not may_unmask():
        raise Forbidden(right=_("导出完整手机号"))
    extract = Extract(listing, unmasked=unmasked)
    rows = extract.count(most=AT_ONCE)
    if rows > AT_ONCE:
        if not queue or not _centre:
            raise TooManyRows(most=f"{AT_ONCE:,}")
        return _centre[0].take(listing, shape, unmasked=unmasked)
    if _centre:
        _centre[0].note(listing, shape, rows=rows, unmasked=unmasked)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
    told = Told(current_actor().name, clock.now(), request_id())
    write(extract, shape, file, told)
    file.seek(0)
    return download(file, f"{extract.title}-{business_day(told.at).isoformat()}.{shape}", shape)


def noted(listing: Listing, shape: str, *, rows: int) -> None:
    """Something made of a list left the house: whoever keeps exports notes it."""
    if _centre:
        _centre[0].note(listing, shape, rows=rows, unmasked=False)


def write(extract: Extract, shape: str, file: IO[bytes], told: Told, tell: Callable[[int], None] = lambda rows: None) -> None:
    """The whole file; `tell` hears every BATCH rows how many are written."""
    if shape == "csv":
        begin_csv(extract, file, told)
        for done, _after in write_csv(extract, file):
            tell(done)
    else:
        write_workbook(file, _sheets(extract, told, tell), extract.title)


# ---- CSV ---------------------------------------------------------------------------------------------------------------

def begin_csv(extract: Extract, file: IO[bytes], told: Told) -> None:
    """UTF-8 with a mark at the start, which Excel needs to read Chinese; the rows above the records."""
    file.write(b"\xef\xbb\xbf")
    write_lines(file, [*told.lines(extract), [field.head for field in extract.fields]], safe=False)


def write_csv(extract: Extract, file: IO[bytes], done: int = 0, after: Position | None = None) -> Iterator[tuple[int, Position]]:
    """Write the records after `after`, batch by batch; after each, how many are written and where the next begin."""
    writers = [field.as_text for field in extract.fields]
    for rows, position in extract.batches(BATCH, after):
        write_lines(file, ([write(value) for write, value in zip(writers, row, strict=False)] for row in rows), safe=True)
        done += len(rows)
        yield done, position


# ---- XLSX --------------------------------------------------------------------------------------------------------------

def _sheets(extract: Extract, told: Told, tell: Callable[[int], None]) -> Iterator[Sheet]:
    """As many sheets as it takes, each with the heads."""
    records, widths = _records(extract, tell), tuple(20 if field.kind == "when" else 16 for field in extract.fields)
    first: str | None = ""
    number = 0
    while number == 0 or (first := next(records, None)) is not None:
        number += 1
        name = "".join(" " if letter in "[]:*?/\\" else letter for letter in extract.title)[:26]
        yield Sheet(name if number == 1 else f"{name} {number}", _sheet_rows(extract, told, first or "", records), widths, HEADS)


def _sheet_rows(extract: Extract, told: Told, first: str, records: Iterator[str]) -> Iterator[Any]:
    yield from told.lines(extract)
    yield [field.head for field in extract.fields]
    room = ROWS_OF_A_SHEET
    for row in chain([first] if first else [], records):
        yield row
        room -= 1
        if not room:
            return


def _records(extract: Extract, tell: Callable[[int], None]) -> Iterator[str]:
    writers, done = [field.as_xml for field in extract.fields], 0
    for rows, _position in extract.batches(BATCH):
        for row in rows:
            yield "".join([write(value) for write, value in zip(writers, row, strict=False)])
        done += len(rows)
        tell(done)


def download(file: Any, name: str, shape: str) -> Response:
    """The file (open, or a path) as an attachment that nobody keeps."""
    response = send_file(file, mimetype=KINDS[shape], as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response
