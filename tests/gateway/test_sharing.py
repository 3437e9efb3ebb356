"""Profit sharing at the channel's own door: its rules, its refusals, its faults, its bill."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from app.kernel.payments.channels.wechat import ChannelRefused, ChannelUnavailable
from app.kernel.payments.channels.wechat_sharing import ChannelReturn, ChannelShare, ShareReceiver
from tests.gateway.sandbox import Sandbox, sandbox, until

SUB, OURS, FRIEND = "1900000109", "1900000001", "1900000108"
HEAD = (
    "分账时间,分账发起方,分账方,微信订单号,微信分账/回退单号,微信分账明细单号,商户分账单号,订单金额(元),分账接收方,分账金额(元),业务类型,"
    "处理状态,分账描述,备注"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("gateway"), speed=100_000) as box:
        for account in (OURS, FRIEND):
            box.channel.sharing.add_receiver(SUB, account, "平台", "SERVICE_PROVIDER")
        yield box


@pytest.fixture
def box(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.http.delete(f"{running.gateway.address}/sandbox/faults", timeout=5)
    running.set_clock(None)


def paid(box: Sandbox, number: str, amount: int = 8700, sub: str = SUB, at: str | None = None) -> str:
    """A payment of the sub-merchant, marked for sharing; the channel's number."""
    box.prepay(number, amount, sub_merchant=sub)
    assert box.pay(number, at).status_code == 200
    return box.channel.query(number, sub).transaction_id or ""


def part(amount: int, account: str = OURS, **more: str) -> ShareReceiver:
    return ShareReceiver(account, amount, "佣金", **more)


def ended(box: Sandbox, transaction: str, number: str) -> ChannelShare:
    until(lambda: box.channel.sharing.query_share(SUB, transaction, number).state == "FINISHED")
    return box.channel.sharing.query_share(SUB, transaction, number)


def shared(box: Sandbox, number: str, amount: int = 680, *receivers: ShareReceiver) -> str:
    """A payment of which `amount` was shared under `<number>C`; the channel's number."""
    transaction = paid(box, number)
    box.channel.sharing.share(SUB, transaction, f"{number}C", receivers or [part(amount)])
    assert {each.result for each in ended(box, transaction, f"{number}C").parts} == {"SUCCESS"}
    return transaction


def back(box: Sandbox, share: str, number: str, amount: int, account: str = OURS) -> ChannelReturn:
    box.channel.sharing.take_back(SUB, share, number, account, amount, "退款")
    until(lambda: box.channel.sharing.query_return(SUB, share, number).state != "PROCESSING")
    return box.channel.sharing.query_return(SUB, share, number)


def refused(call: object) -> tuple[str, str]:
    with pytest.raises(ChannelRefused) as found:
        call()  # type: ignore[operator]
    return found.value.code, found.value.message


def test_a_share_is_processing_and_then_arrives(box: Sandbox) -> None:
    transaction = paid(box, "SHARE-1")
    assert box.channel.sharing.unsplit(transaction) == 8700 - 52
    first = box.channel.sharing.share(SUB, transaction, "SHARE-1C", [part(680), part(100, FRIEND)])
    assert (first.state, [each.result for each in first.parts]) == ("PROCESSING", ["PENDING", "PENDING"])
    last = ended(box, transaction, "SHARE-1C")
    assert [(each.account, each.amount_fen, each.result) for each in last.parts] == [(OURS, 680, "SUCCESS"), (FRIEND, 100, "SUCCESS")]
    assert (last.order_id, box.channel.sharing.unsplit(transaction)) == (first.order_id, 8700 - 52 - 780)


def test_a_payment_that_was_not_marked_is_never_shared(box: Sandbox) -> None:
    box.paid("PLAIN-1")
    theirs = box.channel.query("PLAIN-1").transaction_id or ""
    assert refused(lambda: box.channel.sharing.share(SUB, theirs, "PLAIN-1C", [part(1)])) == ("INVALID_REQUEST", "非分账订单不支持分账")


