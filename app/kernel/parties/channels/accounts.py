"""Which accounts at WeChat login and the text message provider are ours, read once from the settings' folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Flask

from app.kernel.parties.channels.sms import Sms
from app.kernel.parties.channels.wechat_login import WechatLogin


def wechat_login(app: Flask) -> WechatLogin:
    """The login service, for our mini-program."""
    account = _account(app)
    return WechatLogin(app.config["WECHAT_LOGIN_URL"], account["appid"], account["app_secret"])


def sms(app: Flask) -> Sms:
    """The text message provider, with our key."""
    return Sms(app.config["SMS_URL"], provider_key(app))


def provider_key(app: Flask) -> str:
    """The key that lesser providers know us by: text messages, locks."""
    return str(_account(app)["sms_key"])


def _account(app: Flask) -> dict[str, Any]:
    """What the provider gave us at sign-up: `keys/merchant/account.json` in the gateway's folder."""
    if "wechat_account" not in app.extensions:
        path = Path(app.config["GATEWAY_FOLDER"]) / "keys" / "merchant" / "account.json"
        app.extensions["wechat_account"] = json.loads(path.read_text(encoding="utf-8"))
    account: dict[str, Any] = app.extensions["wechat_account"]
    return account
