"""The courier's side: take, pick up, hand over. The order is locked before its job everywhere, so that a customer who confirms does not cross a courier."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.core.identifiers import same_code
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.fulfilment.models import Job
from app.kernel.fulfilment.operations.assigning import give
from app.kernel.orders.models import Order

CODE_TRIES = 8


class WrongDeliveryCode(Refusal):
    """The code is not this order's."""

    code = "fulfilment.wrong_code"
    status = 409
    sentence = _l("收货码不对，请顾客再报一次；顾客也可以自己点“确认收到”")


class DeliveryCodeLocked(Refusal):
    """Too many wrong codes for this order."""

    code = "fulfilment.code_locked"
    status = 429
    sentence = _l("收货码试错太多次，请顾客自己点“确认收到”，或由店里标记送达")


def step(job_id: int, name: str, *, actor: Actor, now: datetime, **answers: Any) -> Job:
    """A courier makes a move of a job: one that waits, or his own. NotFound for another courier's; raises what the move raises."""
    job = get(Job, job_id)
    lock(Order, job.order_id)
    job = lock(Job, job_id)
    if job.courier_id is not None and job.courier_id != actor.id and name != "take":
        raise NotFound
    return move(job, name, actor=actor, now=now, **answers)


def on_taken(job: Job, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of taking: the job is the actor's. Refuses TooMany."""
    give(job, actor.id or 0, now=now)


def on_given_back(job: Job, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of giving back: somebody else may take it, for the same pay."""
    job.courier_id, job.courier_name, job.courier_phone, job.taken_at = None, "", "", None


def on_picked_up(job: Job, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of picking up: the trade's order is under way. Publishes `job_left(job=, actor=, now=)`, whose handler refuses what is not ready."""
    job.left_at = now
    publish("job_left", job=job, actor=actor, now=now)


def on_delivered(job: Job, *, actor: Actor, now: datetime, code: str = "", **_: Any) -> None:
    """Effect of handing over: the customer said the right code. Publishes `job_arrived(job=, actor=, now=)`. Wrong codes are counted, and too many lock."""
    if job.code_tries >= CODE_TRIES:
        raise DeliveryCodeLocked(field="code")
    if not same_code(code, job.code):
        count_wrong_code(job.id)
        raise WrongDeliveryCode(field="code")
    job.arrived_at = now
    publish("job_arrived", job=job, actor=actor, now=now)


def on_arrived(job: Job, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of the customer's, the shop's, or the clock's word that the order has arrived."""
    job.arrived_at = now


def count_wrong_code(job_id: int) -> None:
    """Count a wrong try in a transaction of its own, so that the refusal does not undo it."""
    db.session.rollback()
    table = Job.__table__
    with elevated():
        db.session.execute(table.update().where(table.c.id == job_id).values(code_tries=table.c.code_tries + 1))  # type: ignore[attr-defined]
        db.session.commit()
