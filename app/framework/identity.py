"""Who is signed in, as an Actor. `kernel.parties` says how a console user and an API token become one."""

from __future__ import annotations

from collections.abc import Callable

from flask import g, has_request_context

from app.core.actors import ANYBODY, Actor
from app.framework.database import enter_scope

_identify: list[Callable[[], Actor]] = []


def identify_with(function: Callable[[], Actor]) -> None:
    """Register how the console's signed-in user becomes an Actor; the last registration counts."""
    _identify[:] = [function]


def current_actor() -> Actor:
    """The actor of this request; nobody outside a request or when signed out. Asked once, then kept for the request."""
    if not has_request_context():
        return ANYBODY
    if "actor" not in g:
        act_as(_identify[0]() if _identify else ANYBODY)
    return g.actor


def act_as(actor: Actor) -> None:
    """Make `actor` the actor of this request, and its scope the session's."""
    g.actor = actor
    enter_scope(actor.scope)
