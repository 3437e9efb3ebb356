"""What a merchant's orders of a trade tell: figures, hours, who comes back, cohorts, and what sells. Only completed orders count.

Money is what customers paid and the platform's coupons added, less what went back, in fen; days and hours are of Shanghai.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db

DONE = "o.trade = :trade AND o.merchant_id = :merchant AND o.completed_at IS NOT NULL"
IN_SPAN = f"{DONE} AND o.placed_at >= :begins AND o.placed_at < :ends"
LOCAL = "(o.placed_at AT TIME ZONE 'Asia/Shanghai')"
_FIGURES = text(f"""
    WITH done AS (SELECT o.* FROM order_order AS o WHERE {IN_SPAN}),
    people AS (
        SELECT done.customer_id, EXISTS (
            SELECT 1 FROM order_order AS o WHERE {DONE} AND o.customer_id = done.customer_id AND o.placed_at < min(done.placed_at)
        ) OR count(*) > 1 AS again
        FROM done GROUP BY done.customer_id
    )
    SELECT (SELECT count(*) FROM done) AS orders, (SELECT COALESCE(sum(paid + platform_discount - refunded), 0)::bigint FROM done) AS revenue,
           (SELECT COALESCE(sum(refunded), 0)::bigint FROM done) AS refunded, (SELECT COALESCE(sum(paid), 0)::bigint FROM done) AS paid,
           count(*) AS customers, count(*) FILTER (WHERE again) AS again
    FROM people
""")
_HOURS = text(f"SELECT extract(hour FROM {LOCAL})::int AS at, count(*) AS orders FROM order_order AS o WHERE {IN_SPAN} GROUP BY 1")
_WEEKDAYS = text(f"SELECT extract(isodow FROM {LOCAL})::int AS at, count(*) AS orders FROM order_order AS o WHERE {IN_SPAN} GROUP BY 1")
_COMERS = text(f"""
    WITH first AS (SELECT o.customer_id, min(o.placed_at) AS at FROM order_order AS o WHERE {DONE} GROUP BY 1)
    SELECT date_trunc('week', {LOCAL})::date AS week, count(DISTINCT o.customer_id) FILTER (WHERE o.placed_at = first.at) AS fresh,
           count(DISTINCT o.customer_id) FILTER (WHERE o.placed_at > first.at) AS again
    FROM order_order AS o JOIN first ON first.customer_id = o.customer_id WHERE {IN_SPAN} GROUP BY 1 ORDER BY 1
""")
_PORTRAIT = text(f"""
    WITH people AS (
        SELECT o.customer_id, count(*) AS orders, sum(o.paid + o.platform_discount - o.refunded) AS spent, max(o.placed_at) AS last
        FROM order_order AS o WHERE {DONE} AND o.placed_at < :ends GROUP BY 1
    )
    SELECT CASE WHEN orders = 1 THEN 0 WHEN orders < 4 THEN 1 WHEN orders < 10 THEN 2 ELSE 3 END AS often,
           CASE WHEN last >= CAST(:ends AS timestamptz) - interval '7 days' THEN 0 WHEN last >= CAST(:ends AS timestamptz) - interval '30 days' THEN 1
                WHEN last >= CAST(:ends AS timestamptz) - interval '90 days' THEN 2 ELSE 3 END AS lately,
           count(*) AS people, sum(spent)::bigint AS spent
    FROM people GROUP BY 1, 2
""")
_COHORTS = text(f"""
    WITH done AS (SELECT o.customer_id, date_trunc('month', {LOCAL}) AS month FROM order_order AS o WHERE {DONE} AND o.placed_at < :ends),
    first AS (SELECT customer_id, min(month) AS month FROM done GROUP BY 1)
    SELECT first.month::date AS cohort,
           (extract(year FROM age(done.month, first.month)) * 12 + extract(month FROM age(done.month, first.month)))::int AS later,
           count(DISTINCT done.customer_id) AS people
    FROM done JOIN first ON first.customer_id = done.customer_id
    WHERE first.month >= date_trunc('month', CAST(:ends AS timestamptz) AT TIME ZONE 'Asia/Shanghai') - interval '5 months'
    GROUP BY 1, 2 ORDER BY 1, 2
""")
_PRODUCTS = text(f"""
    SELECT line.subject_id, max(line.title) AS title,
           sum(CASE WHEN line.refunded < line.payable OR line.payable = 0 THEN line.quantity ELSE 0 END)::bigint AS pieces,
           sum(line.payable + line.subsidy - line.refunded - line.subsidy_returned)::bigint AS revenue, sum(line.refunded)::bigint AS refunded
    FROM order_order AS o JOIN order_line AS line ON line.order_id = o.id AND line.kind = 'goods'
    WHERE {IN_SPAN} GROUP BY 1 ORDER BY revenue DESC, title
""")
_DAYS = text(f"""
    SELECT {LOCAL}::date AS day, count(*) AS orders, sum(o.paid + o.platform_discount - o.refunded)::bigint AS revenue
    FROM order_order AS o WHERE {IN_SPAN} GROUP BY 1 ORDER BY 1
""")


@dataclass(frozen=True)
class Asked:
    """Whose figures of which trade, from `begins` until `ends` (UTC)."""

    trade: str
    merchant_id: int
    begins: datetime
    ends: datetime

    @property
    def values(self) -> dict[str, Any]:
        """As the statements want them."""
        return {"trade": self.trade, "merchant": self.merchant_id, "begins": self.begins, "ends": self.ends}


def figures(asked: Asked) -> Row[Any]:
    """orders, revenue, refunded, paid, customers, and how many of them had come before or came twice (`again`)."""
    return db.session.execute(_FIGURES, asked.values).one()


def products(asked: Asked) -> Sequence[Row[Any]]:
    """subject_id, title, pieces, revenue, refunded of what was sold, most revenue first. A line that was given back whole counts no piece."""
    return rows(_PRODUCTS, asked)


def by_day(asked: Asked) -> Sequence[Row[Any]]:
    """day, orders, revenue of each day that had orders."""
    return rows(_DAYS, asked)


def by_hour(asked: Asked) -> list[int]:
    """Orders of each hour of the day, 0 to 23."""
    found = {row.at: row.orders for row in rows(_HOURS, asked)}
    return [found.get(hour, 0) for hour in range(24)]


def by_weekday(asked: Asked) -> list[int]:
    """Orders of each day of the week, Monday first."""
    found = {row.at: row.orders for row in rows(_WEEKDAYS, asked)}
    return [found.get(day, 0) for day in range(1, 8)]


def comers(asked: Asked) -> Sequence[Row[Any]]:
    """week (its Monday), customers who came for the first time (`fresh`), and who had come before (`again`)."""
    return rows(_COMERS, asked)


def portrait(asked: Asked) -> dict[tuple[int, int], tuple[int, int]]:
    """(how often: once, 2–3, 4–9, more; how lately: 7, 30, 90 days, longer) → (people, what they spent), of all customers until the end."""
    return {(row.often, row.lately): (row.people, row.spent) for row in rows(_PORTRAIT, asked)}


def cohorts(asked: Asked) -> dict[Any, dict[int, int]]:
    """Month of the first order → months later → how many of its customers bought then; the last six months."""
    found: dict[Any, dict[int, int]] = {}
    for row in rows(_COHORTS, asked):
        found.setdefault(row.cohort, {})[row.later] = row.people
    return found


def rows(statement: Any, asked: Asked) -> Sequence[Row[Any]]:
    """The rows of a statement that is asked with `:trade`, `:merchant`, `:begins`, and `:ends`: a trade's own beside these."""
    return db.session.execute(statement, asked.values).all()
