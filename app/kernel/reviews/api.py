"""Read reviews, write one, add pictures to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.json_api import Api
from app.kernel.files.links import public_address
from app.kernel.files.operations import FileBroken, FileKindRefused, FileTooLarge, TooManyPixels
from app.kernel.orders.models import Order
from app.kernel.reviews import schemas
from app.kernel.reviews.models import REVIEW_FLOW, Review
from app.kernel.reviews.operations import (
    AlreadyReviewed,
    EnoughReviewPictures,
    NotAReviewPicture,
    NotBought,
    NotToReview,
    add_review_picture,
    write_review,
)
from app.kernel.reviews.queries import reviews_by, reviews_of
from app.kernel.reviews.scores import rating

api = Api("reviews", "/api/v1/reviews", _l("评价"))


@api.get("", summary=_l("看评价"), who="public", query=schemas.ReviewQuery, response=schemas.ReviewPage)
def list_reviews(query: schemas.ReviewQuery, actor: Actor, now: datetime) -> schemas.ReviewPage:
    """Of a merchant, or of one thing that it sells; newest first, with the average."""
    with elevated():  # what is shown is open to all: a signed-in customer too reads those of others
        found = reviews_of(
            query.trade, query.merchant_id, subject_id=query.subject_id, stars=query.stars, after=query.after, limit=query.limit + 1,
        )
        score = rating(query.trade, query.merchant_id, query.subject_id)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    items = [schemas.ReviewOut(**_shown(each)) for each in found[: query.limit]]
    return schemas.ReviewPage(average=score.tenths, count=score.reviews, items=items, next=more)


@api.post(
    "", summary=_l("写评价"), who="customer", request=schemas.ReviewIn, response=schemas.MyReviewOut, status=201, idempotent=True,
    errors=(NotFound, NotToReview, NotBought, AlreadyReviewed),
)
def review(body: schemas.ReviewIn, actor: Actor, now: datetime) -> schemas.MyReviewOut:
    """Of a completed order of one's own, as a whole or of one thing bought with it."""
    order = get(Order, body.order_id)
    with elevated():
        return _mine(write_review(order.id, stars=body.stars, words=body.words.strip(), subject_id=body.subject_id, actor=actor, now=now))


@api.get("/mine", summary=_l("我的评价"), who="customer", query=schemas.MyReviewsQuery, response=schemas.MyReviewPage)
def list_my_reviews(query: schemas.MyReviewsQuery, actor: Actor, now: datetime) -> schemas.MyReviewPage:
    """Newest first, those that wait or are hidden too."""
    found = reviews_by(actor.id or 0, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    return schemas.MyReviewPage(items=[_mine(each) for each in found[: query.limit]], next=more)


@api.post(
    "/<int:review_id>/pictures", summary=_l("给评价加图片"), who="customer", response=schemas.MyReviewOut, idempotent=True,
    errors=(NotFound, EnoughReviewPictures, NotAReviewPicture, FileTooLarge, FileKindRefused, FileBroken, TooManyPixels),
)
def add_picture(review_id: int, actor: Actor, now: datetime) -> schemas.MyReviewOut:
    """The body is one picture: JPEG, PNG, or WebP; six at most, within a day."""
    mine = get(Review, review_id)
    with elevated():
        return _mine(add_review_picture(mine.id, request.get_data(), request.mimetype, actor=actor, now=now))


def _shown(found: Review) -> dict[str, Any]:
    return {
        "id": found.id, "by": found.by, "stars": found.stars, "words": found.words, "subject": found.subject, "reply": found.reply,
        "pictures": [address for key in found.pictures if (address := public_address(key))], "replied_at": found.replied_at,
        "reviewed_at": found.reviewed_at,
    }


def _mine(found: Review) -> schemas.MyReviewOut:
    return schemas.MyReviewOut(
        **_shown(found), order_id=found.order_id, status=found.status, status_words=str(REVIEW_FLOW.state(found.status).label),
        hidden_because=found.hidden_because,
    )
