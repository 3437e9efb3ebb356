"""Our side of WeChat Pay, with the real SDK, against the gateway as a real server."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from app.kernel.payments.channels.wechat import (
    CallbackForged,
    ChannelBusy,
    ChannelRefused,
    ChannelUnavailable,
    WechatAccount,
    WechatChannel,
    payment_from,
    refund_from,
)
from tests.gateway.sandbox import Sandbox, sandbox, until

Letter = tuple[dict[str, str], bytes, datetime]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("gateway"), timeout_seconds=1.0) as running:
        yield running


@pytest.fixture
def box(shared: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox, with an empty letter box and no faults left from another test."""
    shared.merchant.posts.clear()
    yield shared
    shared.http.delete(f"{shared.gateway.address}/sandbox/faults", timeout=5)


def test_a_payment_from_prepay_to_the_last_fen_refunded(box: Sandbox) -> None:
    prepaid = box.prepay("WHOLE-WAY-1", 8700)
    waiting = box.channel.query("WHOLE-WAY-1")
    assert (waiting.state, waiting.is_paid, waiting.paid_at, waiting.transaction_id) == ("NOTPAY", False, None, None)
    box.pay("WHOLE-WAY-1")

    told = box.read(box.merchant.wait_for(1)[0])
    assert told.event_type == "TRANSACTION.SUCCESS"
    payment = payment_from(told.resource)
    assert payment == box.channel.query("WHOLE-WAY-1")
    assert (payment.number, payment.state, payment.amount_fen, payment.payer_openid) == (
        "WHOLE-WAY-1",
        "SUCCESS",
        8700,
        "oPayer",
    )
    assert payment.paid_at is not None and abs(datetime.now(UTC) - payment.paid_at) < timedelta(seconds=5)
    assert prepaid.client_parameters["package"] == f"prepay_id={prepaid.prepay_id}"

    accepted = box.refund("WHOLE-WAY-1", "WHOLE-WAY-1-R1", 8700)
    assert (accepted.state, accepted.amount_fen, accepted.total_fen) == ("PROCESSING", 8700, 8700)
    refunded = box.read(box.merchant.wait_for(2)[1])
    assert refunded.event_type == "REFUND.SUCCESS"
    asked = box.channel.query_refund("WHOLE-WAY-1-R1")
    heard = refund_from(refunded.resource)
    assert (asked.state, asked.refund_id, asked.succeeded_at) == ("SUCCESS", accepted.refund_id, heard.succeeded_at)
    assert (heard.state, heard.amount_fen, heard.accepted_at) == ("SUCCESS", 8700, None)
    after = box.channel.query("WHOLE-WAY-1")
    assert (after.state, after.is_paid) == ("REFUND", True)


def test_client_parameters_are_signed_with_the_merchants_key(box: Sandbox) -> None:
    parameters = box.prepay("CLIENT-1").client_parameters
    assert set(parameters) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    signed = [parameters[name] for name in ("appId", "timeStamp", "nonceStr", "package")]
    box.gateway.house.keys.merchant_public_key.verify(
        b64decode(parameters["paySign"]), "".join(f"{line}\n" for line in signed).encode(), PKCS1v15(), SHA256()
    )


def test_payer_page_exists_in_a_simulation_only(box: Sandbox) -> None:
    prepaid = box.prepay("PAGE-1")
    page = box.channel.payer_page(prepaid.prepay_id)
    assert page == f"{box.gateway.address}/pay/{prepaid.prepay_id}"
    assert box.http.get(page, timeout=5).status_code == 200
    real = WechatChannel(WechatAccount.read(box.gateway.house.keys.merchant_folder))
    assert real.payer_page(prepaid.prepay_id) is None


