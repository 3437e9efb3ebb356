"""WeChat login and text messages, against the gateway as a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from app.kernel.parties.channels.sms import Sms, SmsUnavailable
from app.kernel.parties.channels.wechat_login import LoginCodeInvalid, LoginUnavailable, WechatLogin
from tests.gateway.sandbox import Sandbox, sandbox

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def login(box: Sandbox) -> WechatLogin:
    keys = box.gateway.house.keys
    return WechatLogin(box.gateway.address, keys.appid, keys.app_secret)


@pytest.fixture
def sms(box: Sandbox) -> Sms:
    return Sms(box.gateway.address, box.gateway.house.keys.sms_key)


def issued(box: Sandbox, name: str) -> str:
    answer = requests.post(f"{box.gateway.address}/sandbox/codes", json={"name": name}, timeout=5)
    code: str = answer.json()["js_code"]
    return code


def test_a_demo_code_is_the_same_person_every_time(login: WechatLogin) -> None:
    wang = login.openid_for("demo-wang")
    assert (login.openid_for("demo-wang"), len(wang), wang[0]) == (wang, 28, "o")
    assert login.openid_for("demo-李") != wang


def test_an_issued_code_works_once(box: Sandbox, login: WechatLogin) -> None:
    code = issued(box, "wang")
    assert login.openid_for(code) == login.openid_for("demo-wang")
    with pytest.raises(LoginCodeInvalid):
        login.openid_for(code)


def test_an_old_code_is_invalid(box: Sandbox, login: WechatLogin) -> None:
    code = issued(box, "wang")
    with box.gateway.house.store.writing() as connection:
        connection.execute("UPDATE login_code SET expires_at = expires_at - 301 WHERE code = ?", (code,))
    with pytest.raises(LoginCodeInvalid):
        login.openid_for(code)


@pytest.mark.parametrize("code", ["", "demo-", "wrong", "demo-a&secret=x", "0" * 500])
def test_a_wrong_code_is_invalid(login: WechatLogin, code: str) -> None:
    with pytest.raises(LoginCodeInvalid):
        login.openid_for(code)


def test_our_own_mistakes_and_their_absence_are_unavailable(box: Sandbox) -> None:
    keys = box.gateway.house.keys
    for wrong in (
        WechatLogin(box.gateway.address, "wx0", keys.app_secret),
        WechatLogin(box.gateway.address, keys.appid, "wrong"),
        WechatLogin(NOBODY, keys.appid, keys.app_secret),
        WechatLogin(f"{box.gateway.address}/nothing", keys.appid, keys.app_secret),
    ):
        with pytest.raises(LoginUnavailable) as unavailable:
            wrong.openid_for("demo-wang")
        assert keys.app_secret not in repr(unavailable.value.__cause__)


def test_a_message_can_be_read_by_the_developer(box: Sandbox, sms: Sms) -> None:
    message_id = sms.send("13800138000", "login_code", code="482913")
    shown = requests.get(f"{box.gateway.address}/sandbox/messages.json", params={"phone": "13800138000"}, timeout=5)
    message = shown.json()["messages"][0]
    assert (message["id"], message["template"], message["params"]) == (message_id, "login_code", {"code": "482913"})
    assert "482913" in requests.get(f"{box.gateway.address}/sandbox/messages", timeout=5).text


def test_messages_that_are_not_taken(box: Sandbox, sms: Sms) -> None:
    with pytest.raises(SmsUnavailable):
        Sms(box.gateway.address, "wrong").send("13800138001", "login_code", code="1")
    with pytest.raises(SmsUnavailable):
        Sms(NOBODY, "any").send("13800138001", "login_code", code="1")
    with pytest.raises(SmsUnavailable):
        sms.send("12345", "login_code", code="1")
    shown = requests.get(f"{box.gateway.address}/sandbox/messages.json", params={"phone": "13800138001"}, timeout=5)
    assert shown.json() == {"messages": []}
