"""The clockwork of imports: look over, bring in, delete after a week, take up what a dead worker left."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from app.core import clock
from app.core.actors import system
from app.framework.console.tasks import LOST_AFTER
from app.framework.database import transaction
from app.framework.queue import enqueue
from app.kernel.imports import running
from app.kernel.imports.models import ImportTask
from app.kernel.imports.operations import expire_old

SYSTEM = system("imports")


def look_over_import(task_id: int) -> None:
    """The dry run of a large file."""
    running.look(task_id)


def run_import(task_id: int) -> None:
    """Bring in the rows; a second run goes on behind the last batch."""
    running.run(task_id)


def expire_imports() -> None:
    """Delete what is past its day, in short transactions."""
    done = 1
    while done:
        with transaction(SYSTEM):
            done = expire_old(actor=SYSTEM, now=clock.now())


def resume_imports() -> None:
    """Dry runs and imports whose worker has given no sign of life go back into the queue, imports behind their last batch."""
    with transaction(SYSTEM) as session:
        since = clock.now() - timedelta(seconds=LOST_AFTER)
        silent = or_(ImportTask.heard_at < since, ImportTask.heard_at.is_(None) & (ImportTask.updated_at < since))
        lost = select(ImportTask.id, ImportTask.status).where(ImportTask.status.in_(("checking", "running")), silent).order_by(ImportTask.id)
        for task_id, status in session.execute(lost).all():
            job, key = ("look_over_import", "look") if status == "checking" else ("run_import", "import")
            enqueue(job, key=f"{key}:{task_id}", task_id=task_id)
