"""What group buying brings: sales by day, margin by good, leaders' league, refunds. Money in fen, days of Shanghai. Everything that was paid counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db

_IN_SPAN = "o.trade = 'groupbuy' AND o.paid > 0 AND o.placed_at >= :begins AND o.placed_at < :ends"

_FIGURES = text(f"""
    SELECT count(*) AS orders, COALESCE(sum(o.paid), 0)::bigint AS paid, COALESCE(sum(o.refunded), 0)::bigint AS refunded,
           count(DISTINCT o.customer_id) AS people,
           COALESCE(sum((SELECT sum(amount - returned) FROM fee_line WHERE order_id = o.id AND kind = 'margin')), 0)::bigint AS margin,
           COALESCE(sum((SELECT sum(amount - returned) FROM fee_line WHERE order_id = o.id AND kind = 'leader_commission')), 0)::bigint AS commission,
           COALESCE(sum(o.platform_discount - (SELECT COALESCE(sum(subsidy_returned), 0) FROM order_line WHERE order_id = o.id)), 0)::bigint AS subsidy
    FROM order_order AS o WHERE {_IN_SPAN}
""")
_DAYS = text(f"""
    SELECT (o.placed_at AT TIME ZONE 'Asia/Shanghai')::date AS day, sum(o.paid)::bigint AS paid, sum(o.refunded)::bigint AS refunded
    FROM order_order AS o WHERE {_IN_SPAN} GROUP BY 1 ORDER BY 1
""")
_GOODS = text(f"""
    SELECT line.subject_id AS goods_id, max(line.title) AS title, sum(line.quantity)::bigint AS pieces,
           sum(line.payable + line.subsidy - line.refunded - line.subsidy_returned)::bigint AS sales, sum(line.refunded)::bigint AS refunded,
           COALESCE(sum(fee.margin), 0)::bigint AS margin, COALESCE(sum(fee.commission), 0)::bigint AS commission,
           sum(COALESCE((line.details ->> 'short')::int, 0))::bigint AS short
    FROM order_order AS o JOIN order_line AS line ON line.order_id = o.id
    LEFT JOIN LATERAL (
        SELECT sum(amount - returned) FILTER (WHERE kind = 'margin') AS margin,
               sum(amount - returned) FILTER (WHERE kind = 'leader_commission') AS commission
        FROM fee_line WHERE order_line_id = line.id
    ) AS fee ON true
    WHERE {_IN_SPAN} GROUP BY 1 ORDER BY sales DESC, 1 LIMIT :most
""")
_LEAGUE = text(f"""
    SELECT leader.id, leader.name, leader.level, count(*) AS orders, sum(o.paid - o.refunded)::bigint AS sales, count(DISTINCT o.customer_id) AS people,
           COALESCE(sum((SELECT sum(amount - returned) FROM fee_line WHERE order_id = o.id AND kind = 'leader_commission')), 0)::bigint AS commission
    FROM order_order AS o JOIN groupbuy_order AS mine ON mine.id = o.id JOIN groupbuy_leader AS leader ON leader.id = mine.leader_id
    WHERE {_IN_SPAN} GROUP BY 1, 2, 3 ORDER BY sales DESC, 1 LIMIT :most
""")


def figures(begins: datetime, ends: datetime) -> Row[Any]:
    """orders, paid, refunded, people, margin and commission net of refunds, and what the platform added."""
    return db.session.execute(_FIGURES, {"begins": begins, "ends": ends}).one()


def by_day(begins: datetime, ends: datetime) -> dict[date, tuple[int, int]]:
    """Day → (paid, refunded)."""
    return {row.day: (row.paid, row.refunded) for row in db.session.execute(_DAYS, {"begins": begins, "ends": ends})}


def by_goods(begins: datetime, ends: datetime, *, most: int = 200) -> Sequence[Row[Any]]:
    """Each good: pieces, sales, refunded, margin, commission, pieces that did not come; what sells most first."""
    return db.session.execute(_GOODS, {"begins": begins, "ends": ends, "most": most}).all()


def league(begins: datetime, ends: datetime, *, most: int = 50) -> Sequence[Row[Any]]:
    """Each leader: level, orders, sales, people, commission; who sells most first."""
    return db.session.execute(_LEAGUE, {"begins": begins, "ends": ends, "most": most}).all()
