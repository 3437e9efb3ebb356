"""The jobs page and the health page do what they say, and only for those who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.core.actors import system
from app.extensions import db
from app.framework.database import transaction
from app.framework.queue import enqueue
from app.framework.scheduler import SchedulePause, fire
from app.kernel.audit.models import AuditEntry
from app.kernel.upkeep.operations import rescue_stalled_runs
from app.kernel.upkeep.queries import Vitals
from app.kernel.upkeep.rules import findings_of
from tests.support.people import SETUP, Shopper, staff
from tests.verticals.dining.world import restaurant

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
GIB = 2**30


def waiting(name: str) -> int:
    return int(db.session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo'"), {"name": name}).scalar_one())


def test_run_now_puts_one_run_in_the_queue_however_often_it_is_pressed(app: Flask) -> None:
    admin = staff(app, "Admin")
    for _ in range(3):
        assert admin.post("/jobs/seal_audit/run").status_code == 303
    with app.app_context(), transaction(SETUP):
        assert waiting("seal_audit") == 1
    assert "排队" in admin.get("/jobs/seal_audit").get_data(as_text=True)


def test_a_job_without_a_schedule_is_not_run_by_hand(app: Flask) -> None:
    answer = staff(app, "Admin").post("/jobs/send_refund/run")
    assert answer.status_code == 409 and "没有定时" in answer.get_data(as_text=True)
    with app.app_context(), transaction(SETUP):
        assert waiting("send_refund") == 0


def test_a_paused_schedule_does_not_fire_until_it_is_resumed(app: Flask) -> None:
    admin = staff(app, "Admin")
    assert admin.post("/jobs/seal_audit/pause", data={"reason": " "}).status_code in {400, 422}
    assert admin.post("/jobs/seal_audit/pause", data={"reason": "搬机房"}).status_code == 303
    with app.app_context(), transaction(system("clock")) as session:
        assert not fire("seal_audit", NOW)
        assert session.get_one(SchedulePause, "seal_audit").by == "AdminStaff"
    assert "已暂停" in admin.get("/jobs/").get_data(as_text=True)
    assert admin.post("/jobs/seal_audit/resume").status_code == 303
    with app.app_context(), transaction(system("clock")) as session:
        assert fire("seal_audit", NOW)
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("job.%")).order_by(AuditEntry.id)).all()
        assert acts == ["job.paused", "job.resumed"]


def test_only_a_failed_run_is_tried_again_and_only_once(app: Flask) -> None:
    operator = staff(app, "Operator")
    with app.app_context(), transaction(SETUP) as session:
        enqueue("send_refund", refund_id=7)
        key = session.execute(text("UPDATE procrastinate_jobs SET status = 'failed', attempts = 12 WHERE task_name = 'send_refund' RETURNING id")).scalar_one()
    assert "失败" in operator.get("/jobs/send_refund").get_data(as_text=True)
    assert operator.post(f"/jobs/runs/{key}/retry").status_code == 303
    assert operator.post(f"/jobs/runs/{key}/retry").status_code == 409
    with app.app_context(), transaction(SETUP) as session:
        row = session.execute(text("SELECT status::text, attempts FROM procrastinate_jobs WHERE id = :id"), {"id": key}).one()
        assert tuple(row) == ("todo", 0)


@pytest.mark.parametrize(("role", "path", "status"), [
    ("Finance", "/jobs/seal_audit/run", 403), ("Operator", "/jobs/seal_audit/pause", 403), ("Reviewer", "/jobs/seal_audit/run", 403),
])
def test_those_who_may_not_change_nothing(app: Flask, role: str, path: str, status: int) -> None:
    assert staff(app, role).post(path, data={"reason": "x"}).status_code == status
    with app.app_context(), transaction(SETUP) as session:
        assert (waiting("seal_audit"), session.scalar(select(func.count()).select_from(SchedulePause))) == (0, 0)


def test_health_says_what_stands_still(app: Flask) -> None:
    page = staff(app, "Operator").get("/health/").get_data(as_text=True)
    assert "没有在运行的" in page and "要马上处理" in page


def seen(**changes: Any) -> Vitals:
    well = {
        "database": "18.0", "bytes": GIB, "revision": "0012", "waiting": 0, "oldest": None, "failed": 0, "workers": 1, "heartbeat": NOW,
        "fired": NOW - timedelta(minutes=1), "sealed": NOW - timedelta(minutes=10), "disk_free": 20 * GIB,
    }
    return Vitals(**{**well, **changes})


@pytest.mark.parametrize(("changes", "tones"), [
    ({}, "ok ok ok ok ok ok ok"),
    ({"disk_free": 3 * GIB}, "ok wait ok ok ok ok ok"),
    ({"disk_free": GIB - 1}, "ok bad ok ok ok ok ok"),
    ({"workers": 0}, "ok ok bad ok ok ok ok"),
    ({"waiting": 3, "oldest": NOW - timedelta(minutes=6)}, "ok ok ok wait ok ok ok"),
    ({"waiting": 3, "oldest": NOW - timedelta(minutes=4)}, "ok ok ok ok ok ok ok"),
    ({"failed": 1}, "ok ok ok ok bad ok ok"),
    ({"fired": NOW - timedelta(minutes=8)}, "ok ok ok ok ok bad ok"),
    ({"fired": None, "sealed": None}, "ok ok ok ok ok bad wait"),
])
def test_vital_signs_are_judged(changes: dict[str, Any], tones: str) -> None:
    assert " ".join(each.tone for each in findings_of(seen(**changes), NOW)) == tones


def test_the_guide_of_an_empty_platform_says_what_is_missing_and_the_card_goes_when_it_is_done(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = staff(app, "Admin")
    assert "3 / 7 步已完成" in admin.get("/guide/").get_data(as_text=True)
    assert "请来同事" in admin.get("/").get_data(as_text=True)
    for role, name in (("Reviewer", "r1"), ("Finance", "f1"), ("Finance", "f2")):
        staff(app, role, name)
    place = restaurant(app)
    place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    monkeypatch.setitem(app.config, "WECHAT_PAY_URL", "https://api.mch.weixin.qq.com")
    assert "7 / 7 步已完成" in admin.get("/guide/").get_data(as_text=True)
    assert "开张前还差" not in admin.get("/").get_data(as_text=True)


def test_the_runs_of_a_dead_worker_wait_again_and_those_of_a_living_one_do_not(app: Flask) -> None:
    moment = datetime.now(UTC)
    with app.app_context(), transaction(SETUP) as session:
        dead, alive = session.execute(text(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (:old), (:fresh) RETURNING id"
        ), {"old": moment - timedelta(minutes=3), "fresh": moment}).scalars().all()
        for refund_id, worker in ((1, dead), (2, alive)):
            enqueue("send_refund", refund_id=refund_id)
            taken = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker WHERE status = 'todo' AND task_name = 'send_refund'"
            session.execute(text(taken), {"worker": worker})
    with app.app_context(), transaction(SETUP) as session:
        session.execute(text("UPDATE procrastinate_events SET at = :old WHERE type = 'started'"), {"old": moment - timedelta(minutes=3)})
        assert (rescue_stalled_runs(moment), rescue_stalled_runs(moment)) == (1, 0)
        rows = text("SELECT (args->>'refund_id')::int, status::text FROM procrastinate_jobs WHERE task_name = 'send_refund' ORDER BY 1")
        states = session.execute(rows).all()
        assert [tuple(each) for each in states] == [(1, "todo"), (2, "doing")]
