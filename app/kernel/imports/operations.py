"""Take a file in, look it over, agree to bring it in, let it expire; the rows themselves are brought in by running.py."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Forbidden, NotFound, Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.framework.flow import move
from app.framework.importing import Fault, Importer, Row, read_rows
from app.framework.observability import request_id
from app.framework.queue import enqueue
from app.framework.sealing import open_bytes, seal_bytes
from app.framework.settings import value_of
from app.framework.spreadsheets.reading import Limits, read_table
from app.kernel.audit.operations import append
from app.kernel.imports.models import ImportTask

LIMITS = Limits()
AT_ONCE = 1024 * 1024  # bytes that a request looks over itself
FAULTS_KEPT = 500
SYSTEM = system("imports")


class NothingToImport(Refusal):
    """No row of the file may be brought in as asked: faulty ones with "all", none good with "good"."""

    code = "import.nothing"
    status = 422
    sentence = _l("还有 %(bad)d 行有错：改好重新上传，或只导入正确的行")


class ImportGone(Refusal):
    """The file was deleted after its week."""

    code = "import.gone"
    status = 410
    sentence = _l("文件已经删除，重新上传")


def importers() -> list[Importer]:
    """Every importer that the manifests declare."""
    return [each for manifest in current_app.extensions["manifests"] for each in manifest.imports]


def importer_for(name: str, actor: Actor) -> Importer:
    """The importer, for somebody with its right. Raises NotFound, Forbidden."""
    found = next((each for each in importers() if each.name == name), None)
    if found is None:
        raise NotFound
    if not may_import(found, actor):
        raise Forbidden(right=str(found.title))
    return found


def may_import(importer: Importer, actor: Actor) -> bool:
    """True when the actor holds the importer's right."""
    return bool(current_app.extensions["console"].rights.allow(actor.roles, f"can_{importer.method}", importer.view))


def take_in(importer: Importer, name: str, content: bytes, *, locale: str = "zh", actor: Actor, now: datetime) -> ImportTask:
    """The file, sealed on disk; looked over at once when it is small, else from the queue. Raises NotASpreadsheet, SpreadsheetTooLarge."""
    small = len(content) <= AT_ONCE
    cells = read_table(content, LIMITS) if small else None
    if len(content) > LIMITS.bytes:
        raise LIMITS.refusal()
    task = save(ImportTask(
        key=secrets.token_urlsafe(24), user_id=actor.id, merchant_id=actor.merchant_id, asked_by=actor.name[:80], title=name[-120:], importer=importer.name,
        locale=locale, request_id=request_id(), expires_at=now + timedelta(days=value_of("imports.keep_days")),
    ))
    write_content(task, content)
    append("import_task.sent", task, actor=actor, now=now)
    if cells is None:
        enqueue("look_over_import", key=f"look:{task.id}", task_id=task.id)
        return task
    return look_over(task, importer, cells, now=now)


def look_over(task: ImportTask, importer: Importer, cells: list[list[str]], *, now: datetime) -> ImportTask:
    """The dry run: good and faulty rows are counted and the first faults kept; nothing is brought in."""
    rows, faults = read_rows(importer, cells)
    task.good, task.bad = len(rows), len({fault.row for fault in faults})
    task.rows = task.good + task.bad
    task.faults = [[fault.row, fault.column, fault.sentence] for fault in faults[:FAULTS_KEPT]]
    return move(task, "look_over", actor=SYSTEM, now=now)


def bring_in(task: ImportTask, mode: str, *, actor: Actor, now: datetime) -> ImportTask:
    """Agreed: `all` when every row is good, `good` without the faulty ones; the rows wait in the queue. Raises NothingToImport."""
    importer_for(task.importer, actor)
    task = lock(ImportTask, task.id)
    if mode not in {"all", "good"} or not task.good or (mode == "all" and task.bad):
        raise NothingToImport(bad=task.bad)
    task.mode = mode
    task = move(task, "bring_in", actor=actor, now=now)
    enqueue("run_import", key=f"import:{task.id}", task_id=task.id)
    return task


def rows_of(task: ImportTask, importer: Importer) -> tuple[list[Row], list[Fault], list[list[str]]]:
    """What the file holds: good rows, faults, and its cells."""
    cells = read_table(content_of(task), LIMITS)
    return (*read_rows(importer, cells), cells)


def expire_old(*, actor: Actor, now: datetime, most: int = 200) -> int:
    """Files past their day are deleted and their tasks say so; returns how many."""
    states = ("ready", "done", "failed", "cancelled")
    old = select(ImportTask.id).where(ImportTask.status.in_(states), ImportTask.expires_at <= now).order_by(ImportTask.id).limit(most)
    expired = [move(db.session.get_one(ImportTask, key), "expire", actor=actor, now=now) for key in db.session.scalars(old)]
    for task in expired:
        path_of(task).unlink(missing_ok=True)
    return len(expired)


def path_of(task: ImportTask) -> Path:
    """Where the sealed file lies."""
    return Path(current_app.config["FILES_FOLDER"]) / "imports" / task.key


def write_content(task: ImportTask, content: bytes) -> None:
    """Put the sealed file there: it may hold passwords and names."""
    path = path_of(task)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(seal_bytes(content, f"import:{task.key}"))
    path.chmod(0o600)


def content_of(task: ImportTask) -> bytes:
    """The file as it was sent. Raises ImportGone."""
    try:
        return open_bytes(path_of(task).read_bytes(), f"import:{task.key}")
    except FileNotFoundError as gone:
        raise ImportGone from gone
