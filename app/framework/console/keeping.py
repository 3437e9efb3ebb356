"""What a person keeps in the console, as far as its pages need it: who keeps it is registered by the package that has the tables.

Without a keeper every page works; there is then nothing to save, pin, or note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flask import g, request

from app.core.actors import Actor
from app.framework.identity import current_actor


@dataclass(frozen=True)
class KeptView:
    """A saved view of a list: its arguments in the address, whom it is for, and whether the reader may change it."""

    id: int
    name: str
    query: Mapping[str, str]
    shared: str
    role: str
    opens_first: bool
    mine: bool
    changeable: bool


@dataclass(frozen=True)
class Desk:
    """What a page needs to know of the reader: unread messages, whether the page is pinned, and for a list its saved views
    and the columns last chosen."""

    unread: int = 0
    pinned: bool = False
    views: tuple[KeptView, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptNote:
    """A note on a record."""

    id: int
    author: str
    words: str
    at: datetime
    mine: bool


@dataclass(frozen=True)
class KeptDraft:
    """What was typed into a form and not saved."""

    at: datetime
    typed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A page to go back to: pinned, or a record opened lately."""

    label: str
    address: str
    kind: str
    pinned: bool


class Keeper(Protocol):
    """What the package that keeps these things offers to the pages. Reads are in the actor's own side only."""

    def desk(self, actor: Actor, address: str, list_name: str) -> Desk:
        """One query for the page at `address`; `list_name` is empty on pages that are no list."""

    def opened(self, actor: Actor, address: str, label: str, kind: str) -> None:
        """Remember that the record was opened."""

    def places(self, actor: Actor) -> Sequence[Place]:
        """Pins, then recent records."""

    def notes(self, actor: Actor, record: Any) -> Sequence[KeptNote]:
        """The notes of the actor's side on a record, newest first."""

    def draft(self, actor: Actor, form_name: str, record_id: int) -> KeptDraft | None:
        """What the actor typed and did not save."""

    def forget_draft(self, actor: Actor, form_name: str, record_id: int) -> None:
        """The form was saved."""

    def starter(self, actor: Actor) -> bool:
        """True for those who say which view a role's list opens with."""

    def sharing(self, actor: Actor) -> Sequence[tuple[str, Any]]:
        """Whom the actor may share a view with, as (value, label); empty for somebody who may not share."""


_keeper: list[Keeper] = []
MESSAGES: list[str] = []


def keep_with(keeper: Keeper, messages: str) -> None:
    """Register who keeps what people keep, and the endpoint of the page of messages; the last registration counts."""
    _keeper[:], MESSAGES[:] = [keeper], [messages]


def messages_endpoint() -> str:
    """The page behind the bell."""
    return MESSAGES[0]


def keeper() -> Keeper | None:
    """Who keeps; None when nobody does, or when nobody is signed in for whom anything could be kept."""
    actor = current_actor()
    known = actor.kind in {"staff", "member"} and actor.id is not None and actor.scope.kind in {"all", "merchant"}
    return _keeper[0] if _keeper and known else None


def desk(list_name: str = "") -> Desk | None:
    """The reader's desk for this page, asked once a request; None when nothing is kept."""
    if "desk" not in g:
        keeps = keeper()
        g.desk = keeps.desk(current_actor(), request.path, list_name) if keeps else None
    return g.desk  # type: ignore[no-any-return]
