"""Who may share, what a person's own rows are, which names a note mentions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_

from app.core.actors import Actor
from app.kernel.parties.roles import MERCHANT_ROLES, PLATFORM_ROLES

SHARERS = frozenset({"Admin", "Operator", "Owner", "Manager"})
STARTERS = frozenset({"Admin", "Operator", "Owner"})
RECENT_AT_MOST = 50
RECENT_AGAIN = timedelta(minutes=1)
DRAFT_AT_MOST = 64_000  # letters of one form
PINS_AT_MOST = 40


def of_side(model: Any, actor: Actor) -> ColumnElement[bool]:
    """The rows of the actor's side: the merchant's, or the platform's."""
    return model.merchant_id == actor.merchant_id if actor.merchant_id else model.merchant_id.is_(None)


def own(model: Any, actor: Actor) -> ColumnElement[bool]:
    """The rows of the actor on this side."""
    return and_(model.user_id == actor.id, of_side(model, actor))


def roles_of_side(actor: Actor) -> dict[str, Any]:
    """Name → label of the roles that a view can be shared with."""
    return {role.name: role.label for role in (MERCHANT_ROLES if actor.merchant_id else PLATFORM_ROLES)}


def mentioned(words: str, people: Iterable[tuple[int, str, str]]) -> set[int]:
    """Ids of the people whose `@name` or `@account` stands in the words. A longer name is looked for first and used up,
    so that `@林建民` does not also call `@林建`."""
    names = sorted(((name, person) for person, *both in people for name in both if name), key=lambda pair: -len(pair[0]))
    found, left = set(), words
    for name in dict.fromkeys(name for name, _ in names):
        if f"@{name}" in left:
            found |= {person for each, person in names if each == name}
            left = left.replace(f"@{name}", "")
    return found
