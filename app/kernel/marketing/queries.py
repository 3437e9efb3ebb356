"""Reads of coupons: which may be used here and by whom, which may be claimed, what waits. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import BindParameter, ColumnElement, Row, and_, bindparam, func, null, or_, select, text, union_all
from sqlalchemy.orm import contains_eager

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import Moment
from app.kernel.marketing.models import Claim, Coupon, Use
from app.kernel.marketing.rules import Offer

_BOUGHT = text(
    "SELECT EXISTS (SELECT 1 FROM order_order WHERE customer_id = :customer AND trade = :trade AND paid_at IS NOT NULL"
    " AND (CAST(:merchant AS bigint) IS NULL OR merchant_id = :merchant))"
)
_RESULT = text(
    "SELECT count(*) FILTER (WHERE used.returned_at IS NULL) AS orders, COALESCE(sum(used.amount) FILTER (WHERE used.returned_at IS NULL), 0)::bigint AS given,"
    " COALESCE(sum(bought.paid) FILTER (WHERE used.returned_at IS NULL), 0)::bigint AS paid,"
    " count(DISTINCT used.customer_id) FILTER (WHERE used.returned_at IS NULL) AS people"
    " FROM marketing_use AS used JOIN order_order AS bought ON bought.id = used.order_id WHERE used.coupon_id = :coupon"
)


def running(now: Any) -> ColumnElement[bool]:
    """Coupons in force at `now` (a moment, or a parameter that stands for one), with something left of their budget."""
    return and_(
        Coupon.status == "approved", Coupon.begins_at <= now, Coupon.ends_at > now, or_(Coupon.budget.is_(None), Coupon.given < Coupon.budget),
    )


_NOW: BindParameter[datetime] = bindparam("now", type_=Moment)
_HERE = and_(running(_NOW), Coupon.trade == bindparam("trade"), or_(Coupon.merchant_id == bindparam("merchant"), Coupon.merchant_id.is_(None)))
_OFFERED = (
    Coupon.id, Coupon.title, Coupon.merchant_id, Coupon.trade, Coupon.kind, Coupon.least, Coupon.off, Coupon.ppm, Coupon.most, Coupon.products,
    Coupon.budget, Coupon.given, Coupon.newcomers_only,
)
_OFFERS = union_all(
    select(*_OFFERED, null().label("claim_id")).where(_HERE, Coupon.automatic),
    select(*_OFFERED, Claim.id).join(Claim.coupon).where(_HERE, Claim.customer_id == bindparam("customer"), Claim.status == "held", Claim.expires_at > _NOW),
)


def offers_for(*, merchant_id: int, trade: str, customer_id: int, now: datetime) -> list[Offer]:
    """What may be taken off this customer's order at the merchant: automatic offers, and the copies held."""
    found = db.session.execute(_OFFERS, {"merchant": merchant_id, "trade": trade, "customer": customer_id, "now": now})
    return [_offer(row) for row in found if not row.newcomers_only or is_newcomer(row, customer_id)]


def is_newcomer(coupon: Coupon | Row[Any], customer_id: int) -> bool:
    """True when the customer has paid nothing yet at the merchant; for the platform's coupon, in the whole trade."""
    bought = db.session.execute(_BOUGHT, {"customer": customer_id, "trade": coupon.trade, "merchant": coupon.merchant_id}).scalar_one()
    return not bought


def claimable(*, merchant_id: int, trade: str, now: datetime) -> list[Coupon]:
    """Coupons that customers of the merchant may claim, those that end soonest first."""
    return list(db.session.scalars(
        select(Coupon).where(
            running(now), ~Coupon.automatic, Coupon.trade == trade, or_(Coupon.merchant_id == merchant_id, Coupon.merchant_id.is_(None)),
            or_(Coupon.quantity.is_(None), Coupon.claimed < Coupon.quantity),
        ).order_by(Coupon.ends_at, Coupon.id).limit(50)
    ))


def claims_of(customer_id: int, *, status: str, after: int | None, most: int) -> list[Claim]:
    """The customer's copies in that state, newest first, with their coupons; before the copy `after`."""
    statement = (
        select(Claim).join(Claim.coupon).options(contains_eager(Claim.coupon)).where(Claim.customer_id == customer_id, Claim.status == status)
        .order_by(Claim.id.desc()).limit(most)
    )
    return list(db.session.scalars(statement.where(Claim.id < after) if after else statement))


def held_count(coupon_id: int, customer_id: int) -> int:
    """How many copies the customer took."""
    return db.session.scalars(select(func.count()).select_from(Claim).where(Claim.coupon_id == coupon_id, Claim.customer_id == customer_id)).one()


def result_of(coupon_id: int) -> Row[Any]:
    """What the coupon brought: orders, given, paid (by the customers of those orders), people."""
    return db.session.execute(_RESULT, {"coupon": coupon_id}).one()


def uses_of(order_id: int) -> Sequence[Use]:
    """What was taken off the order, in order of use."""
    return db.session.scalars(select(Use).where(Use.order_id == order_id).order_by(Use.id)).all()


def products_of(trade: str, merchant_id: int) -> dict[int, str]:
    """What the merchant sells in the trade: id → name; what a coupon may be limited to."""
    for manifest in current_app.extensions["manifests"]:
        if manifest.name == trade and manifest.products:
            return dict(manifest.products(merchant_id))
    return {}


def waiting_coupons(actor: Actor) -> int:
    """How many of the platform's coupons wait for finance; merchants count their own that are not started."""
    whose = Coupon.merchant_id == actor.merchant_id if actor.merchant_id else Coupon.merchant_id.is_(None)
    return len(db.session.scalars(select(Coupon.id).where(Coupon.status == "draft", whose).limit(99)).all())


def _offer(row: Row[Any]) -> Offer:
    return Offer(
        row.id, row.title, "platform" if row.merchant_id is None else "merchant", "amount" if row.kind == "amount" else "percent",
        least=row.least, off=row.off, ppm=row.ppm, most=_most(row), products=frozenset(row.products), claim_id=row.claim_id,
    )


def _most(row: Row[Any]) -> int:
    """The limit of one use: the coupon's own, or what is left of its budget."""
    left = None if row.budget is None else row.budget - row.given
    limits = [fen for fen in (row.most or None, left) if fen is not None]
    return min(limits) if limits else 0
