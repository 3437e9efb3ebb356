"""Reads of plans, deposits, and advertising."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, or_, select

from app.core.actors import Actor
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.links import trade_title
from app.framework.database import elevated
from app.framework.manifest import Entitlement
from app.kernel.commission.models import FeeKind
from app.kernel.ledger.accounts import merchant_deposit
from app.kernel.ledger.queries import balance
from app.kernel.plans.models import Booking, Charge, Deposit, Entitled, Fine, HitCount, Plan, Slot, SlotDay, Subscription
from app.kernel.plans.owners import Owner

PERIODIC = "per_period"


@dataclass(frozen=True)
class Day:
    """An advertisement on one day: how often shown, how often opened."""

    day: date
    views: int
    clicks: int


def entitlements() -> dict[str, Entitlement]:
    """Everything that plans can grant, by name: what packages declare that they consume."""
    return {each.name: each for manifest in current_app.extensions["manifests"] for each in manifest.entitlements}


def plans_on_sale(owner_kind: str, trades: Sequence[str] = ()) -> list[Plan]:
    """Plans that a merchant or a customer can buy, of these trades or of all."""
    wanted = select(Plan).where(Plan.status == "approved", Plan.audience == owner_kind).order_by(Plan.trade, Plan.id)
    return list(db.session.scalars(wanted.where(Plan.trade.in_(trades)) if trades else wanted))


def fees_by_period(*, income: str | None = None) -> list[tuple[str, str]]:
    """(trade/kind, words) of the fees that merchants or customers pay the platform by the period."""
    own = (FeeKind.method == PERIODIC, FeeKind.payee == "platform", FeeKind.payer.in_(("merchant", "customer")))
    found = select(FeeKind).where(*own, *((FeeKind.income == income,) if income else ())).order_by(FeeKind.trade, FeeKind.id)
    return [(f"{kind.trade}/{kind.kind}", f"{trade_title(kind.trade)} · {kind.label}") for kind in db.session.scalars(found)]


def entitled_of(owner: Owner, now: datetime) -> list[Entitled]:
    """What the owner's plans let it do today."""
    today = business_day(now)
    live = (Entitled.starts_on <= today, or_(Entitled.ends_on.is_(None), Entitled.ends_on > today))
    return list(db.session.scalars(select(Entitled).where(owner.of(Entitled), *live).order_by(Entitled.name, Entitled.id)))


def subscriptions_of(owner: Owner) -> list[Subscription]:
    """Everything that the owner bought, newest first."""
    return list(db.session.scalars(select(Subscription).where(owner.of(Subscription)).order_by(Subscription.id.desc()).limit(50)))


def open_charges(merchant_id: int) -> list[Charge]:
    """What the merchant owes."""
    return list(db.session.scalars(select(Charge).where(Charge.merchant_id == merchant_id, Charge.status == "waiting").order_by(Charge.id)))


# ---- deposits ----------------------------------------------------------------------------------------------------------

def deposit_of(merchant_id: int) -> Deposit | None:
    """The merchant's deposit, if it owes one."""
    return db.session.scalars(select(Deposit).where(Deposit.merchant_id == merchant_id)).one_or_none()


def held_of(deposit: Deposit) -> int:
    """Fen that the deposit holds, from the ledger."""
    with elevated():
        return int(balance(merchant_deposit(deposit.merchant_id)))


def shortage_of(deposit: Deposit) -> int:
    """Fen that the deposit lacks; nothing once it is on its way back."""
    return max(deposit.required - held_of(deposit), 0) if deposit.status in ("due", "held") else 0


# ---- advertising -------------------------------------------------------------------------------------------------------

def free_places(slot: Slot, first: date, days: int) -> list[tuple[date, int]]:
    """(day, places left) for each of the days."""
    with elevated():
        rows = db.session.execute(
            select(SlotDay.day, func.count()).where(SlotDay.slot_id == slot.id, SlotDay.day.between(first, first + timedelta(days=days - 1)))
            .group_by(SlotDay.day)
        )
        taken = {row[0]: row[1] for row in rows}
    return [(day, max(slot.capacity - taken.get(day, 0), 0)) for day in (first + timedelta(days=offset) for offset in range(days))]


def standing_today(page: str, trade: str, region: str, now: datetime) -> list[Booking]:
    """Approved advertisements of today on the page of the trade, for the region and for everywhere, by place."""
    with elevated():
        wanted = (
            select(Booking).join(SlotDay, SlotDay.booking_id == Booking.id).join(Slot, Slot.id == Booking.slot_id)
            .where(Slot.page == page, Slot.trade == trade, Slot.region.in_(("", region)), SlotDay.day == business_day(now), Booking.status == "live")
            .order_by(Slot.region.desc(), SlotDay.place)
        )
        return list(db.session.scalars(wanted))


def days_of(booking: Booking) -> list[Day]:
    """How an advertisement did on each of its days up to today, days without a view too."""
    rows = db.session.execute(select(HitCount.day, HitCount.views, HitCount.clicks).where(HitCount.booking_id == booking.id))
    found = {row.day: Day(*row) for row in rows}
    last = max([booking.last_day, *found], default=booking.last_day)
    days = [booking.starts_on + timedelta(days=offset) for offset in range((last - booking.starts_on).days + 1)]
    return [found.get(day, Day(day, 0, 0)) for day in days]


# ---- what waits --------------------------------------------------------------------------------------------------------

def _count(model: Any, *states: str) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model).where(model.status.in_(states))) or 0)


def waiting_plans(actor: Actor) -> int:
    """Plans that wait for a second person."""
    return _count(Plan, "draft")


def waiting_charges(actor: Actor) -> int:
    """Charges that wait to be paid; for a merchant its own."""
    return _count(Charge, "waiting") if actor.merchant_id else 0


def waiting_subscriptions(actor: Actor) -> int:
    """Subscriptions whose owner wants its money back."""
    return 0 if actor.merchant_id else _count(Subscription, "leaving")


def waiting_fines(actor: Actor) -> int:
    """Fines that wait for a decision of the platform."""
    return 0 if actor.merchant_id else _count(Fine, "proposed", "appealed")
