"""Points come in lots and leave the oldest first. The member's row is locked by whoever moves them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from app.core.periods import business_day
from app.extensions import db
from app.framework.database import get, lock, save
from app.kernel.loyalty.models import Lot, LoyaltyMember, issuer_of
from app.kernel.loyalty.queries import live_lots, member_of
from app.kernel.loyalty.rules import months_later, taken_from
from app.kernel.parties.models import Customer


def lock_member(merchant_id: int | None, customer_id: int, now: datetime) -> LoyaltyMember:
    """The customer's membership, made if there is none, locked until the transaction ends."""
    issuer, customer = issuer_of(merchant_id), get(Customer, customer_id)
    db.session.execute(
        insert(LoyaltyMember).values(
            issuer=issuer, merchant_id=merchant_id, customer_id=customer_id, points=0, name="", phone_masked="", created_at=now, updated_at=now, version=1
        ).on_conflict_do_nothing(index_elements=["issuer", "customer_id"])
    )
    member = member_of(issuer, customer_id)
    if member is None:
        raise LookupError(issuer)
    member = lock(LoyaltyMember, member.id)
    member.name, member.phone_masked = customer.name, customer.phone_masked
    return member


def put_lot(
    member: LoyaltyMember, count: int, *, source: str, months: int, now: datetime, order_id: int | None = None, per_yuan: int = 0,
) -> Lot:
    """`count` points more, for `months` from today; the caller posts them."""
    lot = save(Lot(
        member_id=member.id, merchant_id=member.merchant_id, customer_id=member.customer_id, source=source, order_id=order_id, per_yuan=per_yuan, points=count,
        remaining=count, came_at=now, expires_on=months_later(business_day(now), months),
    ))
    member.points += count
    db.session.flush()
    return lot


def take_points(member: LoyaltyMember, count: int, first: Lot | None = None) -> int:
    """`count` points fewer, of the lot `first` and then the oldest, as far as there are any; how many were taken. The caller posts them."""
    lots = live_lots(member.id)
    if first is not None:
        lots.sort(key=lambda lot: lot.id != first.id)
    parts = taken_from(count, [lot.remaining for lot in lots])
    for lot, part in zip(lots, parts, strict=True):
        lot.remaining -= part
    member.points -= sum(parts)
    db.session.flush()
    return sum(parts)
