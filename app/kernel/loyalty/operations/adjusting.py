"""Points given or taken by hand, by two people; points that nobody used in time expire."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import business_day
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.points import points_given, points_taken
from app.kernel.loyalty.models import Adjustment, Lot, LoyaltyMember
from app.kernel.loyalty.operations.lots import put_lot, take_points
from app.kernel.loyalty.operations.spending import PointsShort
from app.kernel.loyalty.queries import expired_lots, programme_of

MONTHS = 12  # of points that are given where no programme says how long they live


class OwnAdjustment(SamePerson):
    """Whoever proposed an adjustment may not approve it."""

    code = "loyalty.own_adjustment"
    sentence = _l("自己提的积分调整要由另一个人批准")


class AdjustmentRefused(Refusal):
    """An adjustment of nothing."""

    code = "loyalty.adjustment"
    status = 422
    sentence = _l("填要加或要减的积分，减的写负数，不能是 0")


def propose_adjustment(*, member_id: int, points: int, reason: str, actor: Actor, now: datetime) -> Adjustment:
    """Points to give, or below zero to take, wait for a second person. Refuses AdjustmentRefused, PointsShort."""
    if not points or abs(points) > 10_000_000:
        raise AdjustmentRefused(field="points")
    member = get(LoyaltyMember, member_id)
    if points < 0 and member.points < -points:
        raise PointsShort(field="points", has=member.points, asked=-points)
    adjustment = save(Adjustment(member_id=member.id, merchant_id=member.merchant_id, points=points, reason=reason, made_by=maker_name(actor)))
    append("loyalty_adjustment.proposed", adjustment, actor=actor, now=now, reason=reason, changes={"points": [None, points]})
    publish("happened", act="loyalty_adjustment.proposed", record=adjustment, reason=reason, actor=actor, now=now)
    return adjustment


def apply(adjustment: Adjustment, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the member has more points, or fewer. Refuses OwnAdjustment, PointsShort."""
    approve_as_second(adjustment, actor=actor, now=now, refusal=OwnAdjustment)
    with elevated():
        member, count = lock(LoyaltyMember, adjustment.member_id), abs(adjustment.points)
        if adjustment.points < 0 and member.points < count:
            raise PointsShort(has=member.points, asked=count)
        if adjustment.points > 0:
            programme = programme_of(member.issuer)
            put_lot(member, count, source="granted", months=programme.months if programme else MONTHS, now=now)
        else:
            take_points(member, count)
        posting = points_given if adjustment.points > 0 else points_taken
        post(posting(
            "points_adjusted", key=str(adjustment.id), order=None, customer_id=member.customer_id, issuer=member.issuer, amount=count, at=now,
            maker=adjustment.made_by, checker=adjustment.approved_by, memo=adjustment.reason,
        ), now)


def expire_lots(now: datetime, most: int) -> int:
    """Lots whose last day is over hold nothing any more; returns how many there were. Safe to run twice and at once."""
    keys = expired_lots(business_day(now), most)
    for key in keys:
        member = lock(LoyaltyMember, get(Lot, key).member_id)
        lot = lock(Lot, key)
        if not lot.remaining:
            continue
        count, lot.remaining = lot.remaining, 0
        member.points -= count
        post(points_taken(
            "points_expired", key=str(lot.id), order=None, customer_id=member.customer_id, issuer=member.issuer, amount=count, at=now
        ), now)
    return len(keys)
