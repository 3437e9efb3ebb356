"""A day on which the channel's bills say many things otherwise: what a person would see who gets such files, for the demo and the tests.

The files are the channel's own, changed by name of column and with their sums made right, so that everything else of the import is as it always is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

Row = dict[str, str]
LEAST_PAYMENTS = 5  # lines of payments that a trade bill needs for all of it
TRADE_SUMS = {
    "应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额", "手续费总金额": "手续费",
    "订单总金额": "订单金额", "申请退款总金额": "申请退款金额",
}


def payments_in(trade: bytes) -> list[Row]:
    """The lines of payments of a trade bill."""
    return [row for row in _read(trade)[1] if row["交易状态"] == "SUCCESS"]


def strange_trade_bill(trade: bytes) -> bytes:
    """The trade bill with, in the order of its payments: the first left out, the second dearer by ¥1, the third with a fee of ¥0.05 more, the fourth
    with a coupon of ¥0.50 that the merchant bears, the fifth revoked later; and at the end a payment that nobody knows."""
    columns, rows = _read(trade)
    first, second, third, fourth, fifth = payments_in(trade)[:LEAST_PAYMENTS]
    kept: list[Row] = []
    for row in rows:
        if row == first:
            continue
        kept.append(dict(row))
        if row == second:
            kept[-1] |= {name: _more(row[name], "1.00") for name in ("订单金额", "应结订单金额")}
        elif row == third:
            kept[-1] |= {"手续费": _more(row["手续费"], "0.05000")}
        elif row == fourth:
            kept[-1] |= {"代金券金额": "0.50", "应结订单金额": _more(row["应结订单金额"], "-0.50")}
        elif row == fifth:
            kept.append({**row, "交易状态": "REVOKED", "手续费": "0.00000"})
    stranger = {**first, "商户订单号": "QR20261101000001", "微信订单号": f"{first['微信订单号'][:-3]}999", "订单金额": "58.00", "应结订单金额": "58.00"}
    kept.append({**stranger, "手续费": "0.35000", "用户标识": "oStranger"})
    return _written(columns, kept, {"总交易单数": str(len(kept)), **{total: _sum(kept, name) for total, name in TRADE_SUMS.items()}})


def strange_fund_bill(fund: bytes, trade: bytes) -> bytes:
    """The fund bill in which the money of the first payment came as a payout that was sent back, and its fee went for something that nobody knows;
    the balance stays what it was."""
    columns, rows = _read(fund)
    number = payments_in(trade)[0]["微信订单号"]
    other = {"交易": "商家转账退款", "扣除交易手续费": "渠道服务费"}
    changed = [
        {**row, "业务类型": other[row["业务类型"]], "业务名称": other[row["业务类型"]], "微信支付业务单号": f"9{number[1:]}", "业务凭证号": ""}
        if row["微信支付业务单号"] == number and row["业务类型"] in other else row for row in rows
    ]
    return _written(columns, changed, _summary(fund))


def _read(bill: bytes) -> tuple[list[str], list[Row]]:
    lines = bill.decode("utf-8-sig").splitlines()
    columns = lines[0].split(",")
    return columns, [dict(zip(columns, line[1:].split(",`"), strict=True)) for line in lines[1:-2]]


def _summary(bill: bytes) -> Row:
    *_, names, values = bill.decode("utf-8-sig").splitlines()
    return dict(zip(names.split(","), values[1:].split(",`"), strict=True))


def _more(text: str, by: str) -> str:
    return str(Decimal(text) + Decimal(by))


def _sum(rows: Sequence[Row], name: str) -> str:
    return str(sum((Decimal(row[name]) for row in rows), Decimal()))


def _written(columns: Sequence[str], rows: Sequence[Row], summary: Row) -> bytes:
    mark: Callable[[str], str] = "`{}".format
    lines = [",".join(columns), *(",".join(mark(row[name]) for name in columns) for row in rows), ",".join(summary), ",".join(map(mark, summary.values()))]
    return "".join(f"{line}\r\n" for line in lines).encode()
