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
from app.framework.queue import run_waiting
from app.kernel.aftersales.operations import refund_lines
from app.kernel.ledger.proofs import run_proofs
from app.kernel.orders.models import Order
from app.kernel.parties.models import Merchant
from app.kernel.settlement.jobs import close_cycle
from app.kernel.settlement.models import Payout, PayoutBatch, Statement
from app.kernel.settlement.operations.accounts import propose_account
from app.kernel.settlement.operations.batches import make_batch
from app.kernel.settlement.operations.release import release_due
from app.kernel.settlement.queries import account_in_force
from tests.support.people import Shopper, everything
from tests.verticals.dining.world import Restaurant, restaurant

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
    payee(app)
    send(app)
    answer(app, "mark_paid", reference="2026112300001")


def payee(app: Flask, merchant_id: int | None = None, *, method: str = "bank", number: str = "6222021234567890123") -> None:
    """Every merchant, or the one, has an approved account, unless it has one."""
    now = datetime.now(UTC)
    with app.app_context(), transaction(everything()) as session:
        wanted = select(Merchant).where(Merchant.id == merchant_id) if merchant_id else select(Merchant)
        for merchant in list(session.scalars(wanted.order_by(Merchant.id))):
            if merchant_id or account_in_force("merchant", merchant.id) is None:
                account = propose_account(
                    owner_kind="merchant", owner_id=merchant.id, method=method, holder="林建民", bank_name="青溪农商银行", number=number, reason="入驻",
                    actor=MAKER, now=now,
                )
                move(account, "approve", actor=CHECKER, now=now)


def batch(app: Flask) -> int:
    """A draft batch of all that is due; its id."""
    with app.app_context(), transaction(MAKER):
        return make_batch(actor=MAKER, now=datetime.now(UTC)).id


def send(app: Flask) -> int:
    """A batch of all that is due, approved by the second person and sent; its id."""
    key = batch(app)
    with app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(PayoutBatch, key), "approve", actor=CHECKER, now=datetime.now(UTC))
    run_waiting(app, only="send_batch")
    return key


def answer(app: Flask, name: str, *, number: int = -1, **answers: Any) -> None:
    """The bank's answer to a payment, the latest unless said."""
    with app.app_context(), transaction(MAKER) as session:
        payout = session.scalars(select(Payout).order_by(Payout.id)).all()[number]
        move(payout, name, actor=MAKER, now=datetime.now(UTC), **answers)


def payouts(app: Flask) -> list[tuple[str, str, int, str]]:
    """Number, state, fen, and problem of every payment, oldest first."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return [(each.number, each.status, each.amount, each.problem) for each in db.session.scalars(select(Payout).order_by(Payout.id))]


def numbers(app: Flask) -> list[str]:
    """The numbers of the statements, oldest first."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(Statement.number).order_by(Statement.id)))


def statements(app: Flask, place: Restaurant | None = None) -> list[dict[str, Any]]:
    """Every statement's sums and state, oldest first."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(Statement).order_by(Statement.id))
        return [
            {name: getattr(each, name) for name in (*SUMS, "status", "lines_count")}
            for each in found if place is None or each.merchant_id == place.house.merchant_id
        ]


def with_something_to_take(app: Flask) -> Restaurant:
    """A restaurant with 34.96 available (38.00 less 8 %) and an account to pay to; the proofs hold."""
    made, li = restaurant(app), Shopper(app, "li")
    made.serve(made.paid(li, ("鲜虾粥", 2)))
    release(app)
    payee(app)
    prove(app)
    return made
