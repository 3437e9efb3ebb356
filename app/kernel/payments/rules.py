"""Read the channel's bills: CSV with a backtick before each field, yuan, a summary below. Pure functions of the bytes.

Columns are found by name, never by position, and under the names that older accounts still get. What does not add up to
its own summary is refused whole. Format: https://pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html
and https://pay.weixin.qq.com/docs/merchant/products/bill-download/format-fundflow.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.money import Fen

OLD_NAMES = {"总金额": "应结订单金额", "企业红包金额": "代金券金额", "企业红包退款金额": "充值券退款金额"}
TRADE_COLUMNS = ("交易时间", "商户号", "微信订单号", "商户订单号", "交易状态", "手续费", "订单金额")
FUND_COLUMNS = ("记账时间", "微信支付业务单号", "业务类型", "收支类型", "收支金额(元)", "账户结余(元)")
TRADE_SUMS = {
    "应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额", "手续费总金额": "手续费",
    "订单总金额": "订单金额", "申请退款总金额": "申请退款金额",
}
INCOME, SPENDING = "收入", "支出"
PAYMENT, FEE, REFUND = "交易", "扣除交易手续费", "退款"
# A refund's line is net of the fee that comes back with it; the note tells both.
REFUND_NOTE = re.compile(r"退款总金额(\d+\.\d{2})元;含手续费(\d+\.\d{2})元")


class BillBroken(Refusal):
    """The file is no bill, is cut short, or does not add up to its own summary."""

    code = "bill.broken"
    status = 422
    sentence = _l("账单文件有问题，没有导入：%(reason)s")


@dataclass(frozen=True)
class Bill:
    """A bill as read: its rows and its summary, each a mapping of column name to text."""

    rows: tuple[Mapping[str, str], ...]
    summary: Mapping[str, str]


@dataclass(frozen=True)
class BillTotals:
    """What a bill adds up to, in fen: orders and refunds of a trade bill, money in and out of a fund bill."""

    income: Fen
    spending: Fen


@dataclass(frozen=True)
class FundDay:
    """A day of the basic account, in fen: `opening` + received − refunded − fees + others = `closing`.

    `fees` are net of those that came back with refunds.
    """

    opening: Fen
    closing: Fen
    received: Fen
    refunded: Fen
    fees: Fen
    others: Fen


def read_bill(content: bytes) -> Bill:
    """The rows and the summary of a bill, with or without a byte order mark. Raises BillBroken."""
    try:
        lines = [line for line in content.decode("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as wrong:
        raise BillBroken(reason="UTF-8") from wrong
    if len(lines) < 3 or lines[0].startswith("`") or lines[-2].startswith("`") or not lines[-1].startswith("`"):
        raise BillBroken(reason=str(_l("缺少表头或汇总")))
    columns, totals = _names(lines[0]), _names(lines[-2])
    if any(not line.startswith("`") for line in lines[1:-2]):
        raise BillBroken(reason=str(_l("缺少表头或汇总")))
    rows = tuple(_row(columns, line) for line in lines[1:-2])
    return Bill(rows, _row(totals, lines[-1]))


def _names(line: str) -> list[str]:
    names = (name.strip().replace("（", "(").replace("）", ")") for name in line.split(","))
    return [OLD_NAMES.get(name, name) for name in names]


def _row(columns: list[str], line: str) -> dict[str, str]:
    fields = line.rstrip("\r").removeprefix("`").split(",`")
    if len(fields) != len(columns):
        raise BillBroken(reason=line[:60])
    return dict(zip(columns, fields, strict=True))


def check_trade_bill(bill: Bill, day: date, account_number: str) -> BillTotals:
    """Income is what was paid, spending what was refunded. Raises BillBroken when the rows are not this day's or the sums differ."""
    _require(bill, TRADE_COLUMNS, "交易时间", day)
    if any(row["商户号"] != account_number for row in bill.rows):
        raise BillBroken(reason=str(_l("商户号不是 %(number)s", number=account_number)))
    _agree("总交易单数", bill.summary, Decimal(len(bill.rows)))
    for total, column in TRADE_SUMS.items():
        if total in bill.summary and bill.rows and column in bill.rows[0]:
            _agree(total, bill.summary, sum((_decimal(row[column]) for row in bill.rows), Decimal()))
    return BillTotals(
        income=Fen(sum(_fen(row["订单金额"]) for row in bill.rows)), spending=Fen(sum(_fen(row.get("申请退款金额", "0")) for row in bill.rows))
    )


