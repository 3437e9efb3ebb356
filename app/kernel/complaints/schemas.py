"""Complaints in the API's words. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class ComplaintIn(Body):
    """About which order, why, in the customer's words, and what it wants back."""

    order_id: int = Field(ge=1, le=2**53)
    reason: str = Field(max_length=12)
    words: str = Field(min_length=1, max_length=500)
    wish: int = Field(gt=0, le=2**53)


class ComplaintQuery(Body):
    """Which page."""

    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class ComplaintOut(Answer):
    """A complaint and where it stands; `moves` are what the customer can do next."""

    id: int
    number: str
    order_id: int
    order_number: str
    status: str
    status_words: str
    reason: str
    reason_words: str
    words: str
    pictures: int
    wish: int
    granted: int
    answer: str
    ruling: str
    opened_at: datetime
    answer_by: datetime | None
    moves: list[str]


class ComplaintPage(Answer):
    """Newest first; `next` is the `after` of the next page."""

    items: list[ComplaintOut]
    next: int | None


class ReasonOut(Answer):
    """A reason to choose from."""

    reason: str
    words: str


class ReasonsOut(Answer):
    """All reasons, in order."""

    items: list[ReasonOut]
