"""The shop's side: an order is offered to couriers, sent with one of them, or delivered by the shop itself; orders that end take their job along."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.live import announce
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.fulfilment.carriers import carrier_for
from app.kernel.fulfilment.models import LIVE, Job
from app.kernel.fulfilment.operations.paying import credit_courier, drop_margin, freeze_margin
from app.kernel.fulfilment.queries import count_held, has_couriers, job_of
from app.kernel.orders.models import Order
from app.kernel.parties.models import Membership, StaffUser

SYSTEM = system("fulfilment")


class NoCourier(Refusal):
    """The person is no active courier of the merchant."""

    code = "fulfilment.no_courier"
    status = 422
    sentence = _l("选一位在岗的配送员")


class TooMany(Refusal):
    """The courier has as many jobs in hand as one may have."""

    code = "fulfilment.too_many"
    status = 409
    sentence = _l("%(courier)s手上已有 %(most)d 单，送完再接")


def ask_courier(order: Order, *, label: str, place: str, phone: str, due_at: datetime | None, now: datetime) -> Job | None:
    """Somebody is asked to carry the order; None when the merchant has nobody to ask and delivers by itself."""
    with elevated():
        carrier = carrier_for(order.merchant_id)
        if carrier is None:
            return None
        job = save(Job(
            order_id=order.id, order_number=order.number, trade=order.trade, merchant_id=order.merchant_id, carrier=carrier.name, label_text=label,
            customer_name=order.customer_name, place=place, phone=phone, code=f"{secrets.randbelow(10_000):04d}", asked_at=now, due_at=due_at,
        ))
        append("fulfil_job.asked", job, actor=SYSTEM, now=now)
        carrier.ask(job, now)
    return job


def tell_couriers(job: Job, now: datetime) -> None:
    """How the merchant's own couriers hear of a job: a notice, and their open pages."""
    publish("happened", act="fulfil_job.asked", record=job, reason="", actor=SYSTEM, now=now)


def serves_merchant(merchant_id: int) -> bool:
    """True when the merchant has couriers of its own."""
    return has_couriers(merchant_id)


def send_with(job_id: int, courier_id: int, *, actor: Actor, now: datetime) -> Job:
    """The front sends the order with this courier, or with another than before. Refuses NoCourier, TooMany, WrongState."""
    job = get(Job, job_id)
    lock(Order, job.order_id)
    step = {"taken": "reassign", "carried": "hand_on"}.get(lock(Job, job_id).status, "assign")
    return move(job, step, actor=actor, now=now, courier_id=courier_id)


def deliver_itself(job_id: int, *, actor: Actor, now: datetime) -> Job:
    """The shop carries the order itself: its delivery fee stays its own. Refuses WrongState once a courier has left with it."""
    job = get(Job, job_id)
    lock(Order, job.order_id)
    return move(job, "keep", actor=actor, now=now)


def keep_for_the_shop(order: Order, *, now: datetime) -> None:
    """The order left the shop without a courier: whoever was asked need not come."""
    job = job_of(order.id)
    if job is not None and job.status == "waiting":
        move(job, "keep", actor=SYSTEM, now=now)


def on_assigned(job: Job, *, actor: Actor, now: datetime, courier_id: int, **_: Any) -> None:
    """Effect of sending: the job is the courier's."""
    give(job, courier_id, now=now)


def on_kept(job: Job, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of delivering by itself."""
    job.courier_id, job.courier_name, job.courier_phone, job.pay = None, "", "", 0
    drop_margin(get(Order, job.order_id))


def on_ended(job: Job, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of the order's end without completion: nobody earns."""
    job.pay = 0


def give(job: Job, courier_id: int, *, now: datetime) -> None:
    """The job is this courier's, unless he has his hands full. His membership is locked, so that two jobs at once are counted one after the other."""
    with db.session.no_autoflush:  # the job says that somebody has it before it says who
        found = select(Membership).where(
            Membership.user_id == courier_id, Membership.merchant_id == job.merchant_id, Membership.role == "Courier", Membership.active
        )
        member = db.session.scalars(found.with_for_update(of=Membership)).one_or_none()
    if member is None:
        raise NoCourier(field="courier")
    job.courier_id, job.courier_name, job.taken_at = courier_id, member.name, now
    most = value_of("fulfilment.most_jobs")
    if count_held(courier_id, besides=job.id) >= most:
        raise TooMany(field="courier", courier=member.name, most=most)
    with elevated():
        job.courier_phone = get(StaffUser, courier_id).phone or ""
    freeze_margin(job, get(Order, job.order_id), now=now)


def finish_job(*, order: Order, now: datetime) -> None:
    """Handler of `order_completing`: the courier who carried the order earns its delivery part; a job that nobody left with is over."""
    job = job_of(order.id)
    if job is None:
        return
    if job.status == "carried":
        move(job, "arrive", actor=SYSTEM, now=now)
    if job.status == "done":
        credit_courier(job, order)
    elif job.status in LIVE:
        move(job, "keep", actor=SYSTEM, now=now)


def end_job(*, order: Order, now: datetime) -> None:
    """Handler of `order_closed`: the order ended without completion, and its job with it."""
    job = job_of(order.id)
    if job is not None and job.status in LIVE:
        move(job, "cancel", actor=SYSTEM, now=now)


def tell_moved(*, record: Any, **_: Any) -> None:
    """Handler of `happened`: the customer's and the shop's open pages hear of a job and of every move of it, when the transaction commits."""
    if isinstance(record, Job):
        for topic in (f"merchant:{record.merchant_id}:orders", f"order:{record.order_id}"):
            announce(topic, order=record.order_id, job=record.status)
