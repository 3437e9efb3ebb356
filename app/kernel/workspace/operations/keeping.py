"""Pins, recent records, and drafts: each row one person's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, system
from app.core.clock import now as clock_now
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import transaction
from app.framework.settings import value_of
from app.kernel.workspace.models import Draft, Pin, Recent
from app.kernel.workspace.rules import DRAFT_AT_MOST, PINS_AT_MOST, RECENT_AGAIN, RECENT_AT_MOST, own

SIDE = text("coalesce(merchant_id, 0)")


class TooManyPins(Refusal):
    """More pins than a person finds anything in."""

    code = "workspace.too_many_pins"
    status = 422
    sentence = _l("最多收藏 %(most)s 个页面，先取消几个")


class DraftTooLarge(Refusal):
    """The form holds more than a draft keeps."""

    code = "workspace.draft_too_large"
    status = 422
    sentence = _l("内容太长，没有存成草稿")


def set_pin(address: str, label: str, kind: str, pinned: bool, *, actor: Actor, now: datetime) -> None:
    """The page is at hand, or no longer. Twice the same changes nothing. Raises TooManyPins."""
    if not pinned:
        db.session.execute(delete(Pin).where(own(Pin, actor), Pin.address == address))
        return
    if (db.session.scalar(select(func.count()).select_from(Pin).where(own(Pin, actor))) or 0) >= PINS_AT_MOST:
        raise TooManyPins(most=PINS_AT_MOST)
    values = {"user_id": actor.id, "merchant_id": actor.merchant_id, "address": address, "label": label[:120], "kind": kind[:60], "created_at": now}
    db.session.execute(insert(Pin).values(values).on_conflict_do_nothing())


def note_opened(address: str, label: str, kind: str, *, actor: Actor, now: datetime) -> None:
    """The record leads the list of recent ones; opened again within a minute nothing is written. Only fifty are kept."""
    values = {"user_id": actor.id, "merchant_id": actor.merchant_id, "address": address[:300], "label": label[:120], "kind": kind[:60], "seen_at": now}
    statement = insert(Recent).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[Recent.user_id, SIDE, Recent.address],
        set_={"seen_at": now, "label": values["label"]}, where=Recent.seen_at < now - RECENT_AGAIN,
    ).returning(text("xmax::text"))
    if db.session.execute(statement).scalar() == "0":
        old = select(Recent.id).where(own(Recent, actor)).order_by(Recent.seen_at.desc()).offset(RECENT_AT_MOST)
        db.session.execute(delete(Recent).where(Recent.id.in_(old)).execution_options(synchronize_session=False))


def keep_draft(form_name: str, record_id: int, typed: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    """What was typed is kept until the form is saved or its days have passed. Raises DraftTooLarge."""
    if len(orjson.dumps(typed)) > DRAFT_AT_MOST:
        raise DraftTooLarge
    values = {"user_id": actor.id, "merchant_id": actor.merchant_id, "form_name": form_name, "record_id": record_id, "typed": typed, "saved_at": now}
    statement = insert(Draft).values(values)
    db.session.execute(statement.on_conflict_do_update(
        index_elements=[Draft.user_id, SIDE, Draft.form_name, Draft.record_id], set_={"typed": statement.excluded.typed, "saved_at": now},
    ))


def forget_draft(form_name: str, record_id: int, *, actor: Actor) -> None:
    """There is no draft of that form."""
    db.session.execute(delete(Draft).where(own(Draft, actor), Draft.form_name == form_name, Draft.record_id == record_id))


def forget_old_drafts() -> None:
    """Drafts older than the days of the setting are gone."""
    with transaction(system("clean-up")) as session:
        session.execute(delete(Draft).where(Draft.saved_at < clock_now() - timedelta(days=value_of("workspace.draft_days"))))
