"""Completed orders of a restaurant, closed and paid: amounts are the till's, to the fen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor, system
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.aftersales.operations import refund_lines
from app.kernel.ledger.proofs import run_proofs
from app.kernel.orders.models import Order
from app.kernel.settlement.jobs import close_cycle
from app.kernel.settlement.models import Statement
from app.kernel.settlement.operations.release import release_due
from tests.support.people import everything
from tests.verticals.dining.world import Restaurant

MAKER = Actor("staff", 101, "许志强", frozenset({"Finance"}), EVERYTHING)
CHECKER = Actor("staff", 102, "何敏", frozenset({"Finance"}), EVERYTHING)
SUMS = ("opening", "earned", "refunded", "fees", "adjusted", "paid", "closing", "payable")


def today() -> date:
    """The business day on which the tests run."""
    return business_day(datetime.now(UTC))


def later(days: int) -> datetime:
    """A moment `days` days from here."""
    return datetime.now(UTC) + timedelta(days=days)


def release(app: Flask, days: int = 1) -> int:
    """Release what is due `days` days from here."""
    with app.app_context(), transaction(system("settlement")):
        return release_due(later(days))


def close(app: Flask, days: int = 1) -> None:
    """Close dining's cycle of the day `days` days from here."""
    with app.app_context():
        close_cycle("dining", today() + timedelta(days=days), actor=system("settlement"), now=later(days))


def refund(app: Flask, order_id: int, fen: int) -> None:
    """Give back `fen` of the order's first line."""
    with app.app_context(), transaction(everything()) as session:
        order = session.get_one(Order, order_id)
        refund_lines(order, {order.lines[0].id: fen}, reason="少了一份", actor=everything(), now=datetime.now(UTC))


def make(app: Flask, name: str, *, actor: Actor = MAKER, number: int = -1, now: datetime | None = None, **answers: Any) -> None:
    """Make a move of a statement, the latest unless said."""
    with app.app_context(), transaction(actor) as session:
        statement = session.scalars(select(Statement).order_by(Statement.id)).all()[number]
        move(statement, name, actor=actor, now=now or datetime.now(UTC), **answers)


def prove(app: Flask) -> None:
    """Check all proofs and keep the result, as the clock does every hour."""
    with app.app_context(), transaction(system("proofs")):
        run_proofs(datetime.now(UTC))


def pay(app: Flask) -> None:
    """Take the latest statement from draft to paid, by two people."""
    prove(app)
    make(app, "freeze")
    make(app, "approve", actor=CHECKER)
    make(app, "submit")
    make(app, "mark_paid", reference="2026112300001")


def statements(app: Flask, place: Restaurant | None = None) -> list[dict[str, Any]]:
    """Every statement's sums and state, oldest first."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(Statement).order_by(Statement.id))
        return [
            {name: getattr(each, name) for name in (*SUMS, "status", "lines_count")}
            for each in found if place is None or each.merchant_id == place.house.merchant_id
        ]
