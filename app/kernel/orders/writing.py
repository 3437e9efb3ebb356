"""A placed order is written by one statement: its row, the trade's half, its lines, and their frozen fees.

The unit of work would send one statement for each table and one more for what the fees come to, each a round trip made of hundreds of calls. Nothing
is written as often as an order (docs/decisions/0015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, TextClause, TypeDecorator, inspect, text

from app.core.identifiers import number_prefix
from app.extensions import db
from app.framework.database import adopt
from app.framework.json_coding import encode
from app.kernel.commission.models import FeeLine
from app.kernel.commission.operations import Fee
from app.kernel.orders.models import Order, OrderLine

ORDER, LINE, FEE = Order.__table__, OrderLine.__table__, FeeLine.__table__
PUT_BY_THE_STATEMENT = {"id", "order_id", "order_number", "order_line_id"}
_PLACE = """
    WITH next AS (SELECT nextval('order_number')::text AS digits), placed AS (
        INSERT INTO {order} (number, {of_order})
        SELECT :prefix || lpad(digits, greatest(length(digits), 6), '0'), {of_order} FROM next, jsonb_populate_record(NULL::{order}, CAST(:order AS jsonb))
        RETURNING id, number
    ), half AS (
        INSERT INTO {half} (id, {of_half})
        SELECT placed.id, {given_half} FROM placed, jsonb_populate_record(NULL::{half}, CAST(:order AS jsonb)) AS given
    ), line AS (
        INSERT INTO {line} (order_id, {of_line})
        SELECT placed.id, {given_line} FROM placed, jsonb_populate_recordset(NULL::{line}, CAST(:lines AS jsonb)) AS given ORDER BY given.seq
        RETURNING id, seq
    ), fee AS (
        INSERT INTO {fee} (order_id, order_number, order_line_id, {of_fee})
        SELECT placed.id, placed.number, line.id, {given_fee}
        FROM placed, jsonb_populate_recordset(NULL::{fee}, CAST(:fees AS jsonb)) AS given JOIN line ON line.seq = given.order_line_id
    )
    SELECT placed.id, placed.number, (SELECT array_agg(line.id ORDER BY line.seq) FROM line) AS line_ids FROM placed
"""


def write_order(order: Order, lines: Sequence[OrderLine], fees: Sequence[Fee], *, prefix: str, now: datetime) -> None:
    """The order with its lines (whose `seq` counts from 1) and their fees stands in the database and belongs to the session; its number is the next one
    behind `prefix` and the day. The caller made the records and added none of them."""
    half = inspect(type(order)).local_table
    of_order = {**_values(order, ORDER), **_values(order, half)}
    of_lines = [_values(line, LINE) for line in lines]
    of_fees = [
        {**asdict(fee), "order_line_id": lines[fee.place].seq, "trade": order.trade, "adjusted": 0, "returned": 0, "frozen_at": now} for fee in fees
    ]
    db.session.flush()
    row = db.session.execute(_statement(half), {
        "prefix": number_prefix(prefix, now), "order": encode(of_order), "lines": encode(of_lines), "fees": encode(of_fees),
    }).one()
    order.id, order.number, order.lines = row.id, row.number, list(lines)
    for line, key in zip(lines, row.line_ids, strict=True):
        line.id, line.order_id = key, order.id
    adopt([order, *lines])


def _values(record: Any, table: Table) -> dict[str, Any]:
    """What the record says for each column of the table that we write, defaults included; they are set on the record too."""
    found = {}
    for column in _written(table):
        if column.key not in record.__dict__:
            setattr(record, column.key, _default(column))
        found[column.name] = record.__dict__[column.key]
    return found


def _default(column: Column[Any]) -> Any:
    if column.default is None:
        return None
    given: Any = column.default.arg  # type: ignore[attr-defined]
    return given(None) if column.default.is_callable else given


@cache
def _written(table: Table) -> tuple[Column[Any], ...]:
    """Columns that have their value from the records: not keys and numbers, which the statement gives, or what the database makes."""
    given = PUT_BY_THE_STATEMENT | ({"number"} if table is ORDER else set())
    ours = tuple(column for column in table.c if column.name not in given and column.computed is None)
    strange = [str(column) for column in ours if isinstance(column.type, TypeDecorator)]
    if strange:
        raise TypeError(f"written as JSON, these would lose what their type does: {strange}")
    return ours


@cache
def _statement(half: Table) -> TextClause:
    tables = {"order": ORDER, "half": half, "line": LINE, "fee": FEE}
    columns = {name: [column.name for column in _written(table)] for name, table in tables.items()}
    return text(_PLACE.format(
        **{name: table.name for name, table in tables.items()},
        **{f"of_{name}": ", ".join(f'"{column}"' for column in found) for name, found in columns.items()},
        **{f"given_{name}": ", ".join(f'given."{column}"' for column in found) for name, found in columns.items()},
    ))


__all__ = ["write_order"]
