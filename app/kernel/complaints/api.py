"""Customers complain, add pictures, and answer the merchant's answer."""

from __future__ import annotations

from datetime import datetime

from flask import request
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.framework.json_api import Api
from app.kernel.complaints import schemas
from app.kernel.complaints.models import COMPLAINT_FLOW, Complaint
from app.kernel.complaints.operations.opening import (
    AlreadyComplained,
    EnoughPictures,
    NotAPicture,
    NotToComplainOf,
    ReasonUnknown,
    WishRefused,
    add_picture,
    open_complaint,
)
from app.kernel.complaints.queries import complaints_of_customer
from app.kernel.complaints.rules import REASONS
from app.kernel.files.operations import FileBroken, FileKindRefused, FileTooLarge, TooManyPixels
from app.kernel.orders.models import Order

api = Api("complaints", "/api/v1/complaints", _l("投诉"))


@api.get("/reasons", summary=_l("投诉原因"), who="customer", response=schemas.ReasonsOut)
def list_reasons(actor: Actor, now: datetime) -> schemas.ReasonsOut:
    """What a customer chooses from."""
    return schemas.ReasonsOut(items=[schemas.ReasonOut(reason=reason, words=str(words)) for reason, words in REASONS.items()])


@api.post(
    "", summary=_l("投诉"), who="customer", request=schemas.ComplaintIn, response=schemas.ComplaintOut, status=201, idempotent=True,
    errors=(NotFound, NotToComplainOf, AlreadyComplained, ReasonUnknown, WishRefused),
)
def complain(body: schemas.ComplaintIn, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """The merchant has to answer in time, else the platform decides. What is wished is held from the merchant where it was paid already."""
    order = get(Order, body.order_id)
    with elevated():
        return _out(open_complaint(order.id, reason=body.reason, words=body.words.strip(), wish=body.wish, actor=actor, now=now))


@api.get("", summary=_l("我的投诉"), who="customer", query=schemas.ComplaintQuery, response=schemas.ComplaintPage)
def list_complaints(query: schemas.ComplaintQuery, actor: Actor, now: datetime) -> schemas.ComplaintPage:
    """Newest first."""
    found = complaints_of_customer(actor.id or 0, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    return schemas.ComplaintPage(items=[_out(each) for each in found[: query.limit]], next=more)


@api.get("/<int:complaint_id>", summary=_l("投诉进度"), who="customer", response=schemas.ComplaintOut, etag=True)
def show_complaint(complaint_id: int, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """Where it stands."""
    return _out(get(Complaint, complaint_id))


@api.post(
    "/<int:complaint_id>/pictures", summary=_l("添加图片"), who="customer", response=schemas.ComplaintOut, idempotent=True,
    errors=(EnoughPictures, NotAPicture, FileTooLarge, FileKindRefused, FileBroken, TooManyPixels),
)
def add_complaint_picture(complaint_id: int, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """The body is one picture: JPEG, PNG, or WebP; six at most, before the merchant has answered."""
    complaint = get(Complaint, complaint_id)
    with elevated():
        return _out(add_picture(complaint.id, request.get_data(), request.mimetype, actor=actor, now=now))


@api.post("/<int:complaint_id>/accept", summary=_l("接受答复"), who="customer", response=schemas.ComplaintOut, idempotent=True, errors=(WrongState,))
def accept_answer(complaint_id: int, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """The merchant's answer is enough: the complaint is over."""
    return _moved(complaint_id, "accept", actor, now)


@api.post("/<int:complaint_id>/escalate", summary=_l("请平台裁决"), who="customer", response=schemas.ComplaintOut, idempotent=True, errors=(WrongState,))
def escalate_complaint(complaint_id: int, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """The merchant's answer is not enough: the platform decides."""
    return _moved(complaint_id, "escalate", actor, now)


@api.post("/<int:complaint_id>/withdraw", summary=_l("撤回投诉"), who="customer", response=schemas.ComplaintOut, idempotent=True, errors=(WrongState,))
def withdraw_complaint(complaint_id: int, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    """Take it back."""
    return _moved(complaint_id, "withdraw", actor, now)


def _moved(complaint_id: int, step: str, actor: Actor, now: datetime) -> schemas.ComplaintOut:
    complaint = get(Complaint, complaint_id)
    with elevated():
        return _out(move(complaint, step, actor=actor, now=now))


def _out(complaint: Complaint) -> schemas.ComplaintOut:
    """A ruling that waits for its second person is no ruling yet."""
    waits = complaint.status == "ruled"
    return schemas.ComplaintOut(
        id=complaint.id, number=complaint.number, order_id=complaint.order_id, order_number=complaint.order_number,
        status="arbitrating" if waits else complaint.status,
        status_words=str(COMPLAINT_FLOW.state("arbitrating" if waits else complaint.status).label), reason=complaint.reason,
        reason_words=str(REASONS[complaint.reason]), words=complaint.words, pictures=len(complaint.pictures), wish=complaint.wish,
        granted=0 if waits else complaint.granted, answer=complaint.answer, ruling="" if waits else complaint.ruling, opened_at=complaint.opened_at,
        answer_by=complaint.answer_by if complaint.status in {"open", "answered"} else None,
        moves=[step.name for step in COMPLAINT_FLOW.open_moves(complaint, {"customer"}) if step.api],
    )
