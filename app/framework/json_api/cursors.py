"""Marks of pages: where the last page of a sorted list ended, as a word that clients hand back."""

from __future__ import annotations

import base64
import binascii

import orjson
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal


class BadCursor(Refusal):
    """`after` was not given out by a page before."""

    code = "page.bad_cursor"
    status = 422
    sentence = _l("翻页标记不对，从第一页重新开始")


def mark_of(rank: int, key: int) -> str:
    """The mark of a row by what the list is sorted by, and its key."""
    return base64.urlsafe_b64encode(orjson.dumps([rank, key])).decode()


def cursor_of(mark: str) -> tuple[int, int]:
    """Rank and key of the mark; refuses BadCursor."""
    try:
        rank, key = orjson.loads(base64.urlsafe_b64decode(mark))
        if not (isinstance(rank, int) and isinstance(key, int) and abs(rank) < 2**53 and abs(key) < 2**53):
            raise ValueError(mark)
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError) as wrong:
        raise BadCursor(field="after") from wrong
    return rank, key
