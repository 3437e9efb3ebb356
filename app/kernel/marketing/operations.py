"""Propose, start, claim, use, and give back coupons. Amounts in fen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select, update
from sqlalchemy.orm import selectinload

from app.core.actors import Actor, system
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.marketing.models import Claim, Coupon, Use
from app.kernel.marketing.queries import held_count, is_newcomer, offers_for, products_of, uses_of
from app.kernel.marketing.rules import Applied, Goods, choose, taken_off

SYSTEM = system("marketing")
BATCH = 500


class OwnCoupon(SamePerson):
    """Whoever proposed a coupon of the platform may not approve it."""

    code = "coupon.own"
    sentence = _l("自己提的平台券要由另一个人批准")


class CouponGone(Refusal):
    """Somebody else used up the budget, or the coupon was paused, since the price was worked out."""

    code = "coupon.gone"
    status = 409
    sentence = _l("“%(title)s”刚刚用完或停用了，重新算价后再下单")


class CouponNotHere(Refusal):
    """A copy that was named is not the customer's, was used, or does not hold for what is bought."""

    code = "coupon.not_here"
    status = 409
    sentence = _l("选的券这次不能用：已经用过、过期，或者不是这家店的")


class CouponLeavesNothing(Refusal):
    """A copy that was named would make a part of the order free: what costs nothing can neither be redeemed nor refunded."""

    code = "coupon.leaves_nothing"
    status = 409
    sentence = _l("“%(title)s”会让其中一份不用付钱，这次不能用，请不选它")


class NotClaimable(Refusal):
    """The coupon is not running, has no copy left, or is not for this customer."""

    code = "coupon.not_claimable"
    status = 409
    sentence = _l("这张券现在不能领：%(why)s")


def propose_coupon(
    *, merchant_id: int | None, trade: str, title: str, kind: str, least: int, off: int, ppm: int, most: int, products: Sequence[int], newcomers_only: bool,
    automatic: bool, quantity: int | None, per_customer: int, budget: int | None, begins_at: datetime, ends_at: datetime, valid_days: int,
    reason: str, actor: Actor, now: datetime,
) -> Coupon:
    """A coupon that nobody can use yet: the merchant starts its own, a second person approves the platform's. Raises Invalid with its field."""
    _check(
        merchant_id=merchant_id, trade=trade, kind=kind, least=least, off=off, ppm=ppm, products=products, budget=budget, begins_at=begins_at,
        ends_at=ends_at, now=now,
    )
    coupon = save(Coupon(
        merchant_id=merchant_id, trade=trade, title=title, kind=kind, least=least, off=off if kind == "amount" else 0,
        ppm=ppm if kind == "percent" else 0, most=most, products=sorted(set(products)), newcomers_only=newcomers_only, automatic=automatic,
        quantity=None if automatic else quantity, per_customer=per_customer, budget=budget, begins_at=begins_at, ends_at=ends_at,
        valid_days=valid_days, reason=reason, made_by=maker_name(actor),
    ))
    append("marketing_coupon.proposed", coupon, actor=actor, now=now, reason=reason, changes={"title": [None, title]})
    publish("happened", act="marketing_coupon.proposed", record=coupon, reason=reason, actor=actor, now=now)
    return coupon


