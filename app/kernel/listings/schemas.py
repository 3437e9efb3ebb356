"""Listings and reports in the API's words. Amounts in fen, distances in metres, times UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body

PLACE = r"^-?\d{1,2}(\.\d{1,7})?,-?1?\d{1,2}(\.\d{1,7})?$"


class ListingQuery(Body):
    """What is looked for. `near` is `latitude,longitude`; with it the nearest come first, else the best match, else the newest."""

    q: str = Field(default="", max_length=40)
    near: str | None = Field(default=None, pattern=PLACE)
    metres: int = Field(default=50_000, ge=100, le=200_000)
    trade: str = Field(default="", max_length=30)
    kind: str = Field(default="", max_length=60)
    after: str | None = Field(default=None, max_length=80)
    limit: int = Field(default=20, ge=1, le=50)


class ListingOut(Answer):
    """Something on sale: `kind` and `id` say what and which, `price` where it begins, None when it has none."""

    kind: str
    trade: str
    id: int
    title: str
    detail: str
    cover: str | None
    price: int | None
    metres: int | None


class ListingPage(Answer):
    """`next` is the `after` of the next page."""

    items: list[ListingOut]
    next: str | None


class ReportIn(Body):
    """Why, and in the customer's words."""

    reason: str = Field(max_length=12)
    words: str = Field(default="", max_length=300)


class ReportOut(Answer):
    """A report and what became of it."""

    id: int
    number: str
    status: str
    status_words: str
    subject: str
    reason_words: str
    answer: str
    reported_at: datetime


class ReportPage(Answer):
    """Newest first; `next` is the `after` of the next page."""

    items: list[ReportOut]
    next: int | None


class MineQuery(Body):
    """Which page."""

    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)