def test_close_then_pay_is_refused_and_paid_then_close_is_refused(box: Sandbox) -> None:
    box.prepay("CLOSED-1")
    box.channel.close("CLOSED-1")
    box.channel.close("CLOSED-1")
    assert box.channel.query("CLOSED-1").state == "CLOSED"
    assert box.pay("CLOSED-1").json()["code"] == "ORDER_CLOSED"
    box.paid("CLOSED-2")
    with pytest.raises(ChannelRefused) as refused:
        box.channel.close("CLOSED-2")
    assert refused.value.code == "ORDERPAID"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda box: box.channel.query("NOBODY-1"), "ORDER_NOT_EXIST"),
        (lambda box: box.channel.query_refund("NOBODY-1-R"), "RESOURCE_NOT_EXISTS"),
        (lambda box: box.refund("NOBODY-1", "NOBODY-1-R", 1), "RESOURCE_NOT_EXISTS"),
        (lambda box: box.prepay("bad number"), "PARAM_ERROR"),
        (lambda box: box.prepay("ZERO-1", 0), "PARAM_ERROR"),
        (lambda box: box.prepay("NEGATIVE-1", -5), "PARAM_ERROR"),
        (lambda box: box.prepay("LATE-1", expires_at=datetime(2020, 1, 1, tzinfo=UTC)), "PARAM_ERROR"),
        (lambda box: box.prepay("URL-1", notify_url="http://127.0.0.1/x?y=1"), "PARAM_ERROR"),
    ],
)
def test_a_refusal_carries_the_channels_code(box: Sandbox, call: Callable[[Sandbox], object], code: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        call(box)
    assert refused.value.code == code


def test_long_texts_are_cut_to_what_the_channel_takes(box: Sandbox) -> None:
    box.prepay("LONG-1", description="饭" * 200)
    box.pay("LONG-1")
    assert box.channel.refund("LONG-1", "LONG-1-R", 100, 8700, "凉" * 200, box.merchant.notify_url).amount_fen == 100
    with pytest.raises(ValueError, match="description"):
        box.prepay("LONG-2", description="")


def test_a_server_error_leaves_the_outcome_unknown(box: Sandbox) -> None:
    box.fault("http_500", "requests")
    with pytest.raises(ChannelUnavailable, match="SYSTEM_ERROR"):
        box.prepay("UNKNOWN-1")
    with pytest.raises(ChannelRefused, match="ORDER_NOT_EXIST"):
        box.channel.query("UNKNOWN-1")


@pytest.mark.parametrize(("kind", "seconds"), [("slow", 1.5), ("lost", None), ("wrong_key", None), ("signtest", None)])
def test_done_but_not_answered_is_found_by_asking(box: Sandbox, kind: str, seconds: float | None) -> None:
    number = f"ASK-{kind}".replace("_", "-")
    box.fault(kind, "requests", seconds=seconds)
    with pytest.raises(ChannelUnavailable):
        box.prepay(number)
    assert box.channel.query(number).state == "NOTPAY"


def test_nobody_at_the_other_end_is_unavailable(box: Sandbox) -> None:
    account = WechatAccount.read(box.gateway.house.keys.merchant_folder)
    with pytest.raises(ChannelUnavailable):
        WechatChannel(account, "http://127.0.0.1:9", 1.0).query("ANY-NUMBER")


def test_two_refunds_within_a_minute_are_busy_not_refused(tmp_path: Path) -> None:
    with sandbox(tmp_path, speed=1.0) as box:
        box.paid("BUSY-1")
        box.refund("BUSY-1", "BUSY-1-R1", 100)
        with pytest.raises(ChannelBusy):
            box.refund("BUSY-1", "BUSY-1-R2", 100)
        assert isinstance(ChannelBusy(""), ChannelUnavailable)


@pytest.fixture
def letter(box: Sandbox) -> Iterator[Letter]:
    number = f"LETTER-{datetime.now(UTC):%H%M%S%f}"
    box.paid(number)
    post = box.merchant.wait_for(1)[0]
    yield post.headers, post.body, datetime.fromtimestamp(int(post.headers["Wechatpay-Timestamp"]), UTC)


def test_callback_is_read_whatever_the_case_of_its_headers(box: Sandbox, letter: Letter) -> None:
    headers, body, at = letter
    told = box.channel.read_callback({name.lower(): value for name, value in headers.items()}, body, at)
    assert told == box.channel.read_callback(headers, body, at)
    assert told.notify_id == json.loads(body)["id"]


@pytest.mark.parametrize("late", [timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)])
def test_callback_outside_five_minutes_is_forged(box: Sandbox, letter: Letter, late: timedelta) -> None:
    headers, body, at = letter
    with pytest.raises(CallbackForged):
        box.channel.read_callback(headers, body, at + late)
    box.channel.read_callback(headers, body, at + late * (299 / 301))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Wechatpay-Serial", None),
        ("Wechatpay-Serial", "PUB_KEY_ID_0100000000"),
        ("Wechatpay-Serial", "4F1D"),
        ("Wechatpay-Signature", None),
        ("Wechatpay-Signature", "WECHATPAY/SIGNTEST/abc"),
        ("Wechatpay-Signature", "不是签名"),
        ("Wechatpay-Signature-Type", None),
        ("Wechatpay-Nonce", "another"),
        ("Wechatpay-Timestamp", None),
        ("Wechatpay-Timestamp", "now"),
        ("Wechatpay-Timestamp", "９９"),
        ("Wechatpay-Timestamp", "9" * 400),
    ],
)
def test_callback_with_a_header_missing_or_changed_is_forged(
    box: Sandbox, letter: Letter, name: str, value: str | None
) -> None:
    headers, body, at = letter
    changed = {key: held for key, held in headers.items() if key != name} | ({name: value} if value else {})
    with pytest.raises(CallbackForged):
        box.channel.read_callback(changed, body, at)


