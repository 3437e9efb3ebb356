"""Reviews in the API's words. Times UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class ReviewIn(Body):
    """Which order, which of the things bought (0 for the order as a whole), how many stars, and words."""

    order_id: int = Field(ge=1, le=2**53)
    subject_id: int = Field(default=0, ge=0, le=2**53)
    stars: int = Field(ge=1, le=5)
    words: str = Field(default="", max_length=500)


class ReviewQuery(Body):
    """Whose reviews, of what, and which page."""

    trade: str = Field(max_length=20)
    merchant_id: int = Field(ge=1, le=2**53)
    subject_id: int = Field(default=0, ge=0, le=2**53)
    stars: int | None = Field(default=None, ge=1, le=5)
    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class MyReviewsQuery(Body):
    """Which page."""

    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class ReviewOut(Answer):
    """A review as strangers see it: `by` is the first letter of a name."""

    id: int
    by: str
    stars: int
    words: str
    pictures: list[str]
    subject: str
    reply: str
    replied_at: datetime | None
    reviewed_at: datetime


class ReviewPage(Answer):
    """`average` in tenths of a star, None without reviews; `next` is the `after` of the next page."""

    average: int | None
    count: int
    items: list[ReviewOut]
    next: int | None


class MyReviewOut(ReviewOut):
    """The writer's own view: where it stands, and why it is hidden."""

    order_id: int
    status: str
    status_words: str
    hidden_because: str


class MyReviewPage(Answer):
    """Newest first; `next` is the `after` of the next page."""

    items: list[MyReviewOut]
    next: int | None
