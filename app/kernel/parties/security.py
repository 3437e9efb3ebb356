"""How a signed-in browser becomes an actor: FAB's user, the membership it acts under, and the scope that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, request, session
from flask_login import UserMixin, current_user
from sqlalchemy import select

from app.core.actors import ANYBODY, EVERYTHING, Actor, Scope
from app.extensions import db
from app.framework.console.rights import IN_NONE, IN_TRADE
from app.framework.console.security import BuiltinSecurityManager
from app.framework.database import elevated
from app.framework.identity import current_actor
from app.framework.opening import at_opening, read_at_opening
from app.kernel.parties.models import Membership, Merchant, StaffUser

read_at_opening("signed_in", """(
    SELECT jsonb_build_object('id', person.id, 'username', person.username, 'label', person.last_name || person.first_name, 'roles', coalesce(
        (SELECT jsonb_agg(role.name) FROM ab_user_role AS held JOIN ab_role AS role ON role.id = held.role_id WHERE held.user_id = person.id), '[]'))
    WHERE person.active)""")
read_at_opening("places", """(
    SELECT jsonb_agg(jsonb_build_object('merchant_id', merchant.id, 'role', place.role, 'name', merchant.name, 'status', merchant.status,
        'trades', merchant.trades) ORDER BY merchant.id)
    FROM party_membership AS place JOIN party_merchant AS merchant ON merchant.id = place.merchant_id
    WHERE place.user_id = person.id AND place.active)""")


@dataclass(frozen=True)
class HeldRole:
    """A role by name, as FAB's checks want it; `id` is not used for roles that live in code."""

    name: str
    id: int = 0


@dataclass(frozen=True)
class Place:
    """Where a person works: the merchant with its trades, and as what."""

    merchant_id: int
    role: str
    name: str
    status: str
    trades: list[str]

    @property
    def roles(self) -> frozenset[str]:
        """The role, and the trades in which it counts."""
        return frozenset({self.role, *(f"{IN_TRADE}{trade}" for trade in self.trades or [IN_NONE.removeprefix(IN_TRADE)])})


class SignedIn(UserMixin):
    """The person of a session as its opening found them: as much of the account as pages ask for."""

    def __init__(self, id: int, username: str, label: str, roles: list[str]) -> None:
        self.id, self.username, self.label = id, username, label
        self.roles = [HeldRole(name) for name in roles]


class StaffSecurityManager(BuiltinSecurityManager):
    """FAB's security manager on our user; a member's roles are those of the merchant the person acts for."""

    user_model = StaffUser

    def load_user(self, pk: str) -> StaffUser | SignedIn | None:
        """The user whom a session names, if still active. Elevated: the scope follows from who it is."""
        found = at_opening("signed_in")
        if found and (found[0] is None or str(found[0]["id"]) == pk):
            return SignedIn(**found[0]) if found[0] else None
        with elevated():
            user = db.session.get(StaffUser, int(pk))
            if user is None or not user.is_active:
                return None
            user.roles  # noqa: B018 -- loaded here, inside the elevated block
            return user

    def get_user_roles(self, user: Any) -> list[Any]:
        """The roles that count for this request."""
        return [HeldRole(name) for name in sorted(current_actor().roles)] or [self.get_public_role()]


def memberships_of(user_id: int) -> list[Place]:
    """The active places of a person, by merchant."""
    with elevated():
        statement = (
            select(Membership.merchant_id, Membership.role, Merchant.name, Merchant.status, Merchant.trades)
            .join(Merchant, Merchant.id == Membership.merchant_id)
            .where(Membership.user_id == user_id, Membership.active)
            .order_by(Membership.merchant_id)
        )
        return [Place(*row) for row in db.session.execute(statement)]


def console_actor() -> Actor:
    """Who is signed in: staff reach everything; a member reaches one merchant, the one chosen in the session or the first."""
    if not current_user.is_authenticated:
        return ANYBODY
    address = request.remote_addr or ""
    roles = frozenset(role.name for role in current_user.roles)
    if roles:
        return Actor("staff", current_user.id, current_user.label, roles, EVERYTHING, address)
    found = at_opening("places")
    places = [Place(**each) for each in found[0] or ()] if found else memberships_of(current_user.id)
    chosen = next((place for place in places if place.merchant_id == session.get("merchant_id")), places[0] if places else None)
    if chosen is None:
        return Actor("member", current_user.id, current_user.label, frozenset(), address=address)
    g.merchant_name = chosen.name
    return Actor("member", current_user.id, current_user.label, chosen.roles, Scope("merchant", chosen.merchant_id), address)


def actor_of(user_id: int, merchant_id: int | None) -> Actor | None:
    """The person as they stand: staff for the platform, a member for that merchant; None when the account or the place is gone."""
    with elevated():
        user = db.session.get(StaffUser, user_id, populate_existing=True)
        if user is None or not user.is_active:
            return None
        roles = frozenset(role.name for role in user.roles)
    if merchant_id is None:
        return Actor("staff", user.id, user.label, roles, EVERYTHING) if roles else None
    place = next((each for each in memberships_of(user_id) if each.merchant_id == merchant_id), None)
    return Actor("member", user.id, user.label, place.roles, Scope("merchant", merchant_id)) if place else None
