"""Fees in SQL, the same arithmetic as `commission.rules` to the fen: a month of orders is priced by one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, literal_column, null, select, text, true

from app.core.money import MILLION
from app.core.periods import SHANGHAI
from app.kernel.approvals.models import Application
from app.kernel.commission.models import FeeRule, FeeRuleVersion
from app.kernel.commission.rules import Rate, Tier, rate_of
from app.kernel.orders.models import Order, OrderLine
from app.kernel.parties.models import Merchant

Candidate = tuple[FeeRule, FeeRuleVersion]


def base_of(name: str) -> Any:
    """An order's base of that name, in fen; discounts never touch delivery. Null for what only the trade knows."""
    goods = {
        "list": Order.goods + Order.packing, "after_merchant_coupon": Order.goods + Order.packing - Order.merchant_discount,
        "after_all_coupons": Order.payable - Order.delivery,
    }
    plain = name.removesuffix("_with_delivery")
    if plain in goods:
        return goods[plain] + Order.delivery if plain != name else goods[plain]
    return Order.delivery if name == "delivery" else null()


def share(base: Any, ppm: int) -> Any:
    """`base` × `ppm` rounded half up."""
    return (base * literal_column(str(2 * ppm)) + MILLION) // literal_column(str(2 * MILLION))


def tiers_sql(base: Any, rate: Rate) -> Any:
    """What tiers make of a base."""
    if not rate.marginal:
        return case(*((base >= tier.starts, share(base, tier.ppm) + tier.fen) for tier in reversed(rate.tiers)), else_=0)
    product: Any = literal(0)
    for tier, after in zip(rate.tiers, (*rate.tiers[1:], None), strict=True):
        product = product + _within(base, tier, after) * literal_column(str(2 * tier.ppm))
    return (product + MILLION) // literal_column(str(2 * MILLION))


def _within(base: Any, tier: Tier, after: Tier | None) -> Any:
    upto = func.least(base, after.starts) if after else base
    return func.greatest(upto - tier.starts, 0)


def fee_sql(version: FeeRuleVersion) -> Any:
    """What the version charges an order; null by volume, where only the month has a fee."""
    rate, base = rate_of(version), base_of(version.base)
    if rate.method == "volume_tiers":
        return null()
    if rate.method == "amount_tiers":
        amount = tiers_sql(base, rate)
    elif rate.method == "per_unit":
        amount = _by_unit(version.base, rate)
    else:
        amount = share(base, rate.ppm) + rate.fen
    if rate.least_fen is not None:
        amount = func.greatest(amount, rate.least_fen)
    if rate.most_fen is not None:
        amount = func.least(amount, rate.most_fen)
    return func.greatest(func.least(amount, base), 0)


def _by_unit(base: str, rate: Rate) -> Any:
    """Fen for each piece of goods, no line above its base."""
    plain = base.removesuffix("_with_delivery")
    line = {"list": OrderLine.amount, "after_merchant_coupon": OrderLine.payable + OrderLine.subsidy}.get(plain, OrderLine.payable)
    pieces = func.least(OrderLine.quantity * rate.fen, line)
    return select(func.coalesce(func.sum(pieces), 0)).where(OrderLine.order_id == Order.id, OrderLine.kind == "goods").scalar_subquery()


def matches(rule: FeeRule, version: FeeRuleVersion) -> ColumnElement[bool]:
    """Whether the rule's conditions hold for an order and the version is for its merchant."""
    wanted: list[Any] = [Order.merchant_id == version.merchant_id if version.merchant_id else true()]
    if rule.order_kind:
        wanted.append(Order.kind == rule.order_kind)
    if rule.from_minute is not None and rule.to_minute is not None:
        there = func.timezone(str(SHANGHAI), Order.placed_at)
        minute = func.extract("hour", there) * 60 + func.extract("minute", there)
        wanted += [minute >= rule.from_minute, minute < rule.to_minute]
    if rule.new_days:
        wanted.append(Merchant.created_at > Order.placed_at - func.make_interval(0, 0, 0, rule.new_days))
    if rule.category:
        latest = (
            select(Application.merchant_id, Application.category).distinct(Application.merchant_id)
            .where(Application.trade == rule.trade, Application.status == "approved").order_by(Application.merchant_id, Application.id.desc()).subquery()
        )
        wanted.append(Order.merchant_id.in_(select(latest.c.merchant_id).where(latest.c.category == rule.category)))
    return and_(*wanted)


def priced(side: list[Candidate], name: str) -> tuple[Any, Any, Any]:
    """Columns of one side, called by `name`: the version that prices an order, its base, its fee."""
    if not side:
        return literal(None).label(f"{name}_version"), literal(0).label(f"{name}_base"), literal(0).label(f"{name}_fee")
    when = [(matches(rule, version), version) for rule, version in side]
    return (
        case(*((condition, literal_column(str(version.id))) for condition, version in when), else_=null()).label(f"{name}_version"),
        case(*((condition, base_of(version.base)) for condition, version in when), else_=0).label(f"{name}_base"),
        case(*((condition, fee_sql(version)) for condition, version in when), else_=0).label(f"{name}_fee"),
    )


def replay_statement(trade: str, begins: datetime, ends: datetime, before: list[Candidate], after: list[Candidate]) -> Select[Any]:
    """Rows (merchant_id, old_version, new_version, orders, old_base, old_fee, new_base, new_fee) over the trade's orders that were paid and not
    called off, placed in [begins, ends): each side's base and fee summed by merchant and version."""
    orders = (
        select(Order.merchant_id, *priced(before, "old"), *priced(after, "new"))
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(text("order_order.trade = :trade").bindparams(trade=trade) if trade else false(), Order.placed_at >= begins, Order.placed_at < ends,
               Order.paid > 0, Order.completed_at.is_not(None) | Order.closed_at.is_(None))
        .subquery()
    )
    sums = [func.coalesce(func.sum(orders.c[name]), 0).label(name) for name in ("old_base", "old_fee", "new_base", "new_fee")]
    return select(
        orders.c.merchant_id, orders.c.old_version, orders.c.new_version, func.count().label("orders"), *sums,
    ).group_by(orders.c.merchant_id, orders.c.old_version, orders.c.new_version)
