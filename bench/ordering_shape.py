"""A trade's order by joined inheritance against the same columns in a table beside the order (decision 0006).

Both shapes write `order_order` and `order_line` of the durable application through the ORM, in the same transactions: place an order of three
lines, accept it, make it ready, complete it (each locks the order first); list 25 of a merchant with what the trade adds; open one by key. The
table beside (`bench_service`) exists here alone, with the columns, constraints, indexes, and row policy of `dining_order`; its mapping reads
the trade's half by an eager join. What else an order does (stock, fees, ledger, audit) is alike in both and left out, so that the difference
shows whole. Figures are orders or pages a second; the ratio is inheritance to table beside.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ColumnElement, create_engine, func, select, text, true
from sqlalchemy.engine import make_url
from sqlalchemy.orm import joinedload, relationship
from sqlalchemy.orm.attributes import flag_modified, set_committed_value

from app.core.actors import Actor, Scope, system
from app.extensions import db
from app.framework.access import Access, owned
from app.framework.database import Dated, save, transaction
from app.kernel.orders.models import Order, OrderLine
from app.kernel.parties.models import Customer
from app.kernel.parties.operations.customers import customer_of_openid
from app.kernel.parties.operations.merchants import open_merchant
from app.verticals.dining.models import DiningOrder, Shop
from bench.common import Result, durable_application, in_turn, peak_memory_mib

ROUNDS, SECONDS, MERCHANTS = 7, 3.0, 20
STEPS = (("cooking", "accepted_at"), ("ready", "ready_at"), ("done", "promised_at"))
BESIDE = """
CREATE TABLE bench_service (LIKE dining_order INCLUDING ALL);
ALTER TABLE bench_service ADD FOREIGN KEY (id) REFERENCES order_order (id), ADD FOREIGN KEY (shop_id) REFERENCES dining_shop (id),
    ADD FOREIGN KEY (table_id) REFERENCES dining_table (id);
ALTER TABLE bench_service ENABLE ROW LEVEL SECURITY;
CREATE POLICY bench_service_all ON bench_service USING
    ((SELECT baiye_scope_kind()) = 'all' OR EXISTS (SELECT 1 FROM order_order o WHERE o.id = bench_service.id));
GRANT ALL ON bench_service TO {role};
"""


class ThroughTheOrder(Access):
    """The table beside has no owner's columns: its row policy asks for the order, as that of `dining_order` does."""

    def criterion(self, model: Any, scope: Scope) -> ColumnElement[bool]:
        """The row policy decides."""
        return true()

    def may_write(self, record: Any, scope: Scope, *, inserted: bool) -> bool:
        """The row policy decides."""
        return True


class BareLine(Model):
    """A line of an order, mapped once more."""

    __table__ = OrderLine.__table__
    __access__ = owned(customer="customer_id")


class Service(Model):
    """The trade's half in a table beside the order."""

    __table__ = DiningOrder.__table__.to_metadata(Model.metadata, name="bench_service")
    __access__ = ThroughTheOrder()


class BareOrder(Dated, Model):
    """The order alone, with the trade's half behind a relationship."""

    __table__ = Order.__table__
    __access__ = owned(customer="customer_id")
    lines = relationship(BareLine, order_by=BareLine.__table__.c.seq, overlaps="lines,order")
    service = relationship(Service, uselist=False, lazy="joined", innerjoin=True)


class Joined:
    """The shape of the product."""

    order: Any = DiningOrder

    def make(self, trade: dict[str, Any], lines: list[dict[str, Any]], **common: Any) -> Any:
        """An order with its lines, not yet saved."""
        return DiningOrder(**common, **trade, lines=[OrderLine(**line) for line in lines])

    def half(self, order: Any) -> Any:
        """Where the trade's columns are."""
        return order


class Beside:
    """The other shape."""

    order: Any = BareOrder

    def make(self, trade: dict[str, Any], lines: list[dict[str, Any]], **common: Any) -> Any:
        """An order with its lines and the trade's half, not yet saved."""
        service, parts = Service(**{**HALF, **trade}), [BareLine(**{**LINE, **line}) for line in lines]
        return BareOrder(**{**COMMON, **common}, trade="dining", service=service, lines=parts)

    def half(self, order: Any) -> Any:
        """Where the trade's columns are."""
        return order.service


def _constants(model: Any) -> dict[str, Any]:
    return {column.name: column.default.arg for column in model.__table__.c if column.default is not None and column.default.is_scalar}


COMMON, HALF, LINE = _constants(Order), _constants(DiningOrder), {**_constants(OrderLine), "details": {}}


class World:
    """Merchants with a shop, one customer, and how many orders were made."""

    def __init__(self) -> None:
        """Open the shops."""
        moment = datetime.now(UTC)
        with transaction(system("bench")):
            customer: Customer = customer_of_openid("bench", now=moment)
            self.customer, self.count = customer.id, 0
            self.shops: list[tuple[int, int]] = []
            for number in range(MERCHANTS):
                merchant = open_merchant(f"bench {number}", contact_name="", contact_phone="", actor=system("bench"), now=moment)
                shop = save(Shop(merchant_id=merchant.id, name=merchant.name, hours=[], services=[], latitude=30.0, longitude=104.0, address="", cuisine=""))
                self.shops.append((merchant.id, shop.id))

    def next(self) -> tuple[int, int, int]:
        """The number of an order, its merchant, its shop."""
        self.count += 1
        return (self.count, *self.shops[self.count % MERCHANTS])


