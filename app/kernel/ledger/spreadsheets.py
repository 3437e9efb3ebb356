"""An account's statement as CSV or XLSX: opening, every entry with the running balance, closing; money as numbers in the sheet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.periods import local
from app.framework.console.export import KINDS
from app.framework.spreadsheets.cells import safe_text, yuan_digits
from app.framework.spreadsheets.delimited import write_lines
from app.framework.spreadsheets.xlsx import Money, Sheet, write_workbook
from app.kernel.ledger.models import LedgerAccount
from app.kernel.ledger.standing import statement_page
from app.kernel.ledger.words import KINDS as POSTINGS
from app.kernel.ledger.words import account_words

__all__ = ["KINDS", "MOST", "TooMany", "statement_file"]

MOST = 50_000  # entries of one file: some seconds
BATCH = 1000
WIDTHS = (12, 22, 16, 26, 12, 14, 14, 14)


class TooMany(Refusal):
    """The days hold more entries than one file takes."""

    code = "ledger.too_many"
    status = 422
    sentence = _l("这段时间有 %(count)s 条分录，一次最多导出 %(most)s 条；选短一点的时间")


def statement_file(account: LedgerAccount, first: date, last: date, shape: str) -> io.BytesIO:
    """The file, at its beginning. Refuses TooMany."""
    file = io.BytesIO()
    rows = _rows(account, first, last)
    if shape == "csv":
        file.write(b"\xef\xbb\xbf")
        write_lines(file, ([_text(cell) for cell in row] for row in rows), safe=True)
    else:
        write_workbook(file, [Sheet(_("流水"), rows, WIDTHS, 2)], account_words(account))
    file.seek(0)
    return file


def _rows(account: LedgerAccount, first: date, last: date) -> Iterator[list[Any]]:
    page = statement_page(account, first, last, limit=BATCH)
    if page.count > MOST:
        raise TooMany(count=page.count, most=MOST)
    yield [f"{account_words(account)} {account.address} {first} – {last}"]
    yield [_("记账日"), _("发生时间"), _("事项"), _("单号"), _("交易号"), _("借（元）"), _("贷（元）"), _("余额（元）")]
    yield [str(first), "", _("期初"), "", "", "", "", Money(page.opening)]
    while True:
        for entry, running in page.lines:
            fact = entry.transaction
            debit, credit = (Money(-entry.amount), "") if entry.amount < 0 else ("", Money(entry.amount))
            yield [
                str(entry.booked_on), f"{local(fact.event_at):%Y-%m-%d %H:%M:%S}", str(POSTINGS.get(fact.kind, fact.kind)), fact.key, str(fact.id),
                debit, credit, Money(running),
            ]
        if page.after is None:
            break
        page = statement_page(account, first, last, page.after, limit=BATCH)
    yield [str(last), "", _("期末"), "", "", Money(page.debited), Money(page.credited), Money(page.closing)]


def _text(cell: Any) -> str:
    return yuan_digits(cell.fen) if isinstance(cell, Money) else safe_text(str(cell))
