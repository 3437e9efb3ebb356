"""Pieces of things that are counted: orders take them and give them back, of many things in one statement.

Rows are locked in key order, so that two baskets with the same things never wait for each other in a circle; what a row that was waited for has left
is looked at afresh. Nothing falls below zero, whoever buys at the same instant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import TextClause, text

from app.core.clock import now
from app.extensions import db
from app.kernel.orders.models import Order

_MOVE = """
    WITH wanted AS (SELECT * FROM unnest(CAST(:keys AS bigint[]), CAST(:pieces AS bigint[])) AS each (id, pieces)), held AS (
        SELECT {table}.id FROM {table} JOIN wanted USING (id) ORDER BY {table}.id FOR NO KEY UPDATE OF {table}
    )
    UPDATE {table} SET stock = stock - pieces, {counted}, updated_at = :now
    FROM held JOIN wanted USING (id) WHERE {table}.id = held.id AND {condition} RETURNING {table}.id
"""


@dataclass(frozen=True)
class Counted:
    """A table of things with a `stock` of pieces, None for unlimited. `counters` grow by what orders take and shrink by what they give back; `on_sale` is
    the SQL condition under which orders may take. Runs elevated."""

    table: str
    counters: tuple[str, ...]
    on_sale: str

    def take(self, quantities: Mapping[int, int]) -> Collection[int]:
        """Take pieces (key → how many). The keys of what is not for sale in that number come back: then the caller refuses the whole order."""
        return set(quantities) - self._move(self._take, quantities)

    def give_back(self, quantities: Mapping[int, int]) -> None:
        """Pieces that an order had taken are there again."""
        self._move(self._give_back, {key: -pieces for key, pieces in quantities.items()})

    def _move(self, statement: TextClause, quantities: Mapping[int, int]) -> set[int]:
        if not quantities:
            return set()
        values = {"keys": list(quantities), "pieces": list(quantities.values()), "now": now()}
        return set(db.session.execute(statement, values).scalars())

    @cached_property
    def _take(self) -> TextClause:
        return self._statement(f"{self.on_sale} AND (stock IS NULL OR stock >= pieces)")

    @cached_property
    def _give_back(self) -> TextClause:
        return self._statement("true")

    def _statement(self, condition: str) -> TextClause:
        counted = ", ".join(f"{name} = {name} + pieces" for name in self.counters)
        return text(_MOVE.format(table=self.table, counted=counted, condition=condition))


def pieces_of(order: Order) -> dict[int, int]:
    """What the goods of an order have taken: the thing's key → pieces."""
    quantities: dict[int, int] = {}
    for line in order.lines:
        if line.kind == "goods" and line.subject_id:
            quantities[line.subject_id] = quantities.get(line.subject_id, 0) + line.quantity
    return quantities
