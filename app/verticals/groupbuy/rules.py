"""Cut-offs, shares of what came, and what pieces are worth: pure functions of values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from app.core.money import split
from app.core.periods import business_day, day_start

A_WEEK = 7


def next_cutoff(minute: int, days: Collection[int], now: datetime) -> datetime | None:
    """The first cut-off after `now`: `minute` minutes after midnight in Shanghai on one of `days` (0–6 from Monday). None without a day."""
    today = business_day(now)
    for ahead in range(A_WEEK + 1):
        day = today + timedelta(days=ahead)
        moment = day_start(day) + timedelta(minutes=minute)
        if day.weekday() in days and moment > now:
            return moment
    return None


def common_days(zone: Collection[int], goods: Sequence[Collection[int]]) -> set[int]:
    """Days of the zone on which every good goes along; a good without days of its own goes on all of them."""
    found = set(zone)
    for days in goods:
        found &= set(days) if days else found
    return found


def allotted(came: int, ordered: Mapping[int, int]) -> dict[int, int]:
    """What each leader gets of `came` pieces: all that it ordered when enough came, else its share by largest remainder."""
    total = sum(ordered.values())
    if came >= total:
        return dict(ordered)
    keys = sorted(ordered)
    parts = split(came, [ordered[key] for key in keys])
    return {key: int(part) for key, part in zip(keys, parts, strict=True)}


def missing_by_line(short: int, lines: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Which order lines (id, pieces; the latest order first) go without, and with how many pieces: who ordered last waits."""
    found: dict[int, int] = {}
    for key, pieces in lines:
        if short <= 0:
            break
        taken = min(short, pieces)
        found[key] = taken
        short -= taken
    return found


def worth(refundable: int, pieces: int, of: int) -> int:
    """Fen that `pieces` of `of` pieces are worth when the line still holds `refundable`, rounded half up; all pieces are worth all of it."""
    return (2 * refundable * pieces + of) // (2 * of)


def suggested_price(supply_price: int, markup: int) -> int:
    """The sale price at a mark-up in ppm, up to the next ten fen."""
    wished = supply_price + (supply_price * markup + 999_999) // 1_000_000
    return -(-wished // 10) * 10
