"""One cell at a time: how a stored value is written in a sheet's XML and in a text file. Values in, text out.

Money is fen and becomes yuan digit by digit; rates are ppm; times are UTC and are written on a Shanghai clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from xml.sax.saxutils import escape

from app.core.periods import local

Kind = Literal["text", "money", "percent", "when", "day"]

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
LONGEST_NUMBER = 10**15  # a spreadsheet keeps fifteen digits
LONGEST_DIGITS = 11  # longer runs of digits become 1.2E+11 when a text file is opened
MONEY, COUNT, TEXT, HEAD, PERCENT, WHEN, DAY, QUOTED = range(1, 9)  # indices of the cell formats in STYLES of xlsx.py
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_SPECIAL = re.compile("[&<>\x00-\x1f\ufffe\uffff]|^[=+@ -]| $")
_EPOCH, _DAY, _AHEAD = 25569, 86400, 28800  # 1970-01-01 in a sheet's days; seconds of a day; Shanghai before UTC
_EMPTY = "<c/>"
_RISKY_HEADS = frozenset({" ", *RISKY})

Writer = Callable[[Any], str]


@dataclass(frozen=True)
class Field:
    """A column of a spreadsheet: its head, the kind of its values, and `read`, which turns a stored value into one of that kind."""

    head: str
    kind: Kind = "text"
    read: Callable[[Any], Any] | None = None

    @property
    def as_xml(self) -> Writer:
        """Stored value → cell of a sheet."""
        return _after(self.read, _XML[self.kind])

    @property
    def as_text(self) -> Writer:
        """Stored value → cell of a text file."""
        return _after(self.read, _TEXT[self.kind])


def _after(read: Callable[[Any], Any] | None, write: Writer) -> Writer:
    return write if read is None else lambda value: write(read(value))


def safe_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading sign gets an apostrophe before it."""
    return "'" + value if value.lstrip(" ").startswith(RISKY) or value.startswith(RISKY) else value


def clean(text: str) -> str:
    """Text for XML, without what XML cannot hold."""
    return escape(UNPRINTABLE.sub("", text))


def yuan_digits(fen: int) -> str:
    """`-12.05` of -1205."""
    return f"{fen // 100}.{fen % 100:02d}" if fen >= 0 else f"-{-fen // 100}.{-fen % 100:02d}"


# ---- XML -------------------------------------------------------------------------------------------------------------

def text_cell(value: Any) -> str:
    """A cell by the type of its value: texts stay texts and never become formulas, numbers of up to fifteen digits are numbers."""
    kind: type = value.__class__
    if kind is str:
        if value.isalnum() or not _SPECIAL.search(value):
            return f'<c s="{TEXT}" t="inlineStr"><is><t>{value}</t></is></c>'
        style = QUOTED if value.startswith(RISKY) else TEXT
        return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{clean(value)}</t></is></c>'
    if value is None:
        return _EMPTY
    if kind is int and -LONGEST_NUMBER < value < LONGEST_NUMBER:
        return f"<c><v>{value}</v></c>"
    if isinstance(value, datetime):
        return when_cell(value)
    if isinstance(value, date):
        return day_cell(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and abs(float(value)) < LONGEST_NUMBER:
        return f"<c><v>{value}</v></c>"
    return text_cell(str(value))


def money_cell(fen: int | None) -> str:
    """Fen as a number with two decimals."""
    if fen is None:
        return _EMPTY
    return f'<c s="1"><v>{fen // 100}.{fen % 100:02d}</v></c>' if fen >= 0 else f'<c s="1"><v>{yuan_digits(fen)}</v></c>'


def percent_cell(ppm: int | None) -> str:
    """Ppm as a share of one, shown in percent."""
    return _EMPTY if ppm is None else f'<c s="{PERCENT}"><v>{ppm / 1_000_000:.6f}</v></c>'


def when_cell(moment: datetime | None) -> str:
    """A time to the second, as a sheet counts days. China has kept eight hours since 1992."""
    return _EMPTY if moment is None else f'<c s="6"><v>{(int(moment.timestamp()) + _AHEAD) / _DAY + _EPOCH:.6f}</v></c>'


def day_cell(day: date | None) -> str:
    """A business day."""
    return _EMPTY if day is None else f'<c s="{DAY}"><v>{day.toordinal() - 719163 + _EPOCH}</v></c>'


# ---- text files ------------------------------------------------------------------------------------------------------

def plain_text(value: Any) -> str:
    """A cell of a text file; long runs of digits and what a spreadsheet would run get an apostrophe."""
    kind: type = value.__class__
    if kind is str:
        if len(value) > LONGEST_DIGITS and value.isdecimal():
            return f"'{value}"
        return safe_text(value) if value[:1] in _RISKY_HEADS else value
    if value is None:
        return ""
    if kind is int and -LONGEST_NUMBER < value < LONGEST_NUMBER:
        return str(value)
    if isinstance(value, datetime):
        return when_text(value)
    if isinstance(value, int) and abs(value) >= LONGEST_NUMBER:
        return f"'{value}"
    return str(value) if isinstance(value, int | float | Decimal | date) else plain_text(str(value))


def money_text(fen: int | None) -> str:
    """Fen as yuan with two decimals, without thousands."""
    return "" if fen is None else yuan_digits(fen)


def percent_text(ppm: int | None) -> str:
    """Ppm as a share of one."""
    return "" if ppm is None else f"{ppm / 1_000_000:.6f}".rstrip("0").rstrip(".")


def when_text(moment: datetime | None) -> str:
    """`2026-11-23 12:00:00` on a Shanghai clock."""
    return "" if moment is None else local(moment).isoformat(" ", "seconds")[:19]


def day_text(day: date | None) -> str:
    """`2026-11-23`."""
    return "" if day is None else day.isoformat()


_XML: dict[str, Writer] = {"text": text_cell, "money": money_cell, "percent": percent_cell, "when": when_cell, "day": day_cell}
_TEXT: dict[str, Writer] = {"text": plain_text, "money": money_text, "percent": percent_text, "when": when_text, "day": day_text}
