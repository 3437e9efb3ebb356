"""Jobs of group buying: the clock's part of rounds and orders."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from app.core.actors import system
from app.core.clock import now
from app.extensions import db
from app.framework.database import lock, transaction
from app.framework.flow import WrongState, move
from app.framework.settings import value_of
from app.verticals.groupbuy.models import GroupbuyOrder, Round

CLOCK = system("clock")


def close_rounds() -> int:
    """Rounds whose cut-off has come are closed, once, with their sheets; return how many this call closed."""
    moment, closed = now(), 0
    with transaction(CLOCK):
        due = list(db.session.scalars(select(Round.id).where(Round.status == "open", Round.cutoff_at <= moment).order_by(Round.cutoff_at).limit(200)))
    for key in due:
        with transaction(CLOCK):
            if lock(Round, key).status == "open":
                move(db.session.get_one(Round, key), "close", actor=CLOCK, now=moment)
                closed += 1
    return closed


def cancel_unpaid_group_orders() -> int:
    """Orders whose payment is overdue are cancelled; stock, units, and seats are free again. Return how many."""
    moment = now()
    return _move_all((GroupbuyOrder.status == "unpaid") & (GroupbuyOrder.pay_by < moment), "cancel", moment)


def close_forgotten_group_orders() -> int:
    """Parcels that nobody marked are done after the days of the setting; return how many."""
    moment = now()
    with transaction(CLOCK):
        old = moment - timedelta(days=value_of("groupbuy.done_after"))
    return _move_all((GroupbuyOrder.status == "arrived") & (GroupbuyOrder.arrived_at < old), "close", moment)


def _move_all(condition: ColumnElement[bool], name: str, moment: datetime) -> int:
    """Move each matching order in a transaction of its own: one that cannot move does not stop the others."""
    moved = 0
    with transaction(CLOCK):
        keys = list(db.session.scalars(select(GroupbuyOrder.id).where(condition).order_by(GroupbuyOrder.id).limit(500)))
    for key in keys:
        try:
            with transaction(CLOCK):
                move(db.session.get_one(GroupbuyOrder, key), name, actor=CLOCK, now=moment)
                moved += 1
        except WrongState:
            continue  # a person was faster
    return moved
