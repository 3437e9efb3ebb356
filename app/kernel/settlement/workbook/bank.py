"""The file that the bank pays by: one row a payment, numbers as text, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.framework.spreadsheets.cells import yuan_digits
from app.framework.spreadsheets.delimited import write_lines
from app.framework.spreadsheets.xlsx import Cell, Formula, Money, Sheet, write_workbook
from app.kernel.settlement.models import PayeeAccount, Payout, PayoutBatch
from app.kernel.settlement.operations.accounts import number_of

GIVEN = ("sent", "paid", "failed", "returned")


@dataclass(frozen=True)
class BankRow:
    """A payment as the bank needs it; the account number is whole, `amount` in fen."""

    number: str
    holder: str
    bank: str
    account: str
    amount: int


def bank_rows(batch_id: int) -> list[BankRow]:
    """The payments of a batch that go through the bank, in their order. The caller leaves a line in the audit."""
    found = select(Payout, PayeeAccount).join(PayeeAccount, PayeeAccount.id == Payout.account_id).where(
        Payout.batch_id == batch_id, Payout.method == "bank", Payout.status.in_(GIVEN)
    )
    return [
        BankRow(payout.number, account.holder, account.bank_name, number_of(account), payout.amount)
        for payout, account in db.session.execute(found.order_by(Payout.id))
    ]


def write_bank_sheet(batch: PayoutBatch, rows: Sequence[BankRow], file: IO[bytes]) -> None:
    """As XLSX, with the bank's columns for the result left empty; it comes back filled in."""
    write_workbook(file, [Sheet(_("付款"), _lines(rows), (20, 28, 24, 26, 14, 22, 10, 22, 26), 1)], batch.number)


def write_bank_csv(batch: PayoutBatch, rows: Sequence[BankRow], file: IO[bytes]) -> None:
    """As CSV in UTF-8 with a mark, so that spreadsheets read its Chinese."""
    file.write("\ufeff".encode())
    texts = [[each.number, each.holder, each.bank, each.account, yuan_digits(each.amount), batch.number, "", "", ""] for each in rows]
    write_lines(file, [[str(head) for head in _heads()], *texts], safe=False)


def _heads() -> list[str]:
    """The result's columns have fixed names, by which they are found again."""
    return ["付款号", _("户名"), _("开户银行"), _("收款账号"), "金额", _("用途"), "结果", "流水号", "原因"]


def _lines(rows: Sequence[BankRow]) -> Iterator[list[Cell]]:
    yield [*_heads()]
    for each in rows:
        yield [each.number, each.holder, each.bank, each.account, Money(each.amount), _("货款"), None, None, None]
    if rows:
        yield [_("合计"), None, None, None, Formula(f"SUM(E2:E{len(rows) + 1})", sum(each.amount for each in rows))]
