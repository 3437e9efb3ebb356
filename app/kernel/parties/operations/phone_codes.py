"""One-time codes by text message: they show that somebody holds a phone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.framework.queue import enqueue
from app.framework.sealing import blind_index, seal
from app.kernel.parties.models import PhoneCode

CODE_LIVES, CODE_TRIES = timedelta(minutes=5), 5
CODES_AN_HOUR, CODE_PAUSE = 5, timedelta(seconds=60)

Purpose = Literal["sign_in", "join"]


class NotAPhone(Refusal):
    """Not a mainland mobile number."""

    code = "phone.invalid"
    status = 422
    sentence = _l("手机号不对：11 位数字，1 开头")


class CodeTooSoon(Refusal):
    """A code was sent a moment ago, or too many this hour."""

    code = "phone.too_soon"
    status = 429
    sentence = _l("验证码发得太频繁，%(seconds)d 秒后再试")


class WrongPhoneCode(Refusal):
    """The code is wrong, used, too old, or was tried too often."""

    code = "phone.wrong_code"
    status = 401
    sentence = _l("验证码不对或已过期，重新获取")


def send_phone_code(phone: str, purpose: Purpose, *, address: str, now: datetime) -> str:
    """Send a six-digit code by text message (a job); returns it, for the sandbox to show. A code serves its own purpose only.

    At most one a minute and five an hour for a phone, whatever they are for. Raises NotAPhone, CodeTooSoon. Needs every row in sight.
    """
    if not re.fullmatch(r"1[3-9]\d{9}", phone, flags=re.ASCII):
        raise NotAPhone(field="phone")
    index = blind_index(phone, "phone")
    recent = select(func.count(), func.max(PhoneCode.sent_at)).where(PhoneCode.phone_index == index, PhoneCode.sent_at > now - timedelta(hours=1))
    count, last = db.session.execute(recent).one()
    if count >= CODES_AN_HOUR or (last and last > now - CODE_PAUSE):
        raise CodeTooSoon(field="phone", seconds=3600 if count >= CODES_AN_HOUR else 60)
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = save(PhoneCode(phone_index=index, code_hash=_code_hash(index, purpose, code), sent_at=now, expires_at=now + CODE_LIVES, address=address))
    enqueue("send_text_message", phone_sealed=seal(phone, f"message:{row.id}"), place=f"message:{row.id}", template=f"{purpose}_code", code=code)
    return code


def spend_phone_code(phone: str, purpose: Purpose, code: str, *, now: datetime) -> str:
    """The newest code sent to the phone is spent; returns the phone's index. Five wrong tries spend it too. Raises WrongPhoneCode.

    Call before anything is changed: a wrong try is committed, though the request is refused.
    """
    index = blind_index(phone, "phone")
    newest = select(PhoneCode.id).where(PhoneCode.phone_index == index).order_by(PhoneCode.id.desc()).limit(1)
    key = db.session.scalars(newest).first()
    if key is None:
        raise WrongPhoneCode(field="code")
    row = lock(PhoneCode, key)
    row.tries += 1
    right = hmac.compare_digest(row.code_hash, _code_hash(index, purpose, code))
    if not right or row.used_at or row.expires_at < now or row.tries > CODE_TRIES:
        db.session.commit()  # the try counts although the request is refused
        raise WrongPhoneCode(field="code")
    row.used_at = now
    return index


def _code_hash(index: str, purpose: Purpose, code: str) -> str:
    return hashlib.sha256(f"{index}:{purpose}:{code}".encode()).hexdigest()
