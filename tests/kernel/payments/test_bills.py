"""Bills: read by name, refused when they do not add up, booked once; then proof 7 holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import text

from app.core.clock import at
from app.extensions import db
from app.framework.database import transaction
from app.kernel.ledger.accounts import channel_balance, cost, unidentified_receipt
from app.kernel.ledger.values import AccountRef
from app.kernel.payments import jobs
from app.kernel.payments.models import ChannelBill
from app.kernel.payments.operations.bills import BillChanged, BillOutOfOrder, import_bill
from app.kernel.payments.proofs import ChannelBalanceIsTheBills
from app.kernel.payments.queries import days_without_bill, newest_bill
from app.kernel.payments.rules.bill_text import BillBroken, BillText
from app.kernel.payments.rules.fund_bill import FundBill
from app.kernel.payments.rules.trade_bill import TradeBill
from tests.kernel.payments.conftest import TESTER, Town

DAY = date(2026, 11, 1)
NUMBER = "1900000001"
NEXT_MORNING = datetime(2026, 11, 2, 2, 15, tzinfo=UTC)  # 10:15 in Shanghai
HEAD = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def fund_bill(*rows: tuple[str, str, str, str, str], summary: str, day: date = DAY) -> bytes:
    """A fund bill of (kind, direction, amount, balance, note) rows."""
    lines = [f"`{day} 12:00:00,`42,`1,`{kind},`{kind},`{way},`{amount},`{balance},`system,`{note},`P1" for kind, way, amount, balance, note in rows]
    return "\r\n".join([HEAD, *lines, SUMS, summary, ""]).encode()


PLAIN = fund_bill(
    ("交易", "收入", "87.00", "87.00", ""), ("扣除交易手续费", "支出", "0.52", "86.48", ""),
    ("退款", "支出", "30.62", "55.86", "退款总金额30.80元;含手续费0.18元"), summary="`3,`1,`87.00,`2,`31.14",
)


def read_fund(content: bytes, day: date = DAY) -> FundBill:
    """The bill, all its lines taken."""
    bill = FundBill(BillText(BytesIO(content)), day)
    for _ in bill.lines():
        pass
    return bill


def money_of(bill: FundBill) -> tuple[int | None, ...]:
    """Opening, closing, received, refunded, fees, others."""
    return bill.opening, bill.closing, bill.received, bill.refunded, bill.fees, bill.others


def test_a_fund_bill_tells_what_was_received_refunded_and_kept() -> None:
    bill = read_fund(PLAIN)
    assert (bill.income, bill.spending, bill.text.rows) == (8700, 3114, 3)
    assert money_of(bill) == (0, 5586, 8700, 3080, 34, 0)


def test_columns_are_read_by_name_with_or_without_a_byte_order_mark() -> None:
    names, *rest = PLAIN.decode().splitlines()
    order = list(reversed(range(11)))
    columns = names.split(",")
    moved = [",".join(columns[index] for index in order)]
    for line in rest[:-2]:
        fields = line.removeprefix("`").split(",`")
        moved.append(",".join(f"`{fields[index]}" for index in order))
    content = b"\xef\xbb\xbf" + "\n".join([*moved, *rest[-2:]]).replace("(元)", "（元）").encode()
    assert money_of(read_fund(content)) == money_of(read_fund(PLAIN))


def test_an_unknown_movement_is_told_apart() -> None:
    bill = read_fund(fund_bill(("提现", "支出", "10.00", "90.00", ""), summary="`1,`0,`0.00,`1,`10.00"))
    assert money_of(bill) == (10000, 9000, 0, 0, 0, -1000)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.replace(b"`87.00,`87.00", b"`88.00,`88.00", 1),
        lambda content: content.replace(b"`55.86", b"`55.87"),
        lambda content: content.replace(b"`3,`1,`87.00", b"`4,`1,`87.00"),
        lambda content: content.replace(b"2026-11-01", b"2026-11-02", 1),
        lambda content: b"\r\n".join(content.splitlines()[:-1]),
        lambda content: b"\r\n".join(content.splitlines()[1:]),
        lambda content: b"\r\n".join([content.splitlines()[0], *content.splitlines()[2:]]),
        lambda content: content.replace("账户结余(元)".encode(), "结余".encode()),
        lambda content: content.replace(b"`0.52", b"`0.525", 1),
        lambda content: content.replace(b"`0.52", b"`NaN", 1),
        lambda content: content.replace(b"`0.52,", b"", 1),
        lambda _: b"",
        lambda _: b"\xff\xfe\x00",
        lambda _: b"{}",
    ],
)
def test_a_bill_that_does_not_add_up_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    content = spoil(PLAIN)
    assert content != PLAIN
    with pytest.raises(BillBroken) as refused:
        read_fund(content)
    assert refused.value.values["row"] >= 1


def history(town: Town) -> str:
    """A payment of 1 November at noon, 30.80 of it refunded at one; the payment's number."""
    town.box.set_clock("2026-11-01T12:00:00+08:00")
    with at(datetime(2026, 11, 1, 4, tzinfo=UTC)):
        number = town.prepared()
        town.box.pay(number)
    town.take(town.box.merchant.wait_for(1)[0])
    town.box.set_clock("2026-11-01T13:00:00+08:00")
    with at(datetime(2026, 11, 1, 5, tzinfo=UTC)):
        town.refunded(number, 3080)
        town.run(only="send_refund")
    town.take(town.box.merchant.wait_for(2)[1])
    town.box.set_clock("2026-11-02T10:15:00+08:00")
    return number


