"""Invitations: made, sent again, taken up. A link is good for 72 hours and serves once; only its hash is kept."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import EVERYTHING, Actor, system
from app.core.errors import Invalid, Refusal
from app.core.identifiers import masked_phone
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.flow import WrongState, move
from app.framework.queue import enqueue
from app.framework.sealing import seal
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.parties.models import INVITATION_FLOW, Invitation, Membership, Merchant, StaffUser
from app.kernel.parties.operations.merchants import NameTaken, reserve_name
from app.kernel.parties.operations.phone_codes import NotAPhone
from app.kernel.parties.operations.sign_in import create_user
from app.kernel.parties.passwords import check_password_strength
from app.kernel.parties.roles import MEMBERS, STAFF
from app.kernel.parties.sessions import digest


class InvitationGone(Refusal):
    """There is no such invitation, or it was used, withdrawn, or is too old; which of these is not said."""

    code = "invitation.gone"
    status = 404
    sentence = _l("这个邀请链接已用过、已撤回或已过期")
    advice = _l("请邀请你的人重新发一个；已经设过密码的话，直接登录。")


@dataclass(frozen=True)
class Offer:
    """An invitation with its link, which exists in clear here only."""

    invitation: Invitation
    link: str


def invite(
    merchant: Merchant | None, *, username: str, last_name: str, first_name: str, roles: list[str], phone: str = "", actor: Actor, now: datetime
) -> Offer:
    """An open invitation to a merchant, or without one to the platform; with a phone the link also goes out as a text message.

    Raises NameTaken (also for a name that waits in another invitation), NotAPhone, Invalid for roles of the other side.
    """
    if not roles or set(roles) - (MEMBERS if merchant else STAFF) or (merchant and len(roles) != 1):
        raise Invalid
    if phone and not re.fullmatch(r"1[3-9]\d{9}", phone, flags=re.ASCII):
        raise NotAPhone(field="phone")
    with elevated():
        reserve_name(username)
        _make_room(username, now)
    token = secrets.token_urlsafe(32)
    invitation = save(Invitation(
        merchant_id=merchant.id if merchant else None, token_hash=digest(token), username=username, last_name=last_name, first_name=first_name,
        roles=sorted(roles), phone_masked=masked_phone(phone) if phone else "", invited_by=actor.name, expires_at=now + _lives(),
    ))
    if phone:
        invitation.phone_sealed = seal(phone, _phone_place(invitation))
    append("invitation.made", invitation, actor=actor, now=now, changes={"roles": [None, invitation.roles]})
    return _handed_out(invitation, token)


def _make_room(username: str, now: datetime) -> None:
    """No open invitation has the name: one that is too old is withdrawn, one that still counts is a refusal."""
    statement = select(Invitation).where(func.lower(Invitation.username) == username.lower(), Invitation.status == "open")
    waiting = db.session.scalars(statement).first()
    if waiting is not None and waiting.expires_at > now:
        raise NameTaken(field="username", username=username)
    if waiting is not None:
        move(waiting, "withdraw", actor=system("clean-up"), now=now)


def send_again(invitation: Invitation, *, actor: Actor, now: datetime) -> Offer:
    """A fresh link with a fresh term; the one before is dead. Refuses an invitation that is no longer open."""
    invitation = lock(Invitation, invitation.id)
    if invitation.status != "open":
        raise WrongState(state=str(INVITATION_FLOW.state(invitation.status).label), move=str(_l("重发")))
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.expires_at = digest(token), now + _lives()
    append("invitation.sent_again", invitation, actor=actor, now=now)
    return _handed_out(invitation, token)


def _handed_out(invitation: Invitation, token: str) -> Offer:
    """The link; put into the queue for a text message when there is a phone. Both travel sealed, so the queue's table opens nothing."""
    db.session.flush()
    link = f"{current_app.config['PUBLIC_URL'].rstrip('/')}/invitation/{token}"
    if invitation.phone_sealed:
        place = f"party_invitation:link:{invitation.id}"
        enqueue("send_invitation", phone_sealed=invitation.phone_sealed, phone_place=_phone_place(invitation), link_sealed=seal(link, place), link_place=place)
    return Offer(invitation, link)


def find_open(token: str, *, now: datetime) -> Invitation:
    """The open invitation behind a token. Raises InvitationGone. Runs elevated: nobody is known yet."""
    found = db.session.scalars(select(Invitation).where(Invitation.token_hash == digest(token))).one_or_none()
    if found is None or found.status != "open" or found.expires_at <= now:
        raise InvitationGone
    return found


def accept(token: str, password: str, *, address: str, now: datetime) -> StaffUser:
    """The account that the invitation promises, with this password. Of many tries at once one succeeds. Runs elevated.

    Raises InvitationGone, WeakPassword, NameTaken.
    """
    check_password_strength(password, find_open(token, now=now).username)
    key = db.session.scalars(select(Invitation.id).where(Invitation.token_hash == digest(token)).with_for_update()).one_or_none()
    if key is None:
        raise InvitationGone
    db.session.expire_all()
    invitation = find_open(token, now=now)
    reserve_name(invitation.username)
    platform = invitation.merchant_id is None
    user = create_user(
        invitation.username, password, invitation.roles if platform else [], last_name=invitation.last_name, first_name=invitation.first_name,
    )
    actor = Actor("staff" if platform else "member", user.id, user.label, frozenset({"system"}), EVERYTHING, address)
    if not platform:
        member = save(Membership(
            user_id=user.id, merchant_id=invitation.merchant_id, role=invitation.roles[0], name=user.label, username=user.username,
        ))
        append("member.added", member, actor=actor, now=now, changes={"role": [None, member.role]})
    move(invitation, "accept", actor=actor, now=now)
    return user


def _phone_place(invitation: Invitation) -> str:
    return f"party_invitation:phone:{invitation.id}"


def _lives() -> timedelta:
    """How long a link of an invitation opens."""
    return timedelta(hours=value_of("parties.invitation_hours"))
