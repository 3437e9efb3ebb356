"""A list in the background: the same rows, one file, whoever asked, whatever dies on the way."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, text

from app.core.actors import EVERYTHING, system
from app.extensions import db
from app.framework.console import export
from app.framework.console.extract import Extract
from app.framework.database import enter_scope, transaction
from app.framework.queue import run_waiting
from app.kernel.audit.models import AuditEntry
from app.kernel.exports.jobs import expire_exports, resume_exports
from app.kernel.exports.models import ExportTask
from app.kernel.exports.operations import folder
from app.kernel.exports.writing import run
from tests.support.people import merchant, staff

LIST = "/merchants/export"
NAMES = [f"第{number}家" for number in range(9)]
REAL_BATCHES = Extract.batches


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows a batch, and everything above one row goes into the queue."""
    monkeypatch.setattr(export, "AT_ONCE", 1)
    monkeypatch.setattr(export, "BATCH", 2)


@pytest.fixture
def operator(app: Flask, small: None) -> FlaskClient:
    for name in NAMES:
        merchant(app, name)
    return staff(app, "Operator")


@pytest.fixture
def tasks(app: Flask) -> Any:
    def read() -> list[ExportTask]:
        with app.app_context():
            enter_scope(EVERYTHING)
            found = list(db.session.scalars(select(ExportTask).order_by(ExportTask.id)))
            db.session.expunge_all()
            return found

    return read


def ask(browser: FlaskClient, shape: str = "csv", query: str = "") -> None:
    answer = browser.post(f"{LIST}/{shape}{query}")
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/exports/"), answer.get_data(as_text=True)[:500]


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def files(app: Flask) -> list[Path]:
    with app.app_context():
        return sorted(path for path in folder().glob("*") if path.stat().st_mtime > time.time() - 60)


def acts(app: Flask) -> list[str]:
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("export_task.%")).order_by(AuditEntry.id)))


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_a_large_list_goes_through_the_queue_with_the_same_rows(app: Flask, operator: FlaskClient, tasks: Any, shape: str) -> None:
    assert operator.get(f"{LIST}/{shape}").status_code == 422, "a link changes nothing"
    ask(operator, shape, "?q=家&view=&sort=created_at")
    assert [(task.status, task.arguments, task.masked) for task in tasks()] == [("waiting", {"q": "家", "view": "", "sort": "created_at"}, True)]
    assert run_waiting(app, only="run_export") == 1
    task = tasks()[0]
    assert (task.status, task.rows, task.rows_done, task.attempt, task.error) == ("done", 9, 9, 1, "")
    answer = operator.get("/exports/1/download")
    assert (answer.status_code, len(answer.data)) == (200, task.size)
    if shape == "csv":
        rows = csv_rows(answer.data)
    else:
        rows = [[str(cell or "") for cell in row] for row in load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)]
    assert rows[0][0] == "商户：搜索“家”" and task.request_id in rows[1][0] and "OperatorStaff 导出于" in rows[1][0]
    assert [row[1] for row in rows[3:]] == NAMES
    assert "13800138000" not in str(rows) and "138****8000" in str(rows)
    assert acts(app) == ["export_task.asked", "export_task.start", "export_task.finish", "export_task.downloaded"]


def test_the_centre_is_ones_own(app: Flask, operator: FlaskClient, tasks: Any) -> None:
    ask(operator)
    other = staff(app, "Operator", "another")
    assert other.get("/exports/1").status_code == other.post("/exports/1/move/cancel").status_code == other.post("/exports/1/again").status_code == 404
    other.post("/exports/bulk", data={"move": "cancel", "key": "1", "confirmed": "1"})
    assert tasks()[0].status == "waiting"
    page = operator.get("/exports/").get_data(as_text=True)
    assert "排队中" in page and "0 / " in page and 'data-unfinished="1"' in page
    assert operator.post("/exports/1/move/cancel").status_code == 303
    assert tasks()[0].status == "cancelled" and run_waiting(app, only="run_export") == 1 and tasks()[0].status == "cancelled"
    assert operator.post("/exports/1/again").status_code == 303
    run_waiting(app, only="run_export")
    assert [task.status for task in tasks()] == ["cancelled", "done"]


def test_five_unfinished_ones_are_enough(app: Flask, operator: FlaskClient, tasks: Any) -> None:
    for _ in range(5):
        ask(operator)
    assert operator.post(f"{LIST}/csv").status_code == 409 and len(tasks()) == 5


