"""Sit down, add dishes, divide the bill, leave. All of it runs elevated: guests of one table pay for one another. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.orders.models import OrderPart
from app.kernel.orders.operations import tell
from app.kernel.orders.parts import lay_parts, open_parts
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import open_payment
from app.kernel.wallet.operations.wallets import pay_from_wallet
from app.verticals.dining.models import DiningOrder, Sitting, Table
from app.verticals.dining.sitting_queries import open_orders_of, open_sitting_of, unpaid_orders_of

PAY_SHARE_WITHIN = timedelta(minutes=3)  # so that a share that somebody began to pay and left is free again soon
MOST_PEOPLE = 50


class TableInUse(Refusal):
    """The table has guests."""

    code = "dining.table_in_use"
    status = 409
    sentence = _l("“%(table)s”已经开台")


class StillOpen(Refusal):
    """Orders of the table are not served or not paid."""

    code = "dining.sitting_busy"
    status = 409
    sentence = _l("这一桌还有 %(count)d 单没付完或没上齐，处理完再结台")


class NothingDue(Refusal):
    """The table owes nothing, or that share of its bill is paid."""

    code = "dining.nothing_due"
    status = 409
    sentence = _l("没有要付的：已经付过，或者账单重新分过，刷新再看")


def open_table(table: Table, guests: int, *, actor: Actor, now: datetime) -> Sitting:
    """The cashier shows guests to a table. Refuses TableInUse, Invalid."""
    if not 0 <= guests <= 99:
        raise Invalid(errors=[{"field": "guests", "code": "range", "message": str(_l("人数填 0 到 99"))}])
    table = lock(Table, table.id)
    if open_sitting_of(table.id):
        raise TableInUse(table=table.name)
    return _begin(table, guests, actor, now)


def sit_down(table: Table, guests: int, *, actor: Actor, now: datetime) -> Sitting:
    """The sitting that an order at the table belongs to, locked: the open one, or one that begins with the order."""
    lock(Table, table.id)
    found = open_sitting_of(table.id, locked=True)
    if found is None:
        return _begin(table, guests, actor, now)
    found.quiet_since = None
    found.guests = max(found.guests, guests)
    return found


def _begin(table: Table, guests: int, actor: Actor, now: datetime) -> Sitting:
    sitting = save(Sitting(
        merchant_id=table.merchant_id, shop_id=table.shop_id, table_id=table.id, table_name=table.name, guests=guests, opened_at=now,
        opened_by=actor.name[:60],
    ))
    append("dining_sitting.opened", sitting, actor=actor, now=now)
    return sitting


def count_round(order: DiningOrder) -> None:
    """A paid order of a sitting gets its number: what comes after the first is added (加菜)."""
    if order.sitting_id:
        sitting = lock(Sitting, order.sitting_id)
        sitting.rounds += 1
        order.round = sitting.rounds


def note_quiet(order: DiningOrder, *, now: datetime) -> None:
    """An order of a sitting ended; with the last one the table is quiet, and leaves after the minutes of the setting."""
    if order.sitting_id is None:
        return
    sitting = lock(Sitting, order.sitting_id)
    if sitting.status == "open" and not open_orders_of(sitting.id):
        sitting.quiet_since = now
        enqueue("close_quiet_sittings", at=now + linger() + timedelta(seconds=1), key=f"quiet:{sitting.id}:{now.timestamp():.0f}")


def linger() -> timedelta:
    """How long a table that has everything stays open for more."""
    return timedelta(minutes=value_of("dining.sitting_linger"))


def on_closed(sitting: Sitting, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `close`: the table is free. Refuses StillOpen."""
    sitting.closed_at = now
    waiting = len(open_orders_of(sitting.id))
    if waiting:
        raise StillOpen(count=waiting)


def split_bill(table: Table, people: int, *, actor: Actor, now: datetime) -> Sitting:
    """What the table has not paid is laid anew in `people` equal shares: one for paying together, 0 for each his own.

    Refuses NothingDue, BeingPaid, Invalid.
    """
    if not 0 <= people <= MOST_PEOPLE:
        raise Invalid(errors=[{"field": "people", "code": "range", "message": str(_l("1 到 50 份"))}])
    sitting = _sitting_at(table)
    orders = [lock(DiningOrder, order.id) for order in unpaid_orders_of(sitting.id)]
    orders = [order for order in orders if order.status == "unpaid" and order.pay_by > now]
    if not orders:
        raise NothingDue
    if people > sum(order.due for order in orders):
        raise Invalid(errors=[{"field": "people", "code": "range", "message": str(_l("每份至少 1 分钱"))}])
    lay_parts(orders, people)
    append("dining_sitting.split", sitting, actor=actor, now=now, changes={"people": [None, people]})
    for order in orders:
        tell(order)
    return sitting


def share_from_wallet(table: Table, share: int, *, payer: int, now: datetime) -> list[Payment]:
    """A share of the bill is paid out of the payer's wallet at the restaurant, all of it or nothing. Refuses NothingDue, WalletShort.

    Forty guests who pay the same share at once pay it once: its orders are locked in their order, and a paid part waits no more.
    """
    return [
        pay_from_wallet(part.order_id, part.amount, part_id=part.id, payer=payer, now=now) for part in _lock_share(table, share, now)
    ]


def share_by_channel(table: Table, share: int, *, payer: int, actor: Actor, now: datetime) -> list[Payment]:
    """Open payments for a share of the bill, one for each order that it takes from, all in the payer's name. Refuses NothingDue, SomebodyPays."""
    payments = []
    for part in _lock_share(table, share, now):
        order = lock(DiningOrder, part.order_id)
        payments.append(open_payment(
            "order", order.id, part.amount, description=f"{_l('订单')} {order.number}", trade=order.trade, merchant_id=order.merchant_id, customer_id=payer,
            expires_at=min(order.pay_by, now + PAY_SHARE_WITHIN), part_id=part.id, actor=actor, now=now,
        ))
    return payments


def _sitting_at(table: Table) -> Sitting:
    sitting = open_sitting_of(table.id, locked=True)
    if sitting is None:
        raise NothingDue
    return sitting


def _lock_share(table: Table, share: int, now: datetime) -> list[OrderPart]:
    """The parts of the share that wait, the sitting locked first so that a bill is not laid anew meanwhile."""
    sitting = _sitting_at(table)
    orders = [order.id for order in unpaid_orders_of(sitting.id) if order.pay_by > now]
    parts = sorted((part for part in open_parts(orders) if part.share == share), key=lambda part: part.order_id)
    if not parts:
        raise NothingDue
    return parts


def table_of_code(code: str) -> Table:
    """The active table behind a scanned code. Refuses NotFound."""
    table = db.session.scalars(select(Table).where(Table.code == code[:16], Table.active)).one_or_none()
    if table is None:
        raise NotFound
    return table
