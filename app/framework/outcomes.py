"""How the last run of each scheduled job ended: the queue forgets a run that went well, its page does not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, String
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.actors import system
from app.extensions import db
from app.framework.access import STAFF_ONLY
from app.framework.database import Moment, transaction


class JobOutcome(Model):
    """The last run of a job that went well: when it ended (UTC), how many milliseconds it took, and how many things it says it did."""

    __tablename__ = "job_outcome"
    __access__ = STAFF_ONLY
    job: Mapped[str] = mapped_column(String(80), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(Moment)
    took: Mapped[int] = mapped_column(BigInteger)
    did: Mapped[int | None] = mapped_column(BigInteger)


def keep_outcome(name: str, began: datetime, answer: Any) -> None:
    """The job's last run that went well is this one, in a transaction of its own."""
    ended = clock.now()
    told = {"ended_at": ended, "took": int((ended - began).total_seconds() * 1000), "did": answer if type(answer) is int else None}
    with transaction(system("clock")):
        db.session.execute(insert(JobOutcome).values(job=name, **told).on_conflict_do_update(index_elements=["job"], set_=told))
