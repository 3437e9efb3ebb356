"""A customer's points: what there is and when it expires, how it came about, and paying with it. Merchant 0 stands for the platform."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.periods import business_day
from app.framework.database import elevated, get
from app.framework.json_api import Api
from app.kernel.loyalty import schemas
from app.kernel.loyalty.models import Level, issuer_of
from app.kernel.loyalty.operations.spending import AboveShare, NotByPoints, PointsShort, TooFewPoints, pay_with_points
from app.kernel.loyalty.queries import earned_in_year, level_of, levels_of, live_lots, lots_expiring, member_of, moves_of, programme_of
from app.kernel.loyalty.rules import worth
from app.kernel.orders.models import Order
from app.kernel.orders.operations import drop_other_payment
from app.kernel.parties.models import Merchant
from app.kernel.payments.operations.paying import ChannelAway

api = Api("loyalty", "/api/v1/points", _l("积分"))
SOON = 30  # days before points expire in which the app should say so


@api.get("/<int:merchant_id>", summary=_l("我的积分和等级"), who="customer", response=schemas.PointsOut, errors=(NotFound,))
def show_points(merchant_id: int, actor: Actor, now: datetime) -> schemas.PointsOut:
    """What the customer has with a merchant, with what expires soon; merchant 0 is the platform."""
    with elevated():
        if merchant_id:
            get(Merchant, merchant_id)
        whose = merchant_id or None
        programme, member = programme_of(issuer_of(whose)), member_of(issuer_of(whose), actor.id or 0)
        count = member.points if member else 0
        level = level_of(whose, actor.id or 0, now) if whose else None
        return schemas.PointsOut(
            merchant_id=whose, points=count, worth=worth(count, programme.for_yuan) if programme else 0, for_yuan=programme.for_yuan if programme else 0,
            cap_ppm=programme.cap_ppm if programme else 0, expiring_soon=lots_expiring(member.id, business_day(now), SOON) if member else 0,
            lots=[schemas.LotOut(remaining=lot.remaining, expires_on=lot.expires_on) for lot in live_lots(member.id)] if member else [],
            earned_in_year=earned_in_year(member.id, now) if member else 0, level=_level(level) if level else None,
            levels=[_level(each) for each in levels_of(whose)] if whose else [],
        )


@api.get("/<int:merchant_id>/moves", summary=_l("积分明细"), who="customer", query=schemas.MoveQuery, response=schemas.MovePage)
def list_point_moves(merchant_id: int, query: schemas.MoveQuery, actor: Actor, now: datetime) -> schemas.MovePage:
    """Every change, newest first; they add up to what is there."""
    with elevated():
        member = member_of(issuer_of(merchant_id or None), actor.id or 0)
        rows = moves_of(member, after=query.after, most=query.limit + 1) if member else []
    more = rows[query.limit - 1].id if len(rows) > query.limit else None
    items = [schemas.MoveOut(id=row.id, kind=row.kind, points=row.points, order_id=row.order_id, at=row.at) for row in rows[: query.limit]]
    return schemas.MovePage(items=items, next=more)


@api.post(
    "/pay/<int:order_id>", summary=_l("用积分抵"), who="customer", request=schemas.SpendIn, response=schemas.SpentOut, idempotent=True,
    errors=(NotFound, NotByPoints, PointsShort, AboveShare, TooFewPoints, ChannelAway),
)
def spend(order_id: int, body: schemas.SpendIn, actor: Actor, now: datetime) -> schemas.SpentOut:
    """Pay a part of an order with points; the rest is paid another way before `pay_by`, or the points come back."""
    order = get(Order, order_id)
    with elevated():
        drop_other_payment(order.id, now=now)
        whose = order.merchant_id if body.issuer == "merchant" else None
        payment = pay_with_points(order_id, merchant_id=whose, points=body.points, now=now)
        return schemas.SpentOut(payment_number=payment.number, points=payment.points, amount=payment.amount, due=get(Order, order_id).due)


def _level(level: Level) -> schemas.LevelOut:
    return schemas.LevelOut(name=level.name, threshold=level.threshold, discount_ppm=level.discount_ppm)
