"""Reads of reviews worth a name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.kernel.reviews.models import SHOWN, WHOLE, Review


def waiting_reviews(actor: Actor) -> int:
    """How many reviews wait for the reader's side: a merchant's replies, or staff who look at risk words."""
    status = "shown" if actor.merchant_id else "pending"
    return db.session.scalar(select(func.count()).select_from(Review).where(Review.status == status)) or 0


def reviews_of(trade: str, merchant_id: int, *, subject_id: int = WHOLE, stars: int | None = None, after: int | None, limit: int) -> Sequence[Review]:
    """What customers read of a merchant, or of one thing that it sells: newest first, older than `after`."""
    statement = select(Review).where(Review.trade == trade, Review.merchant_id == merchant_id, Review.status.in_(SHOWN))
    if subject_id != WHOLE:
        statement = statement.where(Review.subject_id == subject_id)
    if stars:
        statement = statement.where(Review.stars == stars)
    if after:
        statement = statement.where(Review.id < after)
    return db.session.scalars(statement.order_by(Review.id.desc()).limit(limit)).all()


def reviews_by(customer_id: int, *, after: int | None, limit: int) -> Sequence[Review]:
    """What the customer wrote, newest first, older than `after`."""
    statement = select(Review).where(Review.customer_id == customer_id)
    return db.session.scalars((statement.where(Review.id < after) if after else statement).order_by(Review.id.desc()).limit(limit)).all()
