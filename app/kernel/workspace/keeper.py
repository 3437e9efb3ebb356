"""What the console's pages ask of the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.actors import Actor
from app.extensions import db
from app.framework.console.keeping import Desk, KeptDraft, KeptNote, KeptView, Place
from app.kernel.workspace.models import EVERYBODY, LAYOUT, Draft, Pin, Recent
from app.kernel.workspace.operations.keeping import forget_draft, note_opened
from app.kernel.workspace.operations.notes import notes_on
from app.kernel.workspace.operations.views import changeable
from app.kernel.workspace.queries import desk_row
from app.kernel.workspace.rules import SHARERS, STARTERS, own, roles_of_side

PLACES = 12


class WorkspaceKeeper:
    """`app.framework.console.keeping.Keeper` on the tables of this package."""

    def desk(self, actor: Actor, address: str, list_name: str) -> Desk:
        """One query for the page at `address`."""
        row = desk_row(actor, address, list_name, starter=bool(actor.roles & STARTERS))
        views = [each for each in row.views or () if each["shared"] != LAYOUT]
        layout = next((each["query"].get("columns", "") for each in row.views or () if each["shared"] == LAYOUT and each["user_id"] == actor.id), "")
        return Desk(row.unread, row.pinned, tuple(_kept(each, actor) for each in views), tuple(filter(None, layout.split(","))))

    def opened(self, actor: Actor, address: str, label: str, kind: str) -> None:
        """Remember that the record was opened."""
        note_opened(address, label, kind, actor=actor, now=clock.now())

    def places(self, actor: Actor) -> Sequence[Place]:
        """Pins by age, then the records opened last."""
        pins = db.session.scalars(select(Pin).where(own(Pin, actor)).order_by(Pin.id).limit(PLACES))
        recent = db.session.scalars(select(Recent).where(own(Recent, actor)).order_by(Recent.seen_at.desc()).limit(PLACES))
        found = [Place(pin.label, pin.address, pin.kind, True) for pin in pins]
        pinned = {place.address for place in found}
        return found + [Place(each.label, each.address, each.kind, False) for each in recent if each.address not in pinned]

    def notes(self, actor: Actor, record: Any) -> Sequence[KeptNote]:
        """The notes of the actor's side on a record, newest first."""
        return [KeptNote(note.id, note.author, note.words, note.created_at, note.user_id == actor.id) for note in notes_on(record, actor)]

    def draft(self, actor: Actor, form_name: str, record_id: int) -> KeptDraft | None:
        """What the actor typed and did not save."""
        statement = select(Draft).where(own(Draft, actor), Draft.form_name == form_name, Draft.record_id == record_id)
        found = db.session.scalars(statement).one_or_none()
        return KeptDraft(found.saved_at, found.typed) if found else None

    def forget_draft(self, actor: Actor, form_name: str, record_id: int) -> None:
        """The form was saved."""
        forget_draft(form_name, record_id, actor=actor)

    def starter(self, actor: Actor) -> bool:
        """True for those who say which view a role's list opens with."""
        return bool(actor.roles & STARTERS)

    def sharing(self, actor: Actor) -> Sequence[tuple[str, Any]]:
        """Everybody of the side, or one role of it."""
        if not actor.roles & SHARERS:
            return ()
        everybody = _("%(place)s的所有成员", place=g.get("merchant_name", "")) if actor.merchant_id else _l("平台的所有人")
        return [(EVERYBODY, everybody), *roles_of_side(actor).items()]


def _kept(row: dict[str, Any], actor: Actor) -> KeptView:
    return KeptView(
        row["id"], row["name"], row["query"], row["shared"], row["role"], row["opens_first"], row["user_id"] == actor.id,
        changeable(row["user_id"], row["shared"], actor),
    )
