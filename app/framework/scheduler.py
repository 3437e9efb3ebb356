"""The clock: APScheduler fires, the database decides who was first, the queue does the work.

Any number of schedulers may run. All use cron expressions, so all name the same slot for a firing; the row of
(job, slot) is unique, and only the scheduler that inserts it enqueues. A firing missed for an hour is made up once.

Staff may give a job another expression. Each scheduler looks three times a minute; one that has not looked yet does not
fire by the old expression, and one that looked late makes up the slot it missed, so all agree at every moment.
"""

from __future__ import annotations

from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import BigInteger, Index, String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actors import system
from app.core.periods import SHANGHAI
from app.extensions import db
from app.framework.access import STAFF_ONLY
from app.framework.database import Moment, transaction
from app.framework.queue import REGISTRY, enqueue

LOOK_AGAIN = "look again"


class ScheduleFiring(Model):
    """One firing of a schedule: its existence is what makes it happen once."""

    __tablename__ = "schedule_firing"
    __access__ = STAFF_ONLY
    job: Mapped[str] = mapped_column(String(80), primary_key=True)
    slot: Mapped[datetime] = mapped_column(Moment, primary_key=True)


class SchedulePause(Model):
    """A schedule that staff have paused, since when and by whom."""

    __tablename__ = "schedule_pause"
    __access__ = STAFF_ONLY
    job: Mapped[str] = mapped_column(String(80), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(80))


class ScheduleChange(Model):
    """A cron expression that staff gave a job instead of its own; the newest of a job counts, an empty one means the job's own."""

    __tablename__ = "schedule_change"
    __access__ = STAFF_ONLY
    __table_args__ = (Index("ix_schedule_change_job", "job", "id"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    job: Mapped[str] = mapped_column(String(80))
    cron: Mapped[str] = mapped_column(String(80), default="")
    since: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200), default="")


def fire(name: str, slot: datetime) -> bool:
    """Enqueue the job for this slot unless it is paused or another scheduler was first; say whether it was us."""
    if db.session.get(SchedulePause, name):
        return False
    statement = insert(ScheduleFiring).values(job=name, slot=slot).on_conflict_do_nothing().returning(ScheduleFiring.job)
    if db.session.execute(statement).one_or_none() is None:
        return False
    enqueue(name, key=f"schedule:{name}")
    return True


def crons() -> dict[str, str]:
    """Job → the cron expression that counts, of every job that has a schedule."""
    newest = select(ScheduleChange.job, ScheduleChange.cron).distinct(ScheduleChange.job).order_by(ScheduleChange.job, ScheduleChange.id.desc())
    changed = dict(db.session.execute(newest).tuples().all())
    return {job.name: changed.get(job.name) or job.schedule for job in REGISTRY.values() if job.schedule}


def trigger_of(cron: str) -> CronTrigger:
    """The times of a cron expression, in Shanghai. Raises ValueError for what is none."""
    return CronTrigger.from_crontab(cron, timezone=SHANGHAI)


def build_scheduler(app: Flask) -> BackgroundScheduler:
    """A scheduler with every job that has a schedule, ready to start."""
    scheduler = BackgroundScheduler(timezone=SHANGHAI, job_defaults={"coalesce": True, "misfire_grace_time": 3600})
    with app.app_context(), transaction(system("clock")):
        for name, cron in crons().items():
            _plan(scheduler, app, name, cron)
    scheduler.add_job(look_again, CronTrigger(second="*/20", timezone=SHANGHAI), args=[app, scheduler], id=LOOK_AGAIN)
    return scheduler


def look_again(app: Flask, scheduler: BackgroundScheduler) -> list[str]:
    """The scheduler follows the expressions that staff changed since it looked last; returns their jobs."""
    changed = []
    with app.app_context(), transaction(system("clock")):
        for name, cron in crons().items():
            planned = scheduler.get_job(name)
            if planned is None or planned.args[2] != cron:
                _plan(scheduler, app, name, cron)
                _make_up(name, cron)
                changed.append(name)
    return changed


def _plan(scheduler: BackgroundScheduler, app: Flask, name: str, cron: str) -> None:
    scheduler.add_job(_tick, trigger_of(cron), args=[app, name, cron], id=name, replace_existing=True)


def _make_up(name: str, cron: str) -> None:
    """Fire the first slot since the change when it has passed while this scheduler did not know of it yet."""
    since = db.session.scalars(select(ScheduleChange.since).where(ScheduleChange.job == name).order_by(ScheduleChange.id.desc())).first()
    slot = trigger_of(cron).get_next_fire_time(None, since) if since else None
    if slot is not None and slot <= datetime.now(UTC):
        fire(name, slot.astimezone(UTC))


def _tick(app: Flask, name: str, cron: str) -> None:
    with app.app_context(), transaction(system("clock")):
        if crons().get(name) == cron:
            fire(name, _slot(datetime.now(UTC)))


def _slot(moment: datetime) -> datetime:
    """The slot that a firing at `moment` belongs to: its minute, the same in every scheduler."""
    return moment.replace(second=0, microsecond=0)
