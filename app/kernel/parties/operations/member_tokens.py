"""Members of merchants over the API: name, password, and second factor for a token, which is one of the person's sessions.

So it ends with the others: at sign-out, a new password, or when somebody switches the account off; and the person sees it among them.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import save
from app.kernel.audit.operations import append
from app.kernel.parties.models import ConsoleSession
from app.kernel.parties.operations.customers import TokenRefused
from app.kernel.parties.operations.sign_in import check_credentials, check_second_factor, needs_second_factor
from app.kernel.parties.security import Place, actor_of, memberships_of
from app.kernel.parties.sessions import SEEN_EVERY

MARK = "member_"


class CodeNeeded(Refusal):
    """The account has a second factor: send its six digits along."""

    code = "sign_in.code_needed"
    status = 401
    sentence = _l("这个账号开了两步验证，带上六位验证码再登录")


class NoPlace(Refusal):
    """The person works at no merchant, or not at this one; the platform's own staff have the console."""

    code = "sign_in.no_place"
    status = 403
    sentence = _l("这个账号不是这家商户的成员")


def sign_in_member(
    username: str, password: str, *, code: str = "", merchant_id: int | None = None, address: str, agent: str, now: datetime,
) -> tuple[str, Actor, list[Place]]:
    """A token with which the person acts for the merchant (the first of theirs unless said), who that is, and where else they work.

    Counts failures as the console does. Refuses SignInRefused, LockedOut, CodeNeeded, WrongSecondFactor, NoPlace. Runs elevated: nobody is known yet.
    """
    user = check_credentials(username, password, address=address, now=now)
    if needs_second_factor(user):
        if not code or user.totp_secret is None:
            raise CodeNeeded(field="code")
        check_second_factor(user, code, address=address, now=now)
    places = [] if user.roles else memberships_of(user.id)
    chosen = next((place for place in places if merchant_id in {None, place.merchant_id}), None)
    actor = actor_of(user.id, chosen.merchant_id) if chosen is not None else None
    if actor is None:
        raise NoPlace(field="merchant_id")
    token = f"{MARK}{secrets.token_urlsafe(32)}"
    save(ConsoleSession(
        id=_kept_as(token), user_id=user.id, data={"api_merchant": actor.merchant_id}, created_at=now, seen_at=now, expires_at=now + lives(), address=address,
        agent=agent[:200],
    ))
    actor = replace(actor, address=address)
    append("user.signed_in", user, actor=actor, now=now)
    return token, actor, places


def lives() -> timedelta:
    """How long a token serves: as long as a browser's session."""
    return current_app.permanent_session_lifetime


def actor_of_member_token(token: str, *, address: str, now: datetime) -> Actor:
    """The member who holds the token, with the role and the trades of this moment. Raises TokenRefused. Runs elevated."""
    row = db.session.scalars(select(ConsoleSession).where(ConsoleSession.id == _kept_as(token), ConsoleSession.expires_at > now)).one_or_none()
    merchant_id = row.data.get("api_merchant") if row is not None else None
    actor = actor_of(row.user_id, merchant_id) if row is not None and row.user_id is not None and merchant_id is not None else None
    if row is None or actor is None:
        raise TokenRefused
    if now - row.seen_at > SEEN_EVERY:
        row.seen_at = now
    return replace(actor, address=address)


def end_member_token(token: str) -> None:
    """The token serves no more."""
    db.session.execute(delete(ConsoleSession).where(ConsoleSession.id == _kept_as(token)))


def _kept_as(token: str) -> str:
    """How a token is stored: by another function than a browser's, so that none is ever taken for the other."""
    return hashlib.sha3_256(token.encode()).hexdigest()
