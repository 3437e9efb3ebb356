"""Numbers that people type into the ledger's search: packages above register how theirs lead to orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import select

from app.extensions import db
from app.kernel.ledger.models import LedgerTransaction

Lookup = Callable[[str], list[int]]
Namer = Callable[[Iterable[int]], dict[int, str]]
MOST = 50

_lookups: list[Lookup] = []
_namers: list[Namer] = []


def register(lookup: Lookup) -> None:
    """From here on the search also asks `lookup(number)` for the ids of orders."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def name_orders(namer: Namer) -> None:
    """From here on `namer(ids)` says the numbers by which people know orders."""
    if namer not in _namers:
        _namers.append(namer)


def order_numbers(orders: Iterable[int | None]) -> dict[int, str]:
    """Id of an order → its number, for those that somebody knows."""
    wanted = {order for order in orders if order is not None}
    return {key: number for namer in _namers for key, number in namer(wanted).items()} if wanted else {}


def transactions_about(number: str) -> list[LedgerTransaction]:
    """The transactions of a payment, refund, or payout number, and of the orders that the number leads to; oldest first."""
    own = list(db.session.scalars(select(LedgerTransaction).where(LedgerTransaction.key == number).limit(MOST)))
    orders = {each.order_id for each in own if each.order_id} | {order for lookup in _lookups for order in lookup(number)}
    related = db.session.scalars(select(LedgerTransaction).where(LedgerTransaction.order_id.in_(orders)).order_by(LedgerTransaction.id).limit(MOST))
    return sorted({each.id: each for each in [*own, *related]}.values(), key=lambda each: each.id)
