"""After-sales: send pictures, ask for money back, see what became of it."""

from __future__ import annotations

from datetime import datetime

from flask import request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.kernel.aftersales.models import CASE_FLOW, RefundCase
from app.kernel.aftersales.operations import AlreadyAsked, AmountRefused, MoreThanRemains, NothingPaid
from app.kernel.files.links import public_address
from app.kernel.files.operations import FileBroken, FileKindRefused, FileTooLarge, TooManyPixels, store_image
from app.verticals.groupbuy import schemas
from app.verticals.groupbuy.api import api
from app.verticals.groupbuy.models import GroupbuyOrder, RefundPhotos
from app.verticals.groupbuy.operations.refunds import PicturesNeeded, TooLate, ask_refund


@api.post(
    "/pictures", summary=_l("传售后照片"), who="customer", response=schemas.GroupPictureOut, status=201,
    errors=(FileBroken, FileKindRefused, FileTooLarge, TooManyPixels),
)
def send_picture(actor: Actor, now: datetime) -> schemas.GroupPictureOut:
    """A picture as `file` of a multipart form: JPEG, PNG, or WebP. What it says about place and camera is removed."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise FileBroken(field="file")
    kept = store_image(sent.stream, sent.filename, actor=actor, now=now)
    return schemas.GroupPictureOut(key=kept.key, address=public_address(kept.key) or "")


@api.post(
    "/orders/<int:order_id>/refunds", summary=_l("申请售后"), who="customer", request=schemas.GroupRefundIn, response=schemas.GroupRefundOut, status=201,
    idempotent=True, errors=(TooLate, PicturesNeeded, NothingPaid, AlreadyAsked, AmountRefused, MoreThanRemains),
)
def ask(order_id: int, body: schemas.GroupRefundIn, actor: Actor, now: datetime) -> schemas.GroupRefundOut:
    """Bad pieces and pictures of them. A small amount goes back at once; a larger one is looked at first."""
    found = get(GroupbuyOrder, order_id)
    pieces: dict[int, int] = {}
    for line in body.lines:
        pieces[line.line_id] = pieces.get(line.line_id, 0) + line.quantity
    case = ask_refund(found, pieces, reason=body.reason, pictures=body.pictures, actor=actor, now=now)
    return _out(case)


@api.get("/refunds/<int:case_id>", summary=_l("售后进度"), who="customer", response=schemas.GroupRefundOut, etag=True)
def show_refund(case_id: int, actor: Actor, now: datetime) -> schemas.GroupRefundOut:
    """Where the request stands."""
    return _out(get(RefundCase, case_id))


@api.post("/refunds/<int:case_id>/withdraw", summary=_l("撤回售后申请"), who="customer", response=schemas.GroupRefundOut, idempotent=True, errors=(WrongState,))
def withdraw_refund(case_id: int, actor: Actor, now: datetime) -> schemas.GroupRefundOut:
    """Take the request back while it waits."""
    case = get(RefundCase, case_id)
    with elevated():
        return _out(move(case, "withdraw", actor=actor, now=now))


def _out(case: RefundCase) -> schemas.GroupRefundOut:
    at_once = db.session.scalars(select(RefundPhotos.at_once).where(RefundPhotos.case_id == case.id)).first()
    words = _l("处理中") if case.status == "approving" else CASE_FLOW.state(case.status).label
    return schemas.GroupRefundOut(
        id=case.id, number=case.number, order_id=case.order_id, status=case.status, status_words=str(words), amount=case.amount, reason=case.reason,
        answer=case.answer, at_once=bool(at_once), asked_at=case.asked_at, refunded_at=case.refunded_at,
    )
