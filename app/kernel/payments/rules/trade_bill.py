"""The trade bill: payments and refunds of a day, line by line.

Format: https://pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.kernel.payments.rules.bill_text import BillBroken, BillText, Block, Chunk

NEEDED = ("交易时间", "商户号", "微信订单号", "商户订单号", "交易状态", "手续费")
SUMS = {
    "应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额", "手续费总金额": "手续费",
    "订单总金额": "订单金额", "申请退款总金额": "申请退款金额",
}
OTHERS = ("商户退款单号", "微信退款单号", "代金券金额", "退款状态")
KINDS = {"SUCCESS": "payment", "REVOKED": "payment", "REFUND": "refund"}
# What `lines` gives for each row, in the order of the table's columns.
COLUMNS = ("row", "kind", "number", "channel_number", "amount", "settled", "fee", "coupon", "state", "at")


@dataclass
class TradeBill:
    """A trade bill being read. `income` is what was paid, `spending` what was refunded, in fen, known once all lines were taken."""

    text: BillText
    day: date
    account_number: str

    def __post_init__(self) -> None:
        self.text.require(NEEDED)
        if not {"订单金额", "应结订单金额"} & set(self.text.columns):
            raise BillBroken(row=1, reason=str(_l("缺少列：%(columns)s", columns="订单金额")))
        self.sums: dict[str, int] = {}

    @property
    def income(self) -> int:
        """What was paid."""
        return self.sums.get("订单金额", self.sums.get("应结订单金额", 0))

    @property
    def spending(self) -> int:
        """What was refunded."""
        return self.sums.get("申请退款金额", self.sums.get("退款金额", 0))

    def lines(self) -> Iterator[Block]:
        """Each row as the texts of COLUMNS: amounts in fen, the fee in thousandths of a fen. Raises BillBroken when a row is not this day's or
        this account's, and at the end when the sums are not those of the summary."""
        for chunk in self.text.chunks((*NEEDED, *SUMS.values(), *OTHERS)):
            chunk.refuse_unless("商户号", {self.account_number}, str(_l("商户号不是 %(number)s", number=self.account_number)))
            chunk.refuse_longer(("商户订单号", "微信订单号", "商户退款单号", "微信退款单号"), 64)
            chunk.refuse_longer(("交易状态", "退款状态"), 32)
            yield self._rows(chunk, chunk.moments("交易时间", self.day))
        self.text.agree("总交易单数", Decimal(self.text.rows))
        for total, column in SUMS.items():
            if total in self.text.summary and column in self.text.columns:
                self.text.agree(total, Decimal(self.sums.get(column, 0)) / (100_000 if column == "手续费" else 100))

    def _rows(self, chunk: Chunk, moments: list[str]) -> Block:
        columns, size, nothing = chunk.columns, len(chunk), ("0",) * len(chunk)
        money = _money(chunk)
        for name, total in _sums(money).items():
            self.sums[name] = self.sums.get(name, 0) + total
        paid = money.get("订单金额") or money["应结订单金额"]
        back = money.get("申请退款金额") or money.get("退款金额") or nothing
        settled, returned = money.get("应结订单金额") or paid, money.get("退款金额") or back
        states = columns["交易状态"]
        known = {state: KINDS.get(state, "") for state in set(states)}
        kinds = list(map(known.__getitem__, states))
        rows = map(str, range(chunk.first, chunk.first + size))
        fees = "\n".join(money["手续费"]).replace("-", "").split("\n")
        coupons = money.get("代金券金额") or nothing
        plain = zip(rows, kinds, columns["商户订单号"], columns["微信订单号"], paid, settled, fees, coupons, states, moments, strict=True)
        if "refund" not in known.values():
            return plain
        numbers, theirs, progress = (columns.get(name, ("",) * size) for name in ("商户退款单号", "微信退款单号", "退款状态"))
        return [
            (row[0], "refund", numbers[place], theirs[place], back[place], returned[place], row[6], row[7], progress[place], row[9])
            if kinds[place] == "refund" else row for place, row in enumerate(plain)
        ]


def _money(chunk: Chunk) -> dict[str, list[str]]:
    """The columns of amounts, each scaled once: most bills say the same in 订单金额 and 应结订单金额, and ¥0.00 in the columns of refunds."""
    found: dict[str, list[str]] = {}
    for name in (*SUMS.values(), "代金券金额"):
        if name in chunk.columns:
            same = next((known for known in found if known != "手续费" != name and chunk.columns[known] == chunk.columns[name]), None)
            found[name] = found[same] if same else chunk.fees(name) if name == "手续费" else chunk.fen(name)
    return found


def _sums(money: dict[str, list[str]]) -> dict[str, int]:
    """The sum of each column; columns that are one list are summed once."""
    totals = {
        id(values): int(values[0]) * len(values) if values.count(values[0]) == len(values) else sum(map(int, values)) for values in money.values()
    }
    return {name: totals[id(values)] for name, values in money.items()}
