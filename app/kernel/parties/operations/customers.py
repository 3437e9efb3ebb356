"""Customers: found or made at sign-in, by WeChat or by phone code; tokens that only the API takes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import jwt
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, Scope
from app.core.errors import Refusal
from app.core.identifiers import masked_phone
from app.extensions import db
from app.framework.sealing import blind_index, seal
from app.kernel.parties.models import Customer
from app.kernel.parties.operations.phone_codes import spend_phone_code

TOKEN_LIVES = timedelta(days=7)


class TokenRefused(Refusal):
    """The token is missing, forged, expired, or of another kind."""

    code = "token.refused"
    status = 401
    sentence = _l("登录已失效，重新登录")


def customer_of_phone(phone: str, code: str, *, now: datetime) -> Customer:
    """The customer of this phone, made at the first sign-in. A code serves once; five wrong tries spend it."""
    return _customer_of_index(spend_phone_code(phone, "sign_in", code, now=now), phone, "", now)


def customer_at_the_desk(phone: str, name: str, *, now: datetime) -> Customer:
    """The customer of this phone, made when a merchant's desk takes an order for somebody who has never signed in. Nobody is signed in by it: whoever
    owns the phone finds the order after a code. A name that the customer gave stays. Runs elevated."""
    return _customer_of_index(blind_index(phone, "phone"), phone, name[:60], now)


def _customer_of_index(index: str, phone: str, name: str, now: datetime) -> Customer:
    statement = insert(Customer).values(
        phone_index=index, phone_sealed=seal(phone, f"party_customer:phone:{index}"), phone_tail=phone[-4:], phone_masked=masked_phone(phone),
        name=name, active=True, epoch=1, version=1, created_at=now, updated_at=now,
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


_HOLDER = select(Customer.epoch, Customer.active, Customer.name, Customer.phone_masked).where(Customer.id == bindparam("key"))


def actor_of_token(token: str, *, address: str) -> Actor:
    """The customer who holds the token, as an actor. Raises TokenRefused. Runs elevated: nobody is known yet."""
    try:
        claims = jwt.decode(token, current_app.config["CUSTOMER_TOKEN_KEY"], algorithms=["HS256"], audience="customer", issuer="baiye")
        key = int(claims["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError) as refused:
        raise TokenRefused from refused
    row = db.session.execute(_HOLDER, {"key": key}).one_or_none()
    if row is None or not row.active or row.epoch != claims["epoch"]:
        raise TokenRefused
    return Actor("customer", key, row.name or row.phone_masked or f"#{key}", frozenset({"customer"}), Scope("customer", key), address)


def sign_out_everywhere(customer: Customer) -> None:
    """Void every token of the customer."""
    customer.epoch += 1
