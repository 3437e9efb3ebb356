"""The fund bill: every movement of the basic account on a day, with the balance after it.

Format: https://pay.weixin.qq.com/docs/merchant/products/bill-download/format-fundflow.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.kernel.payments.rules.bill_text import BillBroken, BillText, Block

NEEDED = ("记账时间", "微信支付业务单号", "业务类型", "收支类型", "收支金额(元)", "账户结余(元)")
OTHERS = ("备注", "业务凭证号")
INCOME, SPENDING = "收入", "支出"
KINDS = {"交易": "payment", "扣除交易手续费": "fee", "退款": "refund", "提现": "withdrawal", "分账": "share", "分账回退": "share"}
PAYOUT = re.compile("转账|企业付款|商家付款|代付")
# A refund's line is net of the fee that comes back with it; the note tells both.
REFUND_NOTE = re.compile(r"退款总金额(\d+\.\d{2})元;含手续费(\d+\.\d{2})元")
# What `lines` gives for each row, in the order of the table's columns.
COLUMNS = ("row", "kind", "number", "channel_number", "amount", "fee", "state", "at", "balance", "continues")


@dataclass
class FundBill:
    """A fund bill being read; in fen, known once all lines were taken: `opening` + received − refunded − fees + others = `closing`.

    `fees` are net of those that came back with refunds; `others` moved for reasons that are no payment, fee, or refund. A bill without rows opens and
    closes where the account stood before, which it does not say: then `opening` is None. What others shared with us counts as received, less what we
    returned.
    """

    text: BillText
    day: date
    opening: int | None = None
    closing: int | None = None
    income: int = 0
    spending: int = 0
    received: int = 0
    refunded: int = 0
    fees: int = 0

    def __post_init__(self) -> None:
        self.text.require(NEEDED)
        self.counts = {INCOME: 0, SPENDING: 0}

    @property
    def others(self) -> int:
        """What moved for reasons that are no payment, fee, or refund."""
        return (self.closing or 0) - (self.opening or 0) - (self.received - self.refunded - self.fees)

    def lines(self) -> Iterator[Block]:
        """Each row as the texts of COLUMNS: amounts in fen, signed, a refund's without the fee that came back with it, which stands beside it in
        thousandths of a fen; `continues` is f where the balance does not follow from the row before. Raises BillBroken when a row is not this day's,
        and at the end when the sums are not those of the summary."""
        for chunk in self.text.chunks((*NEEDED, *OTHERS)):
            chunk.refuse_longer(("微信支付业务单号", "业务凭证号"), 64)
            chunk.refuse_unless("收支类型", {INCOME, SPENDING}, str(_l("收支类型不是收入或支出")))
            empty = ("",) * len(chunk)
            names = ("微信支付业务单号", "业务类型", "收支类型", *OTHERS)
            moments = chunk.moments("记账时间", self.day)
            texts = zip(moments, *(chunk.columns.get(name, empty) for name in names), chunk.fen("收支金额(元)"), chunk.fen("账户结余(元)"), strict=True)
            yield [
                self._row(chunk.row_of(place), at, theirs, what, way, note, voucher, int(amount), int(balance))
                for place, (at, theirs, what, way, note, voucher, amount, balance) in enumerate(texts)
            ]
        self._check()

    def _row(self, row: int, at: str, theirs: str, what: str, way: str, note: str, voucher: str, amount: int, balance: int) -> tuple[str, ...]:
        if amount < 0:
            raise BillBroken(row=row, reason=f"{amount / 100:.2f}")
        change = amount if way == INCOME else -amount
        continues = self.closing is None or self.closing + change == balance
        if self.opening is None:
            self.opening = balance - change
        self.closing = balance
        self.counts[way] += 1
        kind = kind_of(what, change)
        gross, fee = change, 0
        if kind in ("payment", "share"):
            self.received = self.received + change
        elif kind == "fee":
            self.fees = self.fees - change
        elif kind == "refund":
            gross = -_gross_refund(note, change)
            fee = change - gross
            self.refunded, self.fees = self.refunded - gross, self.fees - fee
        if way == INCOME:
            self.income = self.income + amount
        else:
            self.spending = self.spending + amount
        return str(row), kind, voucher, theirs, str(gross), str(fee * 1_000), _plain(what), at, str(balance), "t" if continues else "f"

    def _check(self) -> None:
        for way, total in ((INCOME, self.income), (SPENDING, self.spending)):
            self.text.agree(f"{way}笔数", Decimal(self.counts[way]))
            self.text.agree(f"{way}金额", Decimal(total) / 100)
        self.text.agree("资金流水总笔数", Decimal(self.text.rows))
        if self.opening is not None and self.opening + self.income - self.spending != self.closing:
            raise BillBroken(row=self.text.summary_row - 2, reason=str(_l("账户结余和收支对不上")))


def _plain(text: str) -> str:
    """The channel's word for a movement, short and without what would mean something to COPY."""
    return text.replace("\\", "")[:32]


def kind_of(what: str, change: int) -> str:
    """What a movement was: payment, fee, refund, withdrawal, share, payout, returned (a payout that came back), or empty for what we do not know."""
    if what in KINDS:
        return KINDS[what]
    if PAYOUT.search(what):
        return "payout" if change < 0 else "returned"
    return ""


def _gross_refund(note: str, change: int) -> int:
    """What the customer got, in fen: the movement itself and the fee that came back, where the note tells of one."""
    told = REFUND_NOTE.search(note)
    if told:
        gross, fee = (int(Decimal(each) * 100) for each in told.groups())
        if gross - fee == -change:
            return gross
    return -change
