"""The clockwork of exports: one is written, files past their day go, what a dead worker left is taken up again."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.framework.console.tasks import LOST_AFTER
from app.framework.database import transaction
from app.framework.queue import enqueue
from app.kernel.exports import writing
from app.kernel.exports.models import ExportTask
from app.kernel.exports.operations import expire_old, folder

SYSTEM = system("exports")
A_DAY = 86_400


def run_export(task_id: int) -> None:
    """Write the export that was asked for; a second run finds it done or goes on where the first one died."""
    writing.run(task_id)


def expire_exports() -> None:
    """Delete what is past its day, in short transactions; and unfinished files that nobody has touched for a day."""
    done = 1
    while done:
        with transaction(SYSTEM):
            done = expire_old(actor=SYSTEM, now=clock.now())
    for part in folder().glob("*.part"):
        if part.stat().st_mtime < time.time() - A_DAY:
            part.unlink(missing_ok=True)


def resume_exports() -> None:
    """Exports whose worker has given no sign of life go back into the queue."""
    with transaction(SYSTEM) as session:
        silent = ExportTask.heard_at < clock.now() - timedelta(seconds=LOST_AFTER)
        for task_id in session.scalars(select(ExportTask.id).where(ExportTask.status == "running", silent).order_by(ExportTask.id)):
            enqueue("run_export", key=f"export:{task_id}", task_id=task_id)
