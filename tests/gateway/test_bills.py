"""Bills have the channel's columns, and their sums are the payments and refunds of the day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests

from app.kernel.payments.channels.wechat import ChannelRefused
from gateway.payments import fee_of
from tests.gateway.sandbox import Sandbox, sandbox, until

DAY = date(2026, 11, 1)
PAYMENTS = {f"BILL-{count:03d}": random.Random(count).randint(1, 30_000) for count in range(12)}  # noqa: S311 (no secret)
REFUNDS = {"BILL-001": 0.5, "BILL-004": 1.0, "BILL-007": 0.1}


def parsed(bill: bytes) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Rows by column, and the summary."""
    lines = bill.decode().removesuffix("\r\n").split("\r\n")
    heads, sums = lines[0].split(","), lines[-2].split(",")
    rows = [dict(zip(heads, line.removeprefix("`").split(",`"), strict=True)) for line in lines[1:-2]]
    return rows, dict(zip(sums, lines[-1].removeprefix("`").split(",`"), strict=True))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A day of twelve payments and three refunds, seen from the next day; one payment each on the days around it."""
    with sandbox(tmp_path_factory.mktemp("gateway"), speed=100_000) as running:
        running.set_clock("2026-11-01T09:00:00+08:00")
        running.paid("BEFORE-1", 500, at="2026-10-31T23:59:59+08:00")
        for number, amount in PAYMENTS.items():
            running.paid(number, amount)
        for number, share in REFUNDS.items():
            running.refund(number, f"{number}-R", max(1, int(PAYMENTS[number] * share)), PAYMENTS[number])
        running.paid("AFTER-1", 700, at="2026-11-02T00:00:00+08:00")
        for number in REFUNDS:
            until(lambda number=number: running.channel.query_refund(f"{number}-R").state == "SUCCESS")  # type: ignore[misc]
        running.set_clock("2026-11-03T10:00:00+08:00")
        yield running


def refunded(number: str) -> int:
    return max(1, int(PAYMENTS[number] * REFUNDS[number]))


def test_trade_bill_sums_are_the_payments(box: Sandbox) -> None:
    rows, sums = parsed(box.channel.trade_bill(DAY))
    paid = {row["商户订单号"]: row for row in rows if row["交易状态"] == "SUCCESS"}
    assert {number: Decimal(row["订单金额"]) * 100 for number, row in paid.items()} == PAYMENTS
    assert {number: Decimal(row["手续费"]) * 100 for number, row in paid.items()} == {
        number: fee_of(amount) for number, amount in PAYMENTS.items()
    }
    back = {row["商户订单号"]: row for row in rows if row["交易状态"] == "REFUND"}
    assert {number: Decimal(row["退款金额"]) * 100 for number, row in back.items()} == {
        number: refunded(number) for number in REFUNDS
    }
    assert list(sums) == [
        "总交易单数",
        "应结订单总金额",
        "退款总金额",
        "充值券退款总金额",
        "手续费总金额",
        "订单总金额",
        "申请退款总金额",
    ]
    assert sums["总交易单数"] == "15"
    assert Decimal(sums["订单总金额"]) * 100 == sum(PAYMENTS.values())
    assert Decimal(sums["退款总金额"]) * 100 == sum(map(refunded, REFUNDS))
    assert Decimal(sums["手续费总金额"]) == sum(Decimal(row["手续费"]) for row in rows)


@pytest.mark.parametrize(("kind", "columns", "count"), [("ALL", 27, 15), ("SUCCESS", 20, 12), ("REFUND", 29, 3)])
def test_columns_of_each_kind(box: Sandbox, kind: str, columns: int, count: int) -> None:
    bill = box.channel.trade_bill(DAY, kind)
    rows, sums = parsed(bill)
    assert (len(rows[0]), len(rows), sums["总交易单数"]) == (columns, count, str(count))
    assert all(field.startswith("`") for field in bill.decode().split("\r\n")[1].split(",")[:6])


def test_fund_bill_balances_and_agrees_with_the_trade_bill(box: Sandbox) -> None:
    rows, sums = parsed(box.channel.fund_bill(DAY))
    balance = Decimal("5.00") - Decimal(fee_of(500)) / 100
    for row in rows:
        balance += Decimal(row["收支金额(元)"]) * (1 if row["收支类型"] == "收入" else -1)
        assert Decimal(row["账户结余(元)"]) == balance
    _, trade = parsed(box.channel.trade_bill(DAY))
    net = Decimal(trade["订单总金额"]) - Decimal(trade["退款总金额"]) - Decimal(trade["手续费总金额"])
    assert Decimal(sums["收入金额"]) - Decimal(sums["支出金额"]) == net
    assert int(sums["资金流水总笔数"]) == len(rows) == int(sums["收入笔数"]) + int(sums["支出笔数"])
    assert len(rows[0]) == 11 and len({row["资金流水单号"] for row in rows}) == len(rows)


def test_a_text_cannot_break_its_line(box: Sandbox) -> None:
    box.prepay("TEXT-001", 100, description="面,`汤\r\n`1")
    box.pay("TEXT-001", "2026-10-20T12:00:00+08:00")
    rows, _ = parsed(box.channel.trade_bill(date(2026, 10, 20)))
    assert [row["商品名称"] for row in rows] == ["面, 汤   1"]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (DAY - timedelta(days=5), "NO_STATEMENT_EXIST"),
        (date(2026, 11, 3), "STATEMENT_CREATING"),
        (date(2026, 12, 1), "STATEMENT_CREATING"),
        (date(2026, 8, 1), "INVALID_REQUEST"),
    ],
)
def test_days_without_a_bill(box: Sandbox, day: date, code: str) -> None:
    for ask in (box.channel.trade_bill, box.channel.fund_bill):
        with pytest.raises(ChannelRefused) as refused:
            ask(day)
        assert refused.value.code == code


def test_a_link_ends_after_five_minutes_and_needs_a_signature(box: Sandbox) -> None:
    link = box.channel._call(box.channel._sdk.trade_bill, bill_date=DAY.isoformat())
    assert link["hash_type"] == "SHA1"
    assert requests.get(link["download_url"], timeout=5).status_code == 401
    with box.gateway.house.store.writing() as connection:
        connection.execute("UPDATE bill_file SET expires_at = expires_at - 300")
    with pytest.raises(ChannelRefused, match="过期"):
        box.channel._answer(box.channel._sdk.download_bill, url=link["download_url"])