def test_cancelling_stops_the_writer_and_leaves_no_file(
    app: Flask, operator: FlaskClient, tasks: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = files(app)

    def batches(self: Extract, size: int, after: Any = None) -> Iterator[Any]:
        for number, batch in enumerate(REAL_BATCHES(self, size, after)):
            if number == 2:
                assert operator.post("/exports/1/move/cancel").status_code == 303
            yield batch

    monkeypatch.setattr(Extract, "batches", batches)
    ask(operator)
    run_waiting(app, only="run_export")
    assert (tasks()[0].status, tasks()[0].rows_done) == ("cancelled", 4)
    assert files(app) == before


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_after_a_death_in_the_middle_the_next_run_makes_one_whole_file(
    app: Flask, operator: FlaskClient, tasks: Any, monkeypatch: pytest.MonkeyPatch, shape: str,
) -> None:
    begun: list[Any] = []

    def batches(self: Extract, size: int, after: Any = None) -> Iterator[Any]:
        begun.append(after)
        for number, batch in enumerate(REAL_BATCHES(self, size, after)):
            if number == 3 and len(begun) == 1:
                raise RuntimeError("the worker dies here")
            yield batch

    monkeypatch.setattr(Extract, "batches", batches)
    ask(operator, shape, "?sort=created_at")
    before = files(app)
    with pytest.raises(RuntimeError):
        run_waiting(app, only="run_export")
    assert (tasks()[0].status, tasks()[0].rows_done) == ("running", 6)
    with app.app_context():
        run(1)
        run(1)
    task = tasks()[0]
    assert (task.status, task.attempt, task.rows_done) == ("done", 2, 9)
    assert (begun[0], begun[1] is None) == (None, shape == "xlsx"), "a text file goes on where it was, a workbook begins anew"
    content = operator.get("/exports/1/download").data
    names = [row[1] for row in csv_rows(content)[3:]] if shape == "csv" else [
        row[1] for row in load_workbook(io.BytesIO(content)).active.iter_rows(min_row=4, values_only=True)
    ]
    assert names == NAMES
    assert len(files(app)) == len(before) + 1 and not any(path.suffix == ".part" for path in files(app))


DYING = """
import sys, time
from app.framework.console import export
from app.framework.console.extract import Extract
from app.kernel.exports.writing import run
from tests.support.database import server_uri, test_app
export.BATCH, real = 2, Extract.batches
def slow(self, size, after=None):
    for number, batch in enumerate(real(self, size, after)):
        time.sleep(60 if number == 2 else 0)
        yield batch
Extract.batches = slow
app = test_app(server_uri(), sys.argv[1])
with app.app_context():
    run(1)
"""


def test_a_killed_worker_is_missed_and_its_export_taken_up(app: Flask, operator: FlaskClient, tasks: Any, database_name: str) -> None:
    ask(operator, "csv", "?sort=created_at")
    worker = subprocess.Popen([sys.executable, "-c", DYING, database_name], env={**os.environ, "PYTHONPATH": "."})
    deadline = time.monotonic() + 60
    while tasks()[0].rows_done < 4 and time.monotonic() < deadline:
        assert worker.poll() is None
        time.sleep(0.1)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert (tasks()[0].status, tasks()[0].rows_done) == ("running", 4)
    with app.app_context(), transaction(system("tests")) as session:
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'run_export'"))
        session.execute(text("UPDATE export_task SET heard_at = now() - interval '3 minutes'"))
    with app.app_context():
        resume_exports()
    assert run_waiting(app, only="run_export") == 1
    assert (tasks()[0].status, tasks()[0].attempt) == ("done", 2)
    assert [row[1] for row in csv_rows(operator.get("/exports/1/download").data)[3:]] == NAMES


def test_rights_that_are_gone_fail_the_export_with_a_sentence(app: Flask, operator: FlaskClient, tasks: Any) -> None:
    ask(operator)
    with app.app_context(), transaction(system("tests")) as session:
        session.execute(text("DELETE FROM ab_user_role"))
    run_waiting(app, only="run_export")
    assert (tasks()[0].status, tasks()[0].error) == ("failed", "你已经没有导出这份数据的权限，找管理员开通")


def test_files_go_after_seven_days(app: Flask, operator: FlaskClient, tasks: Any) -> None:
    ask(operator)
    run_waiting(app, only="run_export")
    made = len(files(app))
    with app.app_context(), transaction(system("tests")) as session:
        session.execute(text("UPDATE export_task SET expires_at = :then"), {"then": datetime.now(UTC) - timedelta(seconds=1)})
    assert operator.get("/exports/1/download").status_code == 410
    with app.app_context():
        expire_exports()
    assert (tasks()[0].status, len(files(app))) == ("expired", made - 1)
    assert acts(app)[-1] == "export_task.expire"


def test_whole_phone_numbers_only_for_the_right_and_only_when_asked_for(app: Flask) -> None:
    merchant(app, NAMES[0])
    operator, admin = staff(app, "Operator"), staff(app, "Admin")
    assert "完整手机号" not in operator.get("/merchants/").get_data(as_text=True) and "完整手机号" in admin.get("/merchants/").get_data(as_text=True)
    assert operator.post(f"{LIST}/csv", data={"unmasked": "1"}).status_code == 403
    assert b"13800138000" not in admin.get(f"{LIST}/csv?unmasked=1").data
    assert b"13800138000" in admin.post(f"{LIST}/csv", data={"unmasked": "1"}).data
    with app.app_context():
        enter_scope(EVERYTHING)
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "export_task.at_once").order_by(AuditEntry.id))
        assert [(entry.changes["masked"], entry.changes["rows"]) for entry in entries] == [([None, True], [None, 1]), ([None, False], [None, 1])]
