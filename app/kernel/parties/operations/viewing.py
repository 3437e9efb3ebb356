"""Looking at the console as somebody else: begun with a reason and a limit, ended by hand or by the clock, never a way to change anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import get, save
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.parties.models import Membership, StaffUser, Viewing

MINUTES = (15, 30, 60)


class NotViewable(Refusal):
    """Nobody looks as an administrator, as themselves, or as an account that may not sign in."""

    code = "viewing.not_viewable"
    status = 403
    sentence = _l("不能以“%(name)s”的身份查看：管理员、停用的账号和你自己都不行")


class SecondFactorFirst(Refusal):
    """Whoever looks as somebody else has passed the second factor."""

    code = "viewing.second_factor"
    status = 403
    sentence = _l("先完成两步验证，再以别人的身份查看")


def lengths() -> list[int]:
    """The minutes to choose from: the usual ones up to the setting's longest, and that one."""
    longest = value_of("parties.viewing_most")
    return sorted({*(each for each in MINUTES if each < longest), longest})


def may_be_viewed(target: StaffUser, member: Membership | None = None) -> bool:
    """True for an active account with a place and without the Admin role."""
    roles = {role.name for role in target.roles}
    return bool(target.active) and "Admin" not in roles and (bool(roles) if member is None else member.active and not roles)


def begin_viewing(
    staff: StaffUser, target: StaffUser, *, member: Membership | None = None, minutes: int, reason: str, actor: Actor, now: datetime
) -> Viewing:
    """`staff` sees what `target` sees (as `member` of a merchant when one is given) for so many minutes. Runs elevated.

    Raises SecondFactorFirst, NotViewable, Invalid for another limit or an empty reason.
    """
    if staff.totp_confirmed_at is None:
        raise SecondFactorFirst
    if target.id == staff.id or not may_be_viewed(target, member):
        raise NotViewable(name=target.label)
    if minutes not in lengths() or not reason.strip():
        raise Invalid
    viewing = save(Viewing(
        staff_id=staff.id, staff_name=staff.label, target_id=target.id, target_name=target.label, merchant_id=member.merchant_id if member else None,
        reason=reason.strip(), began_at=now, ends_at=now + timedelta(minutes=minutes),
    ))
    append("viewing.begun", _subject(viewing), actor=actor, now=now, reason=viewing.reason, changes={"viewing_minutes": [None, minutes]})
    return viewing


def end_viewing(viewing: Viewing, *, address: str, now: datetime) -> None:
    """The looking is over because the person said so; nothing when it was over already. Runs elevated."""
    if _close(viewing, now):
        append("viewing.ended", _subject(viewing), actor=viewer(viewing, address), now=now)


def expire_viewing(viewing: Viewing, *, address: str, now: datetime) -> None:
    """The looking is over because the time is up, or the account or the right is gone; nothing when it was over already. Runs elevated."""
    if _close(viewing, now):
        append("viewing.expired", _subject(viewing), actor=viewer(viewing, address), now=now)


def refuse_change(viewing: Viewing, request: str, *, address: str, now: datetime) -> None:
    """The audit knows what somebody tried to change or take out while looking. Runs elevated."""
    append("viewing.refused", _subject(viewing), actor=viewer(viewing, address), now=now, changes={"refused_request": [None, request[:200]]})


def close_overdue(now: datetime) -> int:
    """End what nobody came back to end; how many. Runs elevated."""
    overdue = list(db.session.scalars(select(Viewing).where(Viewing.ended_at.is_(None), Viewing.ends_at <= now)))
    for viewing in overdue:
        expire_viewing(viewing, address="", now=now)
    return len(overdue)


def viewer(viewing: Viewing, address: str) -> Actor:
    """Who really looks."""
    return Actor("staff", viewing.staff_id, viewing.staff_name, frozenset({"Admin"}), EVERYTHING, address)


def _close(viewing: Viewing, now: datetime) -> bool:
    db.session.refresh(viewing, with_for_update=True)
    if viewing.ended_at is not None:
        return False
    viewing.ended_at = min(now, viewing.ends_at)
    return True


def _subject(viewing: Viewing) -> Any:
    """The record whose story this belongs to: the member's at the merchant, else the account's."""
    if viewing.merchant_id is None:
        return get(StaffUser, viewing.target_id)
    statement = select(Membership).where(Membership.user_id == viewing.target_id, Membership.merchant_id == viewing.merchant_id)
    return db.session.scalars(statement).first() or get(StaffUser, viewing.target_id)
