"""A resident's side: what it would cost, and ordering at a leader. Prices, stock, and rounds are the server's, never the client's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, func, select

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.core.identifiers import random_code
from app.core.money import yuan
from app.extensions import db
from app.framework.database import elevated
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.marketing.deals.models import Deal
from app.kernel.marketing.deals.operations import DealOver, take_units
from app.kernel.marketing.deals.queries import running_deals
from app.kernel.marketing.operations import take_offers, use_offers
from app.kernel.marketing.rules import Applied, parts_of
from app.kernel.marketing.rules import Goods as Wanted
from app.kernel.orders.models import OrderLine
from app.kernel.orders.operations import place_order
from app.kernel.orders.rules import LineDraft, Price, price_with
from app.verticals.groupbuy.models import Goods, GroupbuyOrder, Leader
from app.verticals.groupbuy.operations.goods import SoldOut, take_stock
from app.verticals.groupbuy.queries import leader_with_code
from app.verticals.groupbuy.rules import common_days, next_cutoff

TRADE = "groupbuy"
FEE_KINDS = ("leader_commission", "margin")  # the leader's share first: it comes out of the margin
MOST_LINES, MOST_PIECES = 40, 99
STANDING = ("unpaid", "paid", "waiting")


class LeaderResting(Refusal):
    """The leader takes no orders."""

    code = "groupbuy.leader_resting"
    status = 409
    sentence = _l("团长“%(leader)s”现在不接单")


class GoodsUnavailable(Refusal):
    """The good is not on sale."""

    code = "groupbuy.goods_unavailable"
    status = 409
    sentence = _l("“%(goods)s”现在不卖，从购物车里拿掉再下单")


class TooManyEach(Refusal):
    """One person may have only so many under way."""

    code = "groupbuy.limit"
    status = 409
    sentence = _l("“%(goods)s”每人限购 %(most)d 件")


class NoCommonRound(Refusal):
    """The goods never go with the same round."""

    code = "groupbuy.no_common_round"
    status = 409
    sentence = _l("这几样不在同一天发货，分开下单")


class NotDelivered(Refusal):
    """The leader delivers nothing to the door."""

    code = "groupbuy.not_delivered"
    status = 409
    sentence = _l("这位团长不送货，请选自提")


class DealAlone(Refusal):
    """A seckill or group price is for one thing alone."""

    code = "groupbuy.deal_alone"
    status = 422
    sentence = _l("秒杀和拼团一次只能买这一样")


class PriceChanged(Refusal):
    """The total is not what the customer agreed to."""

    code = "groupbuy.price_changed"
    status = 409
    sentence = _l("价格变了，现在是 %(payable)s，确认后重新下单")


@dataclass(frozen=True)
class Wish:
    """A line of the basket."""

    goods_id: int
    quantity: int


@dataclass(frozen=True)
class Basket:
    """What a resident wants of which leader. `deal_id` buys its one thing at the deal's price, in the group of `group_code` or a group of its own.
    `expected` is the total shown to the customer, in fen; a different one is refused. `claims` are coupons that the customer chose, None lets the best be
    chosen; a deal's price takes none."""

    share_code: str
    wishes: tuple[Wish, ...]
    service: str = "pickup"
    address: str = ""
    phone: str = ""
    note: str = ""
    deal_id: int | None = None
    group_code: str = ""
    expected: int | None = None
    claims: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Quote:
    """What an order would cost, which coupons of the platform are in it, and when its round closes."""

    leader: Leader
    price: Price
    coupons: tuple[Applied, ...]
    deal: Deal | None
    cutoff_at: datetime
    goods: Mapping[int, Goods]


def preview(basket: Basket, *, customer_id: int, now: datetime) -> Quote:
    """The price, line by line, as ordering would make it. Refuses what ordering would refuse, except stock and seats. Runs elevated."""
    leader = leader_with_code(basket.share_code)
    if leader is None:
        raise NotFound(field="leader")
    if leader.status != "open" or leader.community is None or not leader.community.active:
        raise LeaderResting(leader=leader.name)
    _check_service(leader, basket)
    goods = _goods(basket.wishes)
    _check_limits(basket.wishes, goods, customer_id)
    zone = leader.community.zone
    cutoff = next_cutoff(zone.cutoff_minute, common_days(zone.days, [each.days for each in goods.values()]), now)
    if cutoff is None:
        raise NoCommonRound(field="lines")
    drafts = [_line(goods[wish.goods_id], wish.quantity) for wish in basket.wishes]
    deal = _deal(basket, now)
    off = [deal.off * draft.quantity if deal else 0 for draft in drafts]
    none = [0] * len(drafts)
    of_merchant, of_platform = (off, none) if deal and deal.merchant_id else (none, off)
    applied = [] if deal else _coupons(leader, basket, drafts, customer_id, now)
    subsidies = [sum(each) for each in zip(of_platform, parts_of(applied, "platform", len(drafts)), strict=True)]
    return Quote(leader, price_with(drafts, of_merchant, subsidies), tuple(applied), deal, cutoff, goods)


