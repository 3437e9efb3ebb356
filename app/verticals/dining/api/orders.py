"""Price, order, pay, watch, cancel, ask for a refund."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.identifiers import masked_phone
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.framework.live import TooManyStreams, hub
from app.kernel.aftersales.models import CASE_FLOW, RefundCase
from app.kernel.aftersales.operations import AlreadyAsked, AmountRefused, MoreThanRemains, NothingPaid, request_refund
from app.kernel.commission.operations import NoRule
from app.kernel.fulfilment.models import HELD, JOB_FLOW, Job
from app.kernel.fulfilment.queries import job_of, jobs_of_orders
from app.kernel.marketing.api import coupons_out
from app.kernel.marketing.operations import CouponGone, CouponLeavesNothing, CouponNotHere
from app.kernel.orders.operations import NotPayable
from app.kernel.orders.paying import PAY_REFUSALS, PayIn, PayOut, pay_by_channel
from app.verticals.dining import schemas
from app.verticals.dining.api import api
from app.verticals.dining.models import DiningOrder
from app.verticals.dining.models.orders import ORDER_FLOW
from app.verticals.dining.operations.ordering import (
    Basket,
    BelowLeast,
    ChoiceRefused,
    DishUnavailable,
    PriceChanged,
    Quote,
    ServiceRefused,
    ShopClosed,
    TooFar,
    Wish,
    order,
    preview,
)
from app.verticals.dining.operations.stock import SoldOut
from app.verticals.dining.queries import orders_of_customer

PREVIEW_REFUSALS = (NotFound, ShopClosed, ServiceRefused, DishUnavailable, ChoiceRefused, TooFar, BelowLeast, CouponNotHere, CouponLeavesNothing)


@api.post(
    "/price", summary=_l("算价"), who="customer", request=schemas.BasketIn, response=schemas.PriceOut, errors=PREVIEW_REFUSALS,
)
def show_price(body: schemas.BasketIn, actor: Actor, now: datetime) -> schemas.PriceOut:
    """What the basket would cost now, line by line. Nothing is reserved."""
    with elevated():
        return _price(preview(_basket(body, None), customer_id=actor.id or 0, now=now))


@api.post(
    "/orders", summary=_l("下单"), who="customer", request=schemas.OrderIn, response=schemas.OrderOut, status=201, idempotent=True,
    errors=(*PREVIEW_REFUSALS, SoldOut, PriceChanged, NoRule, CouponGone),
)
def place(body: schemas.OrderIn, actor: Actor, now: datetime) -> schemas.OrderOut:
    """Order. Stock is taken at once; pay within 15 minutes or it is cancelled. `expected` guards against a changed price."""
    placed = order(_basket(body, body.expected), actor=actor, now=now)
    with elevated():
        return order_out(placed)


@api.get("/orders", summary=_l("我的订单"), who="customer", query=schemas.OrderQuery, response=schemas.OrderPage)
def list_orders(query: schemas.OrderQuery, actor: Actor, now: datetime) -> schemas.OrderPage:
    """Newest first."""
    found = orders_of_customer(actor.id or 0, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    with elevated():
        jobs = jobs_of_orders(each.id for each in found[: query.limit])
        return schemas.OrderPage(items=[_order_out(each, jobs.get(each.id)) for each in found[: query.limit]], next=more)


@api.get("/orders/<int:order_id>", summary=_l("订单详情"), who="customer", response=schemas.OrderOut, etag=True)
def show_order(order_id: int, actor: Actor, now: datetime) -> schemas.OrderOut:
    """The order as it stands."""
    found = get(DiningOrder, order_id)
    with elevated():
        return order_out(found)


@api.get("/orders/<int:order_id>/events", summary=_l("订单实时状态"), who="customer", media="text/event-stream", errors=(TooManyStreams,))
def watch_order(order_id: int, actor: Actor, now: datetime) -> Response:
    """Server-sent events: one `change` at once, then one each time the order moves. Fall back to polling on 503."""
    found = get(DiningOrder, order_id)
    stream = hub().stream(f"order:{found.id}")
    if stream is None:
        raise TooManyStreams
    return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


@api.post(
    "/orders/<int:order_id>/pay", summary=_l("付款"), who="customer", request=PayIn, response=PayOut, idempotent=True,
    errors=PAY_REFUSALS,
)
def pay(order_id: int, body: PayIn, actor: Actor, now: datetime) -> PayOut:
    """Prepare a WeChat payment. The order moves on when the channel says that the money arrived, not when this answers."""
    found = get(DiningOrder, order_id)
    if found.status != ORDER_FLOW.first or found.pay_by <= now:
        raise NotPayable
    return pay_by_channel(found, body.openid, actor=actor, now=now)


@api.post("/orders/<int:order_id>/cancel", summary=_l("取消订单"), who="customer", response=schemas.OrderOut, idempotent=True, errors=(WrongState,))
def cancel(order_id: int, actor: Actor, now: datetime) -> schemas.OrderOut:
    """Before payment it just ends; paid but not yet accepted, everything is refunded. Afterwards ask for a refund."""
    found = get(DiningOrder, order_id)
    with elevated():
        move(found, "call_off" if found.status == "waiting" else "cancel", actor=actor, now=now)
        return order_out(found)


@api.post(
    "/orders/<int:order_id>/arrive", summary=_l("确认收到"), who="customer", response=schemas.OrderOut, idempotent=True, errors=(WrongState,)
)
def arrive(order_id: int, actor: Actor, now: datetime) -> schemas.OrderOut:
    """The customer has the delivery."""
    found = get(DiningOrder, order_id)
    with elevated():
        move(found, "arrive", actor=actor, now=now)
        return order_out(found)


@api.post(
    "/orders/<int:order_id>/refunds", summary=_l("申请退款"), who="customer", request=schemas.RefundIn, response=schemas.RefundOut, status=201,
    idempotent=True, errors=(NothingPaid, AlreadyAsked, AmountRefused, MoreThanRemains),
)
def ask_refund(order_id: int, body: schemas.RefundIn, actor: Actor, now: datetime) -> schemas.RefundOut:
    """Ask the restaurant for money back, for some lines or for everything that remains."""
    found = get(DiningOrder, order_id)
    with elevated():
        amounts: dict[int, int] = {}
        for line in body.lines:
            amounts[line.line_id] = amounts.get(line.line_id, 0) + line.amount
        amounts = amounts or {line.id: line.refundable for line in found.lines if line.refundable}
        return refund_out(request_refund(found.id, amounts, reason=body.reason, actor=actor, now=now))


@api.get("/refunds/<int:case_id>", summary=_l("退款进度"), who="customer", response=schemas.RefundOut, etag=True)
def show_refund(case_id: int, actor: Actor, now: datetime) -> schemas.RefundOut:
    """Where the request stands."""
    return refund_out(get(RefundCase, case_id))


@api.post("/refunds/<int:case_id>/withdraw", summary=_l("撤回退款申请"), who="customer", response=schemas.RefundOut, idempotent=True, errors=(WrongState,))
def withdraw_refund(case_id: int, actor: Actor, now: datetime) -> schemas.RefundOut:
    """Take the request back while it waits."""
    case = get(RefundCase, case_id)
    with elevated():
        return refund_out(move(case, "withdraw", actor=actor, now=now))


def _basket(body: schemas.BasketIn, expected: int | None) -> Basket:
    return Basket(
        shop_id=body.shop_id, service=body.service, wishes=tuple(Wish(line.size_id, line.quantity, tuple(line.options)) for line in body.lines),
        table_code=body.table_code, guests=body.guests, address=body.address, phone=body.phone,
        place=(body.place.latitude, body.place.longitude) if body.place else None, note=body.note, expected=expected,
        claims=None if body.claims is None else tuple(body.claims),
    )


def _price(quote: Quote) -> schemas.PriceOut:
    cost = quote.price
    lines = [
        schemas.PriceLine(
            title=line.draft.title, spec=line.draft.spec, kind=line.draft.kind, price=line.draft.price, quantity=line.draft.quantity,
            amount=line.draft.amount, payable=line.payable,
        )
        for line in cost.lines
    ]
    return schemas.PriceOut(
        lines=lines, goods=cost.sum_of("goods"), packing=cost.sum_of("packing"), delivery=cost.sum_of("delivery"),
        discount=cost.merchant_discount + cost.platform_discount, payable=cost.payable,
        coupons=coupons_out(quote.coupons),
    )


def order_out(found: DiningOrder) -> schemas.OrderOut:
    """The order in the API's words."""
    return _order_out(found, job_of(found.id) if found.service == "delivery" else None)


