"""The lines of both bills. A payment is dated by its success, a refund by its acceptance, in Beijing.

Amounts are written in yuan with two decimals, fees with five. What the store does not know is empty or 0, as in real
bills.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.clock import bill_time, bounds
from gateway.context import Gateway

ALL_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,"
    "订单金额,申请退款金额,费率备注"
).split(",")
REFUND_ONLY = ("微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态", "申请退款金额")
TRADE_COLUMNS = {
    "ALL": ALL_COLUMNS,
    "SUCCESS": [column for column in ALL_COLUMNS if column not in REFUND_ONLY],
    "REFUND": [*ALL_COLUMNS[:14], "退款申请时间", "退款成功时间", *ALL_COLUMNS[14:]],
}
TRADE_SUMS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
FUND_COLUMNS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
).split(",")
RATE = "0.60%"


def trade_rows(house: Gateway, connection: sqlite3.Connection, day: date, kind: str) -> list[dict[str, str]]:
    """Payments and refunds of the day by time; `kind` SUCCESS or REFUND leaves the other out."""
    dated: list[tuple[float, dict[str, str]]] = []
    if kind != "REFUND":
        dated += [
            (payment["paid_at"], _payment_row(house, payment))
            for payment in connection.execute(
                "SELECT * FROM payment WHERE paid_at >= ? AND paid_at < ? ORDER BY paid_at", bounds(day)
            )
        ]
    if kind != "SUCCESS":
        dated += [
            (refund["accepted_at"], _refund_row(house, refund))
            for refund in connection.execute(
                "SELECT refund.*, transaction_id, payer_openid, trade_type, description, attach, sub_mchid"
                " FROM refund JOIN payment USING (out_trade_no)"
                " WHERE accepted_at >= ? AND accepted_at < ? ORDER BY accepted_at",
                bounds(day),
            )
        ]
    return [row for _, row in sorted(dated, key=lambda pair: pair[0])]


def trade_summary(rows: Sequence[dict[str, str]], kind: str) -> dict[str, str]:
    """Count and sums; a sum whose column the bill lacks is left out."""
    sums = {
        name: f"{sum(Decimal(row[column]) for row in rows):.{5 if column == '手续费' else 2}f}"
        for name, column in TRADE_SUMS.items()
        if column in TRADE_COLUMNS[kind]
    }
    return {"总交易单数": str(len(rows))} | sums


def fund_rows(house: Gateway, connection: sqlite3.Connection, day: date) -> list[dict[str, str]]:
    """Movements of the merchant's own basic account on the day, each with the balance after it; money starts at nothing.

    What sub-merchants are paid stands in their accounts; what is shared with the merchant comes into its own.
    """
    start, end = bounds(day)
    balance, rows = 0, []
    for movement in connection.execute(MOVEMENTS, {"end": end, "mchid": house.keys.merchant_id}):
        balance += movement["change"]
        if movement["at"] >= start:
            rows.append(_fund_row(house, movement, balance))
    return rows


def fund_summary(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    """Counts and sums of what came in and went out."""
    into = [Decimal(row["收支金额(元)"]) for row in rows if row["收支类型"] == "收入"]
    out = [Decimal(row["收支金额(元)"]) for row in rows if row["收支类型"] == "支出"]
    return {
        "资金流水总笔数": str(len(rows)),
        "收入笔数": str(len(into)),
        "收入金额": f"{sum(into, Decimal()):.2f}",
        "支出笔数": str(len(out)),
        "支出金额": f"{sum(out, Decimal()):.2f}",
    }


MOVEMENTS = """
SELECT paid_at AS at, 1 AS step, '交易' AS kind, transaction_id AS number, out_trade_no AS voucher, amount AS change,
       amount AS gross, fee
  FROM payment WHERE paid_at < :end AND sub_mchid IS NULL
UNION ALL
SELECT paid_at, 2, '扣除交易手续费', transaction_id, out_trade_no, -fee, amount, fee
  FROM payment WHERE paid_at < :end AND fee > 0 AND sub_mchid IS NULL
