"""Reads of what people keep. Always one side's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text

from app.core.actors import Actor
from app.extensions import db
from app.kernel.parties.models import Membership, StaffUser
from app.kernel.workspace.models import Notice
from app.kernel.workspace.rules import own

DESK = text("""
    SELECT (SELECT count(*) FROM (SELECT 1 FROM workspace_notice WHERE user_id = :user AND merchant_id IS NOT DISTINCT FROM :side AND read_at IS NULL
                                  LIMIT 100) AS news) AS unread,
        EXISTS (SELECT 1 FROM workspace_pin WHERE user_id = :user AND coalesce(merchant_id, 0) = coalesce(:side, 0) AND address = :address) AS pinned,
        (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'query', query, 'shared', shared, 'role', role, 'opens_first', opens_first,
                                             'user_id', user_id) ORDER BY id)
         FROM workspace_view WHERE :list_name <> '' AND list_name = :list_name AND merchant_id IS NOT DISTINCT FROM :side AND deleted_at IS NULL
            AND (user_id = :user OR shared = 'side' OR (shared = 'role' AND (role = ANY(:roles) OR :starter)))) AS views
""")


def desk_row(actor: Actor, address: str, list_name: str, *, starter: bool) -> Any:
    """Unread, pinned, and the views of a list as one row. One query."""
    return db.session.execute(DESK, {
        "user": actor.id, "side": actor.merchant_id, "address": address[:300], "list_name": list_name, "roles": sorted(actor.roles), "starter": starter,
    }).one()


def unread_of(actor: Actor) -> int:
    """How many messages the actor has not read."""
    return int(db.session.scalar(select(func.count()).select_from(Notice).where(own(Notice, actor), Notice.read_at.is_(None))) or 0)


def people_of_side(actor: Actor) -> list[tuple[int, str, str]]:
    """(user id, name, account) of those on the actor's side who may sign in, by name."""
    if actor.merchant_id:
        statement = select(Membership.user_id, Membership.name, Membership.username).where(Membership.merchant_id == actor.merchant_id, Membership.active)
        return sorted(((row[0], row[1], row[2]) for row in db.session.execute(statement)), key=lambda each: each[1])
    users = db.session.scalars(select(StaffUser).where(StaffUser.active, StaffUser.roles.any())).unique()
    return sorted(((user.id, user.label, user.username) for user in users), key=lambda each: each[1])
