"""What a restaurant's orders tell: figures, best sellers, hours, who comes back, cohorts, and what each dish earns. Only completed orders count.

Money is what customers paid and the platform's coupons added, less what went back, in fen; days and hours are of Shanghai.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db
from app.verticals.dining.advice import Sales

_DONE = "o.trade = 'dining' AND o.merchant_id = :merchant AND o.completed_at IS NOT NULL"
_IN_SPAN = f"{_DONE} AND o.placed_at >= :begins AND o.placed_at < :ends"
_LOCAL = "(o.placed_at AT TIME ZONE 'Asia/Shanghai')"

_FIGURES = text(f"""
    WITH done AS (SELECT o.* FROM order_order AS o WHERE {_IN_SPAN}),
    people AS (
        SELECT done.customer_id, EXISTS (
            SELECT 1 FROM order_order AS o WHERE {_DONE} AND o.customer_id = done.customer_id AND o.placed_at < min(done.placed_at)
        ) OR count(*) > 1 AS again
        FROM done GROUP BY done.customer_id
    )
    SELECT (SELECT count(*) FROM done) AS orders, (SELECT COALESCE(sum(paid + platform_discount - refunded), 0)::bigint FROM done) AS revenue,
           (SELECT COALESCE(sum(refunded), 0)::bigint FROM done) AS refunded, (SELECT COALESCE(sum(paid), 0)::bigint FROM done) AS paid,
           count(*) AS customers, count(*) FILTER (WHERE again) AS again
    FROM people
""")
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
    LEFT JOIN LATERAL (SELECT sum(amount - returned) AS amount FROM fee_line WHERE order_line_id = line.id) AS fee ON true
    WHERE {_IN_SPAN} GROUP BY 1 ORDER BY portions DESC, name
""")
_HOURS = text(f"SELECT extract(hour FROM {_LOCAL})::int AS at, count(*) AS orders FROM order_order AS o WHERE {_IN_SPAN} GROUP BY 1")
_WEEKDAYS = text(f"SELECT extract(isodow FROM {_LOCAL})::int AS at, count(*) AS orders FROM order_order AS o WHERE {_IN_SPAN} GROUP BY 1")
_SERVICES = text(
    f"SELECT d.service, count(*) AS orders, sum(o.paid + o.platform_discount - o.refunded)::bigint AS revenue"
    f" FROM order_order AS o JOIN dining_order AS d ON d.id = o.id WHERE {_IN_SPAN} GROUP BY 1 ORDER BY 2 DESC"
)
_COMERS = text(f"""
    WITH first AS (SELECT o.customer_id, min(o.placed_at) AS at FROM order_order AS o WHERE {_DONE} GROUP BY 1)
    SELECT date_trunc('week', {_LOCAL})::date AS week, count(DISTINCT o.customer_id) FILTER (WHERE o.placed_at = first.at) AS fresh,
           count(DISTINCT o.customer_id) FILTER (WHERE o.placed_at > first.at) AS again
    FROM order_order AS o JOIN first ON first.customer_id = o.customer_id WHERE {_IN_SPAN} GROUP BY 1 ORDER BY 1
""")
_PORTRAIT = text(f"""
    WITH people AS (
        SELECT o.customer_id, count(*) AS orders, sum(o.paid + o.platform_discount - o.refunded) AS spent, max(o.placed_at) AS last
        FROM order_order AS o WHERE {_DONE} AND o.placed_at < :ends GROUP BY 1
    )
    SELECT CASE WHEN orders = 1 THEN 0 WHEN orders < 4 THEN 1 WHEN orders < 10 THEN 2 ELSE 3 END AS often,
           CASE WHEN last >= CAST(:ends AS timestamptz) - interval '7 days' THEN 0 WHEN last >= CAST(:ends AS timestamptz) - interval '30 days' THEN 1
                WHEN last >= CAST(:ends AS timestamptz) - interval '90 days' THEN 2 ELSE 3 END AS lately,
           count(*) AS people, sum(spent)::bigint AS spent
    FROM people GROUP BY 1, 2
""")
_COHORTS = text(f"""
    WITH done AS (SELECT o.customer_id, date_trunc('month', {_LOCAL}) AS month FROM order_order AS o WHERE {_DONE} AND o.placed_at < :ends),
    first AS (SELECT customer_id, min(month) AS month FROM done GROUP BY 1)
    SELECT first.month::date AS cohort,
           (extract(year FROM age(done.month, first.month)) * 12 + extract(month FROM age(done.month, first.month)))::int AS later,
           count(DISTINCT done.customer_id) AS people
    FROM done JOIN first ON first.customer_id = done.customer_id
    WHERE first.month >= date_trunc('month', CAST(:ends AS timestamptz) AT TIME ZONE 'Asia/Shanghai') - interval '5 months'
    GROUP BY 1, 2 ORDER BY 1, 2
""")


def figures(merchant_id: int, begins: datetime, ends: datetime) -> Row[Any]:
    """orders, revenue, refunded, paid, customers, and how many of them had come before or came twice (`again`)."""
    return _one(_FIGURES, merchant_id, begins, ends)


def dishes_sold(merchant_id: int, begins: datetime, ends: datetime) -> list[Sales]:
    """What each dish sold, most portions first. A line that was given back whole counts no portion."""
    return [Sales(row.dish_id, row.name, row.portions, row.revenue, row.fees, row.cost) for row in _all(_DISHES, merchant_id, begins, ends)]


def by_hour(merchant_id: int, begins: datetime, ends: datetime) -> list[int]:
    """Orders of each hour of the day, 0 to 23."""
    found = {row.at: row.orders for row in _all(_HOURS, merchant_id, begins, ends)}
    return [found.get(hour, 0) for hour in range(24)]


def by_weekday(merchant_id: int, begins: datetime, ends: datetime) -> list[int]:
    """Orders of each day of the week, Monday first."""
    found = {row.at: row.orders for row in _all(_WEEKDAYS, merchant_id, begins, ends)}
    return [found.get(day, 0) for day in range(1, 8)]


def by_service(merchant_id: int, begins: datetime, ends: datetime) -> Sequence[Row[Any]]:
    """service, orders, revenue; the most used first."""
    return _all(_SERVICES, merchant_id, begins, ends)


def comers(merchant_id: int, begins: datetime, ends: datetime) -> Sequence[Row[Any]]:
    """week (its Monday), customers who came for the first time (`fresh`), and who had come before (`again`)."""
    return _all(_COMERS, merchant_id, begins, ends)


def portrait(merchant_id: int, ends: datetime) -> dict[tuple[int, int], tuple[int, int]]:
    """(how often: once, 2–3, 4–9, more; how lately: 7, 30, 90 days, longer) → (people, what they spent), of all customers until then."""
    return {(row.often, row.lately): (row.people, row.spent) for row in _all(_PORTRAIT, merchant_id, ends, ends)}


def cohorts(merchant_id: int, ends: datetime) -> dict[Any, dict[int, int]]:
    """Month of the first order → months later → how many of its customers bought then; the last six months."""
    found: dict[Any, dict[int, int]] = {}
    for row in _all(_COHORTS, merchant_id, ends, ends):
        found.setdefault(row.cohort, {})[row.later] = row.people
    return found


def _all(statement: Any, merchant_id: int, begins: datetime, ends: datetime) -> Sequence[Row[Any]]:
    return db.session.execute(statement, {"merchant": merchant_id, "begins": begins, "ends": ends}).all()


def _one(statement: Any, merchant_id: int, begins: datetime, ends: datetime) -> Row[Any]:
    return db.session.execute(statement, {"merchant": merchant_id, "begins": begins, "ends": ends}).one()
