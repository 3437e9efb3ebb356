"""Who is signed in, as an Actor. `kernel.parties` says how a console user and an API token become one."""

from __future__ import annotations

from collections.abc import Callable

from flask import g, has_request_context

from app.core.actors import ANYBODY, Actor
from app.framework.database import enter_scope

_identify: list[Callable[[], Actor]] = []
_again: list[Callable[[int, int | None], Actor | None]] = []


def identify_with(function: Callable[[], Actor]) -> None:
    """Register how the console's signed-in user becomes an Actor; the last registration counts."""
    _identify[:] = [function]


def recognise_with(function: Callable[[int, int | None], Actor | None]) -> None:
    """Register how a person becomes an Actor outside a request, by user id and merchant id; the last registration counts."""
    _again[:] = [function]


def actor_again(user_id: int, merchant_id: int | None) -> Actor | None:
    """The person with the rights and scope of this moment, for work that was asked for earlier; None when nothing is left of them."""
    return _again[0](user_id, merchant_id) if _again else None


def current_actor() -> Actor:
    """The actor of this request; nobody outside a request or when signed out. Asked once, then kept for the request."""
    if not has_request_context():
        return ANYBODY
    actor: Actor | None = g.get("actor")
    if actor is None:
        actor = _identify[0]() if _identify else ANYBODY
        act_as(actor)
    return actor


def act_as(actor: Actor) -> None:
    """Make `actor` the actor of this request, and its scope the session's."""
    g.actor = actor
    enter_scope(actor.scope)
