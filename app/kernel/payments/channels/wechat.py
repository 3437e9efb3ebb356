"""WeChat Pay API v3 through its SDK: every call in fen and aware times, every outcome typed.

The SDK signs, verifies and decrypts. Added here: a time-out on every call, one error for each kind of outcome, the hash
of bills, and the age of callbacks, none of which it checks.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha1
from typing import Any

import requests
from flask_babel import lazy_gettext as _l
from wechatpayv3 import WeChatPay, WeChatPayType

from app.core.errors import Refusal
from app.kernel.parties.channels.transport import is_loopback
from app.kernel.payments.channels.interface import (
    Callback,
    ChannelBusy,
    ChannelPayment,
    ChannelRefund,
    ChannelRefused,
    ChannelTransfer,
    ChannelUnavailable,
    Prepay,
)
from app.kernel.payments.channels.wechat_account import WechatAccount
from app.kernel.payments.channels.wechat_answers import json_object, part, payment_from, refund_from, transfer_from, unpacked
from app.kernel.payments.channels.wechat_sharing import WechatSharing

CALLBACK_WINDOW = timedelta(minutes=5)
DESCRIPTION_LENGTH, REASON_LENGTH, REMARK_LENGTH = 127, 80, 32
TRANSFER_SCENE = "1005"  # 佣金报酬
TRANSFER_FACTS = [{"info_type": "岗位类型", "info_content": "平台商户"}, {"info_type": "报酬说明", "info_content": "订单收入结算"}]
SIGNATURE_HEADERS = (
    "Wechatpay-Serial",
    "Wechatpay-Signature",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Signature-Type",
)

__all__ = [
    "Callback",
    "CallbackForged",
    "ChannelBusy",
    "ChannelPayment",
    "ChannelRefund",
    "ChannelRefused",
    "ChannelTransfer",
    "ChannelUnavailable",
    "Prepay",
    "WechatAccount",
    "WechatChannel",
    "payment_from",
    "refund_from",
]


class CallbackForged(Refusal):
    """A callback without a valid signature of the channel, too old, or not readable with our key."""

    code = "callback_forged"
    status = 401
    sentence = _l("回调的签名不对，没有受理")


class WechatChannel:
    """One merchant account at WeChat Pay. `base_url` other than the real one leads to a simulated gateway.

    Every method that calls may raise ChannelUnavailable or ChannelRefused. Safe to share between threads.
    """

    def __init__(self, account: WechatAccount, base_url: str | None = None, timeout_seconds: float = 10.0) -> None:
        self._account = account
        self.simulated = base_url is not None
        # The SDK speaks for the account itself or for its sub-merchants, one of the two.
        self._sdk, self._partner = (_sdk(account, base_url, timeout_seconds, partner=partner) for partner in (False, True))
        self.sharing = WechatSharing(self._partner, self._call, self._bill)

    def prepay(
        self,
        number: str,
        amount_fen: int,
        description: str,
        payer_openid: str,
        notify_url: str,
        expires_at: datetime,
        sub_merchant: str = "",
    ) -> Prepay:
        """A payment the payer can make until `expires_at`. The same number with the same content is the same payment.

        With a `sub_merchant` the money is that merchant's, and frozen until it was shared.
        A description longer than the channel allows is cut; an empty one is a ValueError.
        """
        if not description:
            raise ValueError("a payment needs a description")
        answer = self._call(
            self._of(sub_merchant).pay,
            description=description[:DESCRIPTION_LENGTH],
            out_trade_no=number,
            amount={"total": amount_fen, "currency": "CNY"},
            payer={"sp_openid" if sub_merchant else "openid": payer_openid},
            time_expire=expires_at.isoformat(timespec="seconds"),
            notify_url=notify_url,
            **_marked(sub_merchant),
        )
        prepay_id = str(part(answer, "prepay_id"))
        return Prepay(prepay_id, self._client_parameters(prepay_id))

    def prepay_code(
        self, number: str, amount_fen: int, description: str, notify_url: str, expires_at: datetime, sub_merchant: str = ""
    ) -> str:
        """A payment for whoever scans the code of this address until `expires_at`. The same number with the same content is the same payment."""
        answer = self._call(
            self._of(sub_merchant).pay,
            pay_type=WeChatPayType.NATIVE,
            description=description[:DESCRIPTION_LENGTH],
            out_trade_no=number,
            amount={"total": amount_fen, "currency": "CNY"},
            time_expire=expires_at.isoformat(timespec="seconds"),
            notify_url=notify_url,
            **_marked(sub_merchant),
        )
        return str(part(answer, "code_url"))

    def payer_page(self, prepay_id: str) -> str | None:
        """Where the payer pays in a simulation; None at the real channel, whose own application does that."""
        return f"{self._sdk._core._gate_way}/pay/{prepay_id}" if self.simulated else None  # noqa: SLF001 -- the SDK keeps its address there only

    def query(self, number: str, sub_merchant: str = "") -> ChannelPayment:
        """The payment of our number. ChannelRefused ORDER_NOT_EXIST when the channel has none."""
        return payment_from(self._call(self._of(sub_merchant).query, out_trade_no=number, **_named(sub_merchant)))

    def close(self, number: str, sub_merchant: str = "") -> None:
        """The payment can no longer be made. ChannelRefused ORDERPAID when it has been."""
        self._call(self._of(sub_merchant).close, out_trade_no=number, **_named(sub_merchant))

    def refund(
        self, number: str, refund_number: str, amount_fen: int, total_fen: int, reason: str, notify_url: str, sub_merchant: str = ""
    ) -> ChannelRefund:
        """A refund accepted, not yet done. Ask again with the same `refund_number` only; it refunds once."""
        return refund_from(
            self._call(
                self._of(sub_merchant).refund,
                out_refund_no=refund_number,
                out_trade_no=number,
                amount={"refund": amount_fen, "total": total_fen, "currency": "CNY"},
                reason=reason[:REASON_LENGTH],
                notify_url=notify_url,
                **_named(sub_merchant),
            )
        )

    def query_refund(self, refund_number: str, sub_merchant: str = "") -> ChannelRefund:
        """The refund of our number. ChannelRefused RESOURCE_NOT_EXISTS when the channel has none."""
        return refund_from(self._call(self._of(sub_merchant).query_refund, out_refund_no=refund_number, **_named(sub_merchant)))

    def transfer(self, number: str, amount_fen: int, openid: str, name: str, remark: str) -> ChannelTransfer:
        """A transfer to a person accepted; it arrives when the payee says yes within a day. `number` is letters and digits only.

        The same number with the same content is the same transfer; after ChannelUnavailable ask with `query_transfer` first.
        `name` is the payee's own, which the channel compares; it is sent encrypted.
        """
        return transfer_from(
            self._call(
                self._sdk.mch_transfer_bills,
                out_bill_no=number,
                transfer_scene_id=TRANSFER_SCENE,
                openid=openid,
                transfer_amount=amount_fen,
                transfer_remark=remark[:REMARK_LENGTH],
                user_name=name,
                transfer_scene_report_infos=[dict(fact) for fact in TRANSFER_FACTS],
            )
        )

    def query_transfer(self, number: str) -> ChannelTransfer:
        """The transfer of our number. ChannelRefused NOT_FOUND when the channel has none."""
        return transfer_from(self._call(self._sdk.mch_transfer_bills_query, out_bill_no=number))

    def trade_bill(self, day: date, kind: str = "ALL") -> bytes:
        """The CSV of payments and refunds of a business day; ChannelRefused NO_STATEMENT_EXIST when there were none."""
        return self._bill(self._call(self._sdk.trade_bill, bill_date=day.isoformat(), bill_type=kind))

    def fund_bill(self, day: date, account: str = "BASIC") -> bytes:
        """The CSV of movements of an account (BASIC, OPERATION, FEES) on a business day."""
        return self._bill(self._call(self._sdk.fundflow_bill, bill_date=day.isoformat(), account_type=account))

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Callback:
        """What a callback says, proved to be the channel's and not older than five minutes; or CallbackForged."""
        signed = {name.lower(): value for name, value in headers.items()}
        proof = {name: signed.get(name.lower(), "") for name in SIGNATURE_HEADERS}
        if proof["Wechatpay-Serial"] != self._account.platform_public_key_id:
            raise CallbackForged  # the SDK would go and fetch certificates for a serial it does not know
        timestamp = proof["Wechatpay-Timestamp"]
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise CallbackForged
        if abs(now.timestamp() - int(timestamp)) > CALLBACK_WINDOW.total_seconds():
            raise CallbackForged
        try:
            told = self._sdk.callback(proof, body)
            return Callback(told["id"], told["event_type"], told["resource"])
        except Exception as error:  # the SDK raises bare Exception, and whatever a hostile body makes its parts raise
            raise CallbackForged from error

    def _of(self, sub_merchant: str) -> WeChatPay:
        return self._partner if sub_merchant else self._sdk

    def _client_parameters(self, prepay_id: str) -> dict[str, str]:
        timestamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        return {
            "appId": self._account.appid,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._sdk.sign([self._account.appid, timestamp, nonce, package]),
        }

    def _bill(self, link: dict[str, Any]) -> bytes:
        """Fetch the file of a link, unpack it, and compare its hash."""
        content = self._answer(self._sdk.download_bill, url=str(part(link, "download_url")))
        if not isinstance(content, bytes):
            raise ChannelUnavailable("the bill is not a file")
        bill = unpacked(content)
        if sha1(bill, usedforsecurity=False).hexdigest() != str(part(link, "hash_value")).lower():
            raise ChannelUnavailable("the bill's hash differs")
        return bill

    def _call(self, method: Any, **arguments: Any) -> dict[str, Any]:
        """The JSON object of an answer that means yes; empty when the channel has nothing to say."""
        text = self._answer(method, **arguments)
        if not text:
            return {}
        answer = json_object(text)
        if answer is None:
            raise ChannelUnavailable("the answer is not a JSON object")
        return answer

    def _answer(self, method: Any, **arguments: Any) -> str | bytes:
        """One call of the SDK; its (status, content) turned into content or one of the three errors."""
        try:
            status, content = method(**arguments)
        except requests.RequestException as error:
            raise ChannelUnavailable(type(error).__name__) from error
        except Exception as error:  # the SDK raises bare Exception when an answer's signature is wrong
            raise ChannelUnavailable(str(error)) from error
        if 200 <= status < 300:
            return content  # type: ignore[no-any-return]
        problem = json_object(content) or {}
        code, message = str(problem.get("code", status)), str(problem.get("message", ""))
        if status == 429:
            raise ChannelBusy(f"{code}: {message}")
        if status >= 500:
            raise ChannelUnavailable(f"{code}: {message}")
        raise ChannelRefused(code, message)


def _sdk(account: WechatAccount, base_url: str | None, timeout_seconds: float, *, partner: bool) -> WeChatPay:
    made = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=account.merchant_id,
        private_key=account.private_key,
        cert_serial_no=account.certificate_serial,
        appid=account.appid,
        apiv3_key=account.apiv3_key,
        public_key=account.platform_public_key,
        public_key_id=account.platform_public_key_id,
        partner_mode=partner,
        timeout=timeout_seconds,
        proxy={"http": None, "https": None} if base_url is not None and is_loopback(base_url) else None,
    )
    if base_url is not None:
        made._core._gate_way = base_url.rstrip("/")  # noqa: SLF001 -- the SDK has no argument for it
    return made


def _named(sub_merchant: str) -> dict[str, Any]:
    return {"sub_mchid": sub_merchant} if sub_merchant else {}


def _marked(sub_merchant: str) -> dict[str, Any]:
    """A sub-merchant's payment is marked for sharing at prepay: later it cannot be."""
    return {"sub_mchid": sub_merchant, "settle_info": {"profit_sharing": True}} if sub_merchant else {}
