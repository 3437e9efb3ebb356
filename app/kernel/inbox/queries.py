"""Reads of the inbox."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from app.extensions import db
from app.kernel.inbox.models import Consent, CustomerMessage


def messages_of(customer_id: int, *, after: int | None, limit: int) -> Sequence[CustomerMessage]:
    """Newest first, older than `after`."""
    statement = select(CustomerMessage).where(CustomerMessage.customer_id == customer_id)
    return db.session.scalars((statement.where(CustomerMessage.id < after) if after else statement).order_by(CustomerMessage.id.desc()).limit(limit)).all()


def unread_of(customer_id: int) -> int:
    """How many the customer has not read."""
    statement = select(func.count()).select_from(CustomerMessage).where(CustomerMessage.customer_id == customer_id, CustomerMessage.read_at.is_(None))
    return int(db.session.execute(statement).scalar_one())


def consents_of(customer_id: int) -> dict[str, int]:
    """Kind → how many more may be pushed."""
    rows = db.session.execute(select(Consent.kind, Consent.remaining).where(Consent.customer_id == customer_id).order_by(Consent.kind))
    return {row.kind: row.remaining for row in rows}
