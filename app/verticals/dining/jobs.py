"""Jobs of dining: the clock's part of an order's life."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from app.core.actors import system
from app.core.clock import now
from app.extensions import db
from app.framework.database import lock, transaction
from app.framework.flow import WrongState, move
from app.verticals.dining.models import DiningOrder, Sitting
from app.verticals.dining.operations.sittings import linger

CLOSE_AFTER = timedelta(hours=6)


def cancel_unpaid_orders() -> int:
    """Orders whose payment is overdue are cancelled and their stock is for sale again; return how many."""
    moment = now()
    return _move_all((DiningOrder.status == "unpaid") & (DiningOrder.pay_by < moment), "cancel", moment)


def reject_unanswered_orders() -> int:
    """Orders that the restaurant did not answer in time are refused and refunded; return how many."""
    moment = now()
    reason = str(_l("商家没有及时接单"))
    return _move_all((DiningOrder.status == "waiting") & (DiningOrder.accept_by < moment), "time_out", moment, reason=reason)


def close_forgotten_orders() -> int:
    """Cooked orders that nobody marked are done after six hours, so that the money does not wait for a click; return how many."""
    moment = now()
    old = DiningOrder.ready_at < moment - CLOSE_AFTER
    return _move_all((DiningOrder.status == "ready") & old, "close", moment) + _move_all((DiningOrder.status == "delivering") & old, "arrive", moment)


def close_quiet_sittings() -> int:
    """Tables that have had everything served and paid for the minutes of the setting are free again; return how many."""
    moment, clock, closed = now(), system("clock"), 0
    with transaction(clock):
        quiet = select(Sitting.id).where(Sitting.status == "open", Sitting.quiet_since <= moment - linger())
        keys = list(db.session.scalars(quiet.order_by(Sitting.id).limit(500)))
    for key in keys:
        try:
            with transaction(clock):
                if lock(Sitting, key).quiet_since is not None:
                    move(db.session.get_one(Sitting, key), "close", actor=clock, now=moment)
                    closed += 1
        except WrongState:
            continue  # the cashier was faster
    return closed


def _move_all(condition: ColumnElement[bool], name: str, moment: datetime, **answers: str) -> int:
    """Move each matching order in a transaction of its own: one that cannot move does not stop the others."""
    clock, moved = system("clock"), 0
    with transaction(clock):
        keys = list(db.session.scalars(select(DiningOrder.id).where(condition).order_by(DiningOrder.id).limit(500)))
    for key in keys:
        try:
            with transaction(clock):
                move(db.session.get_one(DiningOrder, key), name, actor=clock, now=moment, **answers)
                moved += 1
        except WrongState:
            continue  # a person was faster
    return moved
