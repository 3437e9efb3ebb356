"""A customer's side: what it would cost, and ordering. Prices, stock, and hours are the server's, never the client's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.core.identifiers import random_code
from app.core.money import split, yuan
from app.core.places import metres_between
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.loyalty.queries import discount_of
from app.kernel.marketing.operations import take_offers, use_offers
from app.kernel.marketing.rules import Applied, Goods, parts_of
from app.kernel.orders.operations import place_order
from app.kernel.orders.rules import LineDraft, Price, price_with
from app.verticals.dining.models import DiningOrder, Dish, OptionGroup, Shop, Size, Table
from app.verticals.dining.operations.sittings import sit_down
from app.verticals.dining.operations.stock import take_stock
from app.verticals.dining.rules import ChoiceProblem, Group, check_choices, chosen_words, within_hours, within_sale_hours

FEE_KINDS = ("commission",)
MOST_LINES, MOST_PORTIONS = 50, 99


class ShopClosed(Refusal):
    """The shop is paused, off, or outside its hours."""

    code = "dining.shop_closed"
    status = 409
    sentence = _l("“%(shop)s”现在不接单")


class ServiceRefused(Refusal):
    """The shop does not serve this way."""

    code = "dining.service_refused"
    status = 409
    sentence = _l("“%(shop)s”没有这种用餐方式")


class DishUnavailable(Refusal):
    """The dish is not on sale, or not at this hour."""

    code = "dining.dish_unavailable"
    status = 409
    sentence = _l("“%(dish)s”现在不卖，从购物车里拿掉再下单")


class ChoiceRefused(Refusal):
    """The answers to a dish's questions do not fit its limits."""

    code = "dining.choice_refused"
    status = 422
    sentence = _l("“%(dish)s”的“%(group)s”要选 %(least)d 到 %(most)d 项，选项要在菜单上并且没有售罄")


class TooFar(Refusal):
    """The address is outside the delivery range."""

    code = "dining.too_far"
    status = 409
    sentence = _l("这个地址离店 %(metres)d 米，超出配送范围")


class BelowLeast(Refusal):
    """The goods cost less than the shop delivers for."""

    code = "dining.below_least"
    status = 409
    sentence = _l("外送满 %(least)s 起送")


class PriceChanged(Refusal):
    """The total is not what the customer agreed to."""

    code = "dining.price_changed"
    status = 409
    sentence = _l("价格变了，现在是 %(payable)s，确认后重新下单")


@dataclass(frozen=True)
class Wish:
    """One line of a basket: a size, portions, and the answers chosen."""

    size_id: int
    quantity: int
    options: tuple[int, ...] = ()


@dataclass(frozen=True)
class Basket:
    """What a customer wants and how. `expected` is the total shown to the customer, in fen; a different one is refused. `claims` are the coupons
    that the customer chose; None lets the best ones be chosen."""

    shop_id: int
    service: str
    wishes: tuple[Wish, ...]
    table_code: str = ""
    guests: int = 0
    address: str = ""
    phone: str = ""
    place: tuple[float, float] | None = None
    note: str = ""
    expected: int | None = None
    claims: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Quote:
    """What an order would cost, and which coupons are in it."""

    shop: Shop
    price: Price
    coupons: tuple[Applied, ...]


def preview(basket: Basket, *, customer_id: int, now: datetime) -> Quote:
    """The price, line by line, as ordering would make it: less what the customer's level at the merchant takes off, then the coupons that the
    basket names, or the best ones when it names none.

    Refuses what ordering would refuse, except stock.
    """
    shop = get(Shop, basket.shop_id)
    if shop.status != "open" or not within_hours(shop.hours, shop.closed_days, now):
        raise ShopClosed(shop=shop.name)
    if basket.service not in shop.services:
        raise ServiceRefused(field="service", shop=shop.name)
    drafts = _goods(shop, basket.wishes, now)
    goods = sum(draft.amount for draft in drafts)
    _check_delivery(shop, basket, goods)
    portions = sum(draft.quantity for draft in drafts)
    if basket.service != "dine_in" and shop.packing_fee:
        drafts.append(LineDraft(title=str(_l("打包费")), price=shop.packing_fee, quantity=portions, kind="packing"))
    if basket.service == "delivery" and shop.delivery_fee:
        drafts.append(LineDraft(title=str(_l("配送费")), price=shop.delivery_fee, kind="delivery"))
    level = split(discount_of(shop.merchant_id, customer_id, goods, now), [draft.amount if draft.kind == "goods" else 0 for draft in drafts])
    applied = _coupons(shop, basket, drafts, level, customer_id, now)
    own, platform = (parts_of(applied, side, len(drafts)) for side in ("merchant", "platform"))
    return Quote(shop, price_with(drafts, [sum(each) for each in zip(level, own, strict=True)], platform), tuple(applied))


