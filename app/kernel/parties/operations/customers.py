"""Customers: found or made at sign-in, by WeChat or by phone code; tokens that only the API takes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

import jwt
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, Scope
from app.core.errors import Refusal
from app.core.identifiers import masked_phone
from app.extensions import db
from app.framework.database import lock, save
from app.framework.queue import enqueue
from app.framework.sealing import blind_index, seal
from app.kernel.parties.models import Customer, PhoneCode

CODE_LIVES, CODE_TRIES = timedelta(minutes=5), 5
CODES_AN_HOUR, CODE_PAUSE = 5, timedelta(seconds=60)
TOKEN_LIVES = timedelta(days=7)


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


class TokenRefused(Refusal):
    """The token is missing, forged, expired, or of another kind."""

    code = "token.refused"
    status = 401
    sentence = _l("登录已失效，重新登录")


def send_phone_code(phone: str, *, address: str, now: datetime) -> None:
    """Send a six-digit code by text message (a job). At most one a minute and five an hour for a phone."""
    if not re.fullmatch(r"1[3-9]\d{9}", phone, flags=re.ASCII):
        raise NotAPhone(field="phone")
    index = blind_index(phone, "phone")
    recent = select(func.count(), func.max(PhoneCode.sent_at)).where(PhoneCode.phone_index == index, PhoneCode.sent_at > now - timedelta(hours=1))
    count, last = db.session.execute(recent).one()
    if count >= CODES_AN_HOUR or (last and last > now - CODE_PAUSE):
        raise CodeTooSoon(field="phone", seconds=3600 if count >= CODES_AN_HOUR else 60)
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = save(PhoneCode(phone_index=index, code_hash=_code_hash(index, code), sent_at=now, expires_at=now + CODE_LIVES, address=address))
    enqueue("send_text_message", phone_sealed=seal(phone, f"message:{row.id}"), place=f"message:{row.id}", template="sign_in_code", code=code)


def customer_of_phone(phone: str, code: str, *, now: datetime) -> Customer:
    """The customer of this phone, made at the first sign-in. A code serves once; five wrong tries spend it."""
    index = blind_index(phone, "phone")
    newest = select(PhoneCode.id).where(PhoneCode.phone_index == index).order_by(PhoneCode.id.desc()).limit(1)
    key = db.session.scalars(newest).first()
    if key is None:
        raise WrongPhoneCode(field="code")
    row = lock(PhoneCode, key)
    row.tries += 1
    right = hmac.compare_digest(row.code_hash, _code_hash(index, code))
    if not right or row.used_at or row.expires_at < now or row.tries > CODE_TRIES:
        db.session.commit()  # the try counts although the request is refused
        raise WrongPhoneCode(field="code")
    row.used_at = now
    statement = insert(Customer).values(
        phone_index=index, phone_sealed=seal(phone, f"party_customer:phone:{index}"), phone_tail=phone[-4:], phone_masked=masked_phone(phone),
        name="", active=True, epoch=1, version=1, created_at=now, updated_at=now,
    ).on_conflict_do_nothing(index_elements=["phone_index"])
    db.session.execute(statement)
    return db.session.scalars(select(Customer).where(Customer.phone_index == index)).one()


def customer_of_openid(openid: str, *, now: datetime) -> Customer:
    """The customer whom WeChat calls `openid`, made at the first sign-in."""
    statement = insert(Customer).values(
        openid=openid, phone_tail="", phone_masked="", name="", active=True, epoch=1, version=1, created_at=now, updated_at=now
    ).on_conflict_do_nothing(index_elements=["openid"])
    db.session.execute(statement)
    return db.session.scalars(select(Customer).where(Customer.openid == openid)).one()


def issue_token(customer: Customer, *, now: datetime) -> str:
    """A signed token for the API alone: audience `customer`, seven days, void when the customer's epoch moves on."""
    claims = {
        "sub": str(customer.id), "aud": "customer", "iss": "baiye", "epoch": customer.epoch, "jti": secrets.token_hex(8),
        "iat": int(now.timestamp()), "exp": int((now + TOKEN_LIVES).timestamp()),
    }
    return jwt.encode(claims, current_app.config["CUSTOMER_TOKEN_KEY"], algorithm="HS256")


def actor_of_token(token: str, *, address: str) -> Actor:
    """The customer who holds the token, as an actor. Raises TokenRefused. Runs elevated: nobody is known yet."""
    try:
        claims = jwt.decode(token, current_app.config["CUSTOMER_TOKEN_KEY"], algorithms=["HS256"], audience="customer", issuer="baiye")
        key = int(claims["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError) as refused:
        raise TokenRefused from refused
    row = db.session.execute(select(Customer.epoch, Customer.active, Customer.name, Customer.phone_masked).where(Customer.id == key)).one_or_none()
    if row is None or not row.active or row.epoch != claims["epoch"]:
        raise TokenRefused
    return Actor("customer", key, row.name or row.phone_masked or f"#{key}", frozenset({"customer"}), Scope("customer", key), address)


def sign_out_everywhere(customer: Customer) -> None:
    """Void every token of the customer."""
    customer.epoch += 1


def _code_hash(index: str, code: str) -> str:
    return hashlib.sha256(f"{index}:{code}".encode()).hexdigest()
