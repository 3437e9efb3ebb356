"""Reads of a merchant's customers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, text

from app.extensions import db
from app.kernel.audience.models import Patron, Segment

_RESULT = text("""
    SELECT count(d.message_id) AS reached, count(m.read_at) AS read, count(DISTINCT o.customer_id) AS bought, COALESCE(sum(o.paid), 0)::bigint AS paid
    FROM audience_delivery AS d
    JOIN inbox_message AS m ON m.id = d.message_id
    LEFT JOIN order_order AS o ON o.customer_id = d.customer_id AND o.merchant_id = d.merchant_id AND o.paid > 0
         AND o.placed_at >= d.at AND o.placed_at < d.at + interval '7 days'
    WHERE d.broadcast_id = :broadcast
""")


def patrons_in(segment: Segment, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions that say who is in the segment at `now`."""
    found = [Patron.merchant_id == segment.merchant_id, Patron.orders >= segment.least_orders, Patron.spent >= segment.least_spent]
    if segment.most_orders is not None:
        found.append(Patron.orders <= segment.most_orders)
    if segment.within_days:
        found.append(Patron.last_at >= now - timedelta(days=segment.within_days))
    if segment.silent_days:
        found.append(Patron.last_at < now - timedelta(days=segment.silent_days))
    if segment.tag:
        found.append(Patron.tags.contains([segment.tag]))
    return found


def size_of(segment: Segment, now: datetime) -> int:
    """How many are in the segment."""
    return int(db.session.execute(select(func.count()).select_from(Patron).where(*patrons_in(segment, now))).scalar_one())


def segments_named(merchant_id: int) -> list[tuple[int, str]]:
    """The merchant's segments for a choice, by name."""
    rows = db.session.execute(select(Segment.id, Segment.name).where(Segment.merchant_id == merchant_id).order_by(Segment.name))
    return [(row.id, row.name) for row in rows]


def result_of(broadcast_id: int) -> Row[Any]:
    """reached, read; and of those it reached, how many bought in the seven days after, for how much (fen)."""
    return db.session.execute(_RESULT, {"broadcast": broadcast_id}).one()