def _courier_out(job: Job | None) -> schemas.CourierOut | None:
    """Who brings it; None while nobody does."""
    if job is None or job.courier_id is None:
        return None
    return schemas.CourierOut(
        name=job.courier_name, phone=masked_phone(job.courier_phone) if job.courier_phone else "", status=job.status,
        status_words=str(JOB_FLOW.state(job.status).label), code=job.code if job.status in HELD else None, taken_at=job.taken_at, left_at=job.left_at,
        arrived_at=job.arrived_at,
    )


def _order_out(found: DiningOrder, job: Job | None) -> schemas.OrderOut:
    return schemas.OrderOut(
        id=found.id, number=found.number, status=found.status, status_words=str(ORDER_FLOW.state(found.status).label), shop_id=found.shop_id,
        shop_name=found.shop.name, service=found.service, table=found.table_name, ticket=found.ticket,
        code=found.code if found.service == "pickup" and found.status in ("waiting", "cooking", "ready") else None,
        payable=found.payable, paid=found.paid, refunded=found.refunded, placed_at=found.placed_at, pay_by=found.pay_by, accept_by=found.accept_by,
        promised_at=found.promised_at, ended_because=found.ended_because, note=found.note, courier=_courier_out(job),
        lines=[schemas.LineOut.model_validate(line) for line in found.lines],
        moves=[step.name for step in ORDER_FLOW.open_moves(found, {"customer"}) if step.api],
    )


def refund_out(case: RefundCase) -> schemas.RefundOut:
    """The refund request in the API's words."""
    words = _l("处理中") if case.status == "approving" else CASE_FLOW.state(case.status).label
    return schemas.RefundOut(
        id=case.id, number=case.number, order_id=case.order_id, status=case.status, status_words=str(words),
        amount=case.amount, reason=case.reason, answer=case.answer, asked_at=case.asked_at, refunded_at=case.refunded_at,
    )
