"""The trial balance, and an account's statement with opening, every entry, running balance, and closing, as CSV or XLSX; money as numbers in the sheet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.periods import local
from app.framework.console.export import KINDS
from app.framework.spreadsheets.cells import safe_text, yuan_digits
from app.framework.spreadsheets.delimited import write_lines
from app.framework.spreadsheets.xlsx import Money, Sheet, write_workbook
from app.kernel.ledger.accounts import BOOKS
from app.kernel.ledger.models import LedgerAccount
from app.kernel.ledger.standing import Until, statement_page, trial_balance
from app.kernel.ledger.words import KINDS as POSTINGS
from app.kernel.ledger.words import account_words

__all__ = ["KINDS", "MOST", "TooMany", "statement_file", "trial_file", "until_words"]

MOST = 50_000  # entries of one file: some seconds
BATCH = 1000
WIDTHS = (12, 22, 16, 26, 12, 14, 14, 14)
TRIAL_WIDTHS = (22, 10, 12, 18, 18)


class TooMany(Refusal):
    """The days hold more entries than one file takes."""

    code = "ledger.too_many"
    status = 422
    sentence = _l("这段时间有 %(count)s 条分录，一次最多导出 %(most)s 条；选短一点的时间")


def statement_file(account: LedgerAccount, first: Until, last: Until, shape: str) -> io.BytesIO:
    """The file, at its beginning. Refuses TooMany."""
    return _file(_("流水"), _rows(account, first, last), WIDTHS, account_words(account), shape)


def trial_file(until: Until, shape: str) -> io.BytesIO:
    """The trial balance of then, at the file's beginning."""
    return _file(_("试算平衡"), _trial_rows(until), TRIAL_WIDTHS, _("试算平衡"), shape)


def until_words(until: Until) -> str:
    """A day, or a moment by the clock in Shanghai."""
    return local(until).replace(tzinfo=None).isoformat(" ") if isinstance(until, datetime) else str(until)


def _file(sheet: str, rows: Iterator[list[Any]], widths: tuple[int, ...], title: str, shape: str) -> io.BytesIO:
    file = io.BytesIO()
    if shape == "csv":
        file.write(b"\xef\xbb\xbf")
        write_lines(file, ([_text(cell) for cell in row] for row in rows), safe=True)
    else:
        write_workbook(file, [Sheet(sheet, rows, widths, 2)], title)
    file.seek(0)
    return file


def _trial_rows(until: Until) -> Iterator[list[Any]]:
    lines = trial_balance(until)
    yield [_("试算平衡，截至 %(day)s", day=until_words(until))]
    yield [_("账簿"), _("资产"), _("账户数"), _("借方余额（元）"), _("贷方余额（元）")]
    for line in lines:
        yield [str(BOOKS[line.book].title), line.asset, line.accounts, *_units(line.asset, line.debit, line.credit)]
    for asset in sorted({line.asset for line in lines}):
        of_asset = [line for line in lines if line.asset == asset]
        yield [_("合计"), asset, "", *_units(asset, sum(line.debit for line in of_asset), sum(line.credit for line in of_asset))]


def _units(asset: str, *amounts: int) -> list[Any]:
    """Fen as money, points as they are."""
    return [Money(amount) for amount in amounts] if asset == "CNY" else list(amounts)


def _rows(account: LedgerAccount, first: Until, last: Until) -> Iterator[list[Any]]:
    page = statement_page(account, first, last, limit=BATCH)
    if page.count > MOST:
        raise TooMany(count=page.count, most=MOST)
    yield [f"{account_words(account)} {account.address} {until_words(first)} – {until_words(last)}"]
    yield [_("记账日"), _("发生时间"), _("事项"), _("单号"), _("交易号"), _("借（元）"), _("贷（元）"), _("余额（元）")]
    yield [until_words(first), "", _("期初"), "", "", "", "", *_units(account.asset, page.opening)]
    while True:
        for entry, running in page.lines:
            fact = entry.transaction
            [moved, after] = _units(account.asset, abs(entry.amount), running)
            debit, credit = (moved, "") if entry.amount < 0 else ("", moved)
            yield [
                str(entry.booked_on), f"{local(fact.event_at):%Y-%m-%d %H:%M:%S}", str(POSTINGS.get(fact.kind, fact.kind)), fact.key, str(fact.id),
                debit, credit, after,
            ]
        if page.after is None:
            break
        page = statement_page(account, first, last, page.after, limit=BATCH)
    yield [until_words(last), "", _("期末"), "", "", *_units(account.asset, page.debited, page.credited, page.closing)]


def _text(cell: Any) -> str:
    return yuan_digits(cell.fen) if isinstance(cell, Money) else safe_text(str(cell))
