"""After-sales: pieces that were bad, with pictures; small amounts go back at once, larger ones wait for somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor, system
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import elevated, save
from app.framework.settings import value_of
from app.kernel.aftersales.models import RefundCase
from app.kernel.aftersales.operations import refund_ruled, request_refund
from app.kernel.files.models import StoredFile
from app.verticals.groupbuy.models import GroupbuyOrder, RefundPhotos
from app.verticals.groupbuy.rules import worth

PICTURES_AT_MOST = 6
MONTH = timedelta(days=30)


class TooLate(Refusal):
    """The order is not there yet, or was completed too long ago."""

    code = "groupbuy.refund_too_late"
    status = 409
    sentence = _l("收到后 %(days)d 天内可以申请售后，这一单不在时间里")


class PicturesNeeded(Refusal):
    """Nothing shows what was wrong."""

    code = "groupbuy.pictures_needed"
    status = 422
    sentence = _l("拍 1 到 6 张照片，让人看清哪里有问题")


def ask_refund(
    order: GroupbuyOrder, pieces: Mapping[int, int], *, reason: str, pictures: Sequence[str], actor: Actor, now: datetime,
) -> RefundCase:
    """Bad pieces (order line → how many) with the pictures that show it. Up to the setting's amount, and for a customer who has not asked often, the
    money goes back at once; otherwise somebody looks at the pictures first. Refuses TooLate, PicturesNeeded, and what the request refuses.
    """
    days = value_of("groupbuy.refund_within")
    fresh = order.status == "arrived" or (order.status == "done" and order.done_at is not None and now <= order.done_at + timedelta(days=days))
    if not fresh:
        raise TooLate(days=days)
    keys = list(dict.fromkeys(pictures))
    if not 1 <= len(keys) <= PICTURES_AT_MOST or _own_pictures(keys, actor) != len(keys):
        raise PicturesNeeded(field="pictures")
    amounts = _amounts(order, pieces)
    with elevated():
        at_once = sum(amounts.values()) <= value_of("groupbuy.refund_at_once") and _asked_lately(actor.id or 0, now) < value_of("groupbuy.refunds_a_month")
        if at_once:
            case = refund_ruled(order, amounts, reason=reason, actor=system("aftersales"), now=now)
        else:
            case = request_refund(order.id, amounts, reason=reason, actor=actor, now=now)
        save(RefundPhotos(
            case_id=case.id, merchant_id=order.merchant_id, customer_id=order.customer_id, pictures=keys, at_once=at_once, asked_at=now,
        ))
    return case


def _amounts(order: GroupbuyOrder, pieces: Mapping[int, int]) -> dict[int, int]:
    lines = {line.id: line for line in order.lines}
    amounts = {}
    for key, count in pieces.items():
        line = lines.get(key)
        came = line.quantity - int(line.details.get("short", 0)) if line else 0
        if line is None or not 1 <= count <= came:
            raise Invalid(errors=[{"field": "lines", "code": "range", "message": str(_l("件数不能超过收到的件数"))}])
        amounts[key] = min(worth(line.payable, count, line.quantity), line.refundable)
    if not amounts or not all(amounts.values()):
        raise Invalid(errors=[{"field": "lines", "code": "required", "message": str(_l("选要退的商品，已经退完的不能再退"))}])
    return amounts


def _own_pictures(keys: Sequence[str], actor: Actor) -> int:
    """How many of the pictures the customer sent himself."""
    statement = select(func.count()).select_from(StoredFile).where(StoredFile.key.in_(keys), StoredFile.customer_id == actor.id)
    return db.session.scalar(statement) or 0


def _asked_lately(customer_id: int, now: datetime) -> int:
    """How often the customer got money back at once in the last thirty days."""
    statement = select(func.count()).select_from(RefundPhotos).where(
        RefundPhotos.customer_id == customer_id, RefundPhotos.at_once, RefundPhotos.asked_at > now - MONTH,
    )
    return db.session.scalar(statement) or 0