@pytest.mark.parametrize(("amounts", "code"), [((2611,), "RULE_LIMIT"), ((2000, 611), "RULE_LIMIT"), ((0,), "PARAM_ERROR"), ((-5,), "PARAM_ERROR")])
def test_no_more_than_thirty_percent_over_all_requests(box: Sandbox, amounts: tuple[int, ...], code: str) -> None:
    number = f"CAP-{abs(hash(amounts)) % 10**8}"
    transaction = paid(box, number)
    for place, amount in enumerate(amounts[:-1]):
        box.channel.sharing.share(SUB, transaction, f"{number}C{place}", [part(amount)])
    assert refused(lambda: box.channel.sharing.share(SUB, transaction, f"{number}C9", [part(amounts[-1])]))[0] == code
    assert box.channel.sharing.unsplit(transaction) == 8700 - 52 - sum(amounts[:-1])


def test_a_sub_merchant_has_a_ratio_of_its_own_and_the_fee_stays(box: Sandbox) -> None:
    other = "1900000777"
    assert box.http.put(f"{box.gateway.address}/sandbox/sharing/ratios/{other}", json={"max_ratio": 10_000}, timeout=5).ok
    assert (box.channel.sharing.most_ppm(other), box.channel.sharing.most_ppm(SUB)) == (1_000_000, 300_000)
    transaction = paid(box, "RATIO-1", sub=other)
    assert refused(lambda: box.channel.sharing.share(other, transaction, "RATIO-1C", [part(8649)])) == ("NOT_ENOUGH", "分账金额超过订单剩余可分金额")
    assert box.channel.sharing.share(other, transaction, "RATIO-1D", [part(8648)]).state == "PROCESSING"
    assert refused(lambda: box.channel.sharing.share(SUB, transaction, "RATIO-1E", [part(1)]))[0] == "PARAM_ERROR"


def test_fifty_receivers_a_request_and_fifty_requests_a_payment(box: Sandbox) -> None:
    transaction = paid(box, "FIFTY-1")
    assert refused(lambda: box.channel.sharing.share(SUB, transaction, "FIFTY-1C", [part(1)] * 51))[0] == "PARAM_ERROR"
    for place in range(50):
        box.channel.sharing.share(SUB, transaction, f"FIFTY-1C{place}", [part(1)])
    assert refused(lambda: box.channel.sharing.share(SUB, transaction, "FIFTY-1D", [part(1)])) == ("RULE_LIMIT", "一笔订单最多请求分账 50 次")


def test_one_number_shares_once(box: Sandbox) -> None:
    transaction = paid(box, "ONCE-1")
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: box.channel.sharing.share(SUB, transaction, "ONCE-1C", [part(680)]).order_id, range(16)))
    assert len(ids) == 1
    assert refused(lambda: box.channel.sharing.share(SUB, transaction, "ONCE-1C", [part(681)]))[0] == "INVALID_REQUEST"
    ended(box, transaction, "ONCE-1C")
    assert box.channel.sharing.unsplit(transaction) == 8700 - 52 - 680


def test_a_receiver_that_was_not_added_gets_nothing(box: Sandbox) -> None:
    transaction = paid(box, "STRANGER-1")
    box.channel.sharing.add_receiver(SUB, "1900000555", "山货", "SUPPLIER")
    box.channel.sharing.delete_receiver(SUB, "1900000555")
    box.channel.sharing.share(SUB, transaction, "STRANGER-1C", [part(100, "1900000555"), part(50)])
    assert [(each.result, each.reason) for each in ended(box, transaction, "STRANGER-1C").parts] == [("CLOSED", "NO_RELATION"), ("SUCCESS", "")]
    assert box.channel.sharing.unsplit(transaction) == 8700 - 52 - 50


