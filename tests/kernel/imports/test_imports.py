"""A sheet is looked over by row and column, brought in once, batch by batch, and its result says what became of each row."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select, text

from app.core.actors import EVERYTHING, system
from app.extensions import db
from app.framework.database import enter_scope, lock, transaction
from app.framework.importing import Fault, ImportColumn, Importer, read_rows
from app.framework.queue import run_waiting
from app.framework.spreadsheets.reading import Limits, NotASpreadsheet, SpreadsheetTooLarge, read_table
from app.kernel.approvals.models import RejectReason
from app.kernel.imports import operations, running
from app.kernel.imports.jobs import expire_imports, resume_imports
from app.kernel.imports.models import ImportTask
from app.kernel.parties.channels.sms import Sms
from app.kernel.parties.models import Membership
from tests.support.people import merchant, sign_in, staff

HEADS = "理由,英文,用在,排在第几,启用"


def sheet(*lines: str, heads: str = HEADS, encoding: str = "utf-8") -> bytes:
    return "\r\n".join([heads, *lines]).encode(encoding)


def send(browser: FlaskClient, content: bytes, importer: str = "reasons", name: str = "理由.csv") -> str:
    answer = browser.post(f"/imports/start/{importer}", data={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.get_data(as_text=True)[-1500:]
    return str(answer.headers["Location"])


def task(app: Flask) -> ImportTask:
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(ImportTask).order_by(ImportTask.id.desc()).limit(1)).one()
        db.session.expunge(found)
        return found


def sentences(app: Flask) -> list[str]:
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(RejectReason.sentence).where(RejectReason.sentence.like("导入%")).order_by(RejectReason.id)))


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    return staff(app, "Reviewer")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_the_good_rows_are_brought_in_and_the_result_names_the_others(app: Flask, reviewer: FlaskClient, encoding: str) -> None:
    address = send(reviewer, sheet("导入甲,,,1,是", "导入乙,,,很多,也许", "导入丙,,,,", "导入甲,,,2,是", ",x,,,", encoding=encoding))
    page = reviewer.get(address).get_data(as_text=True)
    for row, column in ((3, "排在第几"), (3, "启用"), (5, "理由"), (6, "理由")):
        assert f'<td class="by-num">{row}</td><td>{column}</td>' in page, (row, column)
    assert (task(app).good, task(app).bad, task(app).status, sentences(app)) == (2, 3, "ready", [])
    assert reviewer.post(f"{address}/begin", data={"mode": "all"}).status_code == 422
    assert reviewer.post(f"{address}/begin", data={"mode": "good"}).status_code == 303
    assert reviewer.post(f"{address}/begin", data={"mode": "good"}).status_code == 409, "a file is brought in once"
    run_waiting(app, only="run_import")
    assert (task(app).status, task(app).position, sentences(app)) == ("done", 2, ["导入甲", "导入丙"])
    rows = list(load_workbook(io.BytesIO(reviewer.get(f"{address}/result").data)).active.iter_rows(values_only=True))
    assert [row[-1] for row in rows][:3] == ["结果", "已加入理由库", "排在第几：填 0 到 999 的整数；启用：填 是 或 否"]


def test_who_waits_for_the_page_needs_no_message_that_a_small_file_is_looked_over(app: Flask, reviewer: FlaskClient) -> None:
    send(reviewer, sheet("导入甲,,,1,是"))
    assert task(app).status == "ready"
    assert "检查完了" not in reviewer.get("/messages/").get_data(as_text=True)


def test_the_template_can_be_filled_in_and_sent(app: Flask, reviewer: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(reviewer.get("/imports/template/reasons.xlsx").data))
    assert book.sheetnames == ["驳回理由", "填写说明"] and len(book["驳回理由"].data_validations.dataValidation) == 1
    file = io.BytesIO()
    book.save(file)
    send(reviewer, file.getvalue(), name="模板.xlsx")
    assert (task(app).good, task(app).bad) == (1, 0)


def test_a_death_in_the_middle_brings_nothing_in_twice(app: Flask, reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    address = send(reviewer, sheet(*(f"导入{number},,,," for number in range(7))))
    reviewer.post(f"{address}/begin", data={"mode": "all"})
    real, calls = running._bring_in, []

    def dying(importer: Any, row: Any, actor: Any) -> str:
        calls.append(row.number)
        if len(calls) == 4:
            raise RuntimeError("the worker dies here")
        return real(importer, row, actor)

    monkeypatch.setattr(running, "_bring_in", dying)
    with pytest.raises(RuntimeError):
        run_waiting(app, only="run_import")
    assert (task(app).position, sentences(app)) == (2, ["导入0", "导入1"]), "the batch in flight is gone whole"
    with app.app_context(), transaction(system("tests")) as session:
        session.execute(text("UPDATE import_task SET heard_at = now() - interval '3 minutes'"))
    with app.app_context():
        resume_imports()
    assert run_waiting(app, only="run_import") == 1
    assert (task(app).status, sentences(app)) == ("done", [f"导入{number}" for number in range(7)])


def test_cancelling_stops_between_batches(app: Flask, reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    address = send(reviewer, sheet(*(f"导入{number},,,," for number in range(6))))
    reviewer.post(f"{address}/begin", data={"mode": "all"})
    real, calls = running._bring_in, []

    def hurried(importer: Any, row: Any, actor: Any) -> str:
        calls.append(row.number)
        if len(calls) == 2:
            cancelling.start()
            time.sleep(0.5)  # the other person's click waits for the batch's lock
        return real(importer, row, actor)

    cancelling = threading.Thread(target=lambda: reviewer.post(f"{address}/move/cancel"))
    monkeypatch.setattr(running, "_bring_in", hurried)
    monkeypatch.setattr(running, "lock", lambda *key: (cancelling.ident and cancelling.join(), lock(*key))[1])
    run_waiting(app, only="run_import")
    assert (task(app).status, task(app).position, sentences(app)) == ("cancelled", 2, ["导入0", "导入1"])


def test_owners_invite_members_to_their_own_house(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    house, other = merchant(app), merchant(app, "别家")
    owner, cashier = sign_in(app, house.members["Owner"]), sign_in(app, house.members["Cashier"])
    taken = other.members["Owner"]
    rows = ("林,小满,xiaoman,收银,13800138000", "陈,一,xiaoman,店长,", "王,二,wanger,老板,", f"李,三,{taken},后厨,", "赵,四,zhaosi,后厨,")
    address = send(owner, sheet(*rows, heads="姓,名,账号,角色,手机号"), "members", "成员.csv")
    assert [fault[:2] for fault in task(app).faults] == [[3, "账号"], [4, "角色"]]
    assert cashier.post("/imports/start/members", data={}).status_code == 403
    assert sign_in(app, other.members["Owner"]).get(address).status_code == 404
    owner.post(f"{address}/begin", data={"mode": "good"})
    run_waiting(app, only="run_import")
    result = [row[-1] for row in load_workbook(io.BytesIO(owner.get(f"{address}/result").data)).active.iter_rows(values_only=True)]
    assert result[1] == "已邀请，链接发到 138****8000" and "已经有人用了" in result[4] and result[5].startswith("已邀请；没有手机号")
    assert "/invitation/" not in str(result)
    sent: list[tuple[str, str, str]] = []
    monkeypatch.setattr(Sms, "send", lambda self, phone, template, **params: sent.append((phone, template, params["link"])) or "1")
    run_waiting(app, only="send_invitation")
    [(phone, template, link)] = sent
    assert (phone, template) == ("13800138000", "invitation")
    guest = app.test_client()
    assert guest.post(link[link.index("/invitation/"):], data={"password": "a quiet river 9"}).status_code == 303
    with app.app_context():
        enter_scope(EVERYTHING)
        made = db.session.scalars(select(Membership).where(Membership.username == "xiaoman")).one()
        assert (made.merchant_id, made.role, db.session.scalar(select(func.count()).select_from(Membership))) == (house.merchant_id, "Cashier", 11)


DYING = """
import sys, time
from app.kernel.imports import running
from tests.support.database import server_uri, test_app

