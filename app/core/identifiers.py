"""Numbers and codes that people read, type, and try to guess."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

from app.core.periods import local

# No 0 O 1 I L: read aloud and typed by a cashier. 31 letters.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def order_number(prefix: str, sequence: int, moment: datetime) -> str:
    """`D261123000871`: prefix, Shanghai day, at least six digits of a database sequence. Only [0-9A-Z], as the channel demands."""
    return f"{number_prefix(prefix, moment)}{sequence:06d}"


def number_prefix(prefix: str, moment: datetime) -> str:
    """What an order's number begins with, for a statement that puts the digits behind it."""
    return f"{prefix}{local(moment):%y%m%d}"


def random_code(length: int) -> str:
    """An unguessable code of `length` letters: 31**length values, from the system's generator."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def same_code(given: str, expected: str) -> bool:
    """Compare in constant time, forgiving case and spaces."""
    return hmac.compare_digest(given.strip().upper().replace(" ", "").encode(), expected.encode())


def masked_phone(phone: str) -> str:
    """`138****8000`; shorter numbers keep only their last two digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 else "****" + phone[-2:]


def masked_name(name: str) -> str:
    """`李**`: the first character stays."""
    return name[:1] + "**" if name else ""
