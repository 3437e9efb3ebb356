"""What merchants may send, and the channel's own numbers in the shape of the real ones."""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime
from typing import Any

from gateway.clock import BEIJING, day_of
from gateway.refusals import wrong_parameter

TRADE_NUMBER = re.compile(r"[0-9A-Za-z_-]{6,32}")
TRANSFER_NUMBER = re.compile(r"[0-9A-Za-z]{1,32}")
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_-]{1,64}")
SHARING_NUMBER = re.compile(r"[0-9A-Za-z_|*@-]{1,64}")
SUB_MERCHANT = re.compile(r"[0-9]{8,32}")


def new_transaction_id(at: float) -> str:
    """28 digits with the business day in them."""
    return f"4200{_digits(6)}{day_of(at):%Y%m%d}{_digits(10)}"


def new_refund_id(at: float) -> str:
    """29 digits with the business day in them."""
    return f"5030{_digits(7)}{day_of(at):%Y%m%d}{_digits(10)}"


def new_transfer_id(at: float) -> str:
    """32 digits with the business day in them."""
    return f"1330{_digits(8)}{day_of(at):%Y%m%d}{_digits(12)}"


def new_sharing_id(at: float) -> str:
    """32 digits with the business day in them: of a share, one part of it, or a return."""
    return f"3000{_digits(8)}{day_of(at):%Y%m%d}{_digits(12)}"


def new_prepay_id(at: float) -> str:
    """`wx`, the time in Beijing, and 20 random characters: long enough that nobody guesses a payer page."""
    return f"wx{datetime.fromtimestamp(at, BEIJING):%Y%m%d%H%M%S}{secrets.token_hex(10)}"


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object a request carries (an empty body is an empty object), or 400 PARAM_ERROR."""
    try:
        params = json.loads(body or b"{}")
    except ValueError as error:
        raise wrong_parameter("body", "要是 JSON") from error
    if not isinstance(params, dict):
        raise wrong_parameter("body", "要是 JSON 对象")
    return params


def read_number(params: dict[str, Any], name: str, allowed: re.Pattern[str]) -> str:
    """A merchant's number; 400 PARAM_ERROR when it is missing, too long, or has other signs in it."""
    value = params.get(name)
    if not isinstance(value, str) or not allowed.fullmatch(value):
        raise wrong_parameter(name, "只能是数字、大小写字母、下划线和短横线，且长度要合规")
    return value


def read_text(params: dict[str, Any], name: str, longest: int) -> str:
    """A text of 1 to `longest` characters, or 400 PARAM_ERROR."""
    value = params.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise wrong_parameter(name, f"要有 1 到 {longest} 个字符")
    return value


def read_fen(params: dict[str, Any], name: str) -> int:
    """A whole number of fen above zero, or 400 PARAM_ERROR."""
    value = params.get(name)
    if type(value) is not int or not 0 < value <= 10**11:
        raise wrong_parameter(name, "要是大于 0 的整数，单位为分")
    return value


def read_notify_url(params: dict[str, Any]) -> str:
    """A callback address: absolute, without a query, at most 255 characters; or 400 PARAM_ERROR."""
    value = params.get("notify_url")
    if not isinstance(value, str) or len(value) > 255 or not re.fullmatch(r"https?://[^\s?#]+", value):
        raise wrong_parameter("notify_url", "要是完整的地址，且不带参数")
    return value


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
