"""A statement of a monthly account as a spreadsheet, for the company's accountant: what it comes to, and a row an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

from flask_babel import gettext as _

from app.core.periods import local
from app.framework.spreadsheets.xlsx import Cell, Formula, Money, Sheet, write_workbook
from app.kernel.credit.models import CreditAccount, CreditLine, CreditStatement
from app.kernel.credit.models.statements import LINE_KINDS


def write_statement(statement: CreditStatement, account: CreditAccount, lines: Sequence[CreditLine], file: IO[bytes]) -> None:
    """Two sheets; the same statement gives the same bytes until something is paid."""
    sheets = [
        Sheet(_("账单"), _summary(statement, account), (18, 32)),
        Sheet(_("明细"), _lines(lines), (20, 20, 28, 16, 10, 14), 1),
    ]
    write_workbook(file, sheets, statement.number)


def _summary(statement: CreditStatement, account: CreditAccount) -> Iterator[list[Cell]]:
    yield [_("账单号"), statement.number]
    yield [_("企业"), account.company]
    yield [_("税号"), account.tax_number]
    yield [_("账期"), f"{statement.first_day:%Y-%m-%d} – {statement.last_day:%Y-%m-%d}"]
    yield [_("上期余款"), Money(statement.brought)]
    yield [_("本期净额"), Money(statement.amount)]
    yield [_("已付"), Money(statement.paid)]
    yield [_("已核销"), Money(statement.written_off)]
    yield [_("待付"), Money(statement.remaining)]
    yield [_("最晚付款"), f"{statement.due_on:%Y-%m-%d}" if statement.due_on else ""]


def _lines(lines: Sequence[CreditLine]) -> Iterator[list[Cell]]:
    yield [_("时间"), _("订单号"), _("商户"), _("成员"), _("类别"), _("金额")]
    for line in lines:
        when = f"{local(line.event_at):%Y-%m-%d %H:%M}"
        yield [when, line.order_number, line.merchant, line.member, str(LINE_KINDS[line.kind]), Money(line.amount)]
    if lines:
        yield [_("合计"), None, None, None, None, Formula(f"SUM(F2:F{len(lines) + 1})", sum(line.amount for line in lines))]