UNION ALL
SELECT accepted_at, 3, '退款', refund_id, out_refund_no, fee_returned - refund.amount, refund.amount, fee_returned
  FROM refund JOIN payment USING (out_trade_no) WHERE accepted_at < :end AND sub_mchid IS NULL
UNION ALL
SELECT part.finished_at, 4, '分账', sharing.order_id, sharing.out_order_no, part.amount, part.amount, 0
  FROM sharing_part AS part JOIN sharing USING (out_order_no)
 WHERE part.result = 'SUCCESS' AND part.account = :mchid AND part.finished_at < :end
UNION ALL
SELECT finished_at, 5, '分账回退', return_id, out_return_no, -amount, amount, 0
  FROM sharing_return WHERE state = 'SUCCESS' AND account = :mchid AND finished_at < :end
ORDER BY 1, 4, 2
"""


def _fund_row(house: Gateway, movement: sqlite3.Row, balance: int) -> dict[str, str]:
    note = ""
    if movement["kind"] == "退款":
        note = f"退款总金额{_yuan(movement['gross'])}元;含手续费{_yuan(movement['fee'])}元"
    values = (
        bill_time(movement["at"]),
        movement["number"],
        f"{movement['step']}{movement['number']}",
        movement["kind"],
        movement["kind"],
        "收入" if movement["change"] > 0 else "支出",
        _yuan(abs(movement["change"])),
        _yuan(balance),
        f"{house.keys.merchant_id}API" if movement["kind"] == "退款" else "system",
        note,
        movement["voucher"],
    )
    return dict(zip(FUND_COLUMNS, values, strict=True))


def _payment_row(house: Gateway, payment: sqlite3.Row) -> dict[str, str]:
    return _row(house, payment, payment["paid_at"], "SUCCESS") | {
        "应结订单金额": _yuan(payment["amount"]),
        "订单金额": _yuan(payment["amount"]),
        "手续费": _fee(payment["fee"]),
    }


def _refund_row(house: Gateway, refund: sqlite3.Row) -> dict[str, str]:
    succeeded_at = refund["succeeded_at"]
    return _row(house, refund, refund["accepted_at"], "REFUND") | {
        "微信退款单号": refund["refund_id"],
        "商户退款单号": refund["out_refund_no"],
        "退款金额": _yuan(refund["amount"]),
        "申请退款金额": _yuan(refund["amount"]),
        "退款类型": "ORIGINAL",
        "退款状态": refund["state"],
        "手续费": _fee(-refund["fee_returned"]),
        "退款申请时间": bill_time(refund["accepted_at"]),
        "退款成功时间": "" if succeeded_at is None else bill_time(succeeded_at),
    }


def _row(house: Gateway, trade: sqlite3.Row, at: float, state: str) -> dict[str, str]:
    """What lines of payments and of refunds have in common; amounts at nothing."""
    row: dict[str, Any] = dict.fromkeys(ALL_COLUMNS, "")
    row |= dict.fromkeys(
        ("应结订单金额", "代金券金额", "退款金额", "充值券退款金额", "订单金额", "申请退款金额"), "0.00"
    )
    return row | {
        "交易时间": bill_time(at),
        "公众账号ID": house.keys.appid,
        "商户号": house.keys.merchant_id,
        "特约商户号": trade["sub_mchid"] or "0",
        "微信订单号": trade["transaction_id"],
        "商户订单号": trade["out_trade_no"],
        "用户标识": trade["payer_openid"],
        "交易类型": trade["trade_type"],
        "交易状态": state,
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "商品名称": _field(trade["description"]),
        "商户数据包": _field(trade["attach"] or ""),
        "费率": RATE,
    }


def _field(text: str) -> str:
    """A merchant's text that cannot end its field or its line."""
    return re.sub(r"[`\r\n]", " ", text)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _fee(fen: int) -> str:
    return f"{Decimal(fen) / 100:.5f}"
