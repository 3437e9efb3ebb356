"""The income report as a spreadsheet: a row a payee and category, totals as formulas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

from flask_babel import gettext as _

from app.framework.spreadsheets.xlsx import Cell, Formula, Money, Sheet, letter, write_workbook
from app.kernel.settlement.income import CATEGORIES, PAYEES, Income


def write_income(quarter: str, rows: Sequence[Income], file: IO[bytes]) -> None:
    """The quarter's rows; the same rows give the same bytes."""
    write_workbook(file, [Sheet(_("收入"), _lines(rows), (14, 32, 22, 10, 16, 10, 16, 16, 16), 1)], quarter)


def _lines(rows: Sequence[Income]) -> Iterator[list[Cell]]:
    yield [_("商户编号"), _("收款方"), _("统一社会信用代码"), _("单位或个人"), _("收入类别"), _("订单数"), _("收入总额"), _("退款"), _("收入净额")]
    for row in rows:
        yield [
            row.code, row.name, row.credit_code, str(PAYEES[row.payee]), str(CATEGORIES[row.category]), row.orders, Money(row.earned), Money(row.refunded),
            Money(row.net),
        ]
    if rows:
        sums = (sum(getattr(row, name) for row in rows) for name in ("earned", "refunded", "net"))
        totals = (Formula(f"SUM({letter(at)}2:{letter(at)}{len(rows) + 1})", fen) for at, fen in enumerate(sums, start=7))
        yield [_("合计"), None, None, None, None, None, *totals]
