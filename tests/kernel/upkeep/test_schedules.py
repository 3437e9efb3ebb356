"""Schedules that staff change: previewed, audited, put back, followed by every scheduler, one firing a slot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import EVERYTHING, Actor, system
from app.extensions import db
from app.framework import scheduler as clockwork
from app.framework.database import transaction
from app.framework.scheduler import ScheduleChange, ScheduleFiring, build_scheduler, crons, fire, look_again
from app.kernel.audit.models import AuditEntry
from app.kernel.upkeep.operations import NotCron, change_schedule, next_times
from tests.support.people import SETUP, staff

ADMIN = Actor("staff", 901, "林建民", frozenset({"Admin"}), EVERYTHING)
PATH = "/jobs/seal_audit/schedule"
OWN = "*/10 * * * *"
MONDAY = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def two(app: Flask) -> Iterator[tuple[BackgroundScheduler, BackgroundScheduler]]:
    """Two schedulers that run but fire nothing by themselves."""
    schedulers = build_scheduler(app), build_scheduler(app)
    for each in schedulers:
        each.start(paused=True)
    yield schedulers
    for each in schedulers:
        each.shutdown(wait=False)


def cron_of(app: Flask, name: str = "seal_audit") -> str:
    with app.app_context(), transaction(SETUP):
        return crons()[name]


def test_a_change_shows_the_next_five_times_before_it_counts(app: Flask) -> None:
    admin = staff(app, "Admin")
    answer = admin.post(PATH, data={"cron": "30 2 * * *", "reason": "夜里封存", "seen": OWN})
    page = answer.get_data(as_text=True)
    times = page.partition('<ol class="by-stack">')[2].partition("</ol>")[0].split("</li>")[:-1]
    assert (answer.status_code, ["02:30" in each for each in times], cron_of(app)) == (200, [True] * 5, OWN)
    assert admin.post(PATH, data={"cron": "30 2 * * *", "reason": "夜里封存", "seen": OWN, "confirmed": "30 2 * * *"}).status_code == 303
    assert cron_of(app) == "30 2 * * *"
    with app.app_context(), transaction(SETUP) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "job.rescheduled")).one()
        assert (entry.reason, entry.changes) == ("夜里封存", {"cron": [OWN, "30 2 * * *"]})
    shown = admin.get("/jobs/seal_audit").get_data(as_text=True)
    assert "夜里封存" in shown and "改回默认" in shown
    assert "每天 02:30" in admin.get("/jobs/").get_data(as_text=True)


def test_the_jobs_own_schedule_comes_back(app: Flask) -> None:
    admin = staff(app, "Admin")
    for cron in ("30 2 * * *", OWN):
        assert admin.post(PATH, data={"cron": cron, "reason": "试", "confirmed": cron}).status_code == 303
    assert cron_of(app) == OWN
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(ScheduleChange.cron).order_by(ScheduleChange.id)).all() == ["30 2 * * *", ""]


@pytest.mark.parametrize(("cron", "reason", "status"), [
    ("every day", "试", 422), ("61 * * * *", "试", 422), ("0 0 30 2 *", "试", 422), ("* * * *", "试", 422), ("", "试", 422), (OWN, "试", 422),
    ("30 2 * * *", " ", 400),
])
def test_what_is_no_schedule_is_refused_and_changes_nothing(app: Flask, cron: str, reason: str, status: int) -> None:
    answer = staff(app, "Admin").post(PATH, data={"cron": cron, "reason": reason, "confirmed": cron})
    assert answer.status_code in {status, 422}, answer.status_code
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(ScheduleChange)).all() == []


def test_who_saw_an_older_schedule_changes_nothing(app: Flask) -> None:
    admin = staff(app, "Admin")
    assert admin.post(PATH, data={"cron": "30 2 * * *", "reason": "试", "seen": OWN, "confirmed": "30 2 * * *"}).status_code == 303
    assert admin.post(PATH, data={"cron": "30 3 * * *", "reason": "试", "seen": OWN, "confirmed": "30 3 * * *"}).status_code == 409
    assert cron_of(app) == "30 2 * * *"


@pytest.mark.parametrize("role", ["Operator", "Finance", "Reviewer"])
def test_who_may_not_pause_does_not_change_schedules(app: Flask, role: str) -> None:
    answer = staff(app, role).post(PATH, data={"cron": "30 2 * * *", "reason": "试", "confirmed": "30 2 * * *"})
    assert (answer.status_code, cron_of(app)) == (403, OWN)


def test_a_job_without_a_schedule_gets_none(app: Flask) -> None:
    assert staff(app, "Admin").get("/jobs/send_refund/schedule").status_code == 404


def test_the_next_times_are_shanghais() -> None:
    assert next_times("30 2 * * *", MONDAY, 2) == [datetime(2026, 11, 23, 18, 30, tzinfo=UTC), datetime(2026, 11, 24, 18, 30, tzinfo=UTC)]
    with pytest.raises(NotCron):
        next_times("0 0 31 4 *", MONDAY)


def test_two_running_schedulers_follow_a_change_and_fire_a_slot_once(app: Flask, two: tuple[BackgroundScheduler, BackgroundScheduler]) -> None:
    first, second = two
    with app.app_context(), transaction(ADMIN):
        change_schedule("seal_audit", "30 2 * * *", reason="夜里", actor=ADMIN, now=datetime.now(UTC))
    assert look_again(app, first) == ["seal_audit"]
    assert look_again(app, first) == []
    begun = [each.get_job("seal_audit").args[2] for each in (first, second)]
    assert begun == ["30 2 * * *", OWN]

    slot = datetime.now(UTC).replace(second=0, microsecond=0)

    def tick(each: BackgroundScheduler) -> None:
        job = each.get_job("seal_audit")
        job.func(*job.args)

    tick(second)  # it has not looked again, so its old slot does not fire
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(ScheduleFiring)).all() == []
    assert look_again(app, second) == ["seal_audit"]
    for each in (first, second):
        tick(each)
    with app.app_context(), transaction(SETUP) as session:
        assert [(each.job, slot <= each.slot <= slot + timedelta(minutes=1)) for each in session.scalars(select(ScheduleFiring))] == [("seal_audit", True)]
        waiting = db.session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'seal_audit' AND status = 'todo'")).scalar_one()
        assert waiting == 1


def test_schedulers_that_looked_late_make_up_the_slot_once(app: Flask, two: tuple[BackgroundScheduler, BackgroundScheduler]) -> None:
    first, second = two
    since = datetime.now(UTC) - timedelta(seconds=150)
    with app.app_context(), transaction(ADMIN):
        change_schedule("rescue_stalled", "* * * * *", reason="每分钟", actor=ADMIN, now=since)
    for each in (first, second):
        assert look_again(app, each) == ["rescue_stalled"]
    begins = (since + timedelta(minutes=1)).replace(second=0, microsecond=0)
    with app.app_context(), transaction(SETUP) as session:
        assert session.scalars(select(ScheduleFiring.slot).where(ScheduleFiring.job == "rescue_stalled")).all() == [begins]
    with app.app_context(), transaction(system("clock")):
        assert fire("rescue_stalled", begins) is False


def test_every_scheduler_looks_three_times_a_minute(app: Flask) -> None:
    job = build_scheduler(app).get_job(clockwork.LOOK_AGAIN)
    moments, moment = [], MONDAY
    for _ in range(4):
        moment = job.trigger.get_next_fire_time(None, moment + timedelta(seconds=1))
        moments.append(moment)
    assert [int((each - MONDAY).total_seconds()) for each in moments] == [20, 40, 60, 80]
