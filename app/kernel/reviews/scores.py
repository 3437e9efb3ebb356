"""What reviews add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.kernel.reviews.models import WHOLE, Review, Score


@dataclass(frozen=True)
class Rating:
    """`tenths` of a star on average, rounded half up, None without reviews; how many there are."""

    tenths: int | None
    reviews: int


def count(review: Review, sign: int) -> None:
    """The review counts for the merchant and for what was bought (+1), or no more (-1). A review of several things of one order counts for each."""
    for subject in sorted({WHOLE, review.subject_id}):
        values = {"trade": review.trade, "merchant_id": review.merchant_id, "subject_id": subject, "reviews": sign, "stars": sign * review.stars}
        if sign < 0:
            score = db.session.scalars(_of(review, subject).with_for_update()).one()
            score.reviews, score.stars = score.reviews - 1, score.stars - review.stars
        else:
            statement = insert(Score).values(**values)
            db.session.execute(statement.on_conflict_do_update(
                index_elements=["trade", "merchant_id", "subject_id"],
                set_={"reviews": Score.reviews + statement.excluded.reviews, "stars": Score.stars + statement.excluded.stars},
            ))
    db.session.flush()


def ratings(trade: str, merchant_ids: Iterable[int], subjects: Iterable[int] = (WHOLE,)) -> dict[tuple[int, int], Rating]:
    """(merchant, subject) → rating, for those that have reviews."""
    statement = select(Score.merchant_id, Score.subject_id, Score.reviews, Score.stars).where(
        Score.trade == trade, Score.merchant_id.in_(set(merchant_ids)), Score.subject_id.in_(set(subjects)), Score.reviews > 0,
    )
    return {
        (row.merchant_id, row.subject_id): Rating((20 * row.stars + row.reviews) // (2 * row.reviews), row.reviews)
        for row in db.session.execute(statement)
    }


def rating(trade: str, merchant_id: int, subject: int = WHOLE) -> Rating:
    """The rating of one thing."""
    return ratings(trade, [merchant_id], [subject]).get((merchant_id, subject), Rating(None, 0))


def _of(review: Review, subject: int) -> object:
    return select(Score).where(Score.trade == review.trade, Score.merchant_id == review.merchant_id, Score.subject_id == subject)
