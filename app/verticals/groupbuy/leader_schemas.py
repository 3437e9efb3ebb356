"""A leader's day: the point, what comes, what is handed out, what it earns. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body

PickupCode = Field(min_length=1, max_length=8, pattern=r"^[0-9A-Za-z]+$")


class NeedOut(Answer):
    """Something that is missing before orders are taken: `community`, `point`, or `training`."""

    name: str
    label: str


class OwnLeaderOut(Answer):
    """One's own place as a leader. `share_code` and `address` lead residents to it; `commission_ppm` of its sales is its own at its level; `missing` keeps
    it from opening; `moves` are what may be done (`open`, `pause`). `cutoff_at` is when what is ordered now is bought."""

    status: str
    status_words: str
    level: str
    level_words: str
    commission_ppm: int
    share_code: str
    address: str
    name: str
    phone: str
    community_id: int | None
    community: str
    point: str
    hours: str
    notice: str
    delivers: bool
    cutoff_at: datetime | None
    missing: list[NeedOut]
    moves: list[str]
    version: int


class LeaderSettingsIn(Body):
    """What residents read of the leader and where they collect. `version` is the one that was read."""

    name: str = Field(min_length=1, max_length=40)
    phone: str = Field("", max_length=20, pattern=r"^[0-9+ -]*$")
    community_id: int | None = Field(None, ge=1, le=2**53)
    point: str = Field(min_length=1, max_length=120)
    hours: str = Field("", max_length=60)
    notice: str = Field("", max_length=200)
    delivers: bool = False
    version: int = Field(ge=1, le=2**31 - 1)


class CommunityChoice(Answer):
    """A community that a leader may serve."""

    id: int
    name: str


class CommunityChoices(Answer):
    """Every active community, by name."""

    items: list[CommunityChoice]


class ComingGoodsOut(Answer):
    """Pieces of a good that residents ordered in a round."""

    goods_id: int
    title: str
    spec: str
    pieces: int


class ComingOut(Answer):
    """A round that has not arrived: what residents of this leader ordered in it, and the fen they paid less refunds."""

    number: str
    status: str
    status_words: str
    cutoff_at: datetime
    orders: int
    pieces: int
    paid: int
    goods: list[ComingGoodsOut]


class SheetLineOut(Answer):
    """A good on the way: `quantity` ordered, `expected` put on the way by the warehouse, `counted` by the leader."""

    id: int
    title: str
    spec: str
    quantity: int
    expected: int
    counted: int | None
    short: int


class PickingOut(Answer):
    """A picking list: what was put on its way to the leader in a round."""

    id: int
    number: str
    round: str
    pieces: int
    counted_at: datetime | None
    lines: list[SheetLineOut]


class LeaderDayOut(Answer):
    """The day in figures (orders paid, fen of them, commission in them; fen earned inside the hold and past it), rounds that come, lists to count, and how
    many parcels wait, `late` of them since an earlier day."""

    day: date
    orders: int
    paid: int
    commission: int
    pending: int
    available: int
    rounds: list[ComingOut]
    sheets: list[PickingOut]
    waiting: int
    late: int


class CountIn(Body):
    """Good pieces that came of a line; what is missing or broken is left out of it."""

    line_id: int = Field(ge=1, le=2**53)
    counted: int = Field(ge=0, le=999_999)


class CheckInIn(Body):
    """The lines that were counted; a line that is left out came as the warehouse put it on the way."""

    lines: list[CountIn] = Field(default_factory=list, max_length=500)


class ParcelQuery(Body):
    """`q`: the last four digits of a phone, a part of a name, or an order's number. `late` leaves those that came today.
    The longest waiting first; `after` is the `next` of the page before."""

    q: str = Field("", max_length=40)
    late: bool = False
    limit: int = Field(50, ge=1, le=100)
    after: int | None = Field(None, ge=1, le=2**53)


class ParcelLineOut(Answer):
    """What is in a parcel."""

    title: str
    spec: str
    pieces: int


class ParcelOut(Answer):
    """A parcel that waits to be collected or taken to the resident. It is `late` when it came on an earlier day; at `closes_at` it counts as collected."""

    id: int
    number: str
    status: str
    resident: str
    phone_tail: str
    service: Literal["pickup", "delivery"]
    address: str
    phone: str
    note: str
    arrived_at: datetime | None
    late: bool
    closes_at: datetime | None
    lines: list[ParcelLineOut]


class ParcelPage(Answer):
    """A page of parcels; `next` goes into `after`, None at the end."""

    items: list[ParcelOut]
    next: int | None


class PickupIn(Body):
    """What the resident shows."""

    code: str = PickupCode


class CommissionQuery(Body):
    """Newest first; `after` is the `next` of the page before."""

    limit: int = Field(20, ge=1, le=50)
    after: int | None = Field(None, ge=1, le=2**53)


class CommissionOut(Answer):
    """What an order brings: `commission` as frozen when it was placed, `returned` of it by refunds. `state`: `expected` until it is collected, then `held`,
    then `released`; `clawed_back` when nothing is left."""

    order_id: int
    number: str
    placed_at: datetime
    paid: int
    refunded: int
    commission: int
    returned: int
    earned: int
    state: Literal["expected", "held", "released", "clawed_back"]
    completed_at: datetime | None
    released_at: datetime | None


class CommissionTotals(Answer):
    """Over all orders, net of refunds: not collected yet, inside the hold, released; and what refunds took back."""

    expected: int
    held: int
    released: int
    clawed_back: int


class CommissionPage(Answer):
    """A page of orders with what they bring, and the totals of all."""

    totals: CommissionTotals
    items: list[CommissionOut]
    next: int | None
