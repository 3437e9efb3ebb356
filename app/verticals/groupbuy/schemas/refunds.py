"""After-sales of residents. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class GroupPictureOut(Answer):
    """A picture that was sent: give `key` with the refund request."""

    key: str
    address: str


class GroupRefundLineIn(Body):
    """How many pieces of which line were bad."""

    line_id: int = Field(ge=1, le=2**53)
    quantity: int = Field(ge=1, le=99)


class GroupRefundIn(Body):
    """What was wrong, with which pieces, and one to six pictures that show it."""

    reason: str = Field(min_length=1, max_length=200)
    lines: list[GroupRefundLineIn] = Field(min_length=1, max_length=40)
    pictures: list[str] = Field(default_factory=list, max_length=6)


class GroupRefundOut(Answer):
    """A refund request and where it stands; `at_once` says that nobody had to look."""

    id: int
    number: str
    order_id: int
    status: str
    status_words: str
    amount: int
    reason: str
    answer: str
    at_once: bool
    asked_at: datetime
    refunded_at: datetime | None
