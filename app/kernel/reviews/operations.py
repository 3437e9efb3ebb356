"""Customers review what they bought, with pictures."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.approvals.rules import RISK_WORDS, risk_words_in
from app.kernel.audit.operations import append
from app.kernel.files.operations import store_image
from app.kernel.orders.models import Order, OrderLine
from app.kernel.reviews.models import PICTURES, WHOLE, Review

POLICY = system("policy")
NAMES = {"image/jpeg": "photo.jpg", "image/png": "photo.png", "image/webp": "photo.webp"}


class NotToReview(Refusal):
    """Only a completed order can be reviewed, for some time, and only what was bought with it."""

    code = "review.order"
    status = 409
    sentence = _l("这一单还没有完成，或者已经过了可以评价的期限")


class NotBought(Refusal):
    """The order has no such line."""

    code = "review.not_bought"
    status = 422
    sentence = _l("这一单里没有买过它")


class AlreadyReviewed(Refusal):
    """One review for each thing of an order."""

    code = "review.already"
    status = 409
    sentence = _l("已经评价过了")


class EnoughReviewPictures(Refusal):
    """A review shows so many pictures, added in its first day."""

    code = "review.pictures"
    status = 409
    sentence = _l("最多 6 张图片，而且只能在评价后一天内添加")


class NotAReviewPicture(Refusal):
    """The body is a picture of a kind that we take."""

    code = "review.not_a_picture"
    status = 415
    sentence = _l("只收 JPG、PNG、WebP 图片")


def write_review(order_id: int, *, stars: int, words: str, subject_id: int = WHOLE, actor: Actor, now: datetime) -> Review:
    """The review is shown and counts, or waits for staff where it holds a risk word. Refuses NotToReview, NotBought, AlreadyReviewed. Runs elevated."""
    order = lock(Order, order_id)
    if order.completed_at is None or now - order.completed_at > timedelta(days=value_of("reviews.within")):
        raise NotToReview
    subject = _title(order, subject_id) if subject_id != WHOLE else ""
    if db.session.scalars(select(Review.id).where(Review.order_id == order.id, Review.subject_id == subject_id)).first():
        raise AlreadyReviewed
    review = save(Review(
        trade=order.trade, order_id=order.id, order_number=order.number, merchant_id=order.merchant_id, customer_id=order.customer_id,
        customer_name=order.customer_name, subject_id=subject_id, subject=subject, stars=stars, words=words, reviewed_at=now,
        risks=risk_words_in({"words": words}, RISK_WORDS),
    ))
    append("review.written", review, actor=actor, now=now, reason=words[:200], changes={"stars": [None, stars]})
    if not review.risks:
        move(review, "publish", actor=POLICY, now=now)
    publish("happened", act="review.written", record=review, reason=words[:200], actor=actor, now=now)
    return review


def add_review_picture(review_id: int, content: bytes, media: str, *, actor: Actor, now: datetime) -> Review:
    """One more picture, open to all who see the review. Refuses EnoughReviewPictures, NotAReviewPicture, and what the file's door refuses."""
    review = lock(Review, review_id)
    if len(review.pictures) >= PICTURES or now - review.reviewed_at > timedelta(days=1):
        raise EnoughReviewPictures
    if media not in NAMES:
        raise NotAReviewPicture
    with elevated():
        stored = store_image(BytesIO(content), NAMES[media], actor=actor, now=now, merchant_id=review.merchant_id, field="picture")
        review.pictures = [*review.pictures, stored.key]
        db.session.flush()
    return review


def _title(order: Order, subject_id: int) -> str:
    statement = select(OrderLine.title).where(OrderLine.order_id == order.id, OrderLine.kind == "goods", OrderLine.subject_id == subject_id)
    title = db.session.scalars(statement.limit(1)).first()
    if title is None:
        raise NotBought(field="subject_id")
    return title
