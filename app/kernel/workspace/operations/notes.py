"""Notes on records, the messages that mentions make, and reading them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, inspect, select, update

from app.core.actors import Actor, system
from app.core.clock import now as clock_now
from app.core.errors import NotFound, Refusal
from app.extensions import db
from app.framework.database import lock, save, transaction
from app.framework.settings import value_of
from app.kernel.audit.operations import table_of
from app.kernel.workspace.models import Note, Notice
from app.kernel.workspace.queries import people_of_side
from app.kernel.workspace.rules import mentioned, of_side, own

NOTE_AT_MOST = 2000


class NoteEmpty(Refusal):
    """A note without words, or with too many."""

    code = "workspace.note_words"
    status = 422
    sentence = _l("写点什么，最多 2000 个字")


def add_note(record: Any, words: str, *, label: str, address: str, actor: Actor, now: datetime) -> Note:
    """The actor's side reads the note on the record; everybody mentioned in it has an unread message. Raises NoteEmpty."""
    words = words.strip().replace("\x00", "")
    if not 0 < len(words) <= NOTE_AT_MOST:
        raise NoteEmpty(field="words")
    note = save(Note(
        user_id=actor.id, merchant_id=actor.merchant_id, subject_type=table_of(record), subject_id=inspect(record).identity[0],
        author=actor.name[:80], words=words, created_at=now,
    ))
    for person in sorted(mentioned(words, people_of_side(actor)) - {actor.id}):
        db.session.add(Notice(
            user_id=person, merchant_id=actor.merchant_id, note_id=note.id, title=label[:200], words=words, address=address[:300],
            author=actor.name[:80], created_at=now,
        ))
    db.session.flush()
    return note


def own_note(key: int, actor: Actor) -> Note:
    """The note, locked, when the actor wrote it. Raises NotFound."""
    note = lock(Note, key)
    if note.user_id != actor.id or note.merchant_id != actor.merchant_id:
        raise NotFound
    return note


def delete_note(key: int, *, actor: Actor, now: datetime) -> Note:
    """The actor's own note is gone from the record; `restore_note` brings it back."""
    note = own_note(key, actor)
    note.deleted_at = note.deleted_at or now
    db.session.flush()
    return note


def restore_note(key: int, *, actor: Actor, now: datetime) -> Note:
    """A deleted note is back."""
    note = own_note(key, actor)
    note.deleted_at = None
    db.session.flush()
    return note


def notes_on(record: Any, actor: Actor, limit: int = 50) -> list[Note]:
    """The notes of the actor's side, newest first."""
    statement = select(Note).where(
        Note.subject_type == table_of(record), Note.subject_id == inspect(record).identity[0], of_side(Note, actor), Note.deleted_at.is_(None),
    )
    return list(db.session.scalars(statement.order_by(Note.id.desc()).limit(limit)))


def read_notices(*, actor: Actor, now: datetime, key: int | None = None) -> int:
    """The actor has read one message, or all of them; returns how many were unread."""
    statement = update(Notice).where(own(Notice, actor), Notice.read_at.is_(None)).values(read_at=now)
    if key is not None:
        statement = statement.where(Notice.id == key)
    return int(db.session.execute(statement.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def forget_old_notices() -> None:
    """Messages older than the days of the setting are gone."""
    with transaction(system("clean-up")) as session:
        session.execute(delete(Notice).where(Notice.created_at < clock_now() - timedelta(days=value_of("workspace.message_days"))))
