"""Reads of after-sales."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.kernel.aftersales.models import RefundCase
from app.kernel.governance.operations import PEOPLE
from app.kernel.orders.models import Order
from app.kernel.plans.standing import Standing

UNDECIDED = ("asked", "approving", "refunding")


def waiting_cases(actor: Actor) -> int:
    """How many cases wait for an answer or a second person, within the reader's scope; counted up to 99."""
    waiting = select(RefundCase.id).where(RefundCase.status.in_(("asked", "approving"))).limit(99)
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def approvable_cases(actor: Actor) -> tuple[int, int, datetime | None]:
    """(how many, fen together, since when the oldest waits) of the refunds that wait for a second person other than their proposer."""
    own = {f"{kind}:{actor.id}" for kind in PEOPLE}
    statement = select(func.count(), func.coalesce(func.sum(RefundCase.amount), 0), func.min(RefundCase.proposed_at)).select_from(RefundCase)
    count, fen, oldest = db.session.execute(statement.where(RefundCase.status == "approving", RefundCase.proposed_by.not_in(own))).one()
    return count, int(fen), oldest


def cases_standing(merchant_id: int) -> Standing:
    """The merchant's refund cases and orders under way: how many are open, when the last of them ended."""
    cases = db.session.execute(
        select(func.count().filter(RefundCase.status.in_(UNDECIDED)), func.max(RefundCase.updated_at).filter(RefundCase.status.not_in(UNDECIDED)))
        .where(RefundCase.merchant_id == merchant_id)
    ).one()
    under_way = (Order.completed_at.is_(None), Order.closed_at.is_(None))
    orders = db.session.execute(
        select(func.count().filter(*under_way), func.max(func.greatest(Order.completed_at, Order.closed_at))).where(Order.merchant_id == merchant_id)
    ).one()
    return Standing(cases[0] + orders[0], max((moment for moment in (cases[1], orders[1]) if moment), default=None))


def lines_asked_back(order_id: int) -> set[int]:
    """Lines of the order whose money somebody has asked for and nobody has given or refused yet."""
    statement = select(RefundCase.amounts).where(RefundCase.order_id == order_id, RefundCase.status.in_(("asked", "approving")))
    return {int(key) for amounts in db.session.scalars(statement) for key in amounts}
