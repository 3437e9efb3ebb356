"""Houses as guests look for them: by place, words, dates, people, with the price from which a stay begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text

from app.core.periods import business_day
from app.extensions import db
from app.framework.json_api.cursors import cursor_of, mark_of
from app.kernel.bookings.queries import free_counts
from app.kernel.bookings.rules import nights_between
from app.verticals.stays.models import RoomType
from app.verticals.stays.models.rooms import ROOM
from app.verticals.stays.operations.booking import member_ppm
from app.verticals.stays.queries import tariffs_of
from app.verticals.stays.rules import NIGHT, Night, Tariff, is_closed, least_nights, quote

_HOUSES = """
    SELECT h.id, h.name, h.region, h.address, h.cover, h.facilities, h.intro, d.metres
    FROM stays_house h
    CROSS JOIN LATERAL (SELECT CASE WHEN CAST(:latitude AS float) IS NULL THEN 0 ELSE round(2 * 6371000 * asin(least(1, sqrt(
        power(sin(radians(h.latitude - :latitude) / 2), 2)
        + cos(radians(:latitude)) * cos(radians(h.latitude)) * power(sin(radians(h.longitude - :longitude) / 2), 2))))) END::bigint AS metres) d
    WHERE h.status = 'open'
      AND (CAST(:pattern AS text) IS NULL OR h.name ILIKE :pattern OR h.region ILIKE :pattern OR h.address ILIKE :pattern)
      AND (CAST(:metres AS bigint) IS NULL OR (d.metres, h.id) > (:metres, :id))
      AND EXISTS (
          SELECT 1 FROM stays_type t JOIN booking_resource r ON r.kind = 'stays_room' AND r.group_id = t.id AND r.active
          WHERE t.house_id = h.id AND t.status = 'on_sale' AND t.people >= :people
            AND (CAST(:begins AS timestamptz) IS NULL OR NOT EXISTS (
                SELECT 1 FROM booking_reservation b
                WHERE b.resource_id = r.id AND b.released_at IS NULL AND b.during && tstzrange(:begins, :ends)))
      )
    ORDER BY d.metres, h.id LIMIT :limit
"""


@dataclass(frozen=True)
class Asked:
    """Where, what, when (None: any day), how many people, and who asks."""

    place: tuple[float, float] | None = None
    words: str = ""
    arrives: date | None = None
    leaves: date | None = None
    people: int = 1
    customer_id: int | None = None


@dataclass(frozen=True)
class Offer:
    """A room type for the dates asked for: rooms that are free (None without dates), its nights (one usual night without dates), and why it cannot be
    booked then, if so: closed, least, most, full."""

    room_type: RoomType
    free: int | None
    nights: tuple[Night, ...]
    unavailable: str = ""
    least: int = 1

    @property
    def total(self) -> int:
        """Fen of the whole stay."""
        return sum(night.payable for night in self.nights)


def houses_near(asked: Asked, *, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Open houses with a room for so many people, free on all nights when dates are given; nearest first (by id without a place), and the mark of the next
    page. Runs elevated."""
    metres, last_id = cursor_of(after) if after else (None, None)
    during = NIGHT.range_of(asked.arrives, asked.leaves) if asked.arrives and asked.leaves else None
    words = asked.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = db.session.execute(text(_HOUSES), {
        "latitude": asked.place[0] if asked.place else None, "longitude": asked.place[1] if asked.place else None, "pattern": f"%{words}%" if words else None,
        "metres": metres, "id": last_id, "people": asked.people, "begins": during.lower if during else None, "ends": during.upper if during else None,
        "limit": limit + 1,
    }).mappings().all()
    found = [{**row, "metres": row["metres"] if asked.place else None} for row in rows[:limit]]
    more = rows[limit - 1] if len(rows) > limit else None
    return found, mark_of(more["metres"], more["id"]) if more else None


def offers_of(house_ids: Sequence[int], asked: Asked, *, now: datetime) -> dict[int, list[Offer]]:
    """House → its room types on sale for so many people, in their order: five statements for any number of houses. Runs elevated."""
    statement = select(RoomType).where(RoomType.house_id.in_(house_ids), RoomType.status == "on_sale", RoomType.people >= asked.people)
    types = list(db.session.scalars(statement.order_by(RoomType.position, RoomType.id)))
    today = business_day(now)
    days = nights_between(asked.arrives, asked.leaves) if asked.arrives and asked.leaves else []
    nights = days or [today]
    tariffs = tariffs_of(types, nights[0], asked.leaves if asked.leaves and days else nights[-1])
    free = free_counts(ROOM, [each.id for each in types], NIGHT.range_of(days[0], asked.leaves)) if days and asked.leaves else {}
    rates: dict[int, int] = {}
    found: dict[int, list[Offer]] = {key: [] for key in house_ids}
    for each in types:
        if each.merchant_id not in rates:
            rates[each.merchant_id] = member_ppm(each.merchant_id, asked.customer_id, now)
        priced = tuple(quote(tariffs[each.id], nights, booked_on=today, member_ppm=rates[each.merchant_id]))
        count = free.get(each.id, 0) if days else None
        found[each.house_id].append(
            Offer(each, count, priced, _problem(tariffs[each.id], days, count), least_nights(tariffs[each.id], nights[0]))
        )
    return found


def _problem(tariff: Tariff, days: Sequence[date], free: int | None) -> str:
    if not days:
        return ""
    if any(is_closed(tariff, day) for day in days):
        return "closed"
    if len(days) < least_nights(tariff, days[0]):
        return "least"
    if len(days) > tariff.most:
        return "most"
    return "" if free else "full"
