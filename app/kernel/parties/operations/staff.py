"""Accounts of the console: roles, on and off, the second factor, sessions."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import elevated, get
from app.kernel.audit.operations import append
from app.kernel.parties.models import ConsoleSession, Membership, StaffUser
from app.kernel.parties.operations.sign_in import end_session, end_sessions
from app.kernel.parties.roles import STAFF


class LastAdmin(Refusal):
    """The platform keeps at least one active administrator."""

    code = "staff.last_admin"
    status = 409
    sentence = _l("至少要留一个能登录的管理员")


class OwnAccount(Refusal):
    """An administrator does not take rights, access, or the second factor from the own account."""

    code = "staff.own_account"
    status = 409
    sentence = _l("不能对自己的账号这样做，请另一位管理员来")


class WorksElsewhere(Refusal):
    """The person also works for somebody else, so this merchant may not reach the sessions."""

    code = "member.works_elsewhere"
    status = 409
    sentence = _l("这个人还在别处任职，登录记录只有平台能看能结束")


def change_staff(user: StaffUser, *, roles: list[str] | None, active: bool, actor: Actor, now: datetime) -> StaffUser:
    """Give the account other platform roles (None leaves them), switch it on or off; off signs it out everywhere.

    Refuses to touch one's own Admin role or access, and to leave the platform without an administrator. A member's account takes no platform role.
    """
    held = sorted(role.name for role in user.roles)
    wanted = held if roles is None else sorted({*roles, *(name for name in held if name not in STAFF)})
    if roles is not None and (not wanted or set(roles) - STAFF or (not held and _works(user.id))):
        raise Invalid(errors=[{"field": "roles", "code": "invalid", "message": str(_l("至少选一个角色；商户成员不能兼任平台角色"))}])
    if user.id == actor.id and (not active or ("Admin" in held and "Admin" not in wanted)):
        raise OwnAccount(field="roles" if active else "active")
    if "Admin" in held and user.active and (not active or "Admin" not in wanted):
        _keep_an_admin(user)
    if wanted != held:
        user.roles = [current_app.appbuilder.sm.find_role(name) for name in wanted]  # type: ignore[attr-defined]
        append("user.roles_changed", user, actor=actor, now=now, changes={"roles": [held, wanted]})
    if active != user.active:
        _switch(user, active, actor, now)
    db.session.flush()
    return user


def _works(user_id: int) -> bool:
    return db.session.scalars(select(Membership.id).where(Membership.user_id == user_id)).first() is not None


def _keep_an_admin(user: StaffUser) -> None:
    """Another active administrator stays; two who take the role from each other at once queue here."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('administrators'))"))
    others = select(StaffUser.id).where(StaffUser.roles.any(name="Admin"), StaffUser.active.is_(True), StaffUser.id != user.id)
    if db.session.scalars(others).first() is None:
        raise LastAdmin(field="roles")


def _switch(user: StaffUser, active: bool, actor: Actor, now: datetime) -> None:
    user.active = active
    if active:
        append("user.switched_on", user, actor=actor, now=now)
    else:
        end_sessions(user.id)
        append("user.switched_off", user, actor=actor, now=now)


def reset_second_factor(user: StaffUser, *, reason: str, actor: Actor, now: datetime) -> None:
    """The account has no second factor and no session; whoever needs one enrols at the next sign-in. Refuses one's own account."""
    if user.id == actor.id:
        raise OwnAccount
    user.totp_secret, user.totp_confirmed_at, user.totp_last_step = None, None, 0
    end_sessions(user.id)
    append("user.second_factor_reset", user, actor=actor, now=now, reason=reason)
    db.session.flush()


def sessions_of(user_id: int) -> list[ConsoleSession]:
    """The signed-in browsers of an account, the last seen first."""
    with elevated():
        statement = select(ConsoleSession).where(ConsoleSession.user_id == user_id).order_by(ConsoleSession.seen_at.desc())
        return list(db.session.scalars(statement))


def end_staff_sessions(user: StaffUser, *, session_id: str = "", actor: Actor, now: datetime) -> None:
    """Sign the account out in one browser, or everywhere when none is named."""
    _end(user.id, session_id)
    append("user.sessions_ended", user, actor=actor, now=now)


def end_member_sessions(member: Membership, *, session_id: str = "", actor: Actor, now: datetime) -> None:
    """Sign the member out in one browser, or everywhere. Refuses when the person works elsewhere too."""
    if not works_here_only(member):
        raise WorksElsewhere
    with elevated():
        _end(member.user_id, session_id)
    append("member.sessions_ended", member, actor=actor, now=now)


def works_here_only(member: Membership) -> bool:
    """True when the person has no other place and no platform role: the sessions are this merchant's business."""
    with elevated():
        elsewhere = select(Membership.id).where(Membership.user_id == member.user_id, Membership.id != member.id)
        return db.session.scalars(elsewhere).first() is None and not get(StaffUser, member.user_id).roles


def _end(user_id: int, session_id: str) -> None:
    if not session_id:
        end_sessions(user_id)
    elif session_id in {each.id for each in sessions_of(user_id)}:
        end_session(user_id, session_id)
    else:
        raise NotFound
