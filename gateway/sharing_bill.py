"""The lines of the sharing bill: what was shared on a day and what came back, each success once, in Beijing time and yuan."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from gateway.clock import bill_time, bounds
from gateway.context import Gateway

SHARING_COLUMNS = (
    "分账时间,分账发起方,分账方,微信订单号,微信分账/回退单号,微信分账明细单号,商户分账单号,订单金额(元),分账接收方,分账金额(元),业务类型,处理状态,分账描述,备注"
).split(",")
SHARED = """
SELECT part.finished_at AS at, sharing.sub_mchid, sharing.transaction_id, sharing.order_id AS number, part.detail_id AS detail, sharing.out_order_no AS ours,
       payment.amount AS total, part.account, part.amount, '分账' AS kind, part.description
  FROM sharing_part AS part JOIN sharing USING (out_order_no) JOIN payment USING (transaction_id)
 WHERE part.result = 'SUCCESS' AND part.account <> sharing.sub_mchid AND part.finished_at >= ? AND part.finished_at < ?
UNION ALL
SELECT back.finished_at, sharing.sub_mchid, sharing.transaction_id, back.return_id, back.return_id, back.out_return_no,
       payment.amount, back.account, back.amount, '分账回退', back.description
  FROM sharing_return AS back JOIN sharing USING (out_order_no) JOIN payment USING (transaction_id)
 WHERE back.state = 'SUCCESS' AND back.finished_at >= ? AND back.finished_at < ?
ORDER BY 1, 5
"""


def sharing_rows(house: Gateway, connection: sqlite3.Connection, day: date, sub_mchid: str | None) -> list[dict[str, str]]:
    """Shares and returns of the day by time, of one sub-merchant or of all."""
    rows = connection.execute(SHARED, (*bounds(day), *bounds(day))).fetchall()
    return [_row(house, row) for row in rows if sub_mchid in (None, row["sub_mchid"])]


def sharing_summary(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    """How many lines."""
    return {"总条数": str(len(rows))}


def _row(house: Gateway, row: sqlite3.Row) -> dict[str, str]:
    values = (
        bill_time(row["at"]), house.keys.merchant_id, row["sub_mchid"], row["transaction_id"], row["number"], row["detail"], row["ours"],
        _yuan(row["total"]), row["account"], _yuan(row["amount"]), row["kind"], f"{row['kind']}成功", re.sub(r"[`\r\n]", " ", row["description"]), "",
    )
    return dict(zip(SHARING_COLUMNS, values, strict=True))


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"