def approve(coupon: Coupon, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person. Refuses OwnCoupon."""
    approve_as_second(coupon, actor=actor, now=now, refusal=OwnCoupon)


def claim_coupon(coupon_id: int, *, customer_id: int, now: datetime) -> Claim:
    """The customer holds a copy. Refuses NotClaimable; of the last copy one of many gets it. Runs elevated."""
    coupon = lock(Coupon, coupon_id)
    if coupon.automatic or coupon.status != "approved" or not coupon.begins_at <= now < coupon.ends_at:
        raise NotClaimable(why=_l("没有开始、已暂停或已结束"))
    if coupon.quantity is not None and coupon.claimed >= coupon.quantity:
        raise NotClaimable(why=_l("已经领完"))
    if held_count(coupon.id, customer_id) >= coupon.per_customer:
        raise NotClaimable(why=_l("每人限领 %(count)d 张", count=coupon.per_customer))
    if coupon.newcomers_only and not is_newcomer(coupon, customer_id):
        raise NotClaimable(why=_l("只给还没下过单的新顾客"))
    coupon.claimed += 1
    until = min(coupon.ends_at, now + timedelta(days=coupon.valid_days)) if coupon.valid_days else coupon.ends_at
    return save(Claim(coupon=coupon, merchant_id=coupon.merchant_id, customer_id=customer_id, claimed_at=now, expires_at=until))


def take_offers(
    lines: Sequence[Goods], *, merchant_id: int, trade: str, customer_id: int, keep: int, wanted: Collection[int] | None = None,
    by: str | None = None, now: datetime,
) -> list[Applied]:
    """What coupons would take off the lines of an order of the customer's at the merchant: the copies that he `wanted`, or the best ones when he named
    none (None). `keep` fen of the lines are left to pay, and where that is a fen for each of them, no line becomes free. `by` lets only one side's
    coupons in. Automatic offers give way where a line would become free; a copy that the customer named is refused there. Nothing is used up yet.
    Refuses CouponNotHere, CouponLeavesNothing."""
    offers = [offer for offer in offers_for(merchant_id=merchant_id, trade=trade, customer_id=customer_id, now=now) if by in (None, offer.by)]
    if set(wanted or ()) - {offer.claim_id for offer in offers}:
        raise CouponNotHere(field="claims")
    amounts = [line.amount for line in lines]
    named = [offer for offer in offers if offer.claim_id in (wanted or ()) and taken_off(offer, lines, amounts, sum(amounts))]
    if named and sum(amounts) <= keep:
        raise CouponLeavesNothing(field="claims", title=named[0].title)
    applied = choose(offers, lines, keep=keep, wanted=wanted)
    if keep < len(lines) or not _frees(applied, lines):
        return applied
    applied = choose(named, lines, keep=keep, wanted=wanted)
    if applied and _frees(applied, lines):
        raise CouponLeavesNothing(field="claims", title=applied[0].offer.title)
    return applied


def _frees(applied: Sequence[Applied], lines: Sequence[Goods]) -> bool:
    return any(line.amount == sum(each.parts[at] for each in applied) for at, line in enumerate(lines))


def use_offers(
    applied: Sequence[Applied], *, order_id: int, order_number: str, merchant_id: int, customer_id: int, now: datetime,
) -> None:
    """Note what was taken off the order, use up its copies, and charge the budgets. Refuses CouponGone. Runs elevated.

    The coupons are charged in order of their keys, each by one statement that holds its budget; a copy is used once whoever else tries.
    """
    for each in sorted(applied, key=lambda each: each.offer.coupon_id):
        offer = each.offer
        charged = db.session.execute(
            update(Coupon).where(
                Coupon.id == offer.coupon_id, Coupon.status == "approved", Coupon.ends_at > now,
                or_(Coupon.budget.is_(None), Coupon.given + each.amount <= Coupon.budget),
            ).values(given=Coupon.given + each.amount).returning(Coupon.id).execution_options(synchronize_session=False)
        ).one_or_none()
        if charged is None:
            raise CouponGone(field="claims", title=offer.title)
        if offer.claim_id is not None:
            _use_up(offer.claim_id, order_id, customer_id, offer.title, now)
        save(Use(
            coupon_id=offer.coupon_id, claim_id=offer.claim_id, order_id=order_id, order_number=order_number, merchant_id=merchant_id,
            customer_id=customer_id, side=offer.by, amount=each.amount, used_at=now,
        ))


def give_back(*, order: Any, now: datetime) -> None:
    """Handler of `order_closed`: an order that was never completed gives back its copies and what it took of the budgets."""
    if order.completed_at is not None:
        return
    with elevated():
        for use in sorted(uses_of(order.id), key=lambda use: use.coupon_id):
            if use.returned_at is not None:
                continue
            use.returned_at = now
            db.session.execute(
                update(Coupon).where(Coupon.id == use.coupon_id).values(given=Coupon.given - use.amount).execution_options(synchronize_session=False)
            )
            if use.claim_id is not None:
                move(lock(Claim, use.claim_id), "give_back", actor=SYSTEM, now=now).order_id = None


def end_what_is_over(now: datetime) -> int:
    """Expire copies whose time is over and end coupons whose period is; the number of both. Runs elevated."""
    late = db.session.scalars(
        select(Claim).where(Claim.status == "held", Claim.expires_at <= now).options(selectinload(Claim.coupon)).order_by(Claim.id).limit(BATCH)
    ).all()
    for claim in late:
        move(claim, "expire", actor=SYSTEM, now=now)
    over = db.session.scalars(
        select(Coupon).where(Coupon.status.in_(("draft", "approved", "paused")), Coupon.ends_at <= now).order_by(Coupon.id).limit(BATCH)
    ).all()
    for coupon in over:
        move(coupon, "end", actor=SYSTEM, now=now)
    return len(late) + len(over)


def _use_up(claim_id: int, order_id: int, customer_id: int, title: str, now: datetime) -> None:
    claim = lock(Claim, claim_id)
    if claim.customer_id != customer_id:
        raise NotFound(field="claims")
    if claim.status != "held" or claim.expires_at <= now:
        raise CouponGone(field="claims", title=title)
    claim.order_id = order_id
    move(claim, "use", actor=SYSTEM, now=now)


def _check(
    *, merchant_id: int | None, trade: str, kind: str, least: int, off: int, ppm: int, products: Sequence[int], budget: int | None,
    begins_at: datetime, ends_at: datetime, now: datetime,
) -> None:
    known = products_of(trade, merchant_id) if merchant_id else {}
    problems = (
        ("off", kind == "amount" and off <= 0, _l("写减多少钱")),
        ("off", kind == "amount" and least and off > least, _l("减的钱不能比门槛还多")),
        ("ppm", kind == "percent" and not 0 < ppm < 1_000_000, _l("折掉的比例要大于 0、小于 100%%")),
        ("ends_on", ends_at <= max(begins_at, now), _l("结束要在开始之后，也要在现在之后")),
        ("budget", merchant_id is None and not budget, _l("平台承担的券要有预算")),
        ("products", bool(set(products) - set(known)), _l("只能选这家店在卖的")),
    )
    errors = [{"field": field, "code": "value", "message": str(words)} for field, wrong, words in problems if wrong]
    if errors:
        raise Invalid(errors=errors)
