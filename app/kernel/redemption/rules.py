"""Codes, payloads, and days: pure functions of values."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

DIGITS = 12
VOUCHER_PREFIX, CUSTOMER_PREFIX = "BYV", "BYC"
LIVES = 60  # seconds that a customer's code is shown before the next one
GRACE = 15  # seconds more that it is taken: a camera is slow, clocks differ
MAC_LENGTH = 20

# H. M. Damm, Total anti-symmetrische Quasigruppen (2004): finds every wrong digit and every two neighbours that changed places.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2), (7, 0, 9, 2, 1, 5, 4, 8, 6, 3), (4, 2, 0, 6, 8, 7, 1, 3, 5, 9), (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8), (3, 6, 7, 4, 2, 0, 9, 5, 8, 1), (5, 8, 6, 9, 7, 2, 0, 1, 3, 4), (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5), (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> str:
    """The digit that makes `digits` a code."""
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return str(state)


def new_code() -> str:
    """Eleven digits from the system's generator and their check digit: one of 10**11."""
    digits = "".join(secrets.choice("0123456789") for _ in range(DIGITS - 1))
    return digits + check_digit(digits)


def is_code(text: str) -> bool:
    """True for twelve digits that fit together; false for a slip of the finger."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal() and check_digit(text) == "0"


def spaced(code: str) -> str:
    """`1234 5678 9012`: as it is read aloud."""
    return " ".join(code[start:start + 4] for start in range(0, len(code), 4))


def typed_code(text: str) -> str:
    """What a cashier typed or scanned of a voucher, as digits alone: spaces, hyphens, wide digits, and the payload's prefix go."""
    plain = re.sub(r"[\s\-·]", "", text.strip()).removeprefix(f"{VOUCHER_PREFIX}.")
    return "".join(str(int(each)) if each.isdecimal() else each for each in plain)


def voucher_payload(code: str) -> str:
    """What the QR code of one voucher says."""
    return f"{VOUCHER_PREFIX}.{code}"


def customer_payload(customer_id: int, until: int, sign: Callable[[str], str]) -> str:
    """What the customer's one code says until the second `until` (Unix): who, until when, and our signature."""
    body = f"{customer_id:x}.{until:x}"
    return f"{CUSTOMER_PREFIX}.{body}.{sign(body)[:MAC_LENGTH]}"


@dataclass(frozen=True)
class Shown:
    """What a customer's code says."""

    customer_id: int
    until: int
    body: str
    mac: str


def read_customer_payload(text: str) -> Shown | None:
    """The parts of a customer's code; None for anything else. Whether it is ours, the caller asks with the signature."""
    match = re.fullmatch(rf"{CUSTOMER_PREFIX}\.(([0-9a-f]{{1,15}})\.([0-9a-f]{{1,11}}))\.([0-9a-f]{{{MAC_LENGTH}}})", text.strip())
    return Shown(int(match[2], 16), int(match[3], 16), match[1], match[4]) if match else None


def usable_on(day: date, weekdays: Collection[int], days: Collection[str]) -> bool:
    """False on a weekday (0 is Monday) or a date (`2026-10-01`) on which the voucher may not be used."""
    return day.weekday() not in weekdays and day.isoformat() not in days
