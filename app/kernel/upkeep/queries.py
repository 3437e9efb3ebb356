"""Reads of the queue, the clock, and the database."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, text

from app.extensions import db
from app.framework.outcomes import JobOutcome
from app.framework.queue import REGISTRY, Job
from app.framework.scheduler import ScheduleChange, ScheduleFiring, SchedulePause, crons, trigger_of

RUNS_SHOWN = 50


@dataclass(frozen=True)
class JobState:
    """A job with the cron expression that counts, its next firing (UTC; None when it has none or is paused), how its last run that went well ended,
    and what the queue knows of it."""

    job: Job
    next: datetime | None
    last: datetime | None
    pause: SchedulePause | None
    cron: str = ""
    outcome: JobOutcome | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def count(self, status: str) -> int:
        """Runs of the job in that state of the queue: todo, doing, succeeded, failed, cancelled, aborted."""
        return self.counts.get(status, 0)


@dataclass(frozen=True)
class Run:
    """A run of a job: state, attempts, when it was put in the queue, is due, began, and ended (UTC)."""

    id: int
    status: str
    attempts: int
    args: Mapping[str, Any]
    due: datetime | None
    deferred: datetime | None
    began: datetime | None
    ended: datetime | None


@dataclass(frozen=True)
class Vitals:
    """What the health page judges: see `findings_of`."""

    database: str
    bytes: int
    revision: str
    waiting: int
    oldest: datetime | None
    failed: int
    workers: int
    heartbeat: datetime | None
    fired: datetime | None
    sealed: datetime | None
    disk_free: int


def job_states(now: datetime) -> list[JobState]:
    """Every job of the product, those with a schedule first, each with its counts."""
    counts: dict[str, dict[str, int]] = {}
    for name, status, count in db.session.execute(text("SELECT task_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2")):
        counts.setdefault(name, {})[status] = count
    latest = select(ScheduleFiring.job, func.max(ScheduleFiring.slot)).group_by(ScheduleFiring.job)
    last: dict[str, datetime] = dict(db.session.execute(latest).tuples().all())
    pauses = {pause.job: pause for pause in db.session.scalars(select(SchedulePause))}
    outcomes = {outcome.job: outcome for outcome in db.session.scalars(select(JobOutcome))}
    jobs = sorted(REGISTRY.values(), key=lambda job: (not job.schedule, job.name))
    cron = crons()
    return [
        JobState(
            job, next_firing(cron.get(job.name, ""), now, pauses.get(job.name)), last.get(job.name), pauses.get(job.name), cron.get(job.name, ""),
            outcomes.get(job.name), counts.get(job.name, {}),
        )
        for job in jobs
    ]


def next_firing(cron: str, now: datetime, pause: SchedulePause | None) -> datetime | None:
    """When the schedule fires next."""
    if not cron or pause:
        return None
    found: datetime | None = trigger_of(cron).get_next_fire_time(None, now)
    return found


def schedule_changes(name: str) -> list[ScheduleChange]:
    """Every expression that staff gave the job, newest first."""
    return list(db.session.scalars(select(ScheduleChange).where(ScheduleChange.job == name).order_by(ScheduleChange.id.desc()).limit(RUNS_SHOWN)))


def runs_of(name: str) -> list[Run]:
    """The latest runs of the job, newest first."""
    rows = db.session.execute(text(
        "SELECT j.id, j.status::text AS status, j.attempts, j.args, j.scheduled_at AS due,"
        " min(e.at) FILTER (WHERE e.type = 'deferred') AS deferred, max(e.at) FILTER (WHERE e.type = 'started') AS began,"
        " max(e.at) FILTER (WHERE e.type IN ('succeeded', 'failed', 'cancelled', 'aborted')) AS ended"
        " FROM (SELECT * FROM procrastinate_jobs WHERE task_name = :name ORDER BY id DESC LIMIT :most) j"
        " LEFT JOIN procrastinate_events e ON e.job_id = j.id GROUP BY j.id, j.status, j.attempts, j.args, j.scheduled_at ORDER BY j.id DESC"
    ), {"name": name, "most": RUNS_SHOWN})
    return [Run(**row._mapping) for row in rows]  # noqa: SLF001 - how SQLAlchemy names the mapping of a row


def vitals(now: datetime) -> Vitals:
    """Everything that the health page looks at, in one query and one look at the disk."""
    row = db.session.execute(text(
        "SELECT current_setting('server_version') AS database, pg_database_size(current_database()) AS bytes,"
        " (SELECT version_num FROM alembic_version) AS revision,"
        " (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, :now) <= :now) AS waiting,"
        " (SELECT min(coalesce(j.scheduled_at, e.at)) FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'"
        "   WHERE j.status = 'todo' AND coalesce(j.scheduled_at, :now) <= :now) AS oldest,"
        " (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS failed,"
        " (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > CAST(:alive AS timestamptz)) AS workers,"
        " (SELECT max(last_heartbeat) FROM procrastinate_workers) AS heartbeat,"
        " (SELECT max(slot) FROM schedule_firing) AS fired, (SELECT max(sealed_at) FROM audit_block) AS sealed"
    ), {"now": now, "alive": now - timedelta(minutes=1)}).one()
    return Vitals(**row._mapping, disk_free=shutil.disk_usage(current_app.config["FILES_FOLDER"].parent).free)  # noqa: SLF001 - as above


def failed_runs(_actor: object) -> int:
    """How many runs failed for good, for the side bar."""
    return int(db.session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")).scalar_one())