def order(basket: Basket, *, actor: Actor, now: datetime) -> DiningOrder:
    """Place the order: stock is taken, fees are frozen, payment is due within the minutes of the setting. The customer is the actor."""
    with elevated():
        quote = preview(basket, customer_id=actor.id or 0, now=now)
        shop, cost = quote.shop, quote.price
        if basket.expected is not None and basket.expected != cost.payable:
            raise PriceChanged(field="expected", payable=yuan(cost.payable))
        table = _table(shop, basket)
        quantities: dict[int, int] = {}
        for wish in basket.wishes:
            quantities[wish.size_id] = quantities.get(wish.size_id, 0) + wish.quantity
        sitting = sit_down(table, basket.guests, actor=actor, now=now) if table else None
        take_stock(quantities)
        placed = place_order(
            DiningOrder, cost, prefix="D", merchant_id=shop.merchant_id, customer_id=actor.id or 0, customer_name=actor.name, fee_kinds=FEE_KINDS,
            pay_within=timedelta(minutes=value_of("dining.pay_within")), kind=basket.service, note=basket.note, now=now, shop_id=shop.id,
            service=basket.service,
            table_id=table.id if table else None, sitting_id=sitting.id if sitting else None, table_name=table.name if table else "",
            guests=basket.guests, address=basket.address, contact_phone=basket.phone, code=random_code(6),
        )
        use_offers(
            quote.coupons, order_id=placed.id, order_number=placed.number, merchant_id=placed.merchant_id, customer_id=placed.customer_id, now=now,
        )
        append("dining_order.placed", placed, actor=actor, now=now)
        enqueue("cancel_unpaid_orders", at=placed.pay_by + timedelta(seconds=5), key=f"unpaid:{placed.id}")
    return placed


def _goods(shop: Shop, wishes: Sequence[Wish], now: datetime) -> list[LineDraft]:
    if not 1 <= len(wishes) <= MOST_LINES or any(not 1 <= wish.quantity <= MOST_PORTIONS for wish in wishes):
        raise Invalid(errors=[{"field": "lines", "code": "range", "message": str(_l("一单 1 到 50 行，每行 1 到 99 份"))}])
    statement = (
        select(Size)
        .join(Dish, Dish.id == Size.dish_id)
        .where(Size.id.in_({wish.size_id for wish in wishes}), Dish.shop_id == shop.id)
        .options(selectinload(Size.dish).selectinload(Dish.groups).selectinload(OptionGroup.options))
    )
    sizes = {size.id: size for size in db.session.scalars(statement)}
    return [_line(sizes.get(wish.size_id), wish, now) for wish in wishes]


def _line(size: Size | None, wish: Wish, now: datetime) -> LineDraft:
    if size is None:
        raise NotFound(field="lines")
    if size.dish.status != "on_sale" or not within_sale_hours(size.dish.sale_hours, now):
        raise DishUnavailable(field="lines", dish=size.dish.name)
    groups = [
        Group(group.name, group.least, group.most, {each.id: (each.name, each.price, not each.sold_out) for each in group.options})
        for group in size.dish.groups
    ]
    problem: ChoiceProblem | None = check_choices(groups, wish.options)
    if problem:
        raise ChoiceRefused(field="lines", dish=size.dish.name, group=problem.group, least=problem.least, most=problem.most)
    words, extra = chosen_words(groups, wish.options)
    spec = " · ".join(filter(None, (size.name if size.name != "标准" or len(size.dish.sizes) > 1 else "", words)))
    return LineDraft(
        title=size.dish.name, price=size.price + extra, quantity=wish.quantity, subject_id=size.id, spec=spec,
        details={"dish": size.dish_id, "options": list(wish.options)}, product_id=size.dish_id,
    )


def _coupons(
    shop: Shop, basket: Basket, drafts: Sequence[LineDraft], level: Sequence[int], customer_id: int, now: datetime,
) -> list[Applied]:
    """What comes off the dishes after the customer's level; a fen of the order is always left to pay."""
    lines = [Goods(draft.product_id, draft.amount - off if draft.kind == "goods" else 0) for draft, off in zip(drafts, level, strict=True)]
    others = any(draft.amount for draft in drafts if draft.kind != "goods")
    return take_offers(
        lines, merchant_id=shop.merchant_id, trade="dining", customer_id=customer_id, keep=0 if others else 1, wanted=basket.claims, now=now,
    )


def _check_delivery(shop: Shop, basket: Basket, goods: int) -> None:
    if basket.service != "delivery":
        return
    if not basket.address or not basket.phone or basket.place is None:
        message = str(_l("外送要填地址、电话和位置"))
        raise Invalid(errors=[{"field": "address", "code": "required", "message": message}])
    metres = metres_between(shop.latitude, shop.longitude, *basket.place)
    if metres > shop.delivery_metres:
        raise TooFar(field="place", metres=round(metres))
    if goods < shop.delivery_least:
        raise BelowLeast(field="lines", least=yuan(shop.delivery_least))


def _table(shop: Shop, basket: Basket) -> Table | None:
    if basket.service != "dine_in":
        return None
    table = db.session.scalars(select(Table).where(Table.code == basket.table_code, Table.shop_id == shop.id, Table.active)).one_or_none()
    if table is None:
        raise NotFound(field="table_code")
    return table
