"""Reads of points, levels, and members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, func, select, text

from app.core.actors import Actor
from app.core.money import share_ppm
from app.extensions import db
from app.kernel.loyalty.models import Adjustment, Level, Lot, LoyaltyMember, Programme, issuer_of
from app.kernel.parties.queries import merchant_named

CHANNEL = "points"
YEAR = timedelta(days=365)

_MOVES = text(
    """
    SELECT fact.id, fact.kind, fact.key, fact.event_at AS at, entry.amount AS points, fact.order_id
    FROM ledger_account AS account
    JOIN ledger_entry AS entry ON entry.account_id = account.id
    JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
    WHERE account.address = :address AND (CAST(:after AS bigint) IS NULL OR fact.id < CAST(:after AS bigint))
    ORDER BY fact.id DESC LIMIT :most
    """
)


def programme_of(issuer: str) -> Programme | None:
    """The programme in force of an issuer."""
    return db.session.scalars(select(Programme).where(Programme.issuer == issuer, Programme.active)).one_or_none()


def member_of(issuer: str, customer_id: int) -> LoyaltyMember | None:
    """The customer with the issuer, if they ever had points there."""
    return db.session.scalars(select(LoyaltyMember).where(LoyaltyMember.issuer == issuer, LoyaltyMember.customer_id == customer_id)).one_or_none()


def live_lots(member_id: int) -> list[Lot]:
    """The lots that hold points, soonest to expire first."""
    live = select(Lot).where(Lot.member_id == member_id, Lot.remaining > 0).order_by(Lot.expires_on, Lot.id)
    return list(db.session.scalars(live))


def lots_expiring(member_id: int, today: date, days: int) -> int:
    """Points of the member that expire within so many days."""
    soon = select(func.coalesce(func.sum(Lot.remaining), 0)).where(Lot.member_id == member_id, Lot.expires_on <= today + timedelta(days=days))
    return int(db.session.scalar(soon) or 0)


def expired_lots(today: date, most: int) -> list[int]:
    """Lots whose day is over and that still hold points, by id."""
    over = select(Lot.id).where(Lot.remaining > 0, Lot.expires_on < today).order_by(Lot.id).limit(most)
    return list(db.session.scalars(over))


def moves_of(member: LoyaltyMember, *, after: int | None = None, most: int = 30) -> Sequence[Row]:
    """What changed the points, newest first: id, kind, key, at, points, order_id."""
    return db.session.execute(_MOVES, {"address": member.account.address, "after": after, "most": most}).all()


def earned_in_year(member_id: int, now: datetime) -> int:
    """Points that the member earned in twelve months, less what refunds took back."""
    since = select(func.coalesce(func.sum(Lot.points - Lot.taken_back), 0)).where(
        Lot.member_id == member_id, Lot.source == "earned", Lot.came_at >= now - YEAR
    )
    return int(db.session.scalar(since) or 0)


def levels_of(merchant_id: int) -> list[Level]:
    """The merchant's levels, lowest first."""
    return list(db.session.scalars(select(Level).where(Level.merchant_id == merchant_id).order_by(Level.threshold)))


def level_of(merchant_id: int, customer_id: int, now: datetime) -> Level | None:
    """The highest level that the customer has at the merchant; None without one."""
    member = member_of(issuer_of(merchant_id), customer_id)
    if member is None:
        return None
    reached = earned_in_year(member.id, now)
    return max((level for level in levels_of(merchant_id) if level.threshold <= reached), key=lambda level: level.threshold, default=None)




def waiting_adjustments(actor: Actor) -> int:
    """How many adjustments wait for a second person, within the reader's scope."""
    return db.session.scalar(select(func.count()).select_from(Adjustment).where(Adjustment.status == "draft")) or 0


def issuer_named(merchant_id: int | None) -> str:
    """The merchant that gives the points, or the platform."""
    return (merchant_named(merchant_id) if merchant_id else None) or str(_l("平台"))


def member_named(key: int) -> str | None:
    """A member as they are called, in the reader's scope."""
    member = db.session.scalars(select(LoyaltyMember).where(LoyaltyMember.id == key)).one_or_none()
    return f"{member.label} {member.phone_masked}".strip() if member else None


def members_called(words: str) -> list[tuple[int, str]]:
    """Up to 20 members whose name begins with the words or whose phone ends so, in the reader's scope."""
    called = LoyaltyMember.name.istartswith(words, autoescape=True) | LoyaltyMember.phone_masked.endswith(words, autoescape=True)
    found = db.session.scalars(select(LoyaltyMember).where(called).order_by(LoyaltyMember.id).limit(20))
    return [(each.id, f"{each.label} {each.phone_masked}".strip()) for each in found]


def discount_of(merchant_id: int, customer_id: int | None, goods: int, now: datetime) -> int:
    """Fen off the goods for the customer's level at the merchant; 0 without one."""
    level = level_of(merchant_id, customer_id, now) if customer_id else None
    return int(share_ppm(goods, level.discount_ppm)) if level else 0
