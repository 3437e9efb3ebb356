"""Write notices after acts, send those that also go out as text messages, change their words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, save
from app.framework.manifest import Manifest
from app.framework.notices import Happening, NoticeKind, Told
from app.framework.queue import enqueue
from app.kernel.audit.operations import append, differences
from app.kernel.inbox.operations import leave_message
from app.kernel.notices.models import WORDINGS, NoticeTemplate
from app.kernel.notices.queries import Reader, kinds, kinds_after, readers, shipped, template_of, worded
from app.kernel.notices.rules import check_words, filled, subscribe_lines
from app.kernel.workspace.models import Notice


class WordsTooLong(Refusal):
    """More words than a notice holds."""

    code = "notice.too_long"
    status = 422
    sentence = _l("最多 %(most)s 个字")


def on_happened(*, act: str, record: Any, reason: str, actor: Actor, now: datetime) -> None:
    """Handler of `happened`: everybody whom a kind of notice means has it unread, in the same transaction as the act."""
    for kind in kinds_after(act):
        told = kind.tell(record, Happening(act, reason, actor))
        if told is not None:
            with elevated():
                _write(kind, told, but=actor.id, now=now)


def _write(kind: NoticeKind, told: Told, *, but: int | None, now: datetime) -> None:
    template = template_of(kind)
    if not template.active:
        return
    if told.customer_id is not None:
        _leave(template, kind, told, now=now)
        return
    address = current_app.url_map.bind("").build(told.endpoint, dict(told.keys))
    for reader in readers(told, but=but):
        notice = save(_notice(template, kind, told, reader, address=address, now=now))
        if template.texted and reader.phone:
            enqueue("text_notice", notice_id=notice.id)


def _leave(template: NoticeTemplate, kind: NoticeKind, told: Told, *, now: datetime) -> None:
    with force_locale("zh"):
        heading, words = (filled(worded(template, kind, f"{part}_zh"), told.values) for part in ("heading", "text"))
    fields = subscribe_lines(template.subscribe_fields, kind.variables, field="subscribe_fields")
    leave_message(
        told.customer_id or 0, kind=kind.name, title=heading, words=words, page=f"{told.endpoint}?{urlencode(told.keys)}" if told.keys else told.endpoint,
        merchant_id=told.merchant_id, template=template.subscribe_id, data={name: filled(each, told.values) for name, each in fields.items()}, now=now,
    )


def _notice(template: NoticeTemplate, kind: NoticeKind, told: Told, reader: Reader, *, address: str, now: datetime) -> Notice:
    locale = "en" if reader.locale == "en" else "zh"
    with force_locale(locale):
        heading, words = (filled(worded(template, kind, f"{part}_{locale}"), told.values) for part in ("heading", "text"))
    return Notice(
        user_id=reader.user_id, merchant_id=told.merchant_id, kind=kind.name, title=heading[:200], words=words, address=address, author="", created_at=now,
    )


def change_template(
    template: NoticeTemplate, *, active: bool, texted: bool = False, subscribe_id: str = "", subscribe_fields: str = "", actor: Actor, now: datetime,
    **words: str,
) -> NoticeTemplate:
    """Notices of the kind are written so from here on; words left empty, or as shipped, are those that it was shipped with.

    Raises UnknownVariable, VariableMissing, WordsTooLong, BadSubscribeLine.
    """
    kind = kinds()[template.kind]
    lines = (subscribe_fields or "").replace("\r\n", "\n").strip()
    subscribe_lines(lines, kind.variables, field="subscribe_fields")
    after: dict[str, Any] = {"active": active, "texted": texted, "subscribe_id": (subscribe_id or "").strip(), "subscribe_fields": lines}
    for part in WORDINGS:
        after[part] = _checked(kind, part, words[part])
    before = {name: getattr(template, name) for name in after}
    changes = differences(before, after)
    if changes:
        append("notice_template.changed", template, actor=actor, now=now, changes=changes)
        for name, value in after.items():
            setattr(template, name, value)
        db.session.flush()
    return template


def _checked(kind: NoticeKind, part: str, words: str) -> str:
    """The words as they are stored."""
    typed = (words or "").strip().replace("\r\n", "\n").replace("\x00", "")
    most = NoticeTemplate.__table__.c[part].type.length
    if len(typed) > most:
        raise WordsTooLong(field=part, most=most)
    if not typed or typed == shipped(kind, part):
        return ""
    check_words(typed, kind.variables, field=part, required=part.startswith("text"))
    return typed


def seed_templates(manifests: Iterable[Manifest], *, now: datetime) -> None:
    """Every kind has its template; one that staff changed stays as it is."""
    empty = dict.fromkeys((*WORDINGS, "subscribe_id", "subscribe_fields"), "")
    rows = [
        {"kind": kind.name, "active": True, "texted": kind.texted, **empty, "created_at": now, "updated_at": now, "version": 1}
        for manifest in manifests for kind in manifest.notices
    ]
    if rows:
        db.session.execute(insert(NoticeTemplate).values(rows).on_conflict_do_nothing())


def read_what_is_old(now: datetime) -> None:
    """Notices of more than a day ago count as read: for a town whose past was made up in a minute."""
    old = update(Notice).where(Notice.created_at < now - timedelta(days=1), Notice.read_at.is_(None))
    db.session.execute(old.values(read_at=Notice.created_at).execution_options(synchronize_session=False))
