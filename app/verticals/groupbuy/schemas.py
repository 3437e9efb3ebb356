"""What mini-programs send to group buying, and what they get. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body
from app.kernel.marketing.deals.schemas import DealOut, GroupOut
from app.kernel.marketing.schemas import CouponUsed

Id = Field(ge=1, le=2**53)
ShareCode = Field(min_length=1, max_length=12, pattern=r"^[0-9A-Za-z]+$")


class NearQuery(Body):
    """Where the resident is."""

    near: str = Field(pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,6})?,-?[0-9]{1,3}(\.[0-9]{1,6})?$", examples=["30.572800,104.066800"])
    limit: int = Field(20, ge=1, le=50)


class CommunityOut(Answer):
    """A community with a leader who takes orders."""

    id: int
    name: str
    address: str
    metres: int


class CommunityList(Answer):
    """The nearest first."""

    items: list[CommunityOut]


class LeaderOut(Answer):
    """A leader: where and when to collect, when the running round closes (null while the leader rests)."""

    share_code: str
    name: str
    community_id: int | None
    community: str
    point: str
    hours: str
    notice: str
    delivers: bool
    open: bool
    cutoff_at: datetime | None


class LeaderList(Answer):
    """The leaders of a community."""

    items: list[LeaderOut]


class LeaderPage(LeaderOut):
    """A leader's page: also the seckills and group prices that run."""

    deals: list[DealOut]


class GoodsQuery(Body):
    """What is searched, of which category, and where the last page ended."""

    q: str = Field("", max_length=40)
    category: Literal["", "fruit", "vegetable", "meat", "seafood", "dairy", "grain", "daily"] = ""
    limit: int = Field(20, ge=1, le=50)
    after: str | None = Field(None, max_length=60)


class GoodsOut(Answer):
    """A good on sale. `left` only when it is counted; `each` bounds a person (0: no limit); `deals` are its seckills and group prices."""

    id: int
    title: str
    spec: str
    category: str
    description: str
    image: str | None
    images: list[str]
    price: int
    left: int | None
    each: int
    sold: int
    deals: list[DealOut]


class GoodsPage(Answer):
    """A page of goods; `next` goes into `after`, None at the end."""

    items: list[GoodsOut]
    next: str | None


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


class GroupPictureOut(Answer):
    """A picture that was sent: give `key` with the refund request."""

    key: str
    address: str


class GroupRefundLineIn(Body):
    """How many pieces of which line were bad."""

    line_id: int = Id
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
