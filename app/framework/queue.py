"""The durable queue: work for outside and for later, put there by the same transaction, done at least once.

Jobs are procrastinate tasks in PostgreSQL. `enqueue` writes through the session, so a rolled-back operation leaves no job.
A job is safe to run twice: it re-reads, locks, and finds nothing to do the second time. It opens its own transactions
(`with transaction(actor)`), so that none stays open across a call to the outside.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import procrastinate
from flask import Flask
from procrastinate import RetryStrategy
from sqlalchemy import text

from app.core import clock
from app.extensions import db
from app.framework.outcomes import keep_outcome

RETRY = RetryStrategy(max_attempts=12, exponential_wait=3)


@dataclass(frozen=True)
class Job:
    """A named piece of work; `schedule` is a cron expression in Shanghai time, empty for work that is only enqueued."""

    name: str
    title: Any
    work: Callable[..., Any]
    schedule: str = ""
    lock: str | None = None


REGISTRY: dict[str, Job] = {}


def register(job: Job) -> None:
    """Make the job known to queue and scheduler; two jobs of one name are a mistake."""
    if REGISTRY.setdefault(job.name, job).work is not job.work:
        raise ValueError(f"two jobs are called {job.name}")


_ENQUEUE = text(
    """
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, :priority, :lock, CAST(:key AS text), CAST(:args AS jsonb),
        CAST(:at AS timestamptz))::procrastinate_job_to_defer_v1])
    WHERE CAST(:key AS text) IS NULL
       OR NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = CAST(:key AS text) AND status = 'todo')
    """
)


def enqueue(name: str, *, at: datetime | None = None, key: str | None = None, lock: str | None = None, **arguments: Any) -> None:
    """Put one run of the job into the queue, in this transaction. `at` delays it; `key` lets only one wait at a time;
    `lock` lets only one with the same word run at a time. Arguments are JSON values."""
    job = REGISTRY[name]
    db.session.execute(_ENQUEUE, {
        "queue": "default", "task": name, "priority": 0, "lock": lock or job.lock, "key": key,
        "args": orjson.dumps(arguments).decode(), "at": at,
    })


def build_worker(app: Flask, connection: str) -> procrastinate.App:
    """A procrastinate application whose tasks run our jobs, each in an application context of its own."""
    queue = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=connection, max_size=6))
    for job in REGISTRY.values():
        queue.task(name=job.name, retry=RETRY)(_in_context(app, job))
    return queue


def _in_context(app: Flask, job: Job) -> Callable[..., Any]:
    @functools.wraps(job.work)
    def run(**arguments: Any) -> Any:
        with app.app_context():
            began = clock.now()
            answer = job.work(**arguments)
            if job.schedule:
                keep_outcome(job.name, began, answer)
            return answer

    return run


def run_waiting(app: Flask, *, limit: int = 1000, only: str | None = None, until: datetime | None = None) -> int:
    """Run what waits in the queue in this process, oldest first, and return how many ran: for tests and the demo.

    Takes jobs one by one under a row lock, as a worker does; a job that raises stops the run with its own exception.
    """
    done = 0
    while done < limit:
        with app.app_context():
            row = db.session.execute(
                text(
                    "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT id FROM procrastinate_jobs WHERE status = 'todo'"
                    " AND (scheduled_at IS NULL OR scheduled_at <= COALESCE(:until, now())) AND (CAST(:only AS text) IS NULL OR task_name = :only)"
                    " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, task_name, args"
                ), {"until": until, "only": only},
            ).one_or_none()
            db.session.commit()
        if row is None:
            break
        with app.app_context():
            REGISTRY[row.task_name].work(**row.args)
        with app.app_context():
            db.session.execute(text("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = :id"), {"id": row.id})
            db.session.commit()
        done += 1
    return done
