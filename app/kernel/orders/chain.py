"""The order in the ledger's chain: which one an entry is about, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.money import yuan
from app.extensions import db
from app.framework.console.columns import Lead
from app.framework.console.links import order_link, trade_title
from app.framework.console.page import may
from app.kernel.ledger.chain import Step
from app.kernel.ledger.models import LedgerEntry
from app.kernel.ledger.views import LedgerPage
from app.kernel.orders.models import Order


def explain_order(entry: LedgerEntry) -> Iterator[Step]:
    """The order of the entry's transaction."""
    fact = entry.transaction
    order = db.session.get(Order, fact.order_id) if fact.order_id else None
    if order is not None:
        note = _("%(trade)s，实付 %(paid)s，已退 %(refunded)s", trade=trade_title(order.trade), paid=yuan(order.paid), refunded=yuan(order.refunded))
        yield Step(20, _l("订单"), order.number, note, order_link(order.trade, order.id))


def ledger_of_order(order: Order) -> Iterator[Lead]:
    """All transactions of the order, for who reads the ledger."""
    if may(LedgerPage, "index"):
        yield Lead(LedgerPage.title, _("全部交易"), url_for("LedgerPage.index", q=f"order:{order.id}"))


def numbers_of_orders(orders: Iterable[int]) -> dict[int, str]:
    """Id → number, for the ledger's tables."""
    return dict(db.session.execute(select(Order.id, Order.number).where(Order.id.in_(orders))).tuples().all())


def orders_numbered_inside(number: str) -> list[int]:
    """The order of `order:17`: how the ledger's pages name all transactions of one order."""
    word, _colon, key = number.partition(":")
    return [int(key)] if word == "order" and key.isdecimal() and key.isascii() and len(key) < 19 else []
