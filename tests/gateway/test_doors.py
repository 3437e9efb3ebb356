"""Who may speak to the gateway, what its pages say, and that it runs as a program."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from wechatpayv3.utils import build_authorization, load_private_key

from gateway.app import NotLoopback, RunningGateway, is_loopback
from gateway.context import Settings
from gateway.keys import ensure_keys
from tests.gateway.sandbox import Sandbox, sandbox


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("gateway")) as running:
        yield running


def signed(box: Sandbox, path: str, **changes: str) -> str:
    """The merchant's authorization of GET `path`, with parts of it replaced."""
    keys = box.gateway.house.keys
    private = load_private_key((keys.merchant_folder / "private_key.pem").read_text())
    authorization: str = build_authorization(path, "GET", keys.merchant_id, keys.merchant_serial, private)
    for before, after in changes.items():
        authorization = authorization.replace(f'{before}="', f'{before}="{after}')
    return authorization


@pytest.mark.parametrize("part", ["mchid", "nonce_str", "signature", "timestamp", "serial_no"])
def test_a_request_not_signed_by_the_merchant_is_refused(box: Sandbox, part: str) -> None:
    path = f"/v3/pay/transactions/out-trade-no/NOBODY-1?mchid={box.gateway.house.keys.merchant_id}"
    address = f"{box.gateway.address}{path}"
    for authorization in ("", "Bearer x", signed(box, path + "0"), signed(box, path, **{part: "1"})):
        answer = requests.get(address, headers={"Authorization": authorization}, timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    answer = requests.get(address, headers={"Authorization": signed(box, path)}, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (404, "ORDER_NOT_EXIST")


def test_another_host_or_origin_is_refused(box: Sandbox) -> None:
    for headers in ({"Host": "gateway.example"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        assert requests.post(f"{box.gateway.address}/sandbox/pay/X", headers=headers, timeout=5).status_code == 403
    assert requests.get(box.gateway.address, headers={"Origin": "http://localhost:8080"}, timeout=5).ok


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::", "example.com", ""])  # noqa: S104 (refused)
def test_it_binds_to_loopback_only(tmp_path: Path, host: str) -> None:
    with pytest.raises(NotLoopback):
        RunningGateway(Settings(tmp_path), host)
    assert not is_loopback(host)


def test_the_payer_page_pays_or_leaves_it(box: Sandbox) -> None:
    page = f"{box.gateway.address}/pay/{box.prepay('PAGE-001', 128650).prepay_id}"
    shown = requests.get(page, timeout=5).text
    assert "¥1,286.50" in shown and "百业（模拟商户）" in shown and "番茄炒蛋" in shown
    assert "没有扣款" in requests.post(page, {"decision": "cancel"}, timeout=5).text
    assert box.channel.query("PAGE-001").state == "NOTPAY"
    assert "已支付" in requests.post(page, {"decision": "pay"}, timeout=5).text
    assert "已支付" in requests.post(page, {"decision": "pay"}, timeout=5).text
    assert box.channel.query("PAGE-001").amount_fen == 128650


def test_closed_and_expired_pages_have_no_button(box: Sandbox) -> None:
    closed = box.prepay("PAGE-002")
    box.channel.close("PAGE-002")
    expired = box.prepay("PAGE-003")
    box.gateway.house.clock.set(box.gateway.house.clock.now() + 3601)
    for prepaid, words in ((closed, "订单已关闭"), (expired, "过了支付时间")):
        shown = requests.get(f"{box.gateway.address}/pay/{prepaid.prepay_id}", timeout=5).text
        assert words in shown and "<button" not in shown
    box.gateway.house.clock.set(None)


def test_every_page_says_sandbox_and_loads_nothing(box: Sandbox) -> None:
    box.paid("PAGE-004")
    box.refund("PAGE-004", "PAGE-004-R", 100)
    box.prepay("PAGE-005", description="<script>alert(1)</script>")
    for path in ("/", "/sandbox/messages", f"/pay/{box.prepay('PAGE-006').prepay_id}"):
        answer = requests.get(box.gateway.address + path, timeout=5)
        assert answer.status_code == 200 and "模拟 SANDBOX" in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in answer.text and "http-equiv" not in answer.text


def test_index_lists_payments_refunds_and_tries(box: Sandbox) -> None:
    box.paid("INDEX-01", 128650)
    box.refund("INDEX-01", "INDEX-01-R", 100, 128650)
    box.merchant.wait_for(1)
    shown = requests.get(box.gateway.address, timeout=5).text
    for words in ("INDEX-01-R", "¥1,286.50", "TRANSACTION.SUCCESS", "已送达"):
        assert words in shown


def test_unknown_addresses_are_not_found(box: Sandbox) -> None:
    assert requests.get(f"{box.gateway.address}/pay/wx0", timeout=5).status_code == 404
    assert requests.get(f"{box.gateway.address}/nothing", timeout=5).status_code == 404


def test_the_clock_can_be_set_and_goes_on(box: Sandbox) -> None:
    box.set_clock("2026-11-01T12:00:00+08:00")
    assert (
        requests.get(f"{box.gateway.address}/sandbox/clock", timeout=5).json()["now"].startswith("2026-11-01T12:00:0")
    )
    answer = requests.put(f"{box.gateway.address}/sandbox/clock", json={"now": "yesterday"}, timeout=5)
    assert answer.status_code == 400
    box.set_clock(None)
    assert abs(box.gateway.house.clock.now() - time.time()) < 1


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(lambda _: ensure_keys(tmp_path).apiv3_key, range(4)))
    assert len(made) == 1 and len(made.pop()) == 32
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["keys"]
    for file in (tmp_path / "keys").rglob("*.*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    merchant = {file.name for file in (tmp_path / "keys" / "merchant").iterdir()}
    assert merchant == {"account.json", "private_key.pem", "platform_public_key.pem"}


def test_it_runs_as_a_program_and_stops_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway", "--port", "0", "--folder", str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=os.environ)  # noqa: S603
    try:
        assert program.stdout is not None
        address = program.stdout.readline().split()[-1]
        assert requests.get(address, timeout=5).status_code == 200
        program.send_signal(signal.SIGTERM)
        assert program.wait(5) == 0
    finally:
        program.kill()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


def test_it_knows_nothing_of_the_product() -> None:
    code = "import gateway.app, json, sys; print(json.dumps([name for name in sys.modules if name.startswith('app.')]))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert json.loads(found.stdout) == []
