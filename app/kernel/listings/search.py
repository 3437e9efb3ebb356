"""What customers find: the index of everything on sale, and questions to it in Chinese, by place, by trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, inspect, text
from sqlalchemy.dialects.postgresql import insert

from app.core.places import box_around
from app.extensions import db
from app.framework.json_api.cursors import cursor_of, mark_of
from app.kernel.listings.kinds import kind_of
from app.kernel.listings.models import Entry
from app.kernel.listings.rules import grams_of, terms_of

CANDIDATES = 2_000
METRES = """2 * 6371000 * asin(least(1, sqrt(power(sin(radians(latitude - :latitude) / 2), 2)
    + cos(radians(:latitude)) * cos(radians(latitude)) * power(sin(radians(longitude - :longitude) / 2), 2))))"""
SCORE = "(CASE WHEN title ILIKE :pattern THEN 1000 ELSE 0 END + round(1000 * word_similarity(:words, title)))::bigint"


@dataclass(frozen=True)
class Question:
    """What a customer looks for: `words`, around `place` (latitude, longitude) within `metres`, of a trade or a kind of listing."""

    words: str = ""
    place: tuple[float, float] | None = None
    metres: int = 50_000
    trade: str = ""
    kind: str = ""


def index(subject: Any, *, now: datetime) -> None:
    """Customers find the listing as it stands; one that its kind does not show is not found."""
    kind = kind_of(subject)
    if kind.found is None:
        return
    found = kind.found(subject)
    latitude, longitude = found.place or (None, None)
    values = {
        "kind": kind.kind, "trade": kind.trade, "subject_id": inspect(subject).identity[0], "merchant_id": subject.merchant_id, "title": found.title[:120],
        "detail": found.detail[:600], "cover": found.cover, "price": found.price, "latitude": latitude, "longitude": longitude,
        "grams": grams_of(f"{found.title} {found.detail}"),
    }
    statement = insert(Entry).values(**values, listed_at=now)
    db.session.execute(statement.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=values))


def forget(subject: Any) -> None:
    """Customers do not find the listing."""
    key = inspect(subject).identity[0]
    db.session.execute(delete(Entry).where(Entry.kind == kind_of(subject).kind, Entry.subject_id == key))


def search(question: Question, *, after: str | None = None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Entries and the mark of the next page: nearest first around a place, else best match first, else newest first.

    Words are matched by the index of character pairs; where that finds nothing, by similarity of the title (a slip of the pen). At most 2,000 best
    matches are ranked. Refuses BadCursor.
    """
    found, mark = _ask(question, _WITH_TERMS if question.words else "", after, limit)
    if question.words and not found and not after:
        return _ask(question, "AND title %> :words", after, limit)
    return found, mark


_WITH_TERMS = "AND grams @> CAST(:terms AS varchar(32)[])"


def _ask(question: Question, words: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    near = question.place is not None
    rank, order = (METRES if near else f"-{SCORE}", "rank, id DESC") if near or question.words else ("0", "id DESC")
    south, north, west, east = box_around(*question.place, question.metres) if question.place else (0.0, 0.0, 0.0, 0.0)
    around = f"AND latitude BETWEEN :south AND :north AND longitude BETWEEN :west AND :east AND {METRES} <= :metres" if near else ""
    last, key = cursor_of(after) if after else (None, None)
    statement = text(f"""
        SELECT kind, trade, subject_id, merchant_id, title, detail, cover, price, id, rank FROM (
            SELECT *, round({rank})::bigint AS rank FROM listing_entry
            WHERE (:trade = '' OR trade = :trade) AND (:kind = '' OR kind = :kind) {words} {around}
            ORDER BY {order} LIMIT {CANDIDATES}) found
        WHERE CAST(:last AS bigint) IS NULL OR rank > :last OR (rank = :last AND id < :key)
        ORDER BY rank, id DESC LIMIT :limit""")  # noqa: S608  # nosec B608: the pieces are ours, what is asked travels as parameters
    latitude, longitude = question.place or (None, None)
    rows = db.session.execute(statement, {
        "trade": question.trade, "kind": question.kind, "words": question.words, "terms": terms_of(question.words), "pattern": f"%{_like(question.words)}%",
        "latitude": latitude, "longitude": longitude, "metres": question.metres, "south": south, "north": north, "west": west, "east": east,
        "last": last, "key": key, "limit": limit + 1,
    }).mappings().all()
    found = [{**row, "metres": row["rank"] if near else None} for row in rows[:limit]]
    return found, mark_of(found[-1]["rank"], found[-1]["id"]) if len(rows) > limit else None


def _like(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
