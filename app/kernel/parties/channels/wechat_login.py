"""WeChat's login service: the code a mini-program gets becomes the openid of the person who uses it."""

from __future__ import annotations

from typing import Any

import requests
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.kernel.parties.channels.transport import session_for

SPENT_CODES = frozenset({40029, 40163})


class LoginCodeInvalid(Refusal):
    """The code is unknown, too old, or used already."""

    code = "login_code_invalid"
    status = 401
    sentence = _l("登录凭证失效了，重新打开小程序再试")


class LoginUnavailable(Refusal):
    """The login service gave no answer one can use."""

    code = "login_unavailable"
    status = 503
    sentence = _l("微信登录暂时连不上，过一会儿再试，或用手机号登录")


class WechatLogin:
    """One application's door to the login service. Safe to share between threads."""

    def __init__(self, base_url: str, appid: str, secret: str, timeout_seconds: float = 5.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._appid = appid
        self._secret = secret
        self._timeout_seconds = timeout_seconds

    def openid_for(self, code: str) -> str:
        """Who gave this code, once. LoginCodeInvalid, or LoginUnavailable."""
        answer = self._ask(code)
        if answer.get("errcode") in SPENT_CODES:
            raise LoginCodeInvalid
        openid = answer.get("openid")
        if not isinstance(openid, str) or not openid:
            raise LoginUnavailable  # a wrong appid or secret among others: ours to mend, not the person's
        return openid

    def _ask(self, code: str) -> dict[str, Any]:
        question = {
            "appid": self._appid,
            "secret": self._secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        try:
            with session_for(self._base_url) as session:
                answer = session.get(
                    f"{self._base_url}/sns/jscode2session", params=question, timeout=self._timeout_seconds
                )
                answer.raise_for_status()
                found = answer.json()
        except requests.RequestException:
            raise LoginUnavailable from None  # the error's text holds the address, and the address holds our secret
        if not isinstance(found, dict):
            raise LoginUnavailable
        return found
