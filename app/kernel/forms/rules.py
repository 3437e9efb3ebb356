"""What an answer to a staff-defined field may be: raw text or a JSON value in, the stored value out."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import NotAnAmount, parse_yuan

TEXT_AT_MOST = 500
EMPTY = (None, "")
YES = frozenset({"on", "true", "1", "yes", "y"})


class NotAnAnswerError(ValueError):
    """The value does not fit the kind; its text says what would."""


def stored_answer(kind: str, choices: list[str], value: Any) -> Any:
    """The value as JSON keeps it: text, choice and phone as text, number as int or decimal text, date as ISO, money in fen, boolean.

    Raises NotAnAnswerError with a sentence. Empty answers are the caller's business.
    """
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() in YES
    text = value.isoformat() if isinstance(value, date) else str(value).strip()
    return {"number": _number, "date": _date, "phone": _phone, "money": _money, "text": _text}.get(kind, lambda typed: _choice(typed, choices))(text)


def shown_answer(kind: str, value: Any) -> str:
    """The stored value in words for a record's page; booleans and money are for the caller's language and format."""
    if kind == "money" and isinstance(value, int):
        return f"¥{value // 100:,}.{value % 100:02d}"
    if kind == "boolean":
        return str(_l("是") if value else _l("否"))
    return str(value)


def _text(text: str) -> str:
    if len(text) > TEXT_AT_MOST:
        raise NotAnAnswerError(str(_l("最多 %(count)d 个字", count=TEXT_AT_MOST)))
    return text


def _number(text: str) -> int | str:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise NotAnAnswerError(str(_l("写数字，例如 12 或 3.5"))) from None
    if not number.is_finite() or abs(number) >= 10**12:
        raise NotAnAnswerError(str(_l("写数字，例如 12 或 3.5")))
    return int(number) if number == number.to_integral_value() else format(number.normalize(), "f")


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise NotAnAnswerError(str(_l("写日期，例如 2026-11-23"))) from None


def _phone(text: str) -> str:
    if not re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", text, flags=re.ASCII):
        raise NotAnAnswerError(str(_l("写 11 位手机号，或带区号的座机")))
    return text


def _money(text: str) -> int:
    try:
        return parse_yuan(text)
    except NotAnAmount as refusal:
        raise NotAnAnswerError(str(refusal)) from None


def _choice(text: str, choices: list[str]) -> str:
    if text not in choices:
        raise NotAnAnswerError(str(_l("从列表里选一个")))
    return text
