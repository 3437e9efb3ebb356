"""A restaurant's side: what each move of an order does. Called by the flow, inside its transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import same_code
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.aftersales.operations import refund_whole
from app.kernel.fulfilment.models import Job
from app.kernel.fulfilment.operations.assigning import ask_courier, keep_for_the_shop
from app.kernel.orders.operations import close_order, complete_order
from app.verticals.dining.models import DiningOrder, Shop
from app.verticals.dining.models.orders import TicketCounter
from app.verticals.dining.operations.sittings import count_round, note_quiet
from app.verticals.dining.operations.stock import return_stock
from app.verticals.dining.rules import ticket_number

CODE_TRIES = 8


class WrongCode(Refusal):
    """The pick-up code is not this order's."""

    code = "dining.wrong_code"
    status = 409
    sentence = _l("取餐码不对，让顾客再出示一次")


class CodeLocked(Refusal):
    """Too many wrong codes for this order."""

    code = "dining.code_locked"
    status = 429
    sentence = _l("这一单的取餐码试错太多次，核对顾客手机号后由店长取消或联系平台")


def on_paid(order: DiningOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Give the order its ticket and the shop its time to answer; a shop that accepts by itself has accepted."""
    with elevated():
        shop = get(Shop, order.shop_id)
        order.ticket = _next_ticket(order.shop_id, now)
        count_round(order)
        order.accept_by = now + timedelta(minutes=shop.accept_minutes)
        if shop.accepts_by_itself:
            move(order, "accept", actor=actor, now=now)
        else:
            enqueue("reject_unanswered_orders", at=order.accept_by + timedelta(seconds=1), key=f"unanswered:{order.id}")


def on_accepted(order: DiningOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The kitchen has it, the customer a time, and a delivery somebody who may come for it."""
    order.accepted_at = now
    with elevated():
        order.promised_at = now + timedelta(minutes=get(Shop, order.shop_id).cook_minutes)
    if order.service == "delivery":
        ask_courier(order, label=order.ticket, place=order.address, phone=order.contact_phone, due_at=order.promised_at, now=now)


def on_ready(order: DiningOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Cooked."""
    order.ready_at = now


def on_sent_out(order: DiningOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Under way with somebody of the shop: couriers who were asked need not come."""
    order.promised_at = order.promised_at or now
    keep_for_the_shop(order, now=now)


def on_job_left(*, job: Job, actor: Actor, now: datetime) -> None:
    """Handler of `job_left`: the courier has the bag. Refuses WrongState while the order is not cooked."""
    if job.trade == "dining":
        move(get(DiningOrder, job.order_id), "depart", actor=_for_the_platform(actor), now=now)


def on_job_arrived(*, job: Job, actor: Actor, now: datetime) -> None:
    """Handler of `job_arrived`: the customer has the order."""
    if job.trade == "dining":
        move(get(DiningOrder, job.order_id), "arrive", actor=_for_the_platform(actor), now=now)


def _for_the_platform(actor: Actor) -> Actor:
    """What follows from a courier's move is made in his name by the platform."""
    return replace(actor, roles=actor.roles | {"system"})


def on_handed_over(order: DiningOrder, *, actor: Actor, now: datetime, code: str = "", **_: Any) -> None:
    """The customer showed the right code. A wrong one is counted, and too many lock the order's code."""
    if order.code_tries >= CODE_TRIES:
        raise CodeLocked(field="code")
    if not same_code(code, order.code):
        count_wrong_code(order.id)
        raise WrongCode(field="code")
    on_done(order, actor=actor, now=now)


def on_done(order: DiningOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Eaten, picked up, delivered: the escrow goes to those who earned it."""
    complete_order(order, now=now)
    with elevated():
        note_quiet(order, now=now)


def on_cancelled(order: DiningOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Never paid: the stock goes back."""
    with elevated():
        return_stock(order)
        close_order(order, now=now)
        note_quiet(order, now=now)


def on_ended(order: DiningOrder, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """Paid but not served: everything that remains goes back to the customer; uncooked stock goes back on sale."""
    order.ended_because = reason
    with elevated():
        uncooked = order.accepted_at is None
        if uncooked:
            return_stock(order)
        refund_whole(order, reason=reason or str(_l("订单取消")), owed=uncooked, actor=actor, now=now)
        close_order(order, now=now)
        note_quiet(order, now=now)


def count_wrong_code(order_id: int) -> None:
    """Count a wrong try in a transaction of its own, so that the refusal does not undo it."""
    db.session.rollback()
    with elevated():
        db.session.execute(
            DiningOrder.__table__.update().where(DiningOrder.__table__.c.id == order_id).values(code_tries=DiningOrder.__table__.c.code_tries + 1)
        )
        db.session.commit()


def _next_ticket(shop_id: int, now: datetime) -> str:
    statement = insert(TicketCounter).values(shop_id=shop_id, day=business_day(now), last=1)
    statement = statement.on_conflict_do_update(index_elements=["shop_id", "day"], set_={"last": TicketCounter.last + 1}).returning(TicketCounter.last)
    return ticket_number(int(db.session.execute(statement).scalar_one()))
