"""Run a job at once, pause and resume its schedule, try a failed run again, rescue the runs of a worker that died."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Conflict, Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import save
from app.framework.queue import REGISTRY, Job, enqueue
from app.framework.scheduler import ScheduleChange, SchedulePause, crons, trigger_of
from app.kernel.audit.operations import record_act

WORKER_SILENT = timedelta(minutes=2)
TIMES_SHOWN = 5


class NotScheduled(Refusal):
    """A job without a schedule was to be run, paused, or resumed by hand: its runs belong to something that happened."""

    code = "job.not_scheduled"
    status = 409
    sentence = _l("“%(title)s”没有定时，只在有事时自己排队")


class NotFailed(Refusal):
    """Only a failed run can be tried again."""

    code = "job.not_failed"
    status = 409
    sentence = _l("这一次没有失败，或已经重跑")


class NotCron(Refusal):
    """The text is no cron expression, or names no moment that ever comes."""

    code = "job.not_cron"
    status = 422
    sentence = _l("“%(cron)s”不是能用的定时：写五段“分 时 日 月 周”，例如 30 2 * * *")


class SameSchedule(Refusal):
    """The job runs by that expression already."""

    code = "job.same_schedule"
    status = 422
    sentence = _l("现在就是 %(cron)s，没有要改的")


def run_job(name: str, *, actor: Actor, now: datetime, reason: str = "") -> Job:
    """One run of the scheduled job waits in the queue; a second one does not pile up behind it."""
    job = _scheduled(name)
    enqueue(name, key=f"schedule:{name}")
    record_act("job.run", table="schedule_firing", label=str(job.title), actor=actor, now=now, reason=reason)
    return job


def pause_job(name: str, *, actor: Actor, now: datetime, reason: str) -> Job:
    """The schedule does not fire until it is resumed; runs that wait already still run. Safe to repeat."""
    job = _scheduled(name)
    statement = insert(SchedulePause).values(job=name, since=now, by=actor.name[:80]).on_conflict_do_nothing().returning(SchedulePause.job)
    if db.session.execute(statement).one_or_none():
        record_act("job.paused", table="schedule_pause", label=str(job.title), actor=actor, now=now, reason=reason)
    return job


def resume_job(name: str, *, actor: Actor, now: datetime) -> Job:
    """The schedule fires again from its next time on. Safe to repeat."""
    job = _scheduled(name)
    pause = db.session.get(SchedulePause, name)
    if pause is not None:
        db.session.delete(pause)
        record_act("job.resumed", table="schedule_pause", label=str(job.title), actor=actor, now=now)
    return job


def change_schedule(name: str, cron: str, *, reason: str, seen: str | None = None, actor: Actor, now: datetime) -> Job:
    """The job runs by this cron expression (Shanghai time) from the next minute on, in every scheduler; an empty one is the job's own.

    `seen` is the expression that the person saw. Raises NotScheduled, Invalid without a reason, NotCron, SameSchedule, Conflict.
    """
    job = _scheduled(name)
    wished = " ".join(cron.split())
    if not 0 < len(reason.strip()) <= 200:
        raise Invalid(errors=[{"field": "reason", "code": "required", "message": str(_l("写明原因"))}])
    next_times(wished or job.schedule, now)
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"schedule:{name}"})
    before = crons()[name]
    if seen is not None and seen != before:
        raise Conflict
    if (wished or job.schedule) == before:
        raise SameSchedule(field="cron", cron=before)
    save(ScheduleChange(job=name, cron="" if wished == job.schedule else wished, since=now, by=actor.name[:80], reason=reason.strip()))
    record_act(
        "job.rescheduled", table="schedule_change", label=str(job.title), actor=actor, now=now, reason=reason.strip(),
        changes={"cron": [before, wished or job.schedule]},
    )
    return job


def retry_run(run_id: int, *, actor: Actor, now: datetime) -> str:
    """The failed run waits in the queue again; returns its job's name. Raises NotFound, NotFailed."""
    row = db.session.execute(text("SELECT task_name, status::text AS status FROM procrastinate_jobs WHERE id = :id FOR UPDATE"), {"id": run_id}).one_or_none()
    if row is None or row.task_name not in REGISTRY:
        raise NotFound
    if row.status != "failed":
        raise NotFailed
    db.session.execute(text(
        "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL, abort_requested = false, queueing_lock = NULL"
        " WHERE id = :id"
    ), {"id": run_id})
    db.session.execute(text("INSERT INTO procrastinate_events (job_id, type, at) VALUES (:id, 'deferred_for_retry', :now)"), {"id": run_id, "now": now})
    record_act("job.retried", table="procrastinate_jobs", key=run_id, label=str(REGISTRY[row.task_name].title), actor=actor, now=now)
    return str(row.task_name)


def rescue_stalled_runs(now: datetime) -> int:
    """Runs whose worker died wait in the queue again; returns how many. A job is safe to run twice, so nothing is lost and nothing done twice.

    A worker is dead when its heartbeat, sent every ten seconds, is two minutes old, or when its row is gone.
    """
    rows = db.session.execute(text(
        "UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL, abort_requested = false, queueing_lock = NULL, scheduled_at = NULL"
        " WHERE j.status = 'doing' AND NOT EXISTS (SELECT 1 FROM procrastinate_workers w WHERE w.id = j.worker_id AND w.last_heartbeat > :alive)"
        " AND EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started' AND e.at < :alive)"
        " RETURNING j.id"
    ), {"alive": now - WORKER_SILENT}).scalars().all()
    if rows:
        db.session.execute(text(
            "INSERT INTO procrastinate_events (job_id, type, at) SELECT unnest(CAST(:ids AS bigint[])), 'deferred_for_retry', :now"
        ), {"ids": list(rows), "now": now})
    return len(rows)


def _scheduled(name: str) -> Job:
    job = REGISTRY.get(name)
    if job is None:
        raise NotFound
    if not job.schedule:
        raise NotScheduled(title=job.title)
    return job


def next_times(cron: str, now: datetime, count: int = TIMES_SHOWN) -> list[datetime]:
    """The next moments (UTC) of a cron expression after `now`. Raises NotCron when it is none, or when fewer ever come."""
    found: list[datetime] = []
    try:
        trigger = trigger_of(cron)
        while len(found) < count:
            moment = trigger.get_next_fire_time(found[-1] if found else None, found[-1] + timedelta(seconds=1) if found else now)
            if moment is None:
                break
            found.append(moment)
    except ValueError:
        raise NotCron(field="cron", cron=cron[:40]) from None
    if len(found) < count or len(cron) > 80:
        raise NotCron(field="cron", cron=cron[:40])
    return [moment.astimezone(UTC) for moment in found]