def test_the_morning_job_books_yesterday_and_proof_seven_holds(town: Town) -> None:
    number = history(town)
    with at(NEXT_MORNING):
        jobs.fetch_bills()
        jobs.fetch_bills()
    town.fresh()
    bill = newest_bill(NUMBER, "fund")
    assert bill is not None
    assert (bill.day, bill.rows, bill.income, bill.spending, bill.opening, bill.closing) == (DAY, 3, 8700, 3114, 0, 5586)
    assert (town.held(channel_balance(NUMBER)), town.held(cost("channel_fee"))) == (-5586, -34)
    assert (town.held(town.payment(number).clearing_account), town.held(unidentified_receipt())) == (0, 0)
    trade = newest_bill(NUMBER, "trade")
    assert trade is not None
    assert (trade.rows, trade.income, trade.spending, trade.transaction_id, trade.closing) == (2, 8700, 3080, None, None)
    assert db.session.query(ChannelBill).count() == 2
    assert ChannelBalanceIsTheBills().check(db.session()) == []


def test_a_day_without_movement_has_no_bill_and_the_next_one_is_found(town: Town) -> None:
    history(town)
    with at(NEXT_MORNING):
        jobs.fetch_bills()
    town.box.set_clock("2026-11-03T10:15:00+08:00")
    with at(NEXT_MORNING + timedelta(days=1)):
        jobs.fetch_bills()
    town.box.set_clock("2026-11-03T12:00:00+08:00")
    with at(datetime(2026, 11, 3, 4, tzinfo=UTC)):
        number = town.prepared(subject_id=2, amount=1000)
        town.box.pay(number)
    town.take(town.box.merchant.wait_for(3)[2])
    town.box.set_clock("2026-11-04T10:15:00+08:00")
    town.fresh()
    with at(NEXT_MORNING + timedelta(days=2)):
        assert days_without_bill(NUMBER, "fund", NEXT_MORNING + timedelta(days=2)) == [date(2026, 11, 2), date(2026, 11, 3)]
        jobs.fetch_bills()
    town.fresh()
    bill = newest_bill(NUMBER, "fund")
    assert bill is not None and (bill.day, bill.opening, bill.closing) == (date(2026, 11, 3), 5586, 6580)
    assert town.held(channel_balance(NUMBER)) == -6580


def test_the_same_file_again_changes_nothing_and_another_is_refused(town: Town) -> None:
    history(town)
    with at(NEXT_MORNING):
        content = town.box.channel.fund_bill(DAY)
        with transaction(TESTER):
            first = import_bill(DAY, "fund", content, actor=TESTER, now=NEXT_MORNING).id
        with transaction(TESTER):
            assert import_bill(DAY, "fund", content, actor=TESTER, now=NEXT_MORNING).id == first
        with pytest.raises(BillChanged) as refused, transaction(TESTER):
            import_bill(DAY, "fund", content.replace(b"system", b"nobody"), actor=TESTER, now=NEXT_MORNING)
        assert refused.value.status == 409
    town.fresh()
    assert (db.session.query(ChannelBill).count(), town.held(channel_balance(NUMBER))) == (1, -5586)


