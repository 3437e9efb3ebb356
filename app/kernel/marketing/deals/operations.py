"""Propose, approve, take, pay, and release units of a deal; groups fill or fail. Amounts in fen.

The deal's row is the one that everybody wants: it is taken by one statement that asks for what is left, and held until the order is written.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BindParameter, Integer, bindparam, func, select, update

from app.core.actors import Actor, system
from app.core.errors import Invalid, Refusal
from app.core.identifiers import random_code
from app.extensions import db
from app.framework.database import Moment, elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.marketing.deals.models import Deal, Grab, Team
from app.kernel.marketing.deals.queries import dealables, grab_of

SYSTEM = system("marketing")


class OwnDeal(SamePerson):
    """Whoever proposed a deal of the platform may not approve it."""

    code = "deal.own"
    sentence = _l("自己提的平台活动要由另一个人批准")


class DealOver(Refusal):
    """The deal is not running, has too little left, or is not for this."""

    code = "deal.over"
    status = 409
    sentence = _l("“%(title)s”抢完了或不在活动时间里")


class TooManyOfDeal(Refusal):
    """The customer has as many units as one person may take."""

    code = "deal.limit"
    status = 409
    sentence = _l("“%(title)s”每人限 %(most)d 件")


class GroupClosed(Refusal):
    """The group is full, its time is over, or it is of another deal."""

    code = "deal.group_closed"
    status = 409
    sentence = _l("这个团已经满了或到时间了，换一个团或自己开团")


def propose_deal(
    *, merchant_id: int | None, trade: str, kind: str, subject_id: int, price: int, units: int, per_customer: int, size: int, fill_hours: int,
    begins_at: datetime, ends_at: datetime, reason: str, actor: Actor, now: datetime,
) -> Deal:
    """A deal that nobody can use yet: the merchant starts its own, a second person approves the platform's. Raises Invalid with its field."""
    found = dealables(trade, merchant_id).get(subject_id)
    problems = (
        ("subject_id", found is None, _l("选一件在卖的商品")),
        ("price", found is not None and not 0 < price < found.price, _l("活动价要比平时的价低")),
        ("units", units < 1, _l("写卖多少件")),
        ("per_customer", not 1 <= per_customer <= max(units, 1), _l("每人限购在 1 和总件数之间")),
        ("size", kind == "group" and not 2 <= size <= 100, _l("几人成团：2 到 100")),
        ("fill_hours", kind == "group" and not 1 <= fill_hours <= 72, _l("多久拼满：1 到 72 小时")),
        ("ends_at", ends_at <= max(begins_at, now), _l("结束要在开始之后，也要在现在之后")),
    )
    errors = [{"field": field, "code": "value", "message": str(words)} for field, wrong, words in problems if wrong]
    if errors or found is None:
        raise Invalid(errors=errors)
    deal = save(Deal(
        merchant_id=merchant_id, trade=trade, kind=kind, subject_id=subject_id, title=found.title[:80], list_price=found.price, price=price, units=units,
        per_customer=per_customer, size=size if kind == "group" else 0, fill_hours=fill_hours if kind == "group" else 0, begins_at=begins_at,
        ends_at=ends_at, reason=reason, made_by=maker_name(actor),
    ))
    append("marketing_deal.proposed", deal, actor=actor, now=now, reason=reason, changes={"price": [deal.list_price, price], "units": [None, units]})
    publish("happened", act="marketing_deal.proposed", record=deal, reason=reason, actor=actor, now=now)
    return deal


