"""Reads of jobs and couriers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, cast, func, select

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import elevated
from app.kernel.commission.models import FeeLine
from app.kernel.fulfilment.models import HELD, LIVE, Job
from app.kernel.ledger.accounts import available, pending
from app.kernel.ledger.queries import balances
from app.kernel.orders.models import Order, OrderLine
from app.kernel.parties.models import Membership

COURIER_KIND = "courier"
RECENT = 50


@dataclass(frozen=True)
class Earnings:
    """What a courier has, in fen: earned and inside the hold, and past it."""

    pending: int
    available: int


def job_of(order_id: int) -> Job | None:
    """The order's job, if somebody was asked to carry it."""
    return db.session.scalars(select(Job).where(Job.order_id == order_id)).one_or_none()


def jobs_of_orders(order_ids: Iterable[int]) -> dict[int, Job]:
    """Order → its job, in one query."""
    return {job.order_id: job for job in db.session.scalars(select(Job).where(Job.order_id.in_(list(order_ids))))}


def called_by_couriers(order_ids: Iterable[int]) -> dict[int, str]:
    """Order → what its courier calls it: `A086`."""
    return {order_id: job.label_text for order_id, job in jobs_of_orders(order_ids).items()}


def courier_has(order_id: int) -> bool:
    """True when a courier has taken the order's job and not given it back."""
    return db.session.scalars(select(Job.id).where(Job.order_id == order_id, Job.status.in_(HELD))).first() is not None


def couriers_of(merchant_id: int) -> list[Membership]:
    """The merchant's active couriers, by name."""
    statement = select(Membership).where(Membership.merchant_id == merchant_id, Membership.role == "Courier", Membership.active)
    return list(db.session.scalars(statement.order_by(Membership.name, Membership.id)))


def has_couriers(merchant_id: int) -> bool:
    """True when the merchant has somebody to ask."""
    return bool(couriers_of(merchant_id))


def live_jobs(merchant_id: int) -> list[Job]:
    """Everything of the merchant that is under way, oldest first."""
    return list(db.session.scalars(select(Job).where(Job.merchant_id == merchant_id, Job.status.in_(LIVE)).order_by(Job.id)))


def waiting_jobs(merchant_id: int) -> list[Job]:
    """What a courier of the merchant may take, oldest first."""
    return list(db.session.scalars(select(Job).where(Job.merchant_id == merchant_id, Job.status == "waiting").order_by(Job.id)))


def held_jobs(courier_id: int, merchant_id: int) -> list[Job]:
    """What the courier has in hand, oldest first."""
    return list(db.session.scalars(
        select(Job).where(Job.courier_id == courier_id, Job.merchant_id == merchant_id, Job.status.in_(HELD)).order_by(Job.taken_at, Job.id)
    ))


def count_held(courier_id: int, *, besides: int) -> int:
    """How many jobs the courier has in hand, at all merchants, besides this one."""
    held = select(func.count()).select_from(Job).where(Job.courier_id == courier_id, Job.status.in_(HELD), Job.id != besides)
    with elevated():
        return db.session.scalar(held) or 0


def done_jobs(courier_id: int, merchant_id: int) -> Sequence[Any]:
    """The courier's last jobs at the merchant, latest first: rows of (job, fen earned net of what refunds took back)."""
    earned = select(cast(func.coalesce(func.sum(OrderLine.earned), 0), BigInteger)).where(OrderLine.order_id == Job.order_id).scalar_subquery()
    statement = select(Job, earned.label("earned")).where(Job.courier_id == courier_id, Job.merchant_id == merchant_id, Job.status == "done")
    return db.session.execute(statement.order_by(Job.arrived_at.desc(), Job.id.desc()).limit(RECENT)).all()


def earnings_of(courier_id: int) -> Earnings:
    """What the ledger says the courier has, at all merchants."""
    held, own = pending(COURIER_KIND, courier_id), available(COURIER_KIND, courier_id)
    with elevated():
        found = balances([held, own])
    return Earnings(found[held], found[own])


def courier_part(order: Order, job: Job, fees: Iterable[FeeLine]) -> int:
    """Fen of the order that are the courier's, or will be when it arrives; 0 while nobody has taken it and when the shop delivers itself."""
    if job.status not in (*HELD, "done"):
        return 0
    lines = {line.id for line in order.lines if line.kind == "delivery"}
    held = sum(line.refundable + line.subsidy - line.subsidy_returned for line in order.lines if line.id in lines)
    coming = held - sum(fee.amount - fee.returned for fee in fees if fee.order_line_id in lines)
    return sum(line.earned for line in order.lines) if order.completed_at else coming


def waiting_count(actor: Actor) -> int:
    """How many jobs wait for a courier, for the menu."""
    if actor.merchant_id is None:
        return 0
    return db.session.scalar(select(func.count()).select_from(Job).where(Job.merchant_id == actor.merchant_id, Job.status == "waiting")) or 0
