"""What mini-programs send to stays, and what they get. Amounts in fen, days `YYYY-MM-DD` of Shanghai, times RFC 3339."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body
from app.kernel.marketing.schemas import CouponUsed
from app.kernel.orders.paying import PayIn

Id = Field(ge=1, le=2**53)


class HouseQuery(Body):
    """Where, what, when, how many; and where the last page ended. Dates come both or not at all."""

    near: str | None = Field(None, pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,6})?,-?[0-9]{1,3}(\.[0-9]{1,6})?$", examples=["30.572800,104.066800"])
    q: str = Field("", max_length=40)
    arrives: date | None = None
    leaves: date | None = None
    people: int = Field(1, ge=1, le=30)
    limit: int = Field(20, ge=1, le=50)
    after: str | None = Field(None, max_length=60)


class HouseCard(Answer):
    """A house in a list. `price_from` is the cheapest stay for the dates, or the cheapest usual night without; None when nothing can be booked then."""

    id: int
    name: str
    region: str
    address: str
    cover: str | None
    facilities: list[str]
    metres: int | None
    nights: int
    price_from: int | None


class HousePage(Answer):
    """A page of houses; `next` goes into `after`, None at the end."""

    items: list[HouseCard]
    next: str | None


class StayQuery(Body):
    """For which days and how many people."""

    arrives: date | None = None
    leaves: date | None = None
    people: int = Field(1, ge=1, le=30)


class StayNightOut(Answer):
    """A night: its price by the calendar, why (`base`, `weekday`, `season`, `day`), and what comes off."""

    day: date
    price: int
    because: str
    season: str
    promotion: int
    promotion_name: str
    long_stay: int
    member: int
    payable: int


class RoomTypeOut(Answer):
    """A room type. `free` counts the rooms that are free for the dates, `unavailable` says why it cannot be booked then: closed, least, most, full."""

    id: int
    name: str
    description: str
    images: list[str]
    video: str | None
    facilities: list[str]
    people: int
    beds: str
    area: int
    least: int
    most: int
    free: int | None
    unavailable: str
    nights: list[StayNightOut]
    total: int


class CancelStepOut(Answer):
    """A step of the cancellation ladder: called off at least `hours` before arrival, `ppm` of the first night or of all is kept."""

    hours: int
    of: Literal["first", "all"]
    ppm: int


class HouseDetail(Answer):
    """A house on its own page, with its room types."""

    id: int
    name: str
    open: bool
    intro: str
    phone: str
    region: str
    address: str
    cover: str | None
    latitude: float
    longitude: float
    arrive_from: str
    leave_by: str
    house_rules: str
    facilities: list[str]
    deposit: str
    deposit_ppm: int
    steps: list[CancelStepOut]
    no_show: CancelStepOut
    early_leave_ppm: int
    stars: float | None
    reviews: int
    types: list[RoomTypeOut]


class StayWishIn(Body):
    """Which room type, from when to when, how many people. `claims` are the guest's coupons to use; without it the best ones are used, an empty list
    uses none."""

    type_id: int = Id
    arrives: date
    leaves: date
    people: int = Field(ge=1, le=30)
    claims: list[int] | None = Field(None, max_length=4)


class StayQuoteOut(Answer):
    """What the stay would cost: the nights by the calendar, less the `coupons`; `discount` is all that comes off. `deposit` makes it stand (0: all at
    once); `free` rooms."""

    nights: list[StayNightOut]
    price: int
    discount: int
    payable: int
    coupons: list[CouponUsed]
    deposit: int
    free: int


class StayIn(StayWishIn):
    """`expected` guards against a changed price. `pay` is all, or the deposit that the house asks for first."""

    contact_name: str = Field(min_length=1, max_length=30)
    contact_phone: str = Field(pattern=r"^1[0-9]{10}$")
    note: str = Field("", max_length=200)
    expected: int = Field(ge=0, le=10**12)
    pay: Literal["all", "deposit"] = "all"


class StayLineOut(Answer):
    """A night of the order and what it costs; `refunded` went back."""

    id: int
    title: str
    spec: str
    amount: int
    payable: int
    refunded: int


class DoorCodeOut(Answer):
    """How to get in: `code` opens the room's lock from `begins` to `ends`; empty until the lock knows it."""

    room: str
    code: str
    begins: datetime
    ends: datetime


class StayOut(Answer):
    """A stay as its guest sees it. `due` is still to be paid, `due_first` makes it stand; `moves` are what the guest may do."""

    id: int
    number: str
    status: str
    status_words: str
    house_id: int
    house_name: str
    address: str
    phone: str
    type_name: str
    room: str
    arrives: date
    leaves: date
    arrive_from: str
    leave_by: str
    people: int
    contact_name: str
    contact_phone: str
    note: str
    payable: int
    deposit: int
    paid: int
    due: int
    due_first: int
    refunded: int
    placed_at: datetime
    pay_by: datetime
    confirm_by: datetime | None
    ended_because: str
    lines: list[StayLineOut]
    doors: list[DoorCodeOut]
    moves: list[str]


class StayListQuery(Body):
    """Newest first; `after` is the `next` of the page before."""

    limit: int = Field(20, ge=1, le=50)
    after: int | None = Field(None, ge=1, le=2**53)


class StayPage(Answer):
    """A page of stays."""

    items: list[StayOut]
    next: int | None


class StayPayIn(PayIn):
    """Who pays, and how much: the deposit (or what is due of a stay that stands), or all that is due."""

    all: bool = False


class StayCancelOut(Answer):
    """What calling off at this moment does: the house keeps `kept`, `back` goes back, `waived` is no longer owed; by this step of the ladder."""

    step: CancelStepOut
    kept: int
    back: int
    waived: int
    free: bool


class StayExtendIn(Body):
    """Until when; `unit_id` names another room of the house when one's own is taken. `expected` guards against a changed price."""

    leaves: date
    unit_id: int | None = Field(None, ge=1, le=2**53)
    expected: int | None = Field(None, ge=0, le=10**12)


class FreeRoomOut(Answer):
    """A room that is free for the added nights."""

    unit_id: int
    room: str
    same_type: bool


class StayExtensionOut(Answer):
    """What the added nights cost, and the rooms that are free for them, one's own first when it is."""

    nights: list[StayNightOut]
    payable: int
    rooms: list[FreeRoomOut]
