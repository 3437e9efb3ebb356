"""Bringing rows in: batch by batch, each with its position and results in one transaction, so that nothing is brought in twice.

Each run is an attempt with a number; a batch is only begun by the newest attempt of a task that is still running.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, g
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.actors import Actor, system
from app.core.errors import Forbidden, Refusal
from app.extensions import db
from app.framework.database import lock, transaction
from app.framework.flow import move
from app.framework.identity import act_as, actor_again
from app.framework.importing import Importer, Row
from app.framework.spreadsheets.reading import read_table
from app.framework.spreadsheets.xlsx import Sheet
from app.kernel.audit.operations import append
from app.kernel.imports.models import ImportBatch, ImportTask
from app.kernel.imports.operations import LIMITS, content_of, importer_for, look_over, rows_of

BATCH = 200
ATTEMPTS = 5
SYSTEM = system("imports")


class RightLost(Refusal):
    """Who asked may no longer import this."""

    code = "import.right_lost"
    status = 403
    sentence = _l("你已经没有导入这份数据的权限，找管理员开通")


class Stopped(Exception):
    """The task was cancelled, or another attempt has taken over."""


def look(task_id: int) -> None:
    """The dry run of a large file, from the queue. A second run finds it looked over."""
    with transaction(SYSTEM) as session:
        task = session.get_one(ImportTask, task_id)
        if task.status != "checking":
            return
        user_id, merchant_id, locale = task.user_id, task.merchant_id, task.locale
    try:
        with _person(user_id, merchant_id, locale) as actor, transaction(SYSTEM):
            task = lock(ImportTask, task_id)
            if task.status == "checking":
                task.heard_at = clock.now()
                look_over(task, importer_for(task.importer, actor), read_table(content_of(task), LIMITS), now=clock.now())
    except Refusal as refusal:
        _fail(task_id, str(refusal))


def run(task_id: int) -> None:
    """Bring the rows in. Safe to run twice: what is behind the position is not brought in again. Opens its own transactions."""
    with transaction(SYSTEM):
        task = lock(ImportTask, task_id)
        if task.status not in {"waiting", "running"}:
            return
        if task.status == "waiting":
            task = move(task, "start", actor=SYSTEM, now=clock.now())
        task.attempt += 1
        attempt, user_id, merchant_id, locale, position = task.attempt, task.user_id, task.merchant_id, task.locale, task.position
    try:
        with _person(user_id, merchant_id, locale) as actor:
            with transaction(SYSTEM) as session:
                task = session.get_one(ImportTask, task_id)
                importer = importer_for(task.importer, actor)
                rows, _faults, _cells = rows_of(task, importer)
            _bring_in_all(task_id, attempt, importer, rows, position, actor)
    except Stopped:
        return
    except Refusal as refusal:
        _fail(task_id, str(refusal))
    except Exception:
        if attempt >= ATTEMPTS:
            _fail(task_id, str(_l("试了 %(count)d 次都没有做成，把请求号告诉管理员", count=ATTEMPTS)))
        raise


def _bring_in_all(task_id: int, attempt: int, importer: Importer, rows: list[Row], position: int, actor: Actor) -> None:
    while position < len(rows):
        batch = rows[position:position + BATCH]
        with transaction(actor):
            task = lock(ImportTask, task_id)
            if task.status != "running" or task.attempt != attempt or task.position != position:
                raise Stopped
            outcomes = [[row.number, _bring_in(importer, row, actor)] for row in batch]
            position += len(batch)
            task.position, task.rows_done, task.heard_at = position, position, clock.now()
            db.session.add(ImportBatch(task_id=task_id, merchant_id=task.merchant_id, begins=batch[0].number, outcomes=outcomes))
    with transaction(SYSTEM):
        task = lock(ImportTask, task_id)
        if task.status != "running" or task.attempt != attempt:
            raise Stopped
        task = move(task, "finish", actor=SYSTEM, now=clock.now())
        append("import_task.brought_in", task, actor=actor, now=clock.now(), changes={"rows": [None, position]})


def _bring_in(importer: Importer, row: Row, actor: Actor) -> str:
    """What became of the row: it alone is undone when the operation refuses."""
    try:
        with db.session.begin_nested():
            return str(importer.apply(row.values, actor=actor, now=clock.now()) or _l("已导入"))  # type: ignore[misc] # set with columns
    except Refusal as refusal:
        return str(_l("没有导入：%(why)s", why=refusal))


@contextmanager
def _person(user_id: int, merchant_id: int | None, locale: str) -> Iterator[Actor]:
    """Inside the block the sender acts, in the language of the request, with the rights that are left. Raises RightLost."""
    with transaction(SYSTEM):
        actor = actor_again(user_id, merchant_id)
    with current_app.test_request_context(query_string={"_l_": locale}):
        if actor is None:
            raise RightLost
        act_as(actor)
        try:
            yield actor
        except Forbidden as lost:
            raise RightLost from lost
        finally:
            g.pop("actor", None)


def _fail(task_id: int, sentence: str) -> None:
    with transaction(SYSTEM):
        task = lock(ImportTask, task_id)
        if task.unfinished:
            task.error = sentence[:300]
            move(task, "fail", actor=SYSTEM, now=clock.now())


def result_sheets(task: ImportTask, importer: Importer) -> Iterator[Sheet]:
    """The sheet as it was sent, without secrets, with a column that says what became, or would become, of each row."""
    rows, faults, cells = rows_of(task, importer)
    words: dict[int, str] = {row.number: str(_l("可以导入")) for row in rows}
    if task.status != "ready":
        words = dict.fromkeys(words, str(_l("没有导入")))
    for batch in db.session.scalars(select(ImportBatch).where(ImportBatch.task_id == task.id).order_by(ImportBatch.begins)):
        words.update((number, text) for number, text in batch.outcomes)
    wrong: dict[int, list[str]] = {}
    for fault in faults:
        wrong.setdefault(fault.row, []).append(f"{fault.column}：{fault.sentence}")
    words.update({number: "；".join(texts) for number, texts in wrong.items()})
    secret = {str(column.label) for column in importer.columns if column.secret}
    hidden = {place for place, head in enumerate(cells[0] if cells else []) if "".join(head.split()).rstrip("*") in secret}
    width = max((len(row) for row in cells), default=0)
    yield Sheet(str(importer.title)[:31], _result_rows(cells, words, hidden, width), (*(18 for _place in range(width)), 50), 1)


def _result_rows(cells: list[list[str]], words: dict[int, str], hidden: set[int], width: int) -> Iterator[list[str | int | None]]:
    for number, row in enumerate(cells, start=1):
        shown: list[str | int | None] = ["" if place in hidden and number > 1 else text for place, text in enumerate(row)]
        yield [*shown, *[""] * (width - len(row)), str(_l("结果")) if number == 1 else words.get(number, "")]
