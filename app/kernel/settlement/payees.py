"""Who is paid: a merchant by statements and withdrawals, a person who earns by work by withdrawals alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import NotFound
from app.extensions import db
from app.framework.database import elevated
from app.kernel.parties.models import Membership
from app.kernel.parties.queries import merchant_named, person_named
from app.kernel.parties.roles import RUNNERS


@dataclass(frozen=True)
class Payee:
    """A party as the ledger names it: a merchant by its id, a person by the user's."""

    kind: str
    id: int


@dataclass(frozen=True)
class Earner:
    """A kind of person who earns by work: the ledger's name, the word, the role that members have of it. `called` says what it calls orders."""

    kind: str
    title: Any
    role: str
    called: Callable[[Iterable[int]], Mapping[int, str]]


_earners: dict[str, Earner] = {}


def register(earner: Earner) -> None:
    """People of this kind see what they earned, and are paid."""
    _earners[earner.kind] = earner


def earners() -> Mapping[str, Earner]:
    """Every kind of person who earns, by its name in the ledger."""
    return _earners


def payee_of(actor: Actor) -> Payee:
    """Who is paid what the actor sees: the person who earns by work, else the merchant that the member acts for. Raises NotFound for others."""
    own = next((earner for earner in _earners.values() if earner.role in actor.roles), None)
    if own is not None and actor.id is not None:
        return Payee(own.kind, actor.id)
    if actor.merchant_id is not None and actor.roles & RUNNERS:
        return Payee("merchant", actor.merchant_id)
    raise NotFound


def works_at(payee: Payee) -> int | None:
    """A merchant at which the person does this work, the latest: whose console its messages are read in."""
    own = select(Membership.merchant_id).where(Membership.user_id == payee.id, Membership.role == _earners[payee.kind].role, Membership.active)
    with elevated():
        return db.session.scalars(own.order_by(Membership.id.desc()).limit(1)).first()


def payee_words(record: Any) -> str:
    """Who is behind `owner_kind` and `owner_id`: the merchant by name, a person by kind and name."""
    with elevated():
        if record.owner_kind == "merchant":
            return merchant_named(record.owner_id) or f"merchant/{record.owner_id}"
        earner = _earners.get(record.owner_kind)
        return f"{earner.title if earner else record.owner_kind} {person_named(f'member:{record.owner_id}')}"