@pytest.mark.parametrize("spoil", [lambda body: body + b" ", lambda _: b"", lambda _: b"\xff\xfe", lambda _: b"[1]"])
def test_callback_with_another_body_is_forged(box: Sandbox, letter: Letter, spoil: Callable[[bytes], bytes]) -> None:
    headers, body, at = letter
    with pytest.raises(CallbackForged):
        box.channel.read_callback(headers, spoil(body), at)


def test_callback_sealed_with_another_key_is_forged(box: Sandbox, letter: Letter) -> None:
    headers, body, at = letter
    account = replace(WechatAccount.read(box.gateway.house.keys.merchant_folder), apiv3_key="0" * 32)
    with pytest.raises(CallbackForged):
        WechatChannel(account, box.gateway.address).read_callback(headers, body, at)


def test_keys_never_show_in_a_repr(box: Sandbox) -> None:
    account = WechatAccount.read(box.gateway.house.keys.merchant_folder)
    assert account.apiv3_key not in repr(account) and "PRIVATE" not in repr(account)


def test_bills_come_unpacked_with_their_hash_compared(tmp_path: Path) -> None:
    with sandbox(tmp_path) as box:
        box.set_clock("2026-11-01T12:00:00+08:00")
        box.paid("BILL-1", 8700)
        day = datetime(2026, 11, 1).date()
        with pytest.raises(ChannelRefused, match="STATEMENT_CREATING"):
            box.channel.trade_bill(day)
        box.set_clock("2026-11-02T10:00:00+08:00")
        assert box.channel.trade_bill(day).decode().splitlines()[-1] == "`1,`87.00,`0.00,`0.00,`0.52000,`87.00,`0.00"
        assert box.channel.fund_bill(day).decode().splitlines()[-1] == "`2,`1,`87.00,`1,`0.52"
        with pytest.raises(ChannelRefused, match="NO_STATEMENT_EXIST"):
            box.channel.fund_bill(day, "FEES")
        with pytest.raises(ChannelRefused, match="NO_STATEMENT_EXIST"):
            box.channel.trade_bill(day - timedelta(days=1))
        until(lambda: box.callbacks("BILL-1")[0]["state"] == "DELIVERED")
