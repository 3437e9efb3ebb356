"""Callbacks come until they are taken, survive a restart, and go wrong when told to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from app.kernel.payments.channels.wechat import CallbackForged
from gateway import callbacks
from gateway.callbacks import RETRY_SECONDS
from gateway.clock import Clock
from tests.gateway.sandbox import Sandbox, sandbox, until


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(tmp_path, speed=1000) as running:
        yield running


def test_the_schedule_is_the_channels(box: Sandbox) -> None:
    minute, hour = 60, 3600
    assert [
        15, 15, 30, 3 * minute, 10 * minute, 20 * minute, *[30 * minute] * 3, hour, *[3 * hour] * 3, *[6 * hour] * 2
    ] == list(RETRY_SECONDS)  # fmt: skip
    assert Clock(60).wait(90) == 1.5


def test_retried_on_the_schedule_until_taken(box: Sandbox) -> None:
    box.merchant.answers = [500, 302, 404, 429, 200]
    box.paid("RETRY-1")
    posts = box.merchant.wait_for(5)
    gaps = [after.at - before.at for before, after in pairwise(posts)]
    for gap, seconds in zip(gaps, RETRY_SECONDS, strict=False):
        assert seconds / 1000 - 0.005 <= gap < seconds / 1000 + 0.5
    until(lambda: box.callbacks("RETRY-1")[0]["state"] == "DELIVERED")
    told = box.callbacks("RETRY-1")[0]
    assert [entry["status"] for entry in told["log"]] == [500, 302, 404, 429, 200]
    assert len({box.read(post).notify_id for post in posts}) == 1
    assert len({post.headers["Wechatpay-Nonce"] for post in posts}) == 5
    time.sleep(0.05)
    assert len(box.merchant.posts) == 5


def test_given_up_after_sixteen_tries(tmp_path: Path) -> None:
    with sandbox(tmp_path, speed=1_000_000) as box:
        box.merchant.answers = [500] * 20
        box.paid("GIVEN-UP-1")
        until(lambda: box.callbacks("GIVEN-UP-1")[0]["state"] == "GAVE_UP")
        assert (box.callbacks("GIVEN-UP-1")[0]["tries"], len(box.merchant.posts)) == (16, 16)


def test_nobody_there_is_noted_and_tried_again(box: Sandbox) -> None:
    box.prepay("NOBODY-1", notify_url="http://127.0.0.1:9/callbacks")
    box.pay("NOBODY-1")
    until(lambda: box.callbacks("NOBODY-1")[0]["tries"] >= 2)
    assert box.callbacks("NOBODY-1")[0]["log"][0]["problem"] == "ConnectionError"


def test_what_waits_survives_a_restart(tmp_path: Path) -> None:
    with sandbox(tmp_path, speed=1) as box:
        box.merchant.answers = [500]
        box.paid("RESTART-1")
        until(lambda: box.callbacks("RESTART-1")[0]["tries"] == 1)
        notify_id = box.read(box.merchant.posts[0]).notify_id
        merchant = box.merchant
        box.gateway.stop()
        with box.gateway.house.store.writing() as connection:
            assert connection.execute("UPDATE callback SET due_at = due_at - 15 WHERE state = 'WAITING'").rowcount == 1
        with sandbox(tmp_path, speed=1) as again:
            assert box.read(merchant.wait_for(2)[1]).notify_id == notify_id
            until(lambda: again.callbacks("RESTART-1")[0]["state"] == "DELIVERED")


def test_twice(box: Sandbox) -> None:
    box.fault("twice")
    box.paid("FAULT-1")
    first, second = (box.read(post) for post in box.merchant.wait_for(2))
    assert first == second


def test_late(box: Sandbox) -> None:
    box.fault("late", seconds=0.3)
    started = time.monotonic()
    box.paid("FAULT-2")
    assert box.merchant.wait_for(1)[0].at - started >= 0.3


def test_reorder(box: Sandbox) -> None:
    box.gateway.house.clock.speed = 10  # the one held back would wait six seconds for another
    box.fault("reorder")
    box.paid("FAULT-3")
    box.paid("FAULT-4")
    numbers = [box.read(post).resource["out_trade_no"] for post in box.merchant.wait_for(2)]
    assert numbers == ["FAULT-4", "FAULT-3"]


def test_reorder_comes_alone_when_no_other_follows(box: Sandbox) -> None:
    box.fault("reorder")
    box.paid("FAULT-5")
    box.merchant.wait_for(1)


def test_lost(box: Sandbox) -> None:
    box.fault("lost")
    box.paid("FAULT-6")
    box.paid("FAULT-7")
    box.merchant.wait_for(1)
    assert [box.read(post).resource["out_trade_no"] for post in box.merchant.posts] == ["FAULT-7"]
    assert (box.callbacks("FAULT-6")[0]["state"], box.callbacks("FAULT-6")[0]["tries"]) == ("LOST", 0)
    assert box.channel.query("FAULT-6").state == "SUCCESS"


@pytest.mark.parametrize("kind", ["wrong_key", "signtest"])
def test_forged_at_first_and_true_when_retried(box: Sandbox, kind: str) -> None:
    box.fault(kind)
    box.merchant.answers = [401]
    box.paid("FAULT-8")
    forged, true = box.merchant.wait_for(2)
    with pytest.raises(CallbackForged):
        box.read(forged)
    assert forged.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/") is (kind == "signtest")
    assert box.read(true).resource["out_trade_no"] == "FAULT-8"


def test_faults_are_used_in_order_and_used_up(box: Sandbox) -> None:
    address = f"{box.gateway.address}/sandbox/faults"
    box.fault("lost", count=2)
    box.fault("wrong_key")
    box.fault("http_500", "requests")
    assert [(fault["kind"], fault["remaining"]) for fault in requests.get(address, timeout=5).json()["faults"]] == [
        ("lost", 2),
        ("wrong_key", 1),
        ("http_500", 1),
    ]
    requests.delete(address, timeout=5)
    assert requests.get(address, timeout=5).json() == {"faults": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "slow", "scope": "callbacks"},
        {"kind": "twice", "scope": "requests"},
        {"kind": "lost", "scope": "pages"},
        {"kind": "lost", "count": 0},
        {"kind": "lost", "count": True},
        {"kind": "late", "seconds": -1},
        {},
    ],
)
def test_a_fault_nobody_knows_is_refused(box: Sandbox, wrong: dict[str, Any]) -> None:
    answer = requests.post(f"{box.gateway.address}/sandbox/faults", json=wrong, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")
    assert requests.get(f"{box.gateway.address}/sandbox/faults", timeout=5).json() == {"faults": []}


def test_a_slow_merchant_does_not_hold_up_the_next(box: Sandbox) -> None:
    box.merchant.delays = [0.5]
    box.paid("QUEUE-1")
    box.merchant.wait_for(1)
    box.paid("QUEUE-2")
    until(lambda: box.callbacks("QUEUE-2")[0]["state"] == "DELIVERED")
    assert box.callbacks("QUEUE-1")[0]["state"] == "WAITING"
    until(lambda: box.callbacks("QUEUE-1")[0]["state"] == "DELIVERED")


def test_no_answer_in_time_is_tried_again(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callbacks.ANSWER_SECONDS == 5
    monkeypatch.setattr(callbacks, "ANSWER_SECONDS", 0.1)
    box.merchant.delays = [0.4]
    box.paid("TIMEOUT-1")
    until(lambda: box.callbacks("TIMEOUT-1")[0]["state"] == "DELIVERED")
    log = box.callbacks("TIMEOUT-1")[0]["log"]
    assert [(entry["status"], entry["problem"]) for entry in log] == [(None, "ReadTimeout"), (204, None)]


def test_times_are_told_in_beijing(box: Sandbox) -> None:
    box.paid("TIME-1", at="2026-11-01T04:00:00+00:00")
    told = box.read(box.merchant.wait_for(1)[0])
    assert told.resource["success_time"] == "2026-11-01T12:00:00+08:00"
    assert datetime.now(UTC) - datetime.fromisoformat(told.resource["success_time"]) > timedelta(0)
