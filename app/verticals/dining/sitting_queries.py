"""Reads of sittings: who sits where, what a table ordered, and what is unpaid of it. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.kernel.orders.models import OrderPart
from app.kernel.orders.parts import parts_of
from app.kernel.payments.models import Payment
from app.verticals.dining.models import DiningOrder, Sitting

ENDED = ("done", "cancelled", "rejected", "timed_out")
NOT_EATEN = ("cancelled", "rejected", "timed_out")


@dataclass(frozen=True)
class Bill:
    """What a sitting ordered, what of it is paid and net of refunds, and what is due."""

    ordered: int
    paid: int
    due: int


@dataclass(frozen=True)
class SharePart:
    """A part of the bill, and who paid it; `payment` is None while it waits."""

    part: OrderPart
    payment: Payment | None


def open_sitting_of(table_id: int, *, locked: bool = False) -> Sitting | None:
    """Who sits at the table, if anybody."""
    statement = select(Sitting).where(Sitting.table_id == table_id, Sitting.status == "open")
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(statement).one_or_none()


def open_sittings_of(shop_id: int) -> dict[int, Sitting]:
    """Table id → its open sitting."""
    return {each.table_id: each for each in db.session.scalars(select(Sitting).where(Sitting.shop_id == shop_id, Sitting.status == "open"))}


def orders_of_sitting(sitting_id: int) -> list[DiningOrder]:
    """What the table ordered and was not called off, oldest first, with lines."""
    statement = select(DiningOrder).where(DiningOrder.sitting_id == sitting_id, DiningOrder.status.not_in(NOT_EATEN)).order_by(DiningOrder.id)
    return list(db.session.scalars(statement.options(selectinload(DiningOrder.lines))))


def open_orders_of(sitting_id: int) -> list[DiningOrder]:
    """Orders of the sitting that are not served, paid, or called off."""
    return list(db.session.scalars(select(DiningOrder).where(DiningOrder.sitting_id == sitting_id, DiningOrder.status.not_in(ENDED))))


def unpaid_orders_of(sitting_id: int) -> list[DiningOrder]:
    """Orders of the sitting that something is due of, in the order in which they are locked."""
    statement = select(DiningOrder).where(DiningOrder.sitting_id == sitting_id, DiningOrder.status == "unpaid").order_by(DiningOrder.id)
    return list(db.session.scalars(statement))


def bills_of(sitting_ids: list[int]) -> dict[int, Bill]:
    """Sitting id → its bill; sittings without orders are left out."""
    sums = (func.coalesce(func.sum(each), 0) for each in (DiningOrder.payable, DiningOrder.paid - DiningOrder.refunded, DiningOrder.payable - DiningOrder.paid))
    statement = select(DiningOrder.sitting_id, *sums).where(DiningOrder.sitting_id.in_(sitting_ids), DiningOrder.status.not_in(NOT_EATEN))
    return {row[0]: Bill(int(row[1]), int(row[2]), int(row[3])) for row in db.session.execute(statement.group_by(DiningOrder.sitting_id))}


def shares_of(sitting_id: int) -> list[SharePart]:
    """The parts in which the table's bill was laid, by share, with the payments that paid them."""
    parts = parts_of(db.session.scalars(select(DiningOrder.id).where(DiningOrder.sitting_id == sitting_id)))
    keys = [part.payment_id for part in parts if part.payment_id]
    statement = select(Payment).where(Payment.id.in_(keys)).options(selectinload(Payment.customer))
    payments = {payment.id: payment for payment in db.session.scalars(statement)}
    return [SharePart(part, payments.get(part.payment_id or 0)) for part in parts]


def payments_of_sitting(sitting_id: int) -> list[Payment]:
    """Who paid what of the table's orders, oldest first."""
    orders = select(DiningOrder.id).where(DiningOrder.sitting_id == sitting_id)
    statement = select(Payment).where(Payment.subject_type == "order", Payment.subject_id.in_(orders), Payment.status == "paid").order_by(Payment.id)
    return list(db.session.scalars(statement.options(selectinload(Payment.customer))))