def place(world: World, shape: Any) -> tuple[int, int]:
    """A saved order of three lines; its id and its merchant's."""
    number, merchant, shop = world.next()
    moment = datetime.now(UTC)
    owners = {"merchant_id": merchant, "customer_id": world.customer}
    lines = [
        {**owners, "seq": seq, "title": "鲜虾粥", "price": 1800, "quantity": seq, "amount": 1800 * seq, "payable": 1800 * seq} for seq in (1, 2, 3)
    ]
    with transaction(system("bench")):
        made = shape.make(
            {"shop_id": shop, "service": "pickup", "code": "123456"}, lines, **owners, number=f"B{number}", status="unpaid", goods=10_800,
            payable=10_800, placed_at=moment, pay_by=moment + timedelta(minutes=15),
        )
        return int(save(made).id), merchant


def serve(shape: Any, key: int, merchant: int) -> None:
    """Three moves, a transaction each, in the owner's scope: lock, the status in one half, a moment in the other."""
    for status, stamp in STEPS:
        with transaction(_owner(merchant)) as session:
            order = session.scalars(select(shape.order).where(shape.order.id == key).with_for_update()).one()
            set_committed_value(order, "status", status)  # past the guard of the flow, which the second mapping has not
            flag_modified(order, "status")
            setattr(shape.half(order), stamp, datetime.now(UTC))


def _owner(merchant: int) -> Actor:
    return Actor("member", 1, "owner", frozenset({"Owner"}), Scope("merchant", merchant))


def orders_a_second(world: World, shape: Any) -> float:
    """Orders placed and served, a second."""
    return _rate(lambda: serve(shape, *place(world, shape)))


def pages_a_second(world: World, shape: Any) -> float:
    """Lists of the newest 25 orders of a merchant that read both halves, a second. The orders are the shape's own."""
    model = shape.order

    def page() -> None:
        _number, merchant, _shop = world.next()
        with transaction(_owner(merchant)) as session:
            found = session.scalars(select(model).where(model.merchant_id == merchant).order_by(model.id.desc()).limit(25)).all()
            if len(found) != 25 or not all(order.number and shape.half(order).code for order in found):
                raise RuntimeError(f"{len(found)} orders")

    return _rate(page)


def records_a_second(world: World, shape: Any, keys: dict[Any, list[tuple[int, int]]]) -> float:
    """Orders opened by key with their lines, a second."""
    model, known = shape.order, keys[type(shape)]

    def record() -> None:
        key, merchant = known[world.next()[0] % len(known)]
        with transaction(_owner(merchant)) as session:
            order = session.scalars(select(model).where(model.id == key).options(joinedload(model.lines))).unique().one()
            if len(order.lines) != 3 or not shape.half(order).code:
                raise RuntimeError(str(key))

    return _rate(record)


def _rate(work: Callable[[], None]) -> float:
    began, done = time.monotonic(), 0
    while time.monotonic() < began + SECONDS:
        work()
        db.session.expunge_all()
        done += 1
    return done / (time.monotonic() - began)


def main() -> int:
    """Measure in turn, print three lines; 1 when a shape left orders without their half."""
    shapes = {"joined": Joined(), "beside": Beside()}
    with durable_application() as app, app.app_context():
        engine = create_engine(app.config["MIGRATION_URL"])
        with engine.begin() as connection:
            connection.connection.cursor().execute(BESIDE.format(role=make_url(app.config["SQLALCHEMY_DATABASE_URI"]).username))
        world = World()
        keys = {type(shape): [place(world, shape) for _ in range(40 * MERCHANTS)] for shape in shapes.values()}
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        works: tuple[tuple[str, str, Callable[..., float]], ...] = (
            ("list 25 of a merchant", "pages/s", pages_a_second), ("open one by key", "orders/s", partial(records_a_second, keys=keys)),
            ("place, accept, ready, complete", "orders/s", orders_a_second),
        )
        results = [(name, unit, in_turn(ROUNDS, **{each: partial(work, world, shape) for each, shape in shapes.items()})) for name, unit, work in works]
        correct = _whole()
        engine.dispose()
    for name, unit, median in results:
        print(Result(f"order by inheritance against a table beside: {name}", median["joined"], median["beside"], unit, 0.9, correct, peak_memory_mib()).line())
    return int(not correct)


def _whole() -> bool:
    """Every order has just one half and three lines."""
    with transaction(system("bench")) as session:
        orders, halves, lines = (session.scalar(select(func.count()).select_from(table)) or 0 for table in (Order.__table__, HALVES, OrderLine.__table__))
    return orders == halves and lines == 3 * orders


HALVES = text("(SELECT id FROM dining_order UNION ALL SELECT id FROM bench_service) AS halves")

if __name__ == "__main__":
    sys.exit(main())
