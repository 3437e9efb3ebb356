"""Deals in the API's words. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class DealQuery(Body):
    """Of which trade."""

    trade: str = Field(min_length=1, max_length=20)


class DealOut(Answer):
    """A deal: `rule` in words, and its parts. It holds between `begins_at` and `ends_at`; `left` units can still be taken."""

    id: int
    kind: str
    subject_id: int
    title: str
    rule: str
    list_price: int
    price: int
    left: int
    per_customer: int
    size: int
    begins_at: datetime
    ends_at: datetime


class DealList(Answer):
    """Running ones that end soonest first, and those that come."""

    running: list[DealOut]
    coming: list[DealOut]


class GroupOut(Answer):
    """A group: give `code` with the order to join it. `opened_by` is a name with its middle masked."""

    code: str
    deal_id: int
    status: str
    status_words: str
    size: int
    seats: int
    paid: int
    opened_by: str
    closes_at: datetime


class GroupList(Answer):
    """Groups that have a seat."""

    items: list[GroupOut]
