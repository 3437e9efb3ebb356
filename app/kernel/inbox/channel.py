"""WeChat's subscribe messages: an access token, and one message to one person."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.kernel.parties.channels.transport import session_for

REFUSED = 43101  # the person did not agree, or took it back
STALE_TOKENS = frozenset({40001, 40014, 42001})


class PushUnavailable(Refusal):
    """WeChat gave no answer one can use."""

    code = "push_unavailable"
    status = 503
    sentence = _l("订阅消息暂时发不出去")


class SubscribeMessages:
    """One application's door. Safe to share between threads; the access token is fetched once and kept until it goes stale."""

    def __init__(self, base_url: str, appid: str, secret: str, timeout_seconds: float = 5.0) -> None:
        self._base_url, self._appid, self._secret, self._timeout = base_url.rstrip("/"), appid, secret, timeout_seconds
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def send(self, openid: str, template: str, page: str, data: dict[str, str]) -> int:
        """0 when WeChat took it, else its errcode (43101: the person did not agree). Raises PushUnavailable."""
        body = {"touser": openid, "template_id": template, "page": page, "data": {name: {"value": value} for name, value in data.items()}, "lang": "zh_CN"}
        for fresh in (False, True):
            answer = self._post("/cgi-bin/message/subscribe/send", body, access_token=self._access_token(fresh=fresh))
            code = int(answer.get("errcode", -1))
            if code not in STALE_TOKENS:
                break
        if code in (-1, *STALE_TOKENS):
            raise PushUnavailable
        return code

    def _access_token(self, *, fresh: bool) -> str:
        with self._lock:
            if fresh or time.monotonic() >= self._until:
                asked = {"grant_type": "client_credential", "appid": self._appid, "secret": self._secret, "force_refresh": fresh}
                answer = self._post("/cgi-bin/stable_token", asked)
                self._token = str(answer.get("access_token") or "")
                if not self._token:
                    raise PushUnavailable
                self._until = time.monotonic() + int(answer.get("expires_in", 7200)) - 300
            return self._token

    def _post(self, path: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        try:
            with session_for(self._base_url) as session:
                answer = session.post(f"{self._base_url}{path}", params=query, json=body, timeout=self._timeout)
                answer.raise_for_status()
                found = answer.json()
        except requests.RequestException:
            raise PushUnavailable from None  # the error's text holds the address, and the address holds our token
        if not isinstance(found, dict):
            raise PushUnavailable
        return found


def subscribe_messages(app: Flask) -> SubscribeMessages:
    """The door for our mini-program, kept with the application: its token is fetched once."""
    kept: SubscribeMessages | None = app.extensions.get("subscribe_messages")
    if kept is None:
        account = json.loads((Path(app.config["GATEWAY_FOLDER"]) / "keys" / "merchant" / "account.json").read_text(encoding="utf-8"))
        kept = app.extensions["subscribe_messages"] = SubscribeMessages(app.config["WECHAT_LOGIN_URL"], account["appid"], account["app_secret"])
    return kept
