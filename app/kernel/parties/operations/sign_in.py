"""Signing in to the console: password, lock-out, second factor."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, get, save
from app.framework.sealing import seal, unseal
from app.kernel.audit.operations import append
from app.kernel.parties.models import ConsoleSession, SignInFailure, StaffUser
from app.kernel.parties.passwords import check_password_strength
from app.kernel.parties.roles import MONEY_ROLES

TRIES, WINDOW = 5, timedelta(minutes=15)
ADDRESS_TRIES = 40
# Checked when there is no such user, so that both answers take the same time.
NOBODY = generate_password_hash("nobody has this password")


class SignInRefused(Refusal):
    """Wrong name or password; which of the two is not said."""

    code = "sign_in.refused"
    status = 401
    sentence = _l("账号或密码不对")


class NotYou(Refusal):
    """The password typed again is not the one of whoever signed in."""

    code = "sign_in.not_you"
    status = 422
    sentence = _l("密码不对；输入登录密码确认是你本人")


class LockedOut(Refusal):
    """Too many failures for this account or address."""

    code = "sign_in.locked"
    status = 429
    sentence = _l("试错太多次，%(minutes)d 分钟后再试，或让管理员重设密码")


class WrongSecondFactor(Refusal):
    """The six digits are wrong, late, or were used before."""

    code = "sign_in.wrong_code"
    status = 401
    sentence = _l("验证码不对或已用过，等下一组数字再试")


def check_credentials(username: str, password: str, *, address: str, now: datetime) -> StaffUser:
    """The active user with this name and password. Counts a failure per account and per address, commits it, and raises.

    Runs elevated: nobody is signed in yet.
    """
    who = [f"user:{username.lower()[:64]}", f"address:{address}"]
    _refuse_when_locked(who, now)
    user = db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one_or_none()
    right = check_password_hash(user.password if user and user.password else NOBODY, password)
    if not (user and right and user.is_active):
        db.session.add_all(SignInFailure(who=each, at=now) for each in who)
        db.session.commit()  # the failure outlives the refused request
        raise SignInRefused(field="password")
    db.session.execute(delete(SignInFailure).where(SignInFailure.who == who[0]))
    user.last_login, user.login_count = now.replace(tzinfo=None), (user.login_count or 0) + 1
    return user


def confirm_identity(actor: Actor, password: str, *, now: datetime) -> None:
    """The person who signed in types the password again before money or an account changes. Counts failures as signing in does.

    Raises NotYou or LockedOut. Call before anything else: a failure is committed.
    """
    with elevated():
        user = get(StaffUser, actor.id)
        who = [f"user:{user.username.lower()[:64]}", f"address:{actor.address}"]
        _refuse_when_locked(who, now)
        if not check_password_hash(user.password, password):
            db.session.add_all(SignInFailure(who=each, at=now) for each in who)
            db.session.commit()
            raise NotYou(field="password")


def _refuse_when_locked(who: list[str], now: datetime) -> None:
    for each, limit in zip(who, (TRIES, ADDRESS_TRIES), strict=True):
        recent = select(func.count(), func.min(SignInFailure.at)).where(SignInFailure.who == each, SignInFailure.at > now - WINDOW)
        count, first = db.session.execute(recent).one()
        if count >= limit:
            raise LockedOut(minutes=max(1, round((first + WINDOW - now).total_seconds() / 60)))


def needs_second_factor(user: StaffUser) -> bool:
    """True for whoever has enrolled, and for money roles always."""
    return user.totp_confirmed_at is not None or bool(MONEY_ROLES & {role.name for role in user.roles})


def begin_enrolment(user: StaffUser) -> str:
    """Give the user a TOTP secret unless one is confirmed; return its otpauth:// address for the QR code."""
    if user.totp_secret is None:
        user.totp_secret = seal(pyotp.random_base32(), _place(user))
        db.session.flush()
    return pyotp.TOTP(unseal(user.totp_secret, _place(user))).provisioning_uri(name=user.username, issuer_name="百业")


def check_second_factor(user: StaffUser, code: str, *, address: str, now: datetime) -> None:
    """Accept a code of the present, previous, or next half minute, once (RFC 6238); the first one confirms the enrolment."""
    who = [f"totp:{user.id}", f"address:{address}"]
    _refuse_when_locked(who, now)
    totp = pyotp.TOTP(unseal(user.totp_secret or "", _place(user)))
    step = int(now.timestamp()) // 30
    matching = [each for each in (step - 1, step, step + 1) if pyotp.utils.strings_equal(totp.at(each * 30), code.replace(" ", ""))]
    if not matching or matching[0] <= user.totp_last_step:
        db.session.add(SignInFailure(who=who[0], at=now))
        db.session.commit()
        raise WrongSecondFactor(field="code")
    user.totp_last_step = matching[0]
    user.totp_confirmed_at = user.totp_confirmed_at or now


def current_code(user: StaffUser, now: datetime) -> str:
    """The six digits of this moment: shown by the sandbox's demo sign-in only."""
    return pyotp.TOTP(unseal(user.totp_secret or "", _place(user))).at(now)


def change_password(user: StaffUser, old: str, new: str, *, actor: Actor, now: datetime) -> None:
    """Replace the password, end every other session of the user. Refuses weak or common passwords and a wrong old one."""
    if not check_password_hash(user.password, old):
        raise SignInRefused(field="old")
    set_password(user, new)
    append("user.password_changed", user, actor=actor, now=now)


def set_password(user: StaffUser, password: str) -> None:
    """Give the user a password that is strong enough; all sessions of the user end."""
    check_password_strength(password, user.username)
    user.password, user.password_expires_at = _hashed(password), None
    end_sessions(user.id)


def end_sessions(user_id: int, *, but: str | None = None) -> None:
    """Sign the user out everywhere, in the mini-program too, except in the session whose stored id is `but`."""
    db.session.execute(delete(ConsoleSession).where(ConsoleSession.user_id == user_id, ConsoleSession.id != (but or "")))
    db.session.execute(update(StaffUser).where(StaffUser.id == user_id).values(customer_id=None))


def end_session(user_id: int, key: str) -> None:
    """Sign the user out in the one browser whose stored session id is `key`; nothing when it is somebody else's."""
    db.session.execute(delete(ConsoleSession).where(ConsoleSession.user_id == user_id, ConsoleSession.id == key))


def remember_preference(actor: Actor, name: str, value: str) -> None:
    """Keep a console preference with the account, for the next sign-in."""
    if name in ("locale", "theme", "density") and actor.kind in ("staff", "member"):
        with elevated():
            setattr(get(StaffUser, actor.id), name, value)
            db.session.flush()


def create_user(username: str, password: str, roles: list[str], *, last_name: str = "", first_name: str = "", phone: str | None = None) -> StaffUser:
    """A console user with these role names (roles must be synced first)."""
    check_password_strength(password, username)
    sm = current_app.appbuilder.sm  # type: ignore[attr-defined]
    user = StaffUser(
        username=username, first_name=first_name or username, last_name=last_name, email=f"{username}@baiye.invalid", active=True,
        password=_hashed(password), phone=phone, login_count=0, fail_login_count=0,
    )
    user.roles = [sm.find_role(name) for name in roles]
    return save(user)


def _hashed(password: str) -> str:
    return generate_password_hash(password, current_app.config["PASSWORD_METHOD"])


def _place(user: StaffUser) -> str:
    return f"ab_user:totp_secret:{user.username}"