def test_a_persons_name_is_sealed_and_compared(box: Sandbox) -> None:
    transaction = paid(box, "PERSON-1")
    box.channel.sharing.add_receiver(SUB, "oLeader", "王志远", "DISTRIBUTOR", kind="PERSONAL_OPENID")
    wrong = ShareReceiver("oLeader", 100, "提成", "PERSONAL_OPENID", "王志")
    said = refused(lambda: box.channel.sharing.share(SUB, transaction, "PERSON-1C", [wrong]))
    assert said == ("PARAM_ERROR", "参数错误：receivers.name 与添加接收方时的姓名不一致")
    box.channel.sharing.share(SUB, transaction, "PERSON-1D", [ShareReceiver("oLeader", 100, "提成", "PERSONAL_OPENID", "王志远")])
    ended(box, transaction, "PERSON-1D")
    assert refused(lambda: box.channel.sharing.take_back(SUB, "PERSON-1D", "PERSON-1B", "oLeader", 100, "退款")) == (
        "INVALID_REQUEST", "只能从分账成功的商户接收方回退",
    )
    with box.gateway.house.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM sharing WHERE asked LIKE '%王志%'").fetchone()[0] == 0


def test_the_rest_is_released_once_and_nothing_is_shared_after(box: Sandbox) -> None:
    transaction = shared(box, "FINISH-1")
    box.channel.sharing.finish(SUB, transaction, "FINISH-1F", "完结")
    last = ended(box, transaction, "FINISH-1F")
    assert [(each.account, each.amount_fen) for each in last.parts] == [(SUB, 8700 - 52 - 680)]
    assert (box.channel.sharing.finish(SUB, transaction, "FINISH-1F", "完结").order_id, box.channel.sharing.unsplit(transaction)) == (last.order_id, 0)
    assert refused(lambda: box.channel.sharing.share(SUB, transaction, "FINISH-1D", [part(1)])) == ("INVALID_REQUEST", "订单已完结或已过冻结期，剩余资金已解冻")


def test_after_thirty_days_it_is_released_by_itself(box: Sandbox) -> None:
    transaction = paid(box, "FROZEN-1")
    soon = datetime.fromtimestamp(box.gateway.house.clock.now()).astimezone() + timedelta(days=29, hours=23)
    box.set_clock(soon.isoformat())
    assert box.channel.sharing.unsplit(transaction) == 8700 - 52
    box.set_clock((soon + timedelta(hours=2)).isoformat())
    assert box.channel.sharing.unsplit(transaction) == 0
    assert refused(lambda: box.channel.sharing.share(SUB, transaction, "FROZEN-1C", [part(1)]))[0] == "INVALID_REQUEST"


def test_what_was_shared_comes_back_before_a_refund(box: Sandbox) -> None:
    shared(box, "BACK-1")
    refund = lambda amount, name: box.channel.refund("BACK-1", name, amount, 8700, "退", box.merchant.notify_url, SUB)  # noqa: E731
    assert refused(lambda: refund(8700, "BACK-1-R1")) == ("NOT_ENOUGH", "已分账的部分要先回退，再退款")
    assert refused(lambda: box.channel.sharing.take_back(SUB, "BACK-1C", "BACK-1B0", OURS, 681, "退款")) == ("INVALID_REQUEST", "回退金额超过分给接收方的金额")
    assert refused(lambda: box.channel.sharing.take_back(SUB, "BACK-1C", "BACK-1B0", FRIEND, 1, "退款"))[0] == "INVALID_REQUEST"
    assert back(box, "BACK-1C", "BACK-1B1", 680).state == "SUCCESS"
    assert refused(lambda: box.channel.sharing.take_back(SUB, "BACK-1C", "BACK-1B1", OURS, 679, "退款"))[0] == "INVALID_REQUEST"
    assert refund(8700, "BACK-1-R2").state == "PROCESSING"
    page = box.http.get(box.gateway.address, timeout=5).text
    assert [word for word in ("BACK-1C", "BACK-1B1", "回退 SUCCESS", "¥6.80") if word not in page] == []


@pytest.mark.parametrize(("fault", "reason"), [("refuse", "BALANCE_NOT_ENOUGH"), ("time_out", "TIME_OUT_CLOSED")])
def test_a_return_that_failed_is_over_and_another_number_works(box: Sandbox, fault: str, reason: str) -> None:
    shared(box, f"OVER-{fault}")
    box.fault(fault, "returns")
    failed = back(box, f"OVER-{fault}C", f"OVER-{fault}B1", 100)
    assert (failed.state, failed.reason) == ("FAILED", reason)
    assert back(box, f"OVER-{fault}C", f"OVER-{fault}B1", 100).state == "FAILED"
    assert back(box, f"OVER-{fault}C", f"OVER-{fault}B2", 680).state == "SUCCESS"


