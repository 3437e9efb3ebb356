"""Reads of drawers. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from app.core.actors import Actor
from app.extensions import db
from app.kernel.cash.models import CashMove, CashShift
from app.kernel.cash.tender import CASH
from app.kernel.orders.models import Order
from app.kernel.payments.models import Payment, Refund


def shift_of(actor: Actor, *, locked: bool = False) -> CashShift | None:
    """The actor's open shift at the merchant for which they act."""
    statement = select(CashShift).where(CashShift.merchant_id == actor.merchant_id, CashShift.user_id == actor.id, CashShift.status == "open")
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(statement).one_or_none()


def moves_of(shift: CashShift) -> list[CashMove]:
    """What went in and out, newest first."""
    return list(db.session.scalars(select(CashMove).where(CashMove.shift_id == shift.id).order_by(CashMove.id.desc())))


def moved(shift: CashShift, kind: str = "") -> int:
    """The sum of what went in and out, or of one kind."""
    statement = select(func.coalesce(func.sum(CashMove.amount), 0)).where(CashMove.shift_id == shift.id)
    return int(db.session.scalar(statement.where(CashMove.kind == kind) if kind else statement) or 0)


def expected_in(shift: CashShift) -> int:
    """What the drawer should hold: the float, and what went in and out since."""
    return shift.opening + moved(shift)


def payable_orders(now: datetime, limit: int = 50) -> list[Order]:
    """Orders in the reader's scope that wait to be paid, whole or for the balance, newest first."""
    waits = or_(Order.paid_at.is_not(None), Order.pay_by > now)
    statement = select(Order).where(Order.paid < Order.payable, Order.completed_at.is_(None), Order.closed_at.is_(None), waits)
    return list(db.session.scalars(statement.order_by(Order.id.desc()).limit(limit)))


def refunds_to_hand_back(merchant_id: int | None, limit: int = 50) -> list[Refund]:
    """Cash refunds that wait for a cashier, oldest first."""
    statement = (
        select(Refund).join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.merchant_id == merchant_id, Refund.status == "created", Payment.channel == CASH).order_by(Refund.id).limit(limit)
    )
    return list(db.session.scalars(statement))


def waiting_at_drawer(actor: Actor) -> int:
    """How many cash refunds wait at the actor's merchant."""
    return len(refunds_to_hand_back(actor.merchant_id)) if actor.merchant_id else 0
