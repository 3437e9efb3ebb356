"""Price, order, pay, cancel."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.kernel.commission.operations import NoRule
from app.kernel.marketing.campaigns.operations import CampaignOver
from app.kernel.marketing.operations import CouponGone, CouponLeavesNothing, CouponNotHere
from app.kernel.orders.operations import NotPayable
from app.kernel.orders.paying import PAY_REFUSALS, PayIn, PayOut, pay_by_channel
from app.kernel.orders.splitting import parts_split_from
from app.kernel.redemption.queries import vouchers_of_order
from app.verticals.vouchers import schemas
from app.verticals.vouchers.api import api
from app.verticals.vouchers.api.vouchers import voucher_brief
from app.verticals.vouchers.models import VoucherOrder
from app.verticals.vouchers.models.orders import ORDER_FLOW
from app.verticals.vouchers.operations.selling import NotOnSale, OverLimit, PriceChanged, Quote, SoldOut, Wish, order, preview
from app.verticals.vouchers.queries import orders_of_customer

PREVIEW_REFUSALS = (NotFound, NotOnSale, CouponNotHere, CouponLeavesNothing)


@api.post("/price", summary=_l("算价"), who="customer", request=schemas.VoucherWishIn, response=schemas.VoucherPriceOut, errors=PREVIEW_REFUSALS)
def show_voucher_price(body: schemas.VoucherWishIn, actor: Actor, now: datetime) -> schemas.VoucherPriceOut:
    """What the pieces would cost now, and until when their codes would hold."""
    with elevated():
        return _price(preview(_wish(body), customer_id=actor.id or 0, now=now))


@api.post(
    "/orders", summary=_l("下单"), who="customer", request=schemas.VoucherOrderIn, response=schemas.VoucherOrderOut, status=201, idempotent=True,
    errors=(*PREVIEW_REFUSALS, SoldOut, OverLimit, PriceChanged, NoRule, CouponGone, CampaignOver),
)
def place_voucher_order(body: schemas.VoucherOrderIn, actor: Actor, now: datetime) -> schemas.VoucherOrderOut:
    """Order. The pieces are taken at once; pay in time or they are given back. `expected` guards against a changed price."""
    placed = order(_wish(body, body.expected), actor=actor, now=now)
    with elevated():
        return order_out(placed)


@api.get("/orders", summary=_l("我买过的"), who="customer", query=schemas.VoucherOrderQuery, response=schemas.VoucherOrderPage)
def list_voucher_orders(query: schemas.VoucherOrderQuery, actor: Actor, now: datetime) -> schemas.VoucherOrderPage:
    """Newest first."""
    with elevated():
        found = orders_of_customer(actor.id or 0, after=query.after, limit=query.limit + 1)
        more = found[query.limit - 1].id if len(found) > query.limit else None
        return schemas.VoucherOrderPage(items=[order_out(each) for each in found[: query.limit]], next=more)


@api.get("/orders/<int:order_id>", summary=_l("订单详情"), who="customer", response=schemas.VoucherOrderOut, etag=True)
def show_voucher_order(order_id: int, actor: Actor, now: datetime) -> schemas.VoucherOrderOut:
    """The purchase as it stands, with its vouchers."""
    found = get(VoucherOrder, order_id)
    with elevated():
        return order_out(found)


@api.post(
    "/orders/<int:order_id>/pay", summary=_l("付款"), who="customer", request=PayIn, response=PayOut, idempotent=True,
    errors=PAY_REFUSALS,
)
def pay_voucher_order(order_id: int, body: PayIn, actor: Actor, now: datetime) -> PayOut:
    """Prepare a WeChat payment. The codes are there when the channel says that the money arrived, not when this answers.

    The platform takes it, whatever number the merchant has: it is earned later, and by whichever store redeems.
    """
    found = get(VoucherOrder, order_id)
    if found.status != ORDER_FLOW.first or found.pay_by <= now or found.split_from_id is not None:
        raise NotPayable
    return pay_by_channel(found, body.openid, held_by_us=True, actor=actor, now=now)


@api.post(
    "/orders/<int:order_id>/cancel", summary=_l("取消订单"), who="customer", response=schemas.VoucherOrderOut, idempotent=True, errors=(WrongState,)
)
def cancel_voucher_order(order_id: int, actor: Actor, now: datetime) -> schemas.VoucherOrderOut:
    """Before payment it just ends; afterwards give back the vouchers that were not used."""
    found = get(VoucherOrder, order_id)
    with elevated():
        move(found, "cancel", actor=actor, now=now)
        return order_out(found)


def order_out(found: VoucherOrder) -> schemas.VoucherOrderOut:
    """The purchase in the API's words: sums over what is left of it and what redemptions took."""
    if found.deal_id is None or found.deal is None:
        raise NotFound
    parts = parts_split_from(found.id)
    return schemas.VoucherOrderOut(
        id=found.id, number=found.number, status=found.status, status_words=str(ORDER_FLOW.state(found.status).label), deal_id=found.deal_id,
        title=found.deal.title, count=found.count, payable=found.payable + sum(part.payable for part in parts),
        paid=found.paid + sum(part.paid for part in parts), refunded=found.refunded + sum(part.refunded for part in parts), placed_at=found.placed_at,
        pay_by=found.pay_by, vouchers=[voucher_brief(voucher) for voucher in vouchers_of_order(found.id)],
        moves=[step.name for step in ORDER_FLOW.open_moves(found, {"customer"}) if step.api],
    )


def _wish(body: schemas.VoucherWishIn, expected: int | None = None) -> Wish:
    return Wish(body.deal_id, body.count, expected, None if body.claims is None else tuple(body.claims))


def _price(quote: Quote) -> schemas.VoucherPriceOut:
    cost = quote.price
    return schemas.VoucherPriceOut(
        goods=cost.sum_of("goods"), discount=cost.merchant_discount + cost.platform_discount, payable=cost.payable, valid_until=quote.valid_until,
        off=[
            *([schemas.VoucherOff(title=quote.campaign.title, amount=sum(quote.joint))] if quote.campaign else []),
            *(schemas.VoucherOff(title=each.offer.title, amount=each.amount) for each in quote.coupons),
        ],
    )
