"""A customer complains, and shows what it means. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.complaints.models import LIVE, PICTURES, Complaint
from app.kernel.complaints.operations.holding import hold
from app.kernel.complaints.rules import REASONS
from app.kernel.files.operations import store_document
from app.kernel.orders.models import Order

NAMES = {"image/jpeg": "photo.jpg", "image/png": "photo.png", "image/webp": "photo.webp"}


class NotToComplainOf(Refusal):
    """Only an order that was paid, and not too long ago, can be complained of."""

    code = "complaint.order"
    status = 409
    sentence = _l("这一单没有付款，或者已经过了可以投诉的期限")


class AlreadyComplained(Refusal):
    """The order has a complaint that is not over."""

    code = "complaint.already"
    status = 409
    sentence = _l("这一单已有投诉在处理")


class ReasonUnknown(Refusal):
    """The reason is none of ours."""

    code = "complaint.reason"
    status = 422
    sentence = _l("选一个投诉原因")


class WishRefused(Refusal):
    """What is wished back is nothing, or more than remains of the order."""

    code = "complaint.wish"
    status = 422
    sentence = _l("想退的金额要大于零，最多 ¥%(most)s")


class EnoughPictures(Refusal):
    """A complaint shows so many pictures, and only while it waits for an answer."""

    code = "complaint.pictures"
    status = 409
    sentence = _l("最多 6 张图片，而且只能在商户答复前添加")


class NotAPicture(Refusal):
    """The body is a picture of a kind that we take."""

    code = "complaint.not_a_picture"
    status = 415
    sentence = _l("只收 JPG、PNG、WebP 图片")


def open_complaint(order_id: int, *, reason: str, words: str, wish: int, actor: Actor, now: datetime) -> Complaint:
    """The merchant has to answer in time, and what is in dispute is held from it.

    Refuses NotToComplainOf, AlreadyComplained, ReasonUnknown, WishRefused. Runs elevated.
    """
    if reason not in REASONS:
        raise ReasonUnknown(field="reason")
    order = lock(Order, order_id)
    if not order.paid or order.paid_at is None or now - order.paid_at > timedelta(days=value_of("complaints.within")):
        raise NotToComplainOf
    if not 0 < wish <= order.remaining:
        raise WishRefused(field="wish", most=f"{order.remaining / 100:.2f}")
    if db.session.scalars(select(Complaint.id).where(Complaint.order_id == order.id, Complaint.status.in_(LIVE))).first():
        raise AlreadyComplained
    sequence = db.session.execute(text("SELECT nextval('complaint_number')")).scalar_one()
    complaint = save(Complaint(
        number=order_number("T", sequence, now), order_id=order.id, order_number=order.number, trade=order.trade, merchant_id=order.merchant_id,
        customer_id=order.customer_id, reason=reason, words=words, wish=wish, opened_at=now,
        answer_by=now + timedelta(hours=value_of("complaints.answer_within")),
    ))
    append("complaint.opened", complaint, actor=actor, now=now, reason=words[:200], changes={"wish": [None, wish]})
    hold(complaint, now=now)
    publish("happened", act="complaint.opened", record=complaint, reason=words[:200], actor=actor, now=now)
    return complaint


def add_picture(complaint_id: int, content: bytes, media: str, *, actor: Actor, now: datetime) -> Complaint:
    """One more picture, open to the customer, the merchant, and the platform. Refuses EnoughPictures, NotAPicture, and what the file's door refuses."""
    complaint = lock(Complaint, complaint_id)
    if complaint.status != "open" or len(complaint.pictures) >= PICTURES:
        raise EnoughPictures
    if media not in NAMES:
        raise NotAPicture
    with elevated():
        stored = store_document(BytesIO(content), NAMES[media], actor=actor, now=now, encrypted=False, merchant_id=complaint.merchant_id, field="picture")
        complaint.pictures = [*complaint.pictures, stored.id]
        db.session.flush()
    return complaint
