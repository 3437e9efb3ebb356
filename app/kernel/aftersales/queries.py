"""Reads of after-sales."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.kernel.aftersales.models import RefundCase


def waiting_cases(actor: Actor) -> int:
    """How many requests wait for an answer, within the reader's scope; counted up to 99."""
    waiting = select(RefundCase.id).where(RefundCase.status == "asked").limit(99)
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
