"""Ask for an export, take its file, let it expire; the small ones that were answered at once leave a line too."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Forbidden, Refusal
from app.extensions import db
from app.framework.database import save
from app.framework.flow import move
from app.framework.observability import request_id
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.audit.models import AuditEntry
from app.kernel.audit.operations import append
from app.kernel.exports.models import ExportTask
from app.kernel.exports.sources import may_export


class FileGone(Refusal):
    """The file is not there: not finished, or past its day."""

    code = "export.gone"
    status = 410
    sentence = _l("文件已经删除，点“重新导出”再做一份")


class TooManyAtOnce(Refusal):
    """One person's exports must not fill the queue."""

    code = "export.too_many_at_once"
    status = 409
    sentence = _l("你有 %(most)d 个导出还没做完，等一个做完再导出")


def ask_export(
    source: str, arguments: Mapping[str, Any], *, title: str, rows: int, shape: str = "xlsx", columns: Sequence[str] = (), unmasked: bool = False,
    locale: str = "zh", actor: Actor, now: datetime,
) -> ExportTask:
    """An export waits in the queue, in this transaction. Audited, because it takes figures out of the house.

    Raises Forbidden without the right, TooManyAtOnce when the person has as many unfinished ones as the setting allows.
    """
    if not may_export(source, actor, unmasked=unmasked):
        raise Forbidden(right=str(_l("导出")))
    waiting = select(ExportTask.id).where(ExportTask.user_id == actor.id, ExportTask.status.in_(("waiting", "running")))
    most = value_of("exports.at_a_time")
    if len(list(db.session.scalars(waiting.limit(most)))) >= most:
        raise TooManyAtOnce(most=most)
    task = save(ExportTask(
        key=secrets.token_urlsafe(24), user_id=actor.id, merchant_id=actor.merchant_id, asked_by=actor.name[:80], title=title[:120], source=source,
        arguments=dict(arguments), columns=list(columns), shape=shape, masked=not unmasked, rows=rows, locale=locale, request_id=request_id(),
        expires_at=now + timedelta(days=value_of("exports.keep_days")),
    ))
    changes = {"arguments": [None, dict(arguments)], "rows": [None, rows], "masked": [None, not unmasked]}
    append("export_task.asked", task, actor=actor, now=now, changes=changes)
    enqueue("run_export", key=f"export:{task.id}", task_id=task.id)
    return task


def ask_again(task: ExportTask, *, actor: Actor, now: datetime) -> ExportTask:
    """The same export once more, with the figures and rights of this moment."""
    return ask_export(
        task.source, task.arguments, title=task.title, rows=task.rows, shape=task.shape, columns=task.columns, unmasked=not task.masked,
        locale=task.locale, actor=actor, now=now,
    )


def take_file(task: ExportTask, *, actor: Actor, now: datetime) -> Path:
    """Where the finished file lies, for somebody who still has the right; each taking leaves a line. Raises FileGone, Forbidden."""
    path = path_of(task)
    if task.status != "done" or task.expires_at <= now or not path.is_file():
        raise FileGone
    if not may_export(task.source, actor, unmasked=not task.masked):
        raise Forbidden(right=str(_l("导出")))
    append("export_task.downloaded", task, actor=actor, now=now)
    return path


def note_small(title: str, arguments: Mapping[str, Any], *, rows: int, unmasked: bool, actor: Actor, now: datetime) -> None:
    """An export that was answered at once leaves the same line in the audit as one that was queued."""
    db.session.add(AuditEntry(
        at=now, action="export_task.at_once", subject_type=ExportTask.__tablename__, subject_label=title[:200], merchant_id=actor.merchant_id,
        actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name[:80], address=actor.address, request_id=request_id(),
        changes={"arguments": [None, dict(arguments)], "rows": [None, rows], "masked": [None, not unmasked]},
    ))


def expire_old(*, actor: Actor, now: datetime, most: int = 200) -> int:
    """Files past their day are deleted and their tasks say so; returns how many."""
    old = select(ExportTask.id).where(ExportTask.status == "done", ExportTask.expires_at <= now).order_by(ExportTask.id).limit(most)
    expired = [move(db.session.get_one(ExportTask, key), "expire", actor=actor, now=now) for key in db.session.scalars(old)]
    for task in expired:
        path_of(task).unlink(missing_ok=True)
    return len(expired)


def folder() -> Path:
    """Where finished and unfinished files lie."""
    return Path(current_app.config["FILES_FOLDER"]) / "exports"


def path_of(task: ExportTask) -> Path:
    """Where the finished file of the task lies, once it is finished."""
    return folder() / f"{task.key}.{task.shape}"
