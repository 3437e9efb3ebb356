"""Sums over orders of all trades, in the reader's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from app.core.periods import SHANGHAI
from app.extensions import db
from app.kernel.orders.models import Order


@dataclass(frozen=True)
class Turnover:
    """Paid orders of a stretch of time: fen paid, how many, fen refunded, fen of the platform's fees."""

    paid: int
    count: int
    refunded: int
    fees: int

    @property
    def average(self) -> int:
        """Fen an order; 0 without orders."""
        return self.paid // self.count if self.count else 0


def turnover_between(begins: datetime, ends: datetime) -> Turnover:
    """What was paid for orders placed in [begins, ends)."""
    sums = (func.coalesce(func.sum(column), 0) for column in (Order.paid, Order.refunded, Order.commission))
    statement = select(func.count(), *sums).where(Order.placed_at >= begins, Order.placed_at < ends, Order.paid > 0)
    count, paid, refunded, fees = db.session.execute(statement).one()
    return Turnover(int(paid), int(count), int(refunded), int(fees))


def paid_by_hour(begins: datetime, ends: datetime) -> dict[int, int]:
    """Hour of the Shanghai day → fen paid for orders placed in it."""
    hour = func.extract("hour", func.timezone(str(SHANGHAI), Order.placed_at))
    statement = select(hour, func.sum(Order.paid)).where(Order.placed_at >= begins, Order.placed_at < ends, Order.paid > 0).group_by(hour)
    return {int(number): int(fen) for number, fen in db.session.execute(statement)}


def paid_by_day(begins: datetime, ends: datetime) -> dict[date, int]:
    """Shanghai day → fen paid for orders placed on it."""
    day = func.date(func.timezone(str(SHANGHAI), Order.placed_at))
    statement = select(day, func.sum(Order.paid)).where(Order.placed_at >= begins, Order.placed_at < ends, Order.paid > 0).group_by(day)
    return {each: int(fen) for each, fen in db.session.execute(statement)}