def test_a_tampered_bill_leaves_nothing_behind(town: Town) -> None:
    history(town)
    with at(NEXT_MORNING):
        content = town.box.channel.fund_bill(DAY).replace(b"`87.00,`87.00", b"`97.00,`97.00")
        with pytest.raises(BillBroken), transaction(TESTER):
            import_bill(DAY, "fund", content, actor=TESTER, now=NEXT_MORNING)
        trade = town.box.channel.trade_bill(DAY).replace(NUMBER.encode(), b"1900000002")
        with pytest.raises(BillBroken), transaction(TESTER):
            import_bill(DAY, "trade", trade, actor=TESTER, now=NEXT_MORNING)
    town.fresh()
    assert (db.session.query(ChannelBill).count(), town.held(channel_balance(NUMBER))) == (0, 0)


def test_fund_bills_follow_each_other_without_a_gap(town: Town) -> None:
    history(town)
    with at(NEXT_MORNING), transaction(TESTER):
        import_bill(DAY, "fund", town.box.channel.fund_bill(DAY), actor=TESTER, now=NEXT_MORNING)
    gap = fund_bill(("交易", "收入", "10.00", "65.87", ""), summary="`1,`1,`10.00,`0,`0.00", day=date(2026, 11, 3))
    early = fund_bill(("交易", "收入", "10.00", "65.86", ""), summary="`1,`1,`10.00,`0,`0.00", day=date(2026, 10, 31))
    for day, content in ((date(2026, 11, 3), gap), (date(2026, 10, 31), early)):
        with pytest.raises(BillOutOfOrder), transaction(TESTER):
            import_bill(day, "fund", content, actor=TESTER, now=NEXT_MORNING)
    town.fresh()
    assert db.session.query(ChannelBill).count() == 1


def test_what_the_first_bill_opens_with_waits_for_an_explanation(town: Town) -> None:
    content = fund_bill(("提现", "支出", "10.00", "90.00", ""), summary="`1,`0,`0.00,`1,`10.00")
    with transaction(TESTER):
        import_bill(DAY, "fund", content, actor=TESTER, now=NEXT_MORNING)
    town.fresh()
    assert (town.held(channel_balance(NUMBER)), town.held(unidentified_receipt())) == (-9000, 9000)


def test_proof_seven_finds_a_balance_that_is_not_the_bills(town: Town, held_in_escrow: AccountRef) -> None:
    """Negative control: a fen more in the channel's account than the bill says is found."""
    from app.kernel.ledger.operations import post
    from app.kernel.ledger.values import Posting, credit, debit

    history(town)
    with at(NEXT_MORNING):
        jobs.fetch_bills()
    with pytest.raises(ZeroDivisionError), transaction(TESTER) as session:
        post(Posting("test", "1", NEXT_MORNING, (debit(channel_balance(NUMBER), 1), credit(held_in_escrow, 1))), NEXT_MORNING)
        [found] = ChannelBalanceIsTheBills().check(session)
        assert (found.subject, found.expected, found.found) == (f"{NUMBER}:BASIC", "-5586", "-5587")
        raise ZeroDivisionError


def test_a_kept_bill_cannot_be_changed_by_hand(town: Town) -> None:
    history(town)
    with at(NEXT_MORNING):
        jobs.fetch_bills()
    town.fresh()
    for statement in ("UPDATE pay_bill SET closing = 1", "DELETE FROM pay_bill"):
        with pytest.raises(Exception, match=r"permission denied|append-only"):
            db.session.execute(text(statement))
        town.fresh()


def test_a_trade_bill_of_old_names_is_read_too() -> None:
    content = (
        "交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,总金额,企业红包金额,手续费,费率,订单金额\r\n"
        "`2026-11-01 12:00:00,`wx,`1900000001,`42,`P1,`SUCCESS,`87.00,`0.00,`0.52000,`0.60%,`87.00\r\n"
        "总交易单数,应结订单总金额,手续费总金额,订单总金额\r\n`1,`87.00,`0.52000,`87.00\r\n"
    ).encode()
    bill = TradeBill(BillText(BytesIO(content)), DAY, NUMBER)
    assert [list(block) for block in bill.lines()] == [
        [("2", "payment", "P1", "42", "8700", "8700", "52000", "0", "SUCCESS", "2026-11-01 12:00:00+08")],
    ]
    assert (bill.income, bill.spending) == (8700, 0)
