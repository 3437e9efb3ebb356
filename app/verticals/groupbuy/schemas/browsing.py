"""What residents find: communities, leaders, goods. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body
from app.kernel.marketing.deals.schemas import DealOut


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
