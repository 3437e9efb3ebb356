"""A customer's door to coupons: see, claim, look at one's own. They are used when ordering."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated
from app.framework.json_api import Api
from app.kernel.marketing import schemas
from app.kernel.marketing.models import Claim, Coupon
from app.kernel.marketing.operations import NotClaimable, claim_coupon
from app.kernel.marketing.queries import claimable, claims_of, held_count
from app.kernel.marketing.rules import Applied

api = Api("coupons", "/api/v1/coupons", _l("优惠券"))


@api.get("", summary=_l("能领的券"), who="customer", query=schemas.CouponQuery, response=schemas.CouponList)
def list_coupons(query: schemas.CouponQuery, actor: Actor, now: datetime) -> schemas.CouponList:
    """The merchant's coupons and the platform's that can be claimed. Automatic offers need no claim: the price shows them."""
    with elevated():
        found = claimable(merchant_id=query.merchant_id, trade=query.trade, now=now)
        return schemas.CouponList(items=[_coupon(coupon, held_count(coupon.id, actor.id or 0)) for coupon in found])


@api.post(
    "/<int:coupon_id>/claims", summary=_l("领券"), who="customer", response=schemas.ClaimOut, status=201, idempotent=True, errors=(NotFound, NotClaimable),
)
def claim(coupon_id: int, actor: Actor, now: datetime) -> schemas.ClaimOut:
    """Have a copy."""
    with elevated():
        return _claim(claim_coupon(coupon_id, customer_id=actor.id or 0, now=now))


@api.get("/claims", summary=_l("我的券"), who="customer", query=schemas.ClaimQuery, response=schemas.ClaimPage)
def list_claims(query: schemas.ClaimQuery, actor: Actor, now: datetime) -> schemas.ClaimPage:
    """One's own copies in a state."""
    with elevated():
        found = claims_of(actor.id or 0, status=query.status, after=query.after, most=query.limit + 1)
        more = found[query.limit - 1].id if len(found) > query.limit else None
        return schemas.ClaimPage(items=[_claim(each) for each in found[: query.limit]], next=more)


def coupons_out(applied: Sequence[Applied]) -> list[schemas.CouponUsed]:
    """The coupons in a price."""
    return [
        schemas.CouponUsed(
            coupon_id=each.offer.coupon_id, claim_id=each.offer.claim_id, title=each.offer.title, side=each.offer.by, amount=each.amount,
        )
        for each in applied
    ]


def _coupon(coupon: Coupon, mine: int) -> schemas.CouponOut:
    return schemas.CouponOut(
        id=coupon.id, title=coupon.title, rule=coupon.rule, side=coupon.by, kind=coupon.kind, least=coupon.least, off=coupon.off, ppm=coupon.ppm,
        most=coupon.most, products=coupon.products, newcomers_only=coupon.newcomers_only, ends_at=coupon.ends_at,
        left=None if coupon.quantity is None else coupon.quantity - coupon.claimed, mine=mine, per_customer=coupon.per_customer,
    )


def _claim(copy: Claim) -> schemas.ClaimOut:
    coupon = copy.coupon
    return schemas.ClaimOut(
        id=copy.id, coupon_id=coupon.id, title=coupon.title, rule=coupon.rule, trade=coupon.trade, merchant_id=coupon.merchant_id, status=copy.status,
        claimed_at=copy.claimed_at, expires_at=copy.expires_at, order_id=copy.order_id,
    )
