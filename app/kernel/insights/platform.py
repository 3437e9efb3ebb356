"""What the orders of all trades tell the platform: how merchants do, who buys how often, and who comes back. Each question is one statement.

A merchant's turnover is that of its own page: completed orders by when they were placed, what customers paid and the platform's coupons added, less what
went back. Customers are counted by orders that were paid and not called off; what was split off an order belongs to that order. Fen; days and months of
Shanghai.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db
from app.framework.console.spans import Days

OFTEN = (1, 2, 3, 6)  # orders from which a customer counts as the next
BANDS = (0, 5_000, 10_000, 30_000, 100_000)  # fen from which spending counts as the next
FEW = 5  # people below whom nothing is said of their money
ORDERS = {"turnover": "turnover", "orders": "orders", "refunds": "refund_rate", "average": "average"}

_TRADE = "(CAST(:trade AS text) IS NULL OR o.trade = :trade)"
_LOCAL = "(o.placed_at AT TIME ZONE 'Asia/Shanghai')"
_NOW = "o.placed_at >= :begins"
_DONE = "o.completed_at IS NOT NULL"
_BOUGHT = f"{_TRADE} AND o.paid_at IS NOT NULL AND (o.closed_at IS NULL OR {_DONE})"
_TOOK = "o.paid + o.platform_discount - o.refunded"
_CAME_BEFORE = f"EXISTS (SELECT 1 FROM order_order AS o WHERE o.customer_id = {{0}}.customer_id AND o.placed_at < {{0}}.came AND {_BOUGHT})"

_MERCHANTS = """
    WITH sums AS (
        SELECT o.merchant_id, array_agg(DISTINCT o.trade::text) FILTER (WHERE {now}) AS trades,
               count(*) FILTER (WHERE {now} AND {done}) AS orders, count(*) FILTER (WHERE NOT {now} AND {done}) AS orders_before,
               COALESCE(sum({took}) FILTER (WHERE {now} AND {done}), 0)::bigint AS turnover,
               COALESCE(sum({took}) FILTER (WHERE NOT {now} AND {done}), 0)::bigint AS turnover_before,
               COALESCE(sum(o.paid) FILTER (WHERE {now}), 0)::bigint AS paid, COALESCE(sum(o.paid) FILTER (WHERE NOT {now}), 0)::bigint AS paid_before,
               COALESCE(sum(o.refunded) FILTER (WHERE {now}), 0)::bigint AS refunded,
               COALESCE(sum(o.refunded) FILTER (WHERE NOT {now}), 0)::bigint AS refunded_before
        FROM order_order AS o WHERE {trade} AND o.paid_at IS NOT NULL AND o.placed_at >= :earlier AND o.placed_at < :ends
        GROUP BY GROUPING SETS ((o.merchant_id), ())
    ),
    rated AS (
        SELECT *, COALESCE(turnover / NULLIF(orders, 0), 0) AS average, COALESCE(turnover_before / NULLIF(orders_before, 0), 0) AS average_before,
               COALESCE(refunded * 1000000 / NULLIF(paid, 0), 0) AS refund_rate,
               COALESCE(refunded_before * 1000000 / NULLIF(paid_before, 0), 0) AS refund_rate_before
        FROM sums
    )
    SELECT rated.*, merchant.name, count(merchant.id) OVER () AS merchants FROM rated LEFT JOIN party_merchant AS merchant ON merchant.id = rated.merchant_id
    WHERE rated.merchant_id IS NULL OR rated.trades IS NOT NULL
    ORDER BY rated.merchant_id IS NOT NULL, rated.{order} DESC, rated.turnover DESC, rated.merchant_id LIMIT :most
"""
_PEOPLE = text(f"""
    WITH people AS (
        SELECT o.customer_id, {_NOW} AS current, count(DISTINCT COALESCE(o.split_from_id, o.id)) AS orders, sum(o.paid - o.refunded)::bigint AS spent,
               min(o.placed_at) AS came
        FROM order_order AS o WHERE {_BOUGHT} AND o.placed_at >= :earlier AND o.placed_at < :ends GROUP BY 1, 2
    )
    SELECT current, NOT {_CAME_BEFORE.format("people")} AS fresh, width_bucket(orders, CAST(:often AS bigint[])) - 1 AS often,
           width_bucket(spent, CAST(:bands AS bigint[])) - 1 AS band, top, count(*) AS people, sum(orders)::bigint AS orders, sum(spent)::bigint AS spent
    FROM (
        SELECT *, row_number() OVER (PARTITION BY current ORDER BY spent DESC, customer_id) * 10 < count(*) OVER (PARTITION BY current) + 10 AS top FROM people
    ) AS people GROUP BY 1, 2, 3, 4, 5
""")
_COMERS = text(f"""
    WITH visits AS (
        SELECT o.customer_id, date_trunc(:unit, {_LOCAL})::date AS at, min(o.placed_at) AS came
        FROM order_order AS o WHERE {_BOUGHT} AND {_NOW} AND o.placed_at < :ends GROUP BY 1, 2
    )
    SELECT at, count(*) FILTER (WHERE NOT again) AS fresh, count(*) FILTER (WHERE again) AS again
    FROM (SELECT at, {_CAME_BEFORE.format("visits")} AS again FROM visits) AS seen GROUP BY 1 ORDER BY 1
