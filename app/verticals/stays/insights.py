"""How the house is used: occupancy, what a sold night and what a room a night brings. Nights that were slept or are booked count; amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db

_SOLD = """
    SELECT {by}, count(*) AS sold, sum(line.payable + line.subsidy - line.refunded - line.subsidy_returned)::bigint AS revenue
    FROM stays_night AS night JOIN order_line AS line ON line.id = night.line_id JOIN order_order AS o ON o.id = night.order_id
    WHERE night.merchant_id = :merchant AND night.gone_at IS NULL AND night.day >= :first AND night.day < :after AND o.paid_at IS NOT NULL
    GROUP BY 1 ORDER BY 1
"""
_BY_DAY, _BY_TYPE = text(_SOLD.format(by="night.day AS at")), text(_SOLD.format(by="night.type_id AS at"))
_ROOMS = text(
    "SELECT t.id, t.name, count(u.id) FILTER (WHERE u.active) AS rooms FROM stays_type AS t LEFT JOIN stays_unit AS u ON u.type_id = t.id"
    " WHERE t.merchant_id = :merchant GROUP BY t.id ORDER BY t.position, t.id"
)
_ENDED = text(
    "SELECT o.status, count(*) AS orders FROM order_order AS o JOIN stays_order AS s ON s.id = o.id"
    " WHERE o.merchant_id = :merchant AND s.arrives >= :first AND s.arrives < :after AND o.paid_at IS NOT NULL GROUP BY 1"
)


@dataclass(frozen=True)
class Use:
    """Of `rooms` × `nights` room nights `sold` were sold for `revenue`."""

    name: str
    rooms: int
    nights: int
    sold: int
    revenue: int

    @property
    def occupancy_ppm(self) -> int:
        """Sold of all room nights, in ppm, rounded down to a tenth of a percent."""
        return self.sold * 1_000 // (self.rooms * self.nights) * 1_000 if self.rooms * self.nights else 0

    @property
    def adr(self) -> int:
        """Average daily rate: what a sold night brings, rounded down to the fen."""
        return self.revenue // self.sold if self.sold else 0

    @property
    def revpar(self) -> int:
        """Revenue per available room: what a room a night brings, sold or not."""
        return self.revenue // (self.rooms * self.nights) if self.rooms * self.nights else 0


def by_day(merchant_id: int, first: date, after: date) -> dict[date, tuple[int, int]]:
    """Night → (rooms sold, revenue)."""
    return {row.at: (int(row.sold), int(row.revenue)) for row in _rows(_BY_DAY, merchant_id, first, after)}


def by_type(merchant_id: int, first: date, after: date) -> list[Use]:
    """Each room type, in the house's order."""
    sold = {row.at: row for row in _rows(_BY_TYPE, merchant_id, first, after)}
    rooms = db.session.execute(_ROOMS, {"merchant": merchant_id})
    return [
        Use(row.name, int(row.rooms), (after - first).days, int(sold[row.id].sold) if row.id in sold else 0, int(sold[row.id].revenue) if row.id in sold else 0)
        for row in rooms
    ]


def whole(uses: Sequence[Use], nights: int) -> Use:
    """All room types together."""
    return Use("", sum(use.rooms for use in uses), nights, sum(use.sold for use in uses), sum(use.revenue for use in uses))


def endings(merchant_id: int, first: date, after: date) -> dict[str, int]:
    """Status → how many paid stays that were to arrive in these days stand there."""
    return {row.status: int(row.orders) for row in _rows(_ENDED, merchant_id, first, after)}


def _rows(statement: Any, merchant_id: int, first: date, after: date) -> Sequence[Row[Any]]:
    return db.session.execute(statement, {"merchant": merchant_id, "first": first, "after": after}).all()
