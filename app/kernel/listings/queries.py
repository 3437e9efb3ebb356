"""Reads of listings worth a name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.kernel.listings.models import ListingReport


def open_reports(actor: Actor) -> int:
    """How many reports wait for a decision."""
    return int(db.session.execute(select(func.count()).where(ListingReport.status == "open")).scalar_one())


def reports_of(kind: str, subject_id: int) -> list[Any]:
    """Every report of a listing, newest first."""
    statement = select(ListingReport).where(ListingReport.kind == kind, ListingReport.subject_id == subject_id)
    return list(db.session.scalars(statement.order_by(ListingReport.id.desc()).limit(50)))
