"""The application's channel and account, made from the settings when first needed and kept."""

from __future__ import annotations

from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.kernel.payments.channels.wechat import WechatAccount, WechatChannel

REAL = "https://api.mch.weixin.qq.com"
NOTIFY_PATH = "/api/v1/payments/wechat/notify"


class ChannelNotSetUp(Refusal):
    """The folder with the merchant account's keys is missing."""

    code = "payment.channel_not_set_up"
    status = 503
    sentence = _l("支付渠道还没有配置好，联系管理员")


def account() -> WechatAccount:
    """Our merchant account: `keys/merchant/` in the gateway's folder. Refuses with ChannelNotSetUp."""
    if "pay_account" not in current_app.extensions:
        try:
            found = WechatAccount.read(Path(current_app.config["GATEWAY_FOLDER"]) / "keys" / "merchant")
        except FileNotFoundError as missing:
            raise ChannelNotSetUp from missing
        current_app.extensions["pay_account"] = found
    kept: WechatAccount = current_app.extensions["pay_account"]
    return kept


def channel() -> WechatChannel:
    """WeChat Pay for that account, real or simulated as the settings say."""
    if "pay_channel" not in current_app.extensions:
        url = current_app.config["WECHAT_PAY_URL"].rstrip("/")
        current_app.extensions["pay_channel"] = WechatChannel(account(), None if url == REAL else url)
    kept: WechatChannel = current_app.extensions["pay_channel"]
    return kept


def notify_url() -> str:
    """Where the channel posts its callbacks."""
    return f"{current_app.config['PUBLIC_URL'].rstrip('/')}{NOTIFY_PATH}"
