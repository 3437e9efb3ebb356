"""Price, order, pay, watch, cancel, confirm."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.kernel.commission.operations import NoRule
from app.kernel.marketing.api import coupons_out
from app.kernel.marketing.deals.api import group_out
from app.kernel.marketing.deals.models import Grab
from app.kernel.marketing.deals.operations import DealOver, GroupClosed, TooManyOfDeal
from app.kernel.marketing.deals.queries import grabs_of
from app.kernel.marketing.operations import CouponGone, CouponLeavesNothing, CouponNotHere
from app.kernel.orders.operations import NotPayable
from app.kernel.orders.paying import PAY_REFUSALS, PayIn, PayOut, pay_by_channel
from app.verticals.groupbuy import schemas
from app.verticals.groupbuy.api import api
from app.verticals.groupbuy.models import GroupbuyOrder
from app.verticals.groupbuy.models.orders import ORDER_FLOW
from app.verticals.groupbuy.operations.goods import SoldOut
from app.verticals.groupbuy.operations.ordering import (
    Basket,
    DealAlone,
    GoodsUnavailable,
    LeaderResting,
    NoCommonRound,
    NotDelivered,
    PriceChanged,
    TooManyEach,
    Wish,
    order,
    preview,
)
from app.verticals.groupbuy.operations.serving import CutOff
from app.verticals.groupbuy.queries import order_of_customer, orders_of_customer

PREVIEW_REFUSALS = (
    NotFound, LeaderResting, NotDelivered, GoodsUnavailable, TooManyEach, NoCommonRound, DealAlone, DealOver, CouponNotHere, CouponLeavesNothing,
)


@api.post("/price", summary=_l("算价"), who="customer", request=schemas.GroupBasketIn, response=schemas.GroupPriceOut, errors=PREVIEW_REFUSALS)
def show_price(body: schemas.GroupBasketIn, actor: Actor, now: datetime) -> schemas.GroupPriceOut:
    """What the basket would cost, line by line, and in which round it would go. Nothing is reserved."""
    with elevated():
        quote = preview(_basket(body, None), customer_id=actor.id or 0, now=now)
    cost = quote.price
    lines = [
        schemas.GroupPriceLine(
            title=line.draft.title, spec=line.draft.spec, price=line.draft.price, quantity=line.draft.quantity, amount=line.draft.amount, payable=line.payable,
        )
        for line in cost.lines
    ]
    return schemas.GroupPriceOut(
        lines=lines, goods=cost.sum_of("goods"), discount=cost.merchant_discount + cost.platform_discount, payable=cost.payable, cutoff_at=quote.cutoff_at,
        coupons=coupons_out(quote.coupons),
    )


@api.post(
    "/orders", summary=_l("下单"), who="customer", request=schemas.GroupOrderIn, response=schemas.GroupOrderOut, status=201, idempotent=True,
    errors=(*PREVIEW_REFUSALS, SoldOut, PriceChanged, NoRule, CouponGone, TooManyOfDeal, GroupClosed),
)
def place(body: schemas.GroupOrderIn, actor: Actor, now: datetime) -> schemas.GroupOrderOut:
    """Order. Stock, and of a deal units and a seat, are taken at once and given back when payment does not come in time."""
    placed = order(_basket(body, body.expected), actor=actor, now=now)
    with elevated():
        return _out(placed, grabs_of([placed.id])[placed.id] if body.deal_id else None)


@api.get("/orders", summary=_l("我的订单"), who="customer", query=schemas.GroupOrderQuery, response=schemas.GroupOrderPage)
def list_orders(query: schemas.GroupOrderQuery, actor: Actor, now: datetime) -> schemas.GroupOrderPage:
    """Newest first."""
    with elevated():
        found = orders_of_customer(actor.id or 0, after=query.after, limit=query.limit + 1)
        more = found[query.limit - 1].id if len(found) > query.limit else None
        page = found[: query.limit]
        grabs = grabs_of(each.id for each in page)
        return schemas.GroupOrderPage(items=[_out(each, grabs.get(each.id)) for each in page], next=more)


@api.get("/orders/<int:order_id>", summary=_l("订单详情"), who="customer", response=schemas.GroupOrderOut, etag=True)
def show_order(order_id: int, actor: Actor, now: datetime) -> schemas.GroupOrderOut:
    """The order as it stands, with the pick-up code once it has arrived."""
    return _order(order_id, actor)


@api.post(
    "/orders/<int:order_id>/pay", summary=_l("付款"), who="customer", request=PayIn, response=PayOut, idempotent=True,
    errors=PAY_REFUSALS,
)
def pay(order_id: int, body: PayIn, actor: Actor, now: datetime) -> PayOut:
    """Prepare a WeChat payment. The order moves on when the channel says that the money arrived."""
    found = get(GroupbuyOrder, order_id)
    if found.status != ORDER_FLOW.first or found.pay_by <= now:
        raise NotPayable
    return pay_by_channel(found, body.openid, actor=actor, now=now)


@api.post(
    "/orders/<int:order_id>/cancel", summary=_l("取消订单"), who="customer", response=schemas.GroupOrderOut, idempotent=True, errors=(WrongState, CutOff),
)
def cancel(order_id: int, actor: Actor, now: datetime) -> schemas.GroupOrderOut:
    """Before payment it just ends; paid but before the cut-off, everything is refunded. Afterwards ask for a refund."""
    found = get(GroupbuyOrder, order_id)
    with elevated():
        move(found, "cancel" if found.status == "unpaid" else "call_off", actor=actor, now=now)
    return _order(order_id, actor)


@api.post("/orders/<int:order_id>/confirm", summary=_l("确认收到"), who="customer", response=schemas.GroupOrderOut, idempotent=True, errors=(WrongState,))
def confirm(order_id: int, actor: Actor, now: datetime) -> schemas.GroupOrderOut:
    """The resident has the parcel."""
    found = get(GroupbuyOrder, order_id)
    with elevated():
        move(found, "confirm", actor=actor, now=now)
    return _order(order_id, actor)


def _basket(body: schemas.GroupBasketIn, expected: int | None) -> Basket:
    return Basket(
        share_code=body.share_code, wishes=tuple(Wish(line.goods_id, line.quantity) for line in body.lines), service=body.service, address=body.address,
        phone=body.phone, note=body.note, deal_id=body.deal_id, group_code=body.group_code.upper(), expected=expected,
        claims=None if body.claims is None else tuple(body.claims),
    )


def _order(order_id: int, actor: Actor) -> schemas.GroupOrderOut:
    with elevated():
        found = order_of_customer(order_id, actor.id or 0)
        if found is None:
            raise NotFound
        return _out(found, grabs_of([order_id]).get(order_id))


def _out(found: GroupbuyOrder, grab: Grab | None) -> schemas.GroupOrderOut:
    return schemas.GroupOrderOut(
        id=found.id, number=found.number, status=found.status, status_words=str(ORDER_FLOW.state(found.status).label), leader=found.leader.name,
        point=found.leader.point, hours=found.leader.hours, service=found.service, code=found.code if found.status == "arrived" else None,
        round=found.round.number if found.round else None, cutoff_at=found.round.cutoff_at if found.round else None, payable=found.payable, paid=found.paid,
        refunded=found.refunded, placed_at=found.placed_at, pay_by=found.pay_by, arrived_at=found.arrived_at, ended_because=found.ended_because,
        note=found.note, group=group_out(grab.group) if grab and grab.group else None,
        lines=[
            schemas.GroupLineOut(
                id=line.id, title=line.title, spec=line.spec, price=line.price, quantity=line.quantity, amount=line.amount, payable=line.payable,
                refunded=line.refunded, short=int(line.details.get("short", 0)),
            )
            for line in found.lines
        ],
        moves=[step.name for step in ORDER_FLOW.open_moves(found, {"customer"}) if step.api],
    )
