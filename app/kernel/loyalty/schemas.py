"""Points in the API's words: pieces of points, amounts in fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class LotOut(Answer):
    """Points that expire after a day."""

    remaining: int
    expires_on: date


class LevelOut(Answer):
    """A level: its points in twelve months, and its discount on goods in ppm."""

    name: str
    threshold: int
    discount_ppm: int


class PointsOut(Answer):
    """What the customer has with the merchant (or the platform): `for_yuan` points are worth a yuan, `cap_ppm` of an order may be paid so."""

    merchant_id: int | None
    points: int
    worth: int
    for_yuan: int
    cap_ppm: int
    expiring_soon: int
    lots: list[LotOut]
    earned_in_year: int
    level: LevelOut | None
    levels: list[LevelOut]


class MoveQuery(Body):
    """Which page, of whose points."""

    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class MoveOut(Answer):
    """One change: `kind` is points_earned, points_spent, refunded_to_points, points_taken_back, points_expired, or points_adjusted."""

    id: int
    kind: str
    points: int
    order_id: int | None
    at: datetime


class MovePage(Answer):
    """Newest first; `next` is the `after` of the next page."""

    items: list[MoveOut]
    next: int | None


class SpendIn(Body):
    """How many points, and whose."""

    points: int = Field(ge=1, le=100_000_000)
    issuer: Literal["merchant", "platform"] = "merchant"


class SpentOut(Answer):
    """What the points paid; `due` is what is left of the order."""

    payment_number: str
    points: int
    amount: int
    due: int