def check_fund_bill(bill: Bill, day: date) -> BillTotals:
    """Money in and out of the account. Raises BillBroken when the rows are not this day's, or counts, sums, or balances differ."""
    _require(bill, FUND_COLUMNS, "记账时间", day)
    for kind in (INCOME, SPENDING):
        rows = [row for row in bill.rows if row["收支类型"] == kind]
        _agree(f"{kind}笔数", bill.summary, Decimal(len(rows)))
        _agree(f"{kind}金额", bill.summary, sum((_decimal(row["收支金额(元)"]) for row in rows), Decimal()))
    _agree("资金流水总笔数", bill.summary, Decimal(len(bill.rows)))
    income, spending = (Fen(sum(_fen(row["收支金额(元)"]) for row in bill.rows if row["收支类型"] == kind)) for kind in (INCOME, SPENDING))
    if _opening(bill) + income - spending != _fen(bill.rows[-1]["账户结余(元)"]):
        raise BillBroken(reason=str(_l("账户结余和收支对不上")))
    return BillTotals(income, spending)


def fund_day(bill: Bill) -> FundDay:
    """What the day's movements were for. Movements of a kind that we do not know are `others`."""
    received = refunded = fees = 0
    for row in bill.rows:
        kind, change = row["业务类型"], _change(row)
        if kind == PAYMENT:
            received += change
        elif kind == FEE:
            fees -= change
        elif kind == REFUND:
            gross = _gross_refund(row)
            refunded += gross
            fees -= gross + change
    opening, closing = _opening(bill), _fen(bill.rows[-1]["账户结余(元)"])
    others = closing - opening - (received - refunded - fees)
    return FundDay(opening, closing, Fen(received), Fen(refunded), Fen(fees), Fen(others))


def _gross_refund(row: Mapping[str, str]) -> int:
    """What the customer got, in fen: the movement itself and the fee that came back, where the note tells of one."""
    note = REFUND_NOTE.search(row.get("备注", ""))
    if note and _fen(note[1]) - _fen(note[2]) == -_change(row):
        return _fen(note[1])
    return -_change(row)


def _opening(bill: Bill) -> Fen:
    first = bill.rows[0]
    return Fen(_fen(first["账户结余(元)"]) - _change(first))


def _change(row: Mapping[str, str]) -> int:
    amount = _fen(row["收支金额(元)"])
    return amount if row["收支类型"] == INCOME else -amount


def _require(bill: Bill, columns: Iterable[str], time_column: str, day: date) -> None:
    if not bill.rows:
        raise BillBroken(reason=str(_l("没有一行明细")))
    missing = [column for column in columns if column not in bill.rows[0]]
    if missing:
        raise BillBroken(reason=str(_l("缺少列：%(columns)s", columns="、".join(missing))))
    if any(not row[time_column].startswith(day.isoformat()) for row in bill.rows):
        raise BillBroken(reason=str(_l("有一行不是 %(day)s 的", day=day.isoformat())))


def _agree(name: str, summary: Mapping[str, str], counted: Decimal) -> None:
    told = summary.get(name)
    if told is None or _decimal(told) != counted:
        raise BillBroken(reason=str(_l("“%(name)s”写的是 %(told)s，逐行加起来是 %(counted)s", name=name, told=told or "-", counted=counted)))


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation as wrong:
        raise BillBroken(reason=text[:40]) from wrong
    if not value.is_finite():
        raise BillBroken(reason=text[:40])
    return value


def _fen(text: str) -> Fen:
    """Fen of yuan with two decimals at most."""
    value = _decimal(text) * 100
    if value != value.to_integral_value():
        raise BillBroken(reason=text[:40])
    return Fen(int(value))