def slow(*given):
    print("looking", flush=True)
    time.sleep(60)
running.read_table = slow
app = test_app(server_uri(), sys.argv[1])
with app.app_context():
    running.look(1)
"""


def test_a_dry_run_whose_worker_was_killed_is_missed_and_taken_up(
    app: Flask, reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch, database_name: str,
) -> None:
    monkeypatch.setattr(operations, "AT_ONCE", 10)
    send(reviewer, sheet("导入甲,,,1,是"))
    worker = subprocess.Popen([sys.executable, "-c", DYING, database_name], env={**os.environ, "PYTHONPATH": "."}, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    while "looking" not in worker.stdout.readline():
        assert worker.poll() is None
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    assert task(app).status == "checking"
    with app.app_context(), transaction(system("tests")) as session:
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'look_over_import'"))
    with app.app_context():
        resume_imports()
    assert run_waiting(app, only="look_over_import") == 0, "it is not missed while it may still be alive"
    with app.app_context(), transaction(system("tests")) as session:
        session.execute(text("UPDATE import_task SET updated_at = now() - interval '10 minutes'"))
    with app.app_context():
        resume_imports()
        resume_imports()
    assert run_waiting(app, only="look_over_import") == 1
    assert (task(app).status, task(app).good) == ("ready", 1)


def test_a_large_file_is_looked_over_in_the_queue(app: Flask, reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "AT_ONCE", 10)
    send(reviewer, sheet("导入甲,,,1,是"))
    assert task(app).status == "checking"
    run_waiting(app, only="look_over_import")
    assert (task(app).status, task(app).good) == ("ready", 1)
    assert "理由.csv 检查完了" in reviewer.get("/messages/").get_data(as_text=True)
    send(reviewer, b"PK\x03\x04 no workbook after all")
    run_waiting(app, only="look_over_import")
    assert task(app).status == "failed" and "这个文件读不了" in task(app).error


def test_files_go_after_a_week(app: Flask, reviewer: FlaskClient) -> None:
    address = send(reviewer, sheet("导入甲,,,1,是"))
    with app.app_context(), transaction(system("tests")) as session:
        session.execute(text("UPDATE import_task SET expires_at = now() - interval '1 second'"))
    with app.app_context():
        expire_imports()
    assert task(app).status == "expired" and reviewer.get(f"{address}/result").status_code == 410


@pytest.mark.parametrize("content", [b"", b"hello", b"GIF89a", b"PK\x03\x04 not a zip", b"a,b\x00c"])
def test_what_is_no_table_is_refused_and_leaves_nothing(app: Flask, reviewer: FlaskClient, content: bytes) -> None:
    answer = reviewer.post("/imports/start/reasons", data={"file": (io.BytesIO(content), "x.csv")})
    assert answer.status_code == 422 and "这个文件读不了" in answer.get_data(as_text=True)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalar(select(func.count()).select_from(ImportTask)) == 0
    with pytest.raises(NotASpreadsheet):
        read_table(content, Limits())


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(SpreadsheetTooLarge):
        read_table(b"a,b\n" * 12, Limits(rows=10))


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("text", "甲", "甲"), ("count", "12", 12), ("money", "1,286.50元", 128650), ("choice", "收银", "Cashier"),
        ("choice", "Cashier", "Cashier"), ("flag", "是", True),
    ],
)
def test_cells_are_read_by_their_kind(kind: Any, cell: str, value: Any) -> None:
    importer = Importer("t", "t", "t", columns=(ImportColumn("a", "甲", kind, required=True, choices={"Cashier": "收银"}),))
    rows, faults = read_rows(importer, [["甲*"], [cell]])
    assert (rows[0].values, faults) == ({"a": value}, [])


def test_a_missing_head_is_said() -> None:
    importer = Importer("t", "t", "t", columns=(ImportColumn("a", "甲", required=True), ImportColumn("b", "乙")))
    assert read_rows(importer, [["乙"], ["x"]]) == ([], [Fault(1, "甲", "第一行缺少“甲”这一列")])
