"""Reads of deals and groups. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, select
from sqlalchemy.orm import joinedload

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import Moment
from app.framework.manifest import Dealable
from app.kernel.marketing.deals.models import Deal, Grab, Team


def dealables(trade: str, merchant_id: int | None) -> Mapping[int, Dealable]:
    """What may be put in a deal of the trade, by id: of one merchant, or of all for the platform's own deals."""
    for manifest in current_app.extensions["manifests"]:
        if manifest.name == trade and manifest.dealables:
            return manifest.dealables(merchant_id)
    return {}


def trades_with_deals() -> list[tuple[str, object]]:
    """Name and title of the trades that name what may be in a deal."""
    return [(manifest.name, manifest.title) for manifest in current_app.extensions["manifests"] if manifest.dealables]


def running(now: Any) -> ColumnElement[bool]:
    """Deals in force at `now` (a moment, or a parameter that stands for one), sold out or not."""
    return and_(Deal.status == "approved", Deal.begins_at <= now, Deal.ends_at > now)


_NOW: BindParameter[datetime] = bindparam("now", type_=Moment)
_RUNNING = select(Deal).where(running(_NOW), Deal.trade == bindparam("trade")).order_by(Deal.ends_at, Deal.id).limit(100)
_RUNNING_ON = _RUNNING.where(Deal.subject_id.in_(bindparam("subjects", expanding=True)))


def running_deals(trade: str, now: datetime, subjects: Iterable[int] | None = None) -> list[Deal]:
    """The trade's deals in force, those that end soonest first; on these things only, if given."""
    values = {"now": now, "trade": trade}
    if subjects is None:
        return list(db.session.scalars(_RUNNING, values))
    return list(db.session.scalars(_RUNNING_ON, {**values, "subjects": list(subjects)}))


def coming_deals(trade: str, now: datetime) -> list[Deal]:
    """Approved deals that begin later, the soonest first."""
    statement = select(Deal).where(Deal.status == "approved", Deal.begins_at > now, Deal.trade == trade).order_by(Deal.begins_at, Deal.id).limit(50)
    return list(db.session.scalars(statement))


def open_groups(deal_id: int, now: datetime) -> Sequence[Team]:
    """Groups that still have a seat, those that close soonest first."""
    statement = (
        select(Team).where(Team.deal_id == deal_id, Team.status == "open", Team.closes_at > now, Team.seats < Team.size)
        .order_by(Team.closes_at, Team.id).limit(50).options(joinedload(Team.opener))
    )
    return db.session.scalars(statement).all()


def group_of_code(code: str) -> Team | None:
    """The group with that code, with its deal and who opened it."""
    return db.session.scalars(select(Team).where(Team.code == code).options(joinedload(Team.deal), joinedload(Team.opener))).one_or_none()


def grab_of(order_id: int) -> Grab | None:
    """What the order took, if anything."""
    return db.session.scalars(select(Grab).where(Grab.order_id == order_id)).one_or_none()


_OF_ORDERS = select(Grab).where(Grab.order_id.in_(bindparam("orders", expanding=True))).options(
    joinedload(Grab.group).joinedload(Team.opener), joinedload(Grab.deal),
)


def grabs_of(order_ids: Iterable[int]) -> dict[int, Grab]:
    """Order → what it took, with the group."""
    return {grab.order_id: grab for grab in db.session.scalars(_OF_ORDERS, {"orders": list(order_ids)})}


def orders_of_group(group_id: int) -> list[int]:
    """Orders that have a seat in the group, in order of taking it."""
    return list(db.session.scalars(select(Grab.order_id).where(Grab.group_id == group_id, Grab.status != "released").order_by(Grab.id)))


def waiting_deals(actor: Actor) -> int:
    """How many deals wait: the platform's for finance, a merchant's own to be started."""
    whose = Deal.merchant_id == actor.merchant_id if actor.merchant_id else Deal.merchant_id.is_(None)
    return len(db.session.scalars(select(Deal.id).where(Deal.status == "draft", whose).limit(99)).all())
