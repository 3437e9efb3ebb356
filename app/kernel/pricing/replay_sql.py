"""Fees in SQL, the same arithmetic as `commission.rules` to the fen: a month of orders is priced by one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, literal, literal_column, null, select, text, true

from app.core.money import MILLION
from app.core.periods import SHANGHAI
from app.kernel.approvals.models import Application
from app.kernel.commission.models import FeeRule, FeeRuleVersion
from app.kernel.commission.rules import Rate, Tier, rate_of
from app.kernel.orders.models import Order, OrderLine
from app.kernel.parties.models import Merchant

Candidate = tuple[FeeRule, FeeRuleVersion]
ORDER_BASES = ("list", "after_merchant_coupon", "after_all_coupons")


def base_of(name: str, of: Any) -> Any:
    """An order's base of that name, in fen, from the columns of `facts`; discounts never touch delivery. Null for what only the trade knows."""
    plain = name.removesuffix("_with_delivery")
    if plain in ORDER_BASES:
        return of[plain] + of.delivery if plain != name else of[plain]
    return of.delivery if name == "delivery" else null()


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


def fee_sql(version: FeeRuleVersion, of: Any) -> Any:
    """What the version charges an order; null by volume, where only the month has a fee."""
    rate, base = rate_of(version), base_of(version.base, of)
    if rate.method == "volume_tiers":
        return null()
    if rate.method == "amount_tiers":
        amount = tiers_sql(base, rate)
    elif rate.method == "per_unit":
        amount = of[f"pieces_{version.id}"]
    else:
        amount = share(base, rate.ppm) + rate.fen
    if rate.least_fen is not None:
        amount = func.greatest(amount, rate.least_fen)
    if rate.most_fen is not None:
        amount = func.least(amount, rate.most_fen)
    return func.greatest(func.least(amount, base), 0)


def by_unit(version: FeeRuleVersion) -> Any:
    """Fen for each piece of goods of an order, no line above its base."""
    plain = version.base.removesuffix("_with_delivery")
    line = {"list": OrderLine.amount, "after_merchant_coupon": OrderLine.payable + OrderLine.subsidy}.get(plain, OrderLine.payable)
    pieces = func.least(OrderLine.quantity * version.fen, line)
    return select(func.coalesce(func.sum(pieces), 0)).where(OrderLine.order_id == Order.id, OrderLine.kind == "goods").scalar_subquery()


def matches(rule: FeeRule, version: FeeRuleVersion) -> ColumnElement[bool]:
    """Whether the rule's conditions hold for an order and the version is for its merchant."""
    wanted: list[Any] = [Order.merchant_id == version.merchant_id if version.merchant_id else true()]
    if rule.order_kind:
        wanted.append(Order.kind == rule.order_kind)
    if rule.from_minute is not None and rule.to_minute is not None:
        there = func.timezone(str(SHANGHAI), Order.placed_at)
        minute = func.date_part("hour", there) * 60 + func.date_part("minute", there)
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


def facts(trade: str, begins: datetime, ends: datetime, before: list[Candidate], after: list[Candidate]) -> Any:
    """The orders that are replayed, each with the version that prices it on both sides and what fees may be taken on. Fenced off by an offset:
    conditions are then asked once an order, not once for each figure that needs the answer."""
    columns = [
        Order.merchant_id, _version(before).label("old_version"), _version(after).label("new_version"), Order.delivery,
        (Order.goods + Order.packing).label("list"), (Order.goods + Order.packing - Order.merchant_discount).label("after_merchant_coupon"),
        (Order.payable - Order.delivery).label("after_all_coupons"),
    ]
    units = {version.id: case((matches(rule, version), by_unit(version)), else_=0) for rule, version in (*before, *after) if version.method == "per_unit"}
    columns += [expression.label(f"pieces_{key}") for key, expression in units.items()]
    orders = select(*columns).where(
        text("order_order.trade = :trade").bindparams(trade=trade), Order.placed_at >= begins, Order.placed_at < ends, Order.paid > 0,
        Order.completed_at.is_not(None) | Order.closed_at.is_(None),
    )
    if any(rule.new_days for rule, _version in (*before, *after)):
        orders = orders.join(Merchant, Merchant.id == Order.merchant_id)
    return orders.offset(0).subquery()


def _version(side: list[Candidate]) -> Any:
    """The id of the version that prices an order; null where no rule matches."""
    return case(*((matches(rule, version), literal_column(str(version.id))) for rule, version in side), else_=null()) if side else cast(null(), BigInteger)


def _by_version(side: list[Candidate], chosen: Any, figure: Any) -> Any:
    """The figure of the version that was chosen; 0 where none was."""
    return case({version.id: figure(version) for _rule, version in side}, value=chosen, else_=0) if side else literal(0)


def replay_statement(trade: str, begins: datetime, ends: datetime, before: list[Candidate], after: list[Candidate]) -> Select[Any]:
    """Rows (merchant_id, old_version, new_version, orders, old_base, old_fee, new_base, new_fee) over the trade's orders that were paid and not
    called off, placed in [begins, ends): each side's base and fee summed by merchant and version."""
    of = facts(trade, begins, ends, before, after).c
    sides = (("old", before, of.old_version), ("new", after, of.new_version))
    figures = (("base", lambda version: base_of(version.base, of)), ("fee", lambda version: fee_sql(version, of)))
    sums = [
        func.coalesce(func.sum(_by_version(side, chosen, figure)), 0).label(f"{name}_{what}")
        for name, side, chosen in sides for what, figure in figures
    ]
    return select(of.merchant_id, of.old_version, of.new_version, func.count().label("orders"), *sums).group_by(of.merchant_id, of.old_version, of.new_version)