def approve(deal: Deal, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person. Refuses OwnDeal."""
    approve_as_second(deal, actor=actor, now=now, refusal=OwnDeal)


_PIECES: BindParameter[int] = bindparam("pieces", type_=Integer)
_MOMENT: BindParameter[datetime] = bindparam("moment", type_=Moment)
_DEAL = Deal.__table__
_TAKE = update(_DEAL).where(
    _DEAL.c.id == bindparam("key"), _DEAL.c.trade == bindparam("for_trade"), _DEAL.c.status == "approved", _DEAL.c.begins_at <= _MOMENT,
    _DEAL.c.ends_at > _MOMENT, _DEAL.c.taken + _PIECES <= _DEAL.c.units,
).values(taken=_DEAL.c.taken + _PIECES).returning(_DEAL.c.id)
_HELD = select(func.coalesce(func.sum(Grab.quantity), 0)).where(
    Grab.deal_id == bindparam("key"), Grab.customer_id == bindparam("customer"), Grab.status != "released",
)


def take_units(
    deal_id: int, quantity: int, *, order_id: int, order_number: str, trade: str, customer_id: int, group_code: str = "", now: datetime,
) -> Grab:
    """The order has `quantity` units, and of a group deal a seat: in the group of `group_code`, or in a group of its own. Runs elevated.

    Of the last unit and of the last seat one of many gets it. Refuses DealOver, TooManyOfDeal, GroupClosed; then nothing was taken.
    """
    taken = db.session.execute(_TAKE, {"key": deal_id, "for_trade": trade, "moment": now, "pieces": quantity}).one_or_none()
    deal = db.session.get_one(Deal, deal_id)
    if taken is None:
        raise DealOver(field="deal", title=deal.title)
    held = db.session.scalar(_HELD, {"key": deal_id, "customer": customer_id}) or 0
    if held + quantity > deal.per_customer:
        raise TooManyOfDeal(field="deal", title=deal.title, most=deal.per_customer)
    group_id = _seat(deal, group_code, customer_id, now) if deal.kind == "group" else None
    return save(Grab(
        deal_id=deal_id, group_id=group_id, merchant_id=deal.merchant_id, customer_id=customer_id, order_id=order_id, order_number=order_number, trade=trade,
        quantity=quantity, taken_at=now,
    ))


def _seat(deal: Deal, code: str, customer_id: int, now: datetime) -> int:
    """A seat in the group of that code, or the first of a group of the customer's own."""
    if not code:
        group = save(Team(
            deal_id=deal.id, merchant_id=deal.merchant_id, code=random_code(10), size=deal.size, seats=1, opened_by=customer_id,
            closes_at=now + timedelta(hours=deal.fill_hours),
        ))
        enqueue("close_groups", at=group.closes_at + timedelta(seconds=1), key=f"group:{group.id}")
        return group.id
    seat = db.session.execute(
        update(Team).where(
            Team.code == code, Team.deal_id == deal.id, Team.status == "open", Team.closes_at > now, Team.seats < Team.size,
        ).values(seats=Team.seats + 1).returning(Team.id).execution_options(synchronize_session=False)
    ).one_or_none()
    if seat is None:
        raise GroupClosed(field="group")
    return int(seat.id)


def pay_for_units(order_id: int, *, now: datetime) -> Grab | None:
    """The order is paid and keeps what it took; with its last seat a group is full. None for an order that took nothing. Runs elevated.

    Publishes `group_filled(group=, now=)` when it fills. A group that has failed meanwhile is left to `fail_groups`.
    """
    found = grab_of(order_id)
    if found is None:
        return None
    db.session.refresh(lock(Deal, found.deal_id))
    found.paid_at = now
    grab = move(found, "pay", actor=SYSTEM, now=now)
    if grab.group_id is not None:
        group = lock(Team, grab.group_id)
        if group.status == "open":
            group.paid += 1
            db.session.flush()
            if group.paid == group.size:
                move(group, "fill", actor=SYSTEM, now=now)
    return grab


def on_filled(group: Team, *, now: datetime, **_: Any) -> None:
    """Effect of filling: whoever sold it hears that all its orders go on."""
    group.filled_at = now
    publish("group_filled", group=group, now=now)


def release_units(*, order: Any, now: datetime) -> None:
    """Handler of `order_closed`: an order that was never completed gives back its units and its seat."""
    if order.completed_at is not None:
        return
    with elevated():
        found = grab_of(order.id)
        if found is None or found.status == "released":
            return
        db.session.execute(
            update(Deal).where(Deal.id == found.deal_id).values(taken=Deal.taken - found.quantity).execution_options(synchronize_session=False)
        )
        grab, was_paid = lock(Grab, found.id), found.status == "paid"
        if grab.group_id is not None:
            group = lock(Team, grab.group_id)
            if group.status == "open":
                group.seats, group.paid = group.seats - 1, group.paid - int(was_paid)
        move(grab, "release", actor=SYSTEM, now=now)


def end_what_is_over(now: datetime, *, most: int = 500) -> int:
    """Deals whose time is over end; the number of them. Runs elevated."""
    over = db.session.scalars(
        select(Deal).where(Deal.status.in_(("draft", "approved", "paused")), Deal.ends_at <= now).order_by(Deal.id).limit(most)
    ).all()
    for deal in over:
        move(deal, "end", actor=SYSTEM, now=now)
    return len(over)
