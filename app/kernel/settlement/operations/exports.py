"""Spreadsheets asked for: small ones at once, large ones from the queue with their progress."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select, update

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import save, transaction
from app.framework.queue import enqueue
from app.kernel.audit.operations import append
from app.kernel.settlement.models import Cycle, Export, Statement
from app.kernel.settlement.queries import totals_of
from app.kernel.settlement.workbook.sheets import Extent, write

AT_ONCE = 5_000  # lines that a request writes itself
KEEP = timedelta(days=7)


def extent_of(export: Export) -> Extent:
    """What the export covers."""
    if export.statement_id:
        statement = db.session.get_one(Statement, export.statement_id)
        return Extent(db.session.get_one(Cycle, statement.cycle_id), statement)
    return Extent(db.session.get_one(Cycle, export.cycle_id))


def ask_export(*, cycle: Cycle | None = None, statement: Statement | None = None, actor: Actor, now: datetime) -> Export:
    """An export waits in the queue; audited, because it takes everybody's figures out of the house."""
    subject = statement or cycle
    rows = totals_of(Statement.id == statement.id if statement else Statement.cycle_id == cycle.id).lines  # type: ignore[union-attr]
    export = save(Export(
        key=secrets.token_urlsafe(24), merchant_id=statement.merchant_id if statement else None, cycle_id=cycle.id if cycle else None,
        statement_id=statement.id if statement else None, name=f"{subject.label}.xlsx", rows=rows, asked_by=actor.name[:80],  # type: ignore[union-attr]
        expires_at=now + KEEP,
    ))
    append("settle_export.asked", export, actor=actor, now=now)
    enqueue("make_export", key=f"export:{export.id}", export_id=export.id)
    return export


def path_of(export: Export) -> Path:
    """Where its file lies."""
    return Path(current_app.config["FILES_FOLDER"]) / "exports" / f"{export.key}.xlsx"


def write_export(export_id: int, *, actor: Actor) -> None:
    """Write the file beside its place, then move it there. The rows are read in one transaction, the progress told in others."""
    with transaction(actor) as session:
        export = session.get_one(Export, export_id)
        if export.state == "done":
            return
        export.state, path = "running", path_of(export)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        with transaction(actor) as session, os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            write(extent_of(session.get_one(Export, export_id)), file, lambda rows: _tell(export_id, rows))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = os.fstat(file.fileno()).st_size
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        with transaction(actor) as session:
            session.get_one(Export, export_id).state = "failed"
        raise
    with transaction(actor) as session:
        export = session.get_one(Export, export_id)
        export.state, export.size, export.sha256, export.rows_done = "done", size, digest, export.rows


def forget_expired(now: datetime) -> int:
    """Delete what is past its day, the files first; returns how many."""
    expired = list(db.session.scalars(select(Export).where(Export.expires_at < now).order_by(Export.id).limit(200)))
    for export in expired:
        path_of(export).unlink(missing_ok=True)
        db.session.delete(export)
    db.session.flush()
    return len(expired)


def _tell(export_id: int, rows: int) -> None:
    """Progress goes through a connection of its own, so that it is seen while the rows are still being read."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql("SELECT set_config('baiye.scope', 'all', true)")
        connection.execute(update(Export).where(Export.id == export_id).values(rows_done=rows))
