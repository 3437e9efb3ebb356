"""The clock and the queue: two schedulers fire once; a rolled-back operation leaves no job; the audit's chain shows an edit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
from flask import Flask
from sqlalchemy import text

from app.core.actors import EVERYTHING, system
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.queue import enqueue
from app.framework.scheduler import SchedulePause, fire
from app.kernel.audit.operations import broken_blocks, seal_audit
from tests.support.people import merchant

SLOT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def waiting(app: Flask) -> int:
    with app.app_context():
        enter_scope(EVERYTHING)
        return int(db.session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")).scalar_one())


def test_forty_schedulers_fire_a_slot_once(app: Flask) -> None:
    def tick(_: int) -> bool:
        with app.app_context(), transaction(system("clock")):
            return fire("seal_audit", SLOT)

    with ThreadPoolExecutor(16) as pool:
        fired = list(pool.map(tick, range(40)))
    assert (sum(fired), waiting(app)) == (1, 1)


def test_a_paused_schedule_does_not_fire(app: Flask) -> None:
    with app.app_context(), transaction(system("clock")) as session:
        session.add(SchedulePause(job="seal_audit", since=SLOT, by="林建民"))
        session.flush()
        assert fire("seal_audit", SLOT) is False
    assert waiting(app) == 0


def test_a_rolled_back_operation_leaves_no_job(app: Flask) -> None:
    try:
        with app.app_context(), transaction(system("test")):
            enqueue("seal_audit")
            raise RuntimeError("changed our mind")
    except RuntimeError:
        pass
    assert waiting(app) == 0


def test_the_audits_chain_shows_an_edit(app: Flask, server: str, database_name: str) -> None:
    merchant(app)
    with app.app_context():
        assert seal_audit() > 0
        enter_scope(EVERYTHING)
        assert broken_blocks() == []
        db.session.rollback()
    with psycopg.connect(server, dbname=database_name, autocommit=True) as superuser:
        superuser.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        superuser.execute("UPDATE audit_entry SET reason = 'nothing to see' WHERE id = 1")
    with app.app_context():
        enter_scope(EVERYTHING)
        assert broken_blocks() == [1]