def order(basket: Basket, *, actor: Actor, now: datetime) -> GroupbuyOrder:
    """Place the order: stock, and of a deal units and a seat, are taken, fees are frozen, payment is due within the minutes of the setting."""
    with elevated():
        quote = preview(basket, customer_id=actor.id or 0, now=now)
        leader, cost, deal = quote.leader, quote.price, quote.deal
        if basket.expected is not None and basket.expected != cost.payable:
            raise PriceChanged(field="expected", payable=yuan(cost.payable))
        pieces = _pieces(basket.wishes)
        _refuse_sold_out(quote, pieces)
        placed = place_order(
            GroupbuyOrder, cost, prefix="G", merchant_id=leader.merchant_id, customer_id=actor.id or 0, customer_name=actor.name, fee_kinds=FEE_KINDS,
            pay_within=timedelta(minutes=value_of("groupbuy.pay_within")), kind=leader.level, note=basket.note, now=now, leader=leader, leader_id=leader.id,
            community_id=leader.community_id, service=basket.service, code=random_code(6), address=basket.address, contact_phone=basket.phone,
        )
        append("groupbuy_order.placed", placed, actor=actor, now=now)
        enqueue("cancel_unpaid_group_orders", at=placed.pay_by + timedelta(seconds=5), key=f"unpaid:{placed.id}")
        take_stock(pieces)  # what others wait for comes last, and in the order in which a closed order gives it back
        use_offers(
            quote.coupons, order_id=placed.id, order_number=placed.number, merchant_id=placed.merchant_id, customer_id=placed.customer_id, now=now,
        )
        if deal is not None:
            take_units(
                deal.id, sum(wish.quantity for wish in basket.wishes), order_id=placed.id, order_number=placed.number, trade=TRADE,
                customer_id=placed.customer_id, group_code=basket.group_code, now=now,
            )
    return placed


def _refuse_sold_out(quote: Quote, pieces: Mapping[int, int]) -> None:
    """What is plainly gone is refused before the work of an order; of what is left at this moment, taking decides."""
    for key, wanted in pieces.items():
        goods = quote.goods[key]
        if goods.stock is not None and goods.stock < wanted:
            raise SoldOut(field="lines", goods=goods.title, left=goods.stock)
    if quote.deal is not None and quote.deal.taken + sum(pieces.values()) > quote.deal.units:
        raise DealOver(field="deal", title=quote.deal.title)


def _pieces(wishes: Sequence[Wish]) -> dict[int, int]:
    pieces: dict[int, int] = {}
    for wish in wishes:
        pieces[wish.goods_id] = pieces.get(wish.goods_id, 0) + wish.quantity
    return pieces


def _check_service(leader: Leader, basket: Basket) -> None:
    if basket.service != "delivery":
        return
    if not leader.delivers:
        raise NotDelivered(field="service")
    if not basket.address or not basket.phone:
        raise Invalid(errors=[{"field": "address", "code": "required", "message": str(_l("团长送货要填地址和电话"))}])


_GOODS = select(Goods).where(Goods.id.in_(bindparam("keys", expanding=True)))


def _goods(wishes: Sequence[Wish]) -> dict[int, Goods]:
    if not 1 <= len(wishes) <= MOST_LINES or any(not 1 <= wish.quantity <= MOST_PIECES for wish in wishes):
        raise Invalid(errors=[{"field": "lines", "code": "range", "message": str(_l("一单 1 到 40 样，每样 1 到 99 件"))}])
    found = {each.id: each for each in db.session.scalars(_GOODS, {"keys": sorted({wish.goods_id for wish in wishes})})}
    for wish in wishes:
        goods = found.get(wish.goods_id)
        if goods is None:
            raise NotFound(field="lines")
        if goods.status != "on_sale":
            raise GoodsUnavailable(field="lines", goods=goods.title)
    return found


def _check_limits(wishes: Sequence[Wish], goods: dict[int, Goods], customer_id: int) -> None:
    """What the customer has under way counts too, so that the limit is not got round by ordering twice."""
    bounded = {key: each for key, each in goods.items() if each.each}
    if not bounded:
        return
    held = dict(db.session.execute(
        select(OrderLine.subject_id, func.sum(OrderLine.quantity)).join(GroupbuyOrder, GroupbuyOrder.id == OrderLine.order_id)
        .where(GroupbuyOrder.customer_id == customer_id, GroupbuyOrder.status.in_(STANDING), OrderLine.subject_id.in_(bounded))
        .group_by(OrderLine.subject_id)
    ).tuples().all())
    for key, each in bounded.items():
        wanted = sum(wish.quantity for wish in wishes if wish.goods_id == key)
        if wanted + int(held.get(key, 0)) > each.each:
            raise TooManyEach(field="lines", goods=each.title, most=each.each)


def _line(goods: Goods, quantity: int) -> LineDraft:
    return LineDraft(
        title=goods.title, spec=goods.spec, price=goods.sale_price, quantity=quantity, subject_id=goods.id, product_id=goods.id,
        details={"supply": goods.supply_price}, stated=goods.margin * quantity, earner_id=goods.merchant_id,
    )


def _deal(basket: Basket, now: datetime) -> Deal | None:
    if basket.deal_id is None:
        return None
    if len(basket.wishes) != 1:
        raise DealAlone(field="lines")
    deal = next((each for each in running_deals(TRADE, now, [basket.wishes[0].goods_id]) if each.id == basket.deal_id), None)
    if deal is None:
        known = db.session.get(Deal, basket.deal_id)
        raise DealOver(field="deal", title=known.title if known and known.trade == TRADE else "")
    return deal


def _coupons(leader: Leader, basket: Basket, drafts: Sequence[LineDraft], customer_id: int, now: datetime) -> list[Applied]:
    """The platform's coupons only: a leader gives nothing off what suppliers earn."""
    lines = [Wanted(draft.product_id, draft.amount) for draft in drafts]
    return take_offers(
        lines, merchant_id=leader.merchant_id, trade=TRADE, customer_id=customer_id, keep=1, wanted=basket.claims, by="platform", now=now,
    )
