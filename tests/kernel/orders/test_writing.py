"""An order is written by one statement, and things that are counted are taken by one more."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import transaction
from app.kernel.commission.models import FeeLine
from app.kernel.orders.models import Order, OrderLine
from app.kernel.orders.writing import _written
from app.verticals.groupbuy.models import Goods, GroupbuyOrder
from tests.support.people import SETUP, Shopper
from tests.verticals.dining.world import restaurant
from tests.verticals.groupbuy.world import together, town


def stocks(app: Flask, *keys: int) -> list[tuple[int | None, int, int]]:
    """Stock, what orders took since it was counted, and what was ever sold."""
    with app.app_context(), transaction(SETUP) as session:
        return [(each.stock, each.taken, each.sold) for each in (session.get_one(Goods, key) for key in keys)]


def count(app: Flask, *models: Any) -> list[int]:
    """Rows of each table."""
    with app.app_context(), transaction(SETUP) as session:
        return [session.query(model).count() for model in models]


def test_order_half_lines_and_fees_are_one_statement(app: Flask) -> None:
    place, shopper = town(app), Shopper(app)
    body = place.basket(("蓝莓", 2), ("土豆", 1), expected=2_800)
    written: Counter[str] = Counter()

    def seen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        written.update(name for name in ("order_order", "groupbuy_order", "order_line", "fee_line") if f"INSERT INTO {name} " in statement)
        written["statements"] += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", seen)
    answer = shopper.post("/groupbuy/orders", body)
    event.remove(engine, "before_cursor_execute", seen)
    assert answer.status_code == 201, answer.json
    assert {name: written[name] for name in ("order_order", "groupbuy_order", "order_line", "fee_line")} == {
        "order_order": 1, "groupbuy_order": 1, "order_line": 1, "fee_line": 1,
    }
    assert written["statements"] == 14
    with app.app_context(), transaction(SETUP) as session:
        order = session.get_one(GroupbuyOrder, answer.json["id"])
        fees = session.scalars(select(FeeLine).where(FeeLine.order_id == order.id).order_by(FeeLine.id)).all()
        lines = {line.id: line.seq for line in order.lines}
        assert (order.number, order.number_tail) == (answer.json["number"], answer.json["number"][-4:])
        assert (order.status, order.version, order.paid, order.refunded, order.code_tries, order.round_id) == ("unpaid", 1, 0, 0, 0, None)
        assert [(line.seq, line.title, line.quantity, line.payable) for line in order.lines] == [(1, "蓝莓", 2, 2_500), (2, "土豆", 1, 300)]
        assert sorted({(lines[fee.order_line_id], fee.order_number) for fee in fees}) == [(1, order.number), (2, order.number)]
        assert order.commission == sum(fee.amount for fee in fees if fee.payee == "platform") > 0


def test_numbers_go_on_after_six_digits(app: Flask, as_superuser: Session) -> None:
    place, shopper = restaurant(app), Shopper(app)
    for sequence in (41, 999_999, 1_234_567):
        as_superuser.execute(text("SELECT setval('order_number', :at, false)"), {"at": sequence})
        as_superuser.commit()
        made = place.place(shopper, ("鲜虾粥", 1))
        with app.app_context(), transaction(SETUP) as session:
            order = session.get_one(Order, made["id"])
            assert order.number == made["number"] == order_number("D", sequence, order.placed_at)


def test_every_trade_is_written_in_full() -> None:
    """A column that such a statement would write wrongly stops the suite, not a customer."""
    halves = [mapper.local_table for mapper in Order.__mapper__.self_and_descendants]
    assert len(halves) >= 5
    for table in (*halves, OrderLine.__table__, FeeLine.__table__):
        given = {column.name for column in _written(table)}
        missing = {column.name for column in table.c if column.name not in given and column.computed is None}
        assert missing <= {"id", "number", "order_id", "order_number", "order_line_id"}


def test_a_refused_order_takes_nothing(app: Flask) -> None:
    place, shopper = town(app), Shopper(app)
    berries, potatoes = place.goods["蓝莓"], place.goods["土豆"]
    with app.app_context(), transaction(SETUP) as session:
        session.get_one(Goods, berries).stock, session.get_one(Goods, potatoes).stock = 5, 1
    answer = shopper.post("/groupbuy/orders", place.basket(("蓝莓", 2), ("土豆", 2), expected=3_100))
    assert (answer.status_code, answer.json["code"]) == (409, "groupbuy.sold_out")
    assert stocks(app, berries, potatoes) == [(5, 0, 0), (1, 0, 0)]
    assert count(app, Order, OrderLine, FeeLine) == [0, 0, 0]


@pytest.mark.parametrize("turned", [False, True])
def test_baskets_of_the_same_things_never_wait_in_a_circle(app: Flask, turned: bool) -> None:
    """Forty orders name two goods in this order and in the other; nine of the scarcer one are there, and it is not sold a tenth time."""
    place = town(app)
    shoppers = [Shopper(app, f"resident-{number}") for number in range(40)]
    berries, potatoes = place.goods["蓝莓"], place.goods["土豆"]
    with app.app_context(), transaction(SETUP) as session:
        session.get_one(Goods, berries).stock, session.get_one(Goods, potatoes).stock = (9, 100) if turned else (100, 9)

    def buy(number: int) -> int:
        wishes = (("蓝莓", 1), ("土豆", 1)) if number % 2 else (("土豆", 1), ("蓝莓", 1))
        return shoppers[number].post("/groupbuy/orders", place.basket(*wishes, expected=1_550)).status_code

    assert Counter(together(40, buy)) == {201: 9, 409: 31}
    assert stocks(app, berries, potatoes) == ([(0, 9, 9), (91, 9, 9)] if turned else [(91, 9, 9), (0, 9, 9)])
    assert count(app, Order, OrderLine) == [9, 18]
