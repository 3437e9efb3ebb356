"""Orders in the global search: by number, by its last four digits, or by the last four of the customer's phone."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.find import Hit
from app.framework.console.links import order_link, order_view_hides
from app.framework.console.prefix import begins_with
from app.kernel.orders.models import Order
from app.kernel.parties.queries import customers_with_phone_tail

HITS = 6


def find_orders(words: str, actor: Actor) -> list[Hit]:
    """The newest orders that fit, in the reader's scope; nothing for words that are no number."""
    number = words.strip().upper()
    if len(number) < 4 or not number.isalnum() or not number.isascii():
        return []
    found = {row.id: row for condition in _conditions(number) for row in db.session.execute(_newest(condition))}
    hits = []
    for row in sorted(found.values(), key=lambda row: -row.id)[:HITS]:
        link = order_link(row.trade, row.id)
        if link:
            told = {"customer_name": row.customer_name, "payable": yuan(row.payable)}
            note = " ".join(words for name, words in told.items() if not order_view_hides(row.trade, name, actor.roles))
            hits.append(Hit(row.number, link, _l("订单"), note))
    return hits


def _conditions(number: str) -> list[ColumnElement[bool]]:
    """One condition for each index: a search over all of them at once would use none."""
    conditions: list[ColumnElement[bool]] = [begins_with(Order.number, number)]
    if len(number) == 4:
        conditions.append(Order.number_tail == number)
    if len(number) == 4 and number.isdecimal():
        customers = customers_with_phone_tail(number)
        conditions += [Order.customer_id.in_(customers)] if customers else []
    return conditions


def _newest(condition: ColumnElement[bool]) -> Select[Any]:
    columns = (Order.id, Order.trade, Order.number, Order.payable, Order.customer_name)
    rows = select(*columns).where(condition).limit(500).subquery()  # sorted afterwards, so that no index in order of age is walked to its end
    return select(rows).order_by(rows.c.id.desc()).limit(HITS)
