"""The sharing bill (分账账单): what of a payment went to whom, line by line.

Columns are found by name under either of their two spellings. The summary is checked for its count, where it gives one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.payments.rules.bill_text import BillBroken, BillText, Block, Chunk

SPELLINGS = {
    "at": ("分账时间", "分账发起时间"), "payment": ("微信订单号",), "number": ("商户分账单号", "商户分账单号/回退单号"),
    "amount": ("分账金额", "分账金额(元)"), "kind": ("业务类型",), "state": ("处理状态",),
}
COUNTS = ("总条数", "总笔数", "分账总笔数")
BACK = "回退"
# What `lines` gives for each row, in the order of the table's columns.
COLUMNS = ("row", "kind", "number", "channel_number", "amount", "state", "at")


@dataclass
class SharingBill:
    """A sharing bill being read: `income` is what came back from receivers, `spending` what was shared, in fen, once all lines were taken."""

    text: BillText
    day: date
    income: int = 0
    spending: int = 0

    def __post_init__(self) -> None:
        self.names = {key: next((name for name in names if name in self.text.columns), names[0]) for key, names in SPELLINGS.items()}
        self.text.require(list(self.names.values()))

    def lines(self) -> Iterator[Block]:
        """Each row as the texts of COLUMNS: the channel's number of the payment, and the amount in fen, negative for what came back."""
        names = self.names
        for chunk in self.text.chunks(tuple(names.values())):
            chunk.refuse_longer((names["number"], names["payment"]), 64)
            chunk.refuse_longer((names["state"],), 32)
            yield self._rows(chunk, chunk.moments(names["at"], self.day))
        for name in COUNTS:
            if name in self.text.summary:
                self.text.agree(name, Decimal(self.text.rows))

    def _rows(self, chunk: Chunk, moments: list[str]) -> Block:
        columns, names, found = chunk.columns, self.names, []
        for place, text in enumerate(chunk.fen(names["amount"])):
            amount, back = int(text), BACK in columns[names["kind"]][place]
            if amount < 0:
                raise BillBroken(row=chunk.row_of(place), reason=f"{amount / 100:.2f}")
            self.income, self.spending = self.income + amount * back, self.spending + amount * (not back)
            found.append((
                str(chunk.row_of(place)), "share", columns[names["number"]][place], columns[names["payment"]][place],
                str(-amount if back else amount), columns[names["state"]][place], moments[place],
            ))
        return found
