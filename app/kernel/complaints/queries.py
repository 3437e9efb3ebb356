"""Reads of complaints."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.kernel.complaints.models import Complaint


def waiting_complaints(actor: Actor) -> int:
    """How many complaints wait for the reader's side: a merchant's answers, or the platform's rulings."""
    states = ("open",) if actor.merchant_id else ("arbitrating", "ruled")
    return db.session.scalar(select(func.count()).select_from(Complaint).where(Complaint.status.in_(states))) or 0


def complaints_of_customer(customer_id: int, *, after: int | None, limit: int) -> list[Complaint]:
    """The customer's complaints, newest first, older than `after`."""
    statement = select(Complaint).where(Complaint.customer_id == customer_id).order_by(Complaint.id.desc()).limit(limit)
    return list(db.session.scalars(statement.where(Complaint.id < after) if after else statement))