def test_faults_of_shares_on_demand(box: Sandbox) -> None:
    transaction = paid(box, "FAULT-1")
    box.fault("close", "shares")
    box.channel.sharing.share(SUB, transaction, "FAULT-1C", [part(680)])
    assert [(each.result, each.reason) for each in ended(box, transaction, "FAULT-1C").parts] == [("CLOSED", "ACCOUNT_ABNORMAL")]
    box.fault("lost", "requests")
    with pytest.raises(ChannelUnavailable):
        box.channel.sharing.share(SUB, transaction, "FAULT-1D", [part(680)])
    assert ended(box, transaction, "FAULT-1D").parts[0].result == "SUCCESS"
    box.fault("http_500", "requests")
    with pytest.raises(ChannelUnavailable):
        box.channel.sharing.share(SUB, transaction, "FAULT-1E", [part(1)])
    assert refused(lambda: box.channel.sharing.query_share(SUB, transaction, "FAULT-1E"))[0] == "RESOURCE_NOT_EXISTS"


def test_another_merchants_number_leads_nowhere(box: Sandbox) -> None:
    paid(box, "WHOSE-1")
    for sub in ("", "1900000555"):
        assert refused(lambda sub=sub: box.channel.query("WHOSE-1", sub))[0] == "ORDER_NOT_EXIST"
    assert refused(lambda: box.channel.refund("WHOSE-1", "WHOSE-1-R", 1, 8700, "退", box.merchant.notify_url))[0] == "PARAM_ERROR"


def test_the_bills_of_a_day_with_shares(tmp_path_factory: pytest.TempPathFactory) -> None:
    with sandbox(tmp_path_factory.mktemp("bills"), speed=100_000) as box:
        box.set_clock("2026-11-01T12:00:00+08:00")
        box.channel.sharing.add_receiver(SUB, OURS, "平台", "SERVICE_PROVIDER")
        transaction = paid(box, "BILL-1", at="2026-11-01T12:00:30+08:00")
        box.set_clock("2026-11-01T12:01:00+08:00")
        box.channel.sharing.share(SUB, transaction, "BILL-1C", [part(680)])
        ended(box, transaction, "BILL-1C")
        assert back(box, "BILL-1C", "BILL-1B", 272).state == "SUCCESS"
        box.fault("close", "shares")
        box.channel.sharing.share(SUB, transaction, "BILL-1D", [part(5)])
        ended(box, transaction, "BILL-1D")
        box.set_clock("2026-11-02T10:00:00+08:00")
        day = date(2026, 11, 1)
        head, *rows = box.channel.sharing.bill(day).decode().splitlines()
        fund = box.channel.fund_bill(day).decode().splitlines()
        trade = box.channel.trade_bill(day).decode().splitlines()
        assert refused(lambda: box.channel.sharing.bill(date(2026, 10, 31)))[0] == "NO_STATEMENT_EXIST"
    assert head == HEAD
    cells = [row[1:].split(",`") for row in rows[:-2]]
    assert [(row[1], row[2], row[3], row[6], row[7], row[8], row[9], row[10]) for row in cells] == [
        (OURS, SUB, transaction, "BILL-1C", "87.00", OURS, "6.80", "分账"), (OURS, SUB, transaction, "BILL-1B", "87.00", OURS, "2.72", "分账回退"),
    ]
    assert rows[-2:] == ["总条数", "`2"]
    moved = [row[1:].split(",`") for row in fund[1:-2]]
    assert [(row[4], row[5], row[6], row[7], row[10]) for row in moved] == [
        ("分账", "收入", "6.80", "6.80", "BILL-1C"), ("分账回退", "支出", "2.72", "4.08", "BILL-1B"),
    ]
    assert trade[1][1:].split(",`")[3] == SUB
