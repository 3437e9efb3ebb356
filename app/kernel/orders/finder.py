"""Orders in the global search: by number, by the last digits of it, or by the ticket a kitchen calls out."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.find import Hit
from app.framework.console.links import order_link
from app.kernel.orders.models import Order

HITS = 6


def find_orders(words: str, actor: Actor) -> list[Hit]:
    """The newest orders whose number begins with the words, in the reader's scope; nothing for words that are no number."""
    number = words.strip().upper()
    if len(number) < 4 or not number.isalnum() or not number.isascii():
        return []
    statement = (
        select(Order.id, Order.trade, Order.number, Order.payable, Order.customer_name)
        .where(Order.number.like(f"{number}%")).order_by(Order.number.desc()).limit(HITS)
    )
    hits = []
    for row in db.session.execute(statement):
        link = order_link(row.trade, row.id)
        if link:
            hits.append(Hit(row.number, link, _l("订单"), f"{row.customer_name} {yuan(row.payable)}"))
    return hits
