"""Jobs of stays: the clock's part of a stay, locks, calendars of other channels."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from app.core.actors import system
from app.core.clock import now
from app.core.errors import Refusal
from app.core.periods import business_day, local
from app.extensions import db
from app.framework.database import elevated, lock, transaction
from app.framework.events import publish
from app.framework.flow import WrongState, move
from app.verticals.stays.models import Feed, StayOrder
from app.verticals.stays.operations.calendars import read_feed
from app.verticals.stays.operations.doors import issue_code, revoke_code

LATEST_ARRIVAL = 6  # o'clock of the next day: who has not come by then is not coming


def cancel_unpaid_stays() -> int:
    """Stays whose payment is overdue are cancelled and their rooms are free again; return how many."""
    moment = now()
    return _move_all((StayOrder.status == "unpaid") & (StayOrder.pay_by < moment), "cancel", moment)


def refuse_unanswered_stays() -> int:
    """Stays that the house did not confirm in time are refused and refunded; return how many."""
    moment = now()
    overdue = (StayOrder.status == "waiting") & (StayOrder.confirm_by < moment)
    return _move_all(overdue, "time_out", moment, reason=str(_l("商家没有及时确认")))


def note_no_shows() -> int:
    """Guests who had not come by six in the morning after their day are no-shows; return how many."""
    moment = now()
    today = business_day(moment)
    latest = today if local(moment).hour >= LATEST_ARRIVAL else today - timedelta(days=1)
    return _move_all((StayOrder.status == "booked") & (StayOrder.arrives < latest), "miss", moment)


def remind_arrivals() -> int:
    """Houses and guests hear the day before who comes tomorrow, once; return how many."""
    moment, clock, told = now(), system("clock"), 0
    tomorrow = business_day(moment) + timedelta(days=1)
    with transaction(clock):
        coming = select(StayOrder.id).where(StayOrder.status == "booked", StayOrder.arrives == tomorrow, StayOrder.reminded_at.is_(None))
        keys = list(db.session.scalars(coming.order_by(StayOrder.id).limit(500)))
    for key in keys:
        with transaction(clock):
            order = lock(StayOrder, key)
            if order.reminded_at is None:
                order.reminded_at = moment
                publish("happened", act="stays_order.reminded", record=order, reason="", actor=clock, now=moment)
                told += 1
    return told


def issue_door_code(code_id: int) -> None:
    """The lock learns a code; raises when its maker is away, and the queue tries again."""
    with elevated():
        issue_code(code_id, now=now())
        db.session.commit()


def revoke_door_code(code_id: int) -> None:
    """The lock forgets a code; raises when its maker is away, and the queue tries again."""
    with elevated():
        revoke_code(code_id, now=now())
        db.session.commit()


def read_calendars() -> int:
    """Every calendar of another channel that has an address is read; return how many could be. One that fails says so on its page and stops no other."""
    moment, clock, done = now(), system("calendars"), 0
    with transaction(clock):
        keys = list(db.session.scalars(select(Feed.id).where(Feed.address != "").order_by(Feed.id)))
    for key in keys:
        try:
            with transaction(clock):
                read_feed(key, now=moment)
                done += 1
        except Refusal:
            continue  # noted on the feed
    return done


def _move_all(condition: ColumnElement[bool], name: str, moment: datetime, **answers: str) -> int:
    """Move each matching stay in a transaction of its own: one that cannot move does not stop the others."""
    clock, moved = system("clock"), 0
    with transaction(clock):
        keys = list(db.session.scalars(select(StayOrder.id).where(condition).order_by(StayOrder.id).limit(500)))
    for key in keys:
        try:
            with transaction(clock):
                move(db.session.get_one(StayOrder, key), name, actor=clock, now=moment, **answers)
                moved += 1
        except WrongState:
            continue  # a person was faster
    return moved
