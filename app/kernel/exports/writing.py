"""Writing an export: with the asker's rights of that moment, batch by batch, told to the task, going on after a death.

Each run is an attempt with a number. Only the newest attempt writes, to a file of its own; the finished one takes the
task's one name. A text file goes on behind its last checkpoint, a workbook begins anew.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask import current_app, g
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, update

from app.core import clock
from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.console.export import Told, begin_csv, write, write_csv
from app.framework.console.extract import Extract, Position
from app.framework.database import lock, transaction
from app.framework.flow import move
from app.framework.identity import act_as, actor_again
from app.kernel.exports.models import ExportTask
from app.kernel.exports.operations import folder, path_of
from app.kernel.exports.sources import LIST, ListSource, may_export, source_named

SYSTEM = system("exports")
ATTEMPTS = 5


class RightLost(Refusal):
    """Who asked may no longer export this."""

    code = "export.right_lost"
    status = 403
    sentence = _l("你已经没有导出这份数据的权限，找管理员开通")


class Stopped(Exception):
    """The task was cancelled, or another attempt has taken over: whatever was written goes."""


@dataclass(frozen=True)
class Attempt:
    """One run of a task, with what it needs to know; no database record, so it outlives transactions."""

    id: int
    number: int
    user_id: int
    merchant_id: int | None
    source: str
    arguments: dict[str, Any]
    columns: list[str]
    shape: str
    unmasked: bool
    locale: str
    asked_at: datetime
    asked_by: str
    request: str
    checkpoint: dict[str, Any] | None
    key: str

    @property
    def part(self) -> Path:
        """The file of this attempt."""
        return folder() / f"{self.key}.{self.number}.part"

    @property
    def part_before(self) -> Path:
        """The file of the attempt before."""
        return folder() / f"{self.key}.{self.number - 1}.part"

    @property
    def told(self) -> Told:
        """What the first rows say."""
        return Told(self.asked_by, self.asked_at, self.request)


def run(task_id: int) -> None:
    """Write the export. Safe to run twice: a finished or cancelled task is left alone. Opens its own transactions."""
    attempt = _begin(task_id)
    if attempt is None:
        return
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with _asker(attempt) as actor, transaction(actor):
            _write(attempt)
        _finish(attempt)
        _forget(attempt)
    except Stopped:
        _forget(attempt)
    except Refusal as refusal:
        _forget(attempt)
        _fail(attempt, str(refusal))
    except Exception:
        if attempt.number >= ATTEMPTS:
            _forget(attempt)
            _fail(attempt, str(_l("试了 %(count)d 次都没有做成，把请求号告诉管理员", count=ATTEMPTS)))
        raise


def _begin(task_id: int) -> Attempt | None:
    with transaction(SYSTEM):
        task = lock(ExportTask, task_id)
        if not task.unfinished:
            return None
        if task.status == "waiting":
            task = move(task, "start", actor=SYSTEM, now=clock.now())
        task.attempt += 1
        task.heard_at = clock.now()
        return Attempt(
            task.id, task.attempt, task.user_id, task.merchant_id, task.source, task.arguments, task.columns, task.shape, not task.masked,
            task.locale, task.created_at, task.asked_by, task.request_id, task.checkpoint, task.key,
        )


@contextmanager
def _asker(attempt: Attempt) -> Iterator[Actor]:
    """Inside the block the asker acts, in the language of the request, with the rights that are left. Raises RightLost."""
    with transaction(SYSTEM):
        actor = actor_again(attempt.user_id, attempt.merchant_id)
    with current_app.test_request_context(query_string={"_l_": attempt.locale}):
        if actor is None or not may_export(attempt.source, actor, unmasked=attempt.unmasked):
            raise RightLost
        act_as(actor)
        try:
            yield actor
        finally:
            g.pop("actor", None)


def _write(attempt: Attempt) -> None:
    if not attempt.source.startswith(LIST):
        with _fresh(attempt) as file:
            source_named(attempt.source).write(attempt.arguments, file, lambda rows: _tell(attempt, rows))
        return
    extract = ListSource(attempt.source.removeprefix(LIST)).extract(attempt.arguments, names=attempt.columns, unmasked=attempt.unmasked)
    _count(attempt, extract)
    if attempt.shape == "csv":
        _write_csv(attempt, extract)
        return
    with _fresh(attempt) as file:
        write(extract, "xlsx", file, attempt.told, lambda rows: _tell(attempt, rows))


def _count(attempt: Attempt, extract: Extract) -> None:
    """The list knows its count only up to a cap; the bar needs all of it."""
    rows = extract.count()
    db.session.commit()
    _update(attempt, rows=rows)


def _write_csv(attempt: Attempt, extract: Extract) -> None:
    with _fresh(attempt) as file:
        done, after, crc = _resumed(attempt, file)
        begun = file.tell()
        if not begun:
            begin_csv(extract, file, attempt.told)
        for rows, position in write_csv(extract, file, done, after):
            file.flush()
            size = file.tell()
            crc = _crc_onward(attempt.part, begun, size, crc)
            begun = size
            _tell(attempt, rows, {"rows": rows, "bytes": size, "crc": crc, "after": extract.listing.cursor_at(position)})


def _resumed(attempt: Attempt, file: IO[bytes]) -> tuple[int, Position | None, int]:
    """Copy what the attempt before had told of; rows done, position, and CRC. From nothing when that is not all there, byte for byte."""
    kept, before = attempt.checkpoint, attempt.part_before
    if not kept or not before.is_file() or before.stat().st_size < kept["bytes"]:
        return 0, None, 0
    with before.open("rb") as old:
        left, crc = kept["bytes"], 0
        while left:
            piece = old.read(min(left, 1 << 20))
            crc, left = zlib.crc32(piece, crc), left - len(piece)
            file.write(piece)
    before.unlink(missing_ok=True)
    if crc != kept["crc"]:
        file.seek(0)
        file.truncate()
        return 0, None, 0
    listing = ListSource(attempt.source.removeprefix(LIST)).extract(attempt.arguments, names=[], unmasked=False).listing
    return kept["rows"], listing.position(kept["after"]), crc


def _crc_onward(path: Path, begun: int, size: int, crc: int) -> int:
    with path.open("rb") as file:
        file.seek(begun)
        return zlib.crc32(file.read(size - begun), crc)


@contextmanager
def _fresh(attempt: Attempt) -> Iterator[IO[bytes]]:
    """The attempt's own file, readable by this account only, on disk when the block ends."""
    with os.fdopen(os.open(attempt.part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _tell(attempt: Attempt, rows: int, checkpoint: dict[str, Any] | None = None) -> None:
    """Progress, told in a transaction of its own: the rows read so far are let go of. Raises Stopped when it is no longer ours to do."""
    db.session.commit()
    _update(attempt, rows_done=rows, **({"checkpoint": checkpoint} if checkpoint else {}))


def _update(attempt: Attempt, **values: Any) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("SELECT set_config('baiye.scope', 'all', true)")
        mine = (ExportTask.id == attempt.id, ExportTask.status == "running", ExportTask.attempt == attempt.number)
        if not connection.execute(update(ExportTask).where(*mine).values(heard_at=func.now(), **values)).rowcount:
            raise Stopped


def _finish(attempt: Attempt) -> None:
    with attempt.part.open("rb") as file:
        digest, size = hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size
    with transaction(SYSTEM):
        task = lock(ExportTask, attempt.id)
        if task.status != "running" or task.attempt != attempt.number:
            raise Stopped
        attempt.part.replace(path_of(task))
        task.size, task.sha256, task.rows_done, task.checkpoint = size, digest, task.rows, None
        move(task, "finish", actor=SYSTEM, now=clock.now())


def _fail(attempt: Attempt, sentence: str) -> None:
    with transaction(SYSTEM):
        task = lock(ExportTask, attempt.id)
        if task.status == "running" and task.attempt == attempt.number:
            task.error = sentence[:300]
            move(task, "fail", actor=SYSTEM, now=clock.now())


def _forget(attempt: Attempt) -> None:
    for part in folder().glob(f"{attempt.key}.*.part"):
        part.unlink(missing_ok=True)


__all__ = ["ATTEMPTS", "RightLost", "run"]
