"""The rules of the channel hold at its own door, and a refusal changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from wechatpayv3 import WeChatPayType

from app.kernel.payments.channels.wechat import ChannelBusy, ChannelRefused
from gateway.payments import fee_of
from tests.gateway.sandbox import Sandbox, sandbox, until


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("gateway"), speed=100_000) as running:
        yield running


@pytest.fixture
def slow_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("gateway"), speed=1) as running:
        yield running


@pytest.mark.parametrize(("amount", "fee"), [(1, 0), (83, 0), (84, 1), (8700, 52), (250, 2), (10_000, 60)])
def test_the_fee_is_six_in_a_thousand_half_up(amount: int, fee: int) -> None:
    assert fee_of(amount) == fee


def test_the_same_number_is_the_same_payment_or_refused(box: Sandbox) -> None:
    first = box.prepay("SAME-1", 100, description="面")
    with pytest.raises(ChannelRefused) as refused:
        box.prepay("SAME-1", 101, description="面")
    assert refused.value.code == "OUT_TRADE_NO_USED"
    with box.gateway.house.store.reading() as connection:
        rows = connection.execute("SELECT prepay_id, amount FROM payment WHERE out_trade_no = 'SAME-1'").fetchall()
    assert [tuple(row) for row in rows] == [(first.prepay_id, 100)]


def test_asking_twice_for_the_same_gives_one_prepay_id(box: Sandbox) -> None:
    until_then = datetime.now(UTC) + timedelta(hours=1)
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: box.prepay("TWICE-1", expires_at=until_then).prepay_id, range(16)))
    assert len(ids) == 1


@pytest.mark.parametrize("number", ["A1234", "X" * 33, "with space", "斜杠/456", "a|b|c|d"])
def test_a_number_with_other_signs_or_length_is_refused(box: Sandbox, number: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        box.prepay(number)
    assert refused.value.code == "PARAM_ERROR"


def test_money_moves_once_however_many_press_pay(box: Sandbox) -> None:
    box.prepay("PRESS-1")
    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(lambda _: box.pay("PRESS-1").status_code, range(16)))
    assert statuses == [200] + [400] * 15
    assert len(box.callbacks("PRESS-1")) == 1


def test_an_expired_payment_cannot_be_paid(box: Sandbox) -> None:
    box.prepay("EXPIRED-1")
    box.gateway.house.clock.set(box.gateway.house.clock.now() + 3601)
    assert box.pay("EXPIRED-1").json() == {"code": "INVALID_REQUEST", "message": "订单已过支付时间"}
    box.gateway.house.clock.set(None)
    assert box.channel.query("EXPIRED-1").state == "NOTPAY"


def test_the_time_of_success_can_be_given(box: Sandbox) -> None:
    box.paid("BACKDATED-1", at="2026-11-01T23:59:59+08:00")
    paid_at = box.channel.query("BACKDATED-1").paid_at
    assert paid_at is not None and paid_at.isoformat() == "2026-11-01T23:59:59+08:00"
    box.prepay("BACKDATED-2")
    assert box.pay("BACKDATED-2", "2026-11-01 12:00").json()["code"] == "PARAM_ERROR"


def test_a_native_code_leads_to_the_payer_page(box: Sandbox) -> None:
    status, text = box.channel._sdk.pay(
        description="面",
        out_trade_no="NATIVE-1",
        amount={"total": 100},
        notify_url=box.merchant.notify_url,
        pay_type=WeChatPayType.NATIVE,
    )
    assert status == 200
    page = json.loads(text)["code_url"]
    assert "模拟 SANDBOX" in box.http.get(page, timeout=5).text


def test_refunds_never_exceed_what_was_paid(box: Sandbox) -> None:
    box.paid("REFUND-1", 1000)
    box.refund("REFUND-1", "REFUND-1-1", 600, 1000)
    with pytest.raises(ChannelRefused, match="超过"):
        box.refund("REFUND-1", "REFUND-1-2", 401, 1000)
    with pytest.raises(ChannelRefused, match="RESOURCE_NOT_EXISTS"):
        box.channel.query_refund("REFUND-1-2")
    assert box.refund("REFUND-1", "REFUND-1-3", 400, 1000).amount_fen == 400


def test_one_refund_number_refunds_once(box: Sandbox) -> None:
    box.paid("REFUND-2", 1000)
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: box.refund("REFUND-2", "REFUND-2-1", 300, 1000).refund_id, range(16)))
    assert len(ids) == 1
    with pytest.raises(ChannelRefused, match="不一致"):
        box.refund("REFUND-2", "REFUND-2-1", 301, 1000)
    until(lambda: box.channel.query_refund("REFUND-2-1").state == "SUCCESS")
    assert box.refund("REFUND-2", "REFUND-2-1", 300, 1000).state == "SUCCESS"
    assert len(box.callbacks("REFUND-2-1")) == 1


def test_fifty_refunds_and_no_more(box: Sandbox) -> None:
    box.paid("REFUND-3", 1000)
    for count in range(50):
        box.refund("REFUND-3", f"REFUND-3-{count}", 1, 1000)
    with pytest.raises(ChannelRefused, match="50"):
        box.refund("REFUND-3", "REFUND-3-50", 1, 1000)


def test_refunds_of_one_payment_keep_a_minute_apart(slow_box: Sandbox) -> None:
    slow_box.paid("REFUND-4", 1000)
    slow_box.paid("REFUND-5", 1000)
    slow_box.refund("REFUND-4", "REFUND-4-1", 100, 1000)
    with pytest.raises(ChannelBusy):
        slow_box.refund("REFUND-4", "REFUND-4-2", 100, 1000)
    slow_box.refund("REFUND-5", "REFUND-5-1", 100, 1000)
    slow_box.gateway.house.clock.set(slow_box.gateway.house.clock.now() + 60)
    assert slow_box.refund("REFUND-4", "REFUND-4-2", 100, 1000).state == "PROCESSING"


def test_refund_within_365_days_of_success(box: Sandbox) -> None:
    box.paid("REFUND-6", 1000, at="2025-01-01T00:00:00+08:00")
    box.set_clock("2026-01-01T00:00:01+08:00")
    with pytest.raises(ChannelRefused, match="365"):
        box.refund("REFUND-6", "REFUND-6-1", 1, 1000)
    box.set_clock("2025-12-31T23:59:59+08:00")
    assert box.refund("REFUND-6", "REFUND-6-1", 1, 1000).state == "PROCESSING"
    box.set_clock(None)


@pytest.mark.parametrize(
    ("amount", "total", "code"), [(0, 1000, "PARAM_ERROR"), (-1, 1000, "PARAM_ERROR"), (1, 999, "PARAM_ERROR")]
)
def test_a_refund_with_wrong_amounts_is_refused(box: Sandbox, amount: int, total: int, code: str) -> None:
    number = f"REFUND-7-{amount}-{total}"
    box.paid(number, 1000)
    with pytest.raises(ChannelRefused) as refused:
        box.refund(number, f"{number}-R", amount, total)
    assert refused.value.code == code
    assert box.channel.query(number).state == "SUCCESS"


def test_what_is_not_paid_cannot_be_refunded(box: Sandbox) -> None:
    box.prepay("REFUND-8", 1000)
    with pytest.raises(ChannelRefused, match="未支付"):
        box.refund("REFUND-8", "REFUND-8-1", 1, 1000)


def test_the_fee_comes_back_pro_rata_and_whole_in_the_end(box: Sandbox) -> None:
    box.paid("REFUND-9", 10_000)
    for count in range(7):
        box.refund("REFUND-9", f"REFUND-9-{count}", 1428 if count else 1432, 10_000)
    with box.gateway.house.store.reading() as connection:
        returned = [
            row["fee_returned"]
            for row in connection.execute(
                "SELECT fee_returned FROM refund WHERE out_trade_no = 'REFUND-9' ORDER BY accepted_at"
            )
        ]
    assert (sum(returned), min(returned) >= 8, max(returned) <= 9) == (60, True, True)
