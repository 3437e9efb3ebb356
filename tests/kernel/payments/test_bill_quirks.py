"""Bills as they really come: old names, GBK, other columns, commas in names, days without movement; and what is refused, with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import select

from app.extensions import db
from app.framework.database import transaction
from app.kernel.payments.models import BillLine, ChannelBill
from app.kernel.payments.operations.bills import BillChanged, import_bill
from app.kernel.payments.rules import bill_text
from app.kernel.payments.rules.bill_text import BillBroken, BillText
from app.kernel.payments.rules.fund_bill import FundBill, kind_of
from app.kernel.payments.rules.sharing_bill import SharingBill
from app.kernel.payments.rules.trade_bill import TradeBill
from tests.kernel.payments.conftest import TESTER, Town, town  # noqa: F401 - a fixture
from tests.kernel.payments.test_bills import DAY, NEXT_MORNING, NUMBER, PLAIN

OLD_HEAD = (  # 24 columns of the years before 2018
    "﻿交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,"
    "商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率"
)
OLD_SUMS = "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额"
NEW_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,"
    "商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
NEW_SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
SHARING_HEAD = (
    "分账时间,分账发起方,分账方,微信订单号,微信分账/回退单号,微信分账明细单号,商户分账单号,订单金额(元),分账接收方,分账金额(元),业务类型,处理状态,分账描述,备注"
)


def bill(head: str, rows: list[str], names: str, values: str, end: str = "\r\n") -> str:
    """The text of a bill; fields are separated by commas that no field has."""
    lines = [head, *("`" + row.replace(",", ",`") for row in rows), names, "`" + values.replace(",", ",`")]
    return "".join(f"{line}{end}" for line in lines)


def old_row(number: str = "P1", state: str = "SUCCESS", amount: str = "87.00", back: tuple[str, str, str] = ("0", "0", "0.00")) -> str:
    return (
        f"2026-11-01 12:00:00,wx,{NUMBER},0,,42{number},{number},oPayer,JSAPI,{state},CFT,CNY,{amount},0.00,{back[0]},{back[1]},{back[2]},0.00,,"
        f"{'SUCCESS' if back[1] != '0' else ''},炒蛋,,0.52000,0.60%"
    )


def new_row(number: str = "P1", state: str = "SUCCESS", amount: str = "87.00", goods: str = "番茄炒蛋", fee: str = "0.52000", more: str = "") -> str:
    """A row of 27 columns; `|` in `goods` stands for a comma inside the field."""
    return (
        f"2026-11-01 12:00:00,wx,{NUMBER},0,,42{number},{number},oPayer,JSAPI,{state},CFT,CNY,{amount},0.00,0,0,0.00,0.00,,,{goods},,{fee},0.60%,"
        f"{amount},0.00,{more}"
    )


def lines_of(content: bytes, day: date = DAY) -> list[tuple[str, ...]]:
    return [row for block in TradeBill(BillText(BytesIO(content)), day, NUMBER).lines() for row in block]


OLD = bill(OLD_HEAD, [old_row(), old_row("P1", "REFUND", "0.00", ("50R1", "R1", "30.80"))], OLD_SUMS, "2,87.00,30.80,0.00,1.04000")
NEW = bill(NEW_HEAD, [new_row()], NEW_SUMS, "1,87.00,0.00,0.00,0.52000,87.00,0.00")
AT = "2026-11-01 12:00:00+08"


@pytest.mark.parametrize("encoded", [
    OLD.encode(), OLD.removeprefix("﻿").encode("gbk"), OLD.replace("\r\n", "\n").encode(), (OLD + "\r\n\r\n").encode(),
], ids=["bom", "gbk", "lf", "blank lines at the end"])
def test_old_names_in_every_encoding(encoded: bytes) -> None:
    assert lines_of(encoded) == [
        ("2", "payment", "P1", "42P1", "8700", "8700", "52000", "0", "SUCCESS", AT),
        ("3", "refund", "R1", "50R1", "3080", "3080", "52000", "0", "SUCCESS", AT),
    ]


@pytest.mark.parametrize(("content", "numbers"), [
    (bill(NEW_HEAD, [new_row(goods="番茄|炒蛋|大份").replace("|", "，")], NEW_SUMS, "1,87.00,0.00,0.00,0.52000,87.00,0.00"), ["P1"]),
    (NEW.replace("`番茄炒蛋", "`番茄,炒蛋, 3 份"), ["P1"]),
    (NEW.replace("`番茄炒蛋", "`a\\tb\tc\\"), ["P1"]),
    (NEW.replace(f"{NEW_HEAD}\r\n", f"{NEW_HEAD},另一列,再一列\r\n").replace("`87.00,`0.00,`\r\n", "`87.00,`0.00,`,`x,`y\r\n"), ["P1"]),
    (bill(NEW_HEAD, [new_row(), new_row(state="REVOKED", fee="0.00000")], NEW_SUMS, "2,174.00,0.00,0.00,0.52000,174.00,0.00"), ["P1", "P1"]),
    (NEW.replace("87.00", "87").replace("0.52000", "0.52"), ["P1"]),
    (f"{NEW_HEAD}\r\n{NEW_SUMS}\r\n`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\r\n", []),
], ids=["full-width commas", "commas in a name", "backslash and tab", "more columns", "revoked twice", "fewer decimals", "no rows"])
def test_what_is_odd_and_right_is_read(content: str, numbers: list[str]) -> None:
    assert [row[2] for row in lines_of(content.encode())] == numbers


@pytest.mark.parametrize(("content", "row", "says"), [
    (b"", 1, "表头"),
    (b'{"code":"NO_STATEMENT_EXIST","message":"x"}', 1, "缺少列"),
    (NEW.replace("订单金额", "别的").encode(), 1, "订单金额"),
    (NEW.replace("商户号", "商号").encode(), 1, "商户号"),
    (NEW.replace(f"`{NUMBER}", "`1900000002").encode(), 2, "商户号不是"),
    (NEW.replace("2026-11-01", "2026-11-02").encode(), 2, "不是 2026-11-01 的"),
    (NEW.replace("12:00:00", "25:00:00").encode(), 2, "不是 2026-11-01 的"),
    (NEW.replace("`87.00,`0.00,`\r\n", "`87.0x,`0.00,`\r\n").encode(), 2, "87.0x"),
    (NEW.replace("`87.00,`0.00,`\r\n", "`87.005,`0.00,`\r\n").encode(), 2, "87.005"),
    (NEW.replace("`87.00,`0.00,`\r\n", "`NaN,`0.00,`\r\n").encode(), 2, "NaN"),
    (NEW.replace("`87.00,`0.00,`\r\n", "`1E+30,`0.00,`\r\n").encode(), 2, "1E+30"),
    (NEW.replace("`CNY,", "").encode(), 2, "2026-11-01"),
    (NEW.replace("`番茄炒蛋", "`番茄,`炒蛋").encode(), 2, "2026-11-01"),
    (NEW.replace("`P1", "`" + "P" * 70).encode(), 2, "PPPP"),
    (NEW.replace("`1,`87.00", "`2,`87.00").encode(), 4, "总交易单数"),
    (NEW.replace("`0.52000,`87.00,`0.00\r\n", "`0.52000,`88.00,`0.00\r\n").encode(), 4, "订单总金额"),
    ("\r\n".join(NEW.splitlines()[:2]).encode(), 3, "缺少汇总"),
    ("\r\n".join(NEW.splitlines()[:3]).encode(), 3, "缺少汇总"),
    (NEW.replace("\r\n`2026", "\r\n2026").encode(), 2, "缺少汇总"),
    (NEW.encode().replace("番茄".encode(), b"\xff\xff"), 2, "GBK"),
    (NEW.encode().replace("番茄".encode(), b"\0"), 2, "不是文本"),
], ids=lambda value: value[:12] if isinstance(value, str) else None)
def test_what_is_wrong_is_refused_with_its_line(content: bytes, row: int, says: str) -> None:
    with pytest.raises(BillBroken) as refused:
        lines_of(content)
    assert (refused.value.values["row"], refused.value.status) == (row, 422)
    assert says in str(refused.value) and f"第 {row} 行" in str(refused.value)


def test_the_wrong_line_is_named_in_whatever_chunk_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill_text, "CHUNK", 3)
    rows = [new_row(f"P{number}") for number in range(10)]
    whole = bill(NEW_HEAD, rows, NEW_SUMS, "10,870.00,0.00,0.00,5.20000,870.00,0.00")
    assert [row[0] for row in lines_of(whole.encode())] == [str(number) for number in range(2, 12)]
    for wrong in (2, 4, 8, 11):
        lines = whole.split("\r\n")
        lines[wrong - 1] = lines[wrong - 1].replace("2026-11-01", "2026-11-03")
        with pytest.raises(BillBroken) as refused:
            lines_of("\r\n".join(lines).encode())
        assert refused.value.values["row"] == wrong


def fund(content: bytes) -> tuple[FundBill, list[tuple[str, ...]]]:
    found = FundBill(BillText(BytesIO(content)), DAY)
    return found, [row for block in found.lines() for row in block]


def test_a_balance_that_jumps_is_marked_and_one_that_ends_wrong_refused() -> None:
    jumps = PLAIN.replace(b"`86.48", b"`86.40")
    assert [(row[0], row[-1]) for row in fund(jumps)[1]] == [("2", "t"), ("3", "f"), ("4", "f")]
    with pytest.raises(BillBroken):
        fund(PLAIN.replace(b"`55.86", b"`55.87"))
    with pytest.raises(BillBroken) as refused:
        fund(PLAIN.replace("收入,".encode(), "进账,".encode()))
    assert refused.value.values["row"] == 2


@pytest.mark.parametrize(("what", "way", "kind"), [
    ("交易", "收入", "payment"), ("扣除交易手续费", "支出", "fee"), ("退款", "支出", "refund"), ("提现", "支出", "withdrawal"), ("商家转账", "支出", "payout"),
    ("企业付款", "支出", "payout"), ("商家转账退款", "收入", "returned"), ("渠道服务费", "支出", ""),
])
def test_movements_have_kinds(what: str, way: str, kind: str) -> None:
    assert kind_of(what, 100 if way == "收入" else -100) == kind


def test_a_sharing_bill_is_read_by_name() -> None:
    rows = [
        f"2026-11-01 12:00:0{place},{NUMBER},{NUMBER},42P1,30{place},31{place},S{place},87.00,19000000{place},{amount},{what},分账成功,佣金,"
        for place, (amount, what) in enumerate((("6.80", "分账"), ("1.00", "分账回退")))
    ]
    content = bill(SHARING_HEAD, rows, "总条数", "2").encode()
    found = SharingBill(BillText(BytesIO(content)), DAY)
    assert [row[1:6] for block in found.lines() for row in block] == [
        ("share", "S0", "42P1", "680", "分账成功"), ("share", "S1", "42P1", "-100", "分账成功"),
    ]
    assert (found.spending, found.income, Decimal(found.text.rows)) == (680, 100, 2)
    with pytest.raises(BillBroken):
        list(SharingBill(BillText(BytesIO(content.replace(b"`2\r\n", b"`3\r\n"))), DAY).lines())


def test_lines_are_kept_as_they_came_and_a_changed_file_changes_nothing(town: Town) -> None:  # noqa: F811
    content = NEW.replace("`番茄炒蛋", "`番茄,炒\\蛋").replace("`P1", "`P\\1").encode()
    with transaction(TESTER):
        import_bill(DAY, "trade", content, actor=TESTER, now=NEXT_MORNING)
    with pytest.raises(BillChanged), transaction(TESTER):
        import_bill(DAY, "trade", content.replace(b"oPayer", b"oOther"), actor=TESTER, now=NEXT_MORNING)
    with pytest.raises(BillBroken), transaction(TESTER):
        import_bill(date(2026, 11, 2), "trade", content, actor=TESTER, now=NEXT_MORNING)
    town.fresh()
    line = db.session.scalars(select(BillLine)).one()
    assert (line.row, line.number, line.amount, line.fee, line.at.isoformat()) == (2, "P\\1", 8700, 52000, "2026-11-01T04:00:00+00:00")
    assert db.session.scalars(select(ChannelBill.rows)).all() == [1]


def test_an_empty_fund_bill_closes_where_the_account_stood(town: Town) -> None:  # noqa: F811
    empty = b"\r\n".join([*PLAIN.splitlines()[:1], *PLAIN.splitlines()[-2:-1], b"`0,`0,`0.00,`0,`0.00", b""])
    with transaction(TESTER):
        import_bill(DAY, "fund", PLAIN, actor=TESTER, now=NEXT_MORNING)
        later = import_bill(date(2026, 11, 2), "fund", empty, actor=TESTER, now=NEXT_MORNING)
        assert (later.rows, later.opening, later.closing, later.transaction_id) == (0, 5586, 5586, None)
