"""Merchants and their members."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, save
from app.kernel.audit.operations import append
from app.kernel.parties.models import Membership, Merchant, StaffUser
from app.kernel.parties.operations.sign_in import create_user, end_sessions


class NameTaken(Refusal):
    """A console user of that name exists."""

    code = "member.name_taken"
    status = 409
    sentence = _l("账号“%(username)s”已经有人用了，换一个")


class LastOwner(Refusal):
    """A merchant keeps at least one active owner."""

    code = "member.last_owner"
    status = 409
    sentence = _l("至少要留一个店主，先把店主交给别人")


def open_merchant(name: str, *, contact_name: str, contact_phone: str, funds_model: str = "split", actor: Actor, now: datetime) -> Merchant:
    """A new merchant, applying: nothing of it is on sale until an application is approved."""
    number = db.session.execute(text("SELECT nextval('party_merchant_code')")).scalar_one()
    merchant = save(Merchant(
        code=f"M{number:06d}", name=name, contact_name=contact_name, contact_phone=contact_phone, funds_model=funds_model, trades=[],
    ))
    append("merchant.opened", merchant, actor=actor, now=now)
    return merchant


def reserve_name(username: str) -> None:
    """Nobody else takes the name for a console user until this transaction ends. Raises NameTaken; case does not tell names apart. Runs elevated."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('console user'), hashtext(lower(:name)))"), {"name": username})
    if db.session.scalars(select(StaffUser.id).where(func.lower(StaffUser.username) == username.lower())).first():
        raise NameTaken(field="username", username=username)


def add_member(
    merchant: Merchant, *, username: str, password: str, role: str, last_name: str, first_name: str, actor: Actor, now: datetime
) -> Membership:
    """A new console user who may do for the merchant what `role` may."""
    with elevated():
        reserve_name(username)
        user = create_user(username, password, [], last_name=last_name, first_name=first_name)
    member = save(Membership(user_id=user.id, merchant_id=merchant.id, role=role, name=user.label, username=username))
    append("member.added", member, actor=actor, now=now, changes={"role": [None, role]})
    return member


def change_member(member: Membership, *, role: str, active: bool, actor: Actor, now: datetime) -> Membership:
    """Give the member another role, or take the access away; refuses to leave the merchant without an owner."""
    before = {"role": member.role, "active": member.active}
    if member.role == "Owner" and member.active and (role != "Owner" or not active):
        _keep_an_owner(member)
    member.role, member.active = role, active
    if not active:
        with elevated():
            end_sessions(member.user_id)
    append("member.changed", member, actor=actor, now=now, changes={"role": [before["role"], role], "active": [before["active"], active]})
    return member


def _keep_an_owner(member: Membership) -> None:
    """Another active owner stays. Two owners who take the role from each other at once queue here instead of waiting for each other's row."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('owners'), CAST(:merchant AS integer))"), {"merchant": member.merchant_id})
    others = select(Membership.id).where(
        Membership.merchant_id == member.merchant_id, Membership.role == "Owner", Membership.active, Membership.id != member.id
    )
    if not db.session.scalars(others).first():
        raise LastOwner(field="role")
