"""At the first restaurant: yesterday's shift with a difference, today's that is open, and a table in use that added a dish."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.money import yuan
from app.extensions import db
from app.framework.database import get, transaction
from app.framework.flow import move
from app.kernel.cash.operations import open_shift, take_cash
from app.kernel.cash.queries import expected_in, shift_of
from app.kernel.orders.models import Order
from app.verticals.dining.demo.play import Town
from app.verticals.dining.demo.restaurant import crew_actor
from app.verticals.dining.models import DiningOrder, Shop, Table

FLOAT = 20_000
NOTE = 10_000  # customers pay with hundreds


def sit_and_pay_cash(town: Town, shop_id: int, now: datetime) -> None:
    """Two shifts of the cashier, and a sitting with two guests. The gateway must be running."""
    with town.app.app_context(), transaction(system("demo")):
        merchant_id = get(Shop, shop_id).merchant_id
        code = db.session.scalars(select(Table.code).where(Table.shop_id == shop_id, Table.active).order_by(Table.id)).first() or ""
    yesterday = now - timedelta(days=1, hours=2)
    _open(town, merchant_id, yesterday)
    for number, customer in enumerate((4, 5, 6)):
        moment = yesterday + timedelta(minutes=20 + 15 * number)
        _cash(town, merchant_id, town.place(shop_id, customer, moment), moment + timedelta(minutes=1), "ready", "close")
    _close(town, merchant_id, yesterday + timedelta(hours=2), short=300)
    _open(town, merchant_id, now - timedelta(hours=3))
    first = town.place(shop_id, 2, now - timedelta(minutes=50), table_code=code)
    town.pay_by_channel(first, 2, now - timedelta(minutes=49))
    _steps(town, merchant_id, first, now - timedelta(minutes=47), "accept", "ready", "serve")
    _cash(town, merchant_id, town.place(shop_id, 3, now - timedelta(minutes=9), table_code=code), now - timedelta(minutes=8))


def _open(town: Town, merchant_id: int, moment: datetime) -> None:
    with town.app.app_context(), transaction(system("demo")), clock.at(moment):
        open_shift(FLOAT, actor=crew_actor(merchant_id, "Cashier"), now=moment)


def _cash(town: Town, merchant_id: int, order_id: int, moment: datetime, *steps: str) -> None:
    """The cashier takes the order's money and accepts it; `steps` follow."""
    with town.app.app_context(), transaction(system("demo")), clock.at(moment):
        due = get(Order, order_id).due
        take_cash(order_id, -(-due // NOTE) * NOTE, actor=crew_actor(merchant_id, "Cashier"), now=moment)
    _steps(town, merchant_id, order_id, moment + timedelta(minutes=1), "accept", *steps)


def _steps(town: Town, merchant_id: int, order_id: int, moment: datetime, *steps: str) -> None:
    for number, step in enumerate(steps):
        at = moment + timedelta(minutes=4 * number)
        with town.app.app_context(), transaction(system("demo")) as session, clock.at(at):
            order = session.get_one(DiningOrder, order_id)
            actor = system("clock") if step == "close" else crew_actor(merchant_id, "Cashier")
            if step in {each.name for each in type(order).__flow__.open_moves(order, actor.roles)}:
                move(order, step, actor=actor, now=at)


def _close(town: Town, merchant_id: int, moment: datetime, *, short: int) -> None:
    with town.app.app_context(), transaction(system("demo")), clock.at(moment):
        cashier = crew_actor(merchant_id, "Cashier")
        shift = shift_of(cashier)
        if shift is None:
            raise RuntimeError("the cashier has no open shift")
        move(shift, "close", actor=cashier, now=moment, counted=expected_in(shift) - short, reason=f"有一单多找了 {yuan(short)}")
