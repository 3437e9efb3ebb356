"""Reads of the audit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, select

from app.extensions import db
from app.kernel.audit.models import AuditEntry
from app.kernel.audit.operations import table_of


def timeline_of(subject: Any, limit: int = 100) -> list[AuditEntry]:
    """What happened to a record, newest first, as far as the reader's scope goes."""
    table, key = table_of(subject), inspect(subject).identity[0]
    statement = (
        select(AuditEntry).where(AuditEntry.subject_type == table, AuditEntry.subject_id == key).order_by(AuditEntry.id.desc()).limit(limit)
    )
    return list(db.session.scalars(statement))
