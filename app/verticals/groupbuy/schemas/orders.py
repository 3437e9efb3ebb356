"""Baskets, prices, and orders of residents. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body
from app.kernel.marketing.deals.schemas import GroupOut
from app.kernel.marketing.schemas import CouponUsed

Id = Field(ge=1, le=2**53)
ShareCode = Field(min_length=1, max_length=12, pattern=r"^[0-9A-Za-z]+$")


class GroupWishIn(Body):
    """A line of the basket."""

    goods_id: int = Id
    quantity: int = Field(1, ge=1, le=99)


class GroupBasketIn(Body):
    """What to buy of which leader. `deal_id` buys one thing at a seckill or group price; with `group_code` in that group, without in a group of one's own.
    For `delivery` send `address` and `phone`. `claims` are coupons of the platform to use; without it the best ones are used, an empty list uses none."""

    share_code: str = ShareCode
    lines: list[GroupWishIn] = Field(min_length=1, max_length=40)
    service: Literal["pickup", "delivery"] = "pickup"
    address: str = Field("", max_length=120)
    phone: str = Field("", max_length=20, pattern=r"^[0-9+ -]*$")
    note: str = Field("", max_length=200)
    deal_id: int | None = Field(None, ge=1, le=2**53)
    group_code: str = Field("", max_length=12, pattern=r"^[0-9A-Za-z]*$")
    claims: list[int] | None = Field(None, max_length=4)


class GroupOrderIn(GroupBasketIn):
    """A basket and the total that the resident agreed to, in fen."""

    expected: int = Field(ge=0, le=99_999_999_999)


class GroupPriceLine(Answer):
    """A line of a preview, fen."""

    title: str
    spec: str
    price: int
    quantity: int
    amount: int
    payable: int


class GroupPriceOut(Answer):
    """What an order would cost, fen, the platform's `coupons` in it, and the cut-off of the round in which it would go."""

    lines: list[GroupPriceLine]
    goods: int
    discount: int
    payable: int
    coupons: list[CouponUsed]
    cutoff_at: datetime


class GroupLineOut(Answer):
    """A line of an order, fen; `short` pieces did not come."""

    id: int
    title: str
    spec: str
    price: int
    quantity: int
    amount: int
    payable: int
    refunded: int
    short: int


class GroupOrderOut(Answer):
    """An order as its resident sees it. `code` is to be shown at pick-up once it has arrived; `group` is how far its group has come; `moves` are what the
    resident may do."""

    id: int
    number: str
    status: str
    status_words: str
    leader: str
    point: str
    hours: str
    service: str
    code: str | None
    round: str | None
    cutoff_at: datetime | None
    payable: int
    paid: int
    refunded: int
    placed_at: datetime
    pay_by: datetime
    arrived_at: datetime | None
    ended_because: str
    note: str
    group: GroupOut | None
    lines: list[GroupLineOut]
    moves: list[str]


class GroupOrderQuery(Body):
    """Newest first; `after` is the `next` of the page before."""

    limit: int = Field(20, ge=1, le=50)
    after: int | None = Field(None, ge=1, le=2**53)


class GroupOrderPage(Answer):
    """A page of orders."""

    items: list[GroupOrderOut]
    next: int | None
