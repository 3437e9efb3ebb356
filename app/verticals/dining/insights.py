"""What a restaurant's orders tell beside what every trade's tell: what each dish sold and earned, and how people eat. Only completed orders count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from app.kernel.insights.queries import IN_SPAN, Asked, rows
from app.verticals.dining.advice import Sales

_DISHES = text(f"""
    SELECT (line.details ->> 'dish')::bigint AS dish_id, max(line.title) AS name,
           sum(CASE WHEN line.refunded < line.payable OR line.payable = 0 THEN line.quantity ELSE 0 END)::bigint AS portions,
           sum(line.payable + line.subsidy - line.refunded - line.subsidy_returned)::bigint AS revenue,
           COALESCE(sum(fee.amount), 0)::bigint AS fees,
           CASE WHEN count(*) FILTER (WHERE size.cost IS NULL) = 0
                THEN sum(CASE WHEN line.refunded < line.payable OR line.payable = 0 THEN size.cost * line.quantity ELSE 0 END)::bigint END AS cost
    FROM order_order AS o
    JOIN order_line AS line ON line.order_id = o.id AND line.kind = 'goods'
    LEFT JOIN dining_size AS size ON size.id = line.subject_id
    LEFT JOIN LATERAL (SELECT sum(amount + adjusted - returned) AS amount FROM fee_line WHERE order_line_id = line.id) AS fee ON true
    WHERE {IN_SPAN} GROUP BY 1 ORDER BY portions DESC, name
""")
_SERVICES = text(
    f"SELECT d.service, count(*) AS orders, sum(o.paid + o.platform_discount - o.refunded)::bigint AS revenue"
    f" FROM order_order AS o JOIN dining_order AS d ON d.id = o.id WHERE {IN_SPAN} GROUP BY 1 ORDER BY 2 DESC"
)


def dishes_sold(asked: Asked) -> list[Sales]:
    """What each dish sold, most portions first. A line that was given back whole counts no portion."""
    return [Sales(row.dish_id, row.name, row.portions, row.revenue, row.fees, row.cost) for row in rows(_DISHES, asked)]


def by_service(asked: Asked) -> Sequence[Row[Any]]:
    """service, orders, revenue; the most used first."""
    return rows(_SERVICES, asked)
