"""What makes a password strong enough: length and not being common, no forced classes (NIST SP 800-63B, 5.1.1.2)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal

SHORTEST = 10
COMMON = frozenset(
    "password12 password123 1234567890 0123456789 qwertyuiop 1q2w3e4r5t aaaaaaaaaa 1111111111 0000000000 abcdefghij iloveyou123 admin12345 "
    "woaini1314 woaini5201314 5201314520 1314520520 a123456789 123456789a qwer123456 asdf123456 zxcv123456 88888888888 66666666666 baiye12345".split()
)


class WeakPassword(Refusal):
    """The password is short, common, or contains the user's name."""

    code = "password.weak"
    status = 422
    sentence = _l("密码太容易猜：至少 %(count)d 个字符，不要用常见密码或账号名")


def check_password_strength(password: str, username: str) -> None:
    """Raise WeakPassword for what guessers try first."""
    lowered = password.lower()
    if len(password) < SHORTEST or lowered in COMMON or username.lower() in lowered or len(set(lowered)) < 4:
        raise WeakPassword(field="password", count=SHORTEST)