""")
_COHORTS = text(f"""
    WITH bought AS (
        SELECT o.customer_id, date_trunc('month', {_LOCAL})::date AS month, sum(o.paid - o.refunded)::bigint AS spent, min(o.placed_at) AS came
        FROM order_order AS o WHERE {_BOUGHT} AND {_NOW} AND o.placed_at < :ends GROUP BY 1, 2
    ),
    newcomers AS (SELECT customer_id, min(month) AS cohort, min(came) AS came FROM bought GROUP BY 1)
    SELECT cohort, ((extract(year FROM month) - extract(year FROM cohort)) * 12 + extract(month FROM month) - extract(month FROM cohort))::int AS later,
           count(*) AS people, sum(spent)::bigint AS spent
    FROM newcomers JOIN bought USING (customer_id) WHERE NOT {_CAME_BEFORE.format("newcomers")} GROUP BY 1, 2 ORDER BY 1, 2
""")


@dataclass(frozen=True)
class People:
    """How many customers, how many orders they placed, and what they paid of them; `spent` None where too few stand behind it."""

    people: int
    orders: int
    spent: int | None


@dataclass(frozen=True)
class Customers:
    """Who bought in a stretch: all of them, those who had never bought before, by how often, by what they spent, and the tenth that spent most."""

    all: People
    fresh: int
    often: tuple[People, ...]
    bands: tuple[People, ...]
    top: People

    @property
    def returning(self) -> int:
        """Customers who had bought before the stretch."""
        return self.all.people - self.fresh

    @property
    def top_share(self) -> int | None:
        """Ppm of the money that came from the tenth that spent most; None where too few stand behind it."""
        if self.top.spent is None or not self.all.spent:
            return None
        return self.top.spent * 1_000_000 // self.all.spent


def merchants(days: Days, trade: str | None, order: str = "turnover", most: int | None = None) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """The sums of all merchants, and the merchants with paid orders in those days, first by `order` (of ORDERS); `_before` is as many days earlier.

    Rates in ppm: what went back of what was paid, of orders that came to nothing as well.
    """
    statement = text(_MERCHANTS.format(now=f"({_NOW})", done=_DONE, took=_TOOK, trade=_TRADE, order=ORDERS[order]))
    total, *found = db.session.execute(statement, _values(days, trade) | {"most": most + 1 if most is not None else None}).all()
    return total, found


def customers(days: Days, trade: str | None) -> tuple[Customers, Customers]:
    """Who bought in those days, and in as many days before."""
    rows = db.session.execute(_PEOPLE, _values(days, trade) | {"often": list(OFTEN), "bands": list(BANDS)}).all()
    now, then = ([row for row in rows if row.current is current] for current in (True, False))
    return _customers(now), _customers(then)


def comers(days: Days, trade: str | None, unit: str) -> Sequence[Row[Any]]:
    """(at, fresh, again) for each `day` or `week` (its Monday) in which somebody bought: for the first time ever, or not."""
    return db.session.execute(_COMERS, _values(days, trade) | {"unit": unit}).all()


def cohorts(days: Days, trade: str | None) -> dict[date, dict[int, People]]:
    """Month of the first order (from the first of the days, a month's first) → months later → who of them bought then.

    Money of fewer than FEW people is not said.
    """
    found: dict[date, dict[int, People]] = {}
    for row in db.session.execute(_COHORTS, _values(days, trade)):
        found.setdefault(row.cohort, {})[row.later] = People(row.people, 0, row.spent if row.people >= FEW else None)
    return found


def covered(groups: Sequence[People]) -> tuple[People, ...]:
    """The groups without the money of small ones, nor of one from which a small one's could be worked out: hidden are nobody, or at least FEW together
    (or all)."""
    hidden, count = set[int](), 0
    for at in sorted((at for at, group in enumerate(groups) if group.people), key=lambda at: groups[at].people):
        if groups[at].people >= FEW and not 0 < count < FEW:
            break
        hidden.add(at)
        count += groups[at].people
    return tuple(People(group.people, group.orders, None) if at in hidden else group for at, group in enumerate(groups))


def _customers(rows: Sequence[Row[Any]]) -> Customers:
    often = covered([_sum([row for row in rows if row.often == at]) for at in range(len(OFTEN))])
    bands = covered([_sum([row for row in rows if max(row.band, 0) == at]) for at in range(len(BANDS))])
    top, _rest = covered([_sum([row for row in rows if row.top]), _sum([row for row in rows if not row.top])])
    (everybody,) = covered([_sum(rows)])
    return Customers(everybody, sum(row.people for row in rows if row.fresh), often, bands, top)


def _sum(rows: Sequence[Row[Any]]) -> People:
    return People(sum(row.people for row in rows), sum(row.orders for row in rows), sum(row.spent for row in rows))


def _values(days: Days, trade: str | None) -> dict[str, Any]:
    return {"trade": trade, "begins": days.begins, "ends": days.ends, "earlier": days.earlier().begins}
