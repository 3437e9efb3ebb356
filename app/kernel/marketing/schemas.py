"""Coupons in the API's words. Amounts in fen, rates in ppm, times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class CouponQuery(Body):
    """Whose customer is asking, and in which trade."""

    merchant_id: int = Field(ge=1, le=2**53)
    trade: str = Field(min_length=1, max_length=20)


class CouponOut(Answer):
    """A coupon: `rule` in words, and its parts. `side` says who bears it; `left` copies can still be claimed (null: any number), `mine` were."""

    id: int
    title: str
    rule: str
    side: str
    kind: str
    least: int
    off: int
    ppm: int
    most: int
    products: list[int]
    newcomers_only: bool
    ends_at: datetime
    left: int | None
    mine: int
    per_customer: int


class CouponUsed(Answer):
    """A coupon in a price: `claim_id` is null for an automatic offer; `side` bears it."""

    coupon_id: int
    claim_id: int | None
    title: str
    side: str
    amount: int


class CouponList(Answer):
    """Those that end soonest first."""

    items: list[CouponOut]


class ClaimQuery(Body):
    """Which copies; newest first, before `after`."""

    status: Literal["held", "used", "expired"] = "held"
    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class ClaimOut(Answer):
    """A copy that the customer holds. `merchant_id` is null for one of the platform, which holds at every merchant of the trade."""

    id: int
    coupon_id: int
    title: str
    rule: str
    trade: str
    merchant_id: int | None
    status: str
    claimed_at: datetime
    expires_at: datetime
    order_id: int | None


class ClaimPage(Answer):
    """A page of copies."""

    items: list[ClaimOut]
    next: int | None
