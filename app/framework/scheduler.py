"""The clock: APScheduler fires, the database decides who was first, the queue does the work.

Any number of schedulers may run. All use cron expressions, so all name the same slot for a firing; the row of
(job, slot) is unique, and only the scheduler that inserts it enqueues. A firing missed for an hour is made up once.
"""

from __future__ import annotations

from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import String
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actors import system
from app.core.periods import SHANGHAI
from app.extensions import db
from app.framework.access import STAFF_ONLY
from app.framework.database import Moment, transaction
from app.framework.queue import REGISTRY, enqueue


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


def fire(name: str, slot: datetime) -> bool:
    """Enqueue the job for this slot unless it is paused or another scheduler was first; say whether it was us."""
    if db.session.get(SchedulePause, name):
        return False
    statement = insert(ScheduleFiring).values(job=name, slot=slot).on_conflict_do_nothing().returning(ScheduleFiring.job)
    if db.session.execute(statement).one_or_none() is None:
        return False
    enqueue(name, key=f"schedule:{name}")
    return True


def build_scheduler(app: Flask) -> BackgroundScheduler:
    """A scheduler with every job that has a schedule, ready to start."""
    scheduler = BackgroundScheduler(timezone=SHANGHAI, job_defaults={"coalesce": True, "misfire_grace_time": 3600})
    for job in REGISTRY.values():
        if job.schedule:
            trigger = CronTrigger.from_crontab(job.schedule, timezone=SHANGHAI)
            scheduler.add_job(_tick, trigger, args=[app, job.name], id=job.name)
    return scheduler


def _tick(app: Flask, name: str) -> None:
    with app.app_context(), transaction(system("clock")):
        fire(name, _slot(datetime.now(UTC)))


def _slot(moment: datetime) -> datetime:
    """The slot that a firing at `moment` belongs to: its minute, the same in every scheduler."""
    return moment.replace(second=0, microsecond=0)
