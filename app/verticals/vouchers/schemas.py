"""What mini-programs send to vouchers, and what they get. Amounts in fen, times UTC, distances in metres."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body

Id = Field(ge=1, le=2**53)
Kind = Literal["goods", "service", "coupon", "card"]


class VoucherDealQuery(Body):
    """What is looked for, around which place, in which mall, of which merchant, and where the last page ended."""

    q: str = Field("", max_length=40)
    near: str | None = Field(None, pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,6})?,-?[0-9]{1,3}(\.[0-9]{1,6})?$", examples=["30.572800,104.066800"])
    mall: int | None = Field(None, ge=1, le=2**53)
    merchant: int | None = Field(None, ge=1, le=2**53)
    kind: Kind | None = None
    limit: int = Field(20, ge=1, le=50)
    after: str | None = Field(None, max_length=60)


class VoucherDealCard(Answer):
    """A deal in a list. `left` is None without a limit; `store` is the nearest one that takes it."""

    id: int
    merchant_id: int
    merchant: str
    kind: str
    title: str
    cover: str | None
    price: int
    market_price: int
    uses: int
    sold: int
    left: int | None
    store: str
    metres: int | None


class VoucherDealPage(Answer):
    """A page of deals; `next` goes into `after`, None at the end."""

    items: list[VoucherDealCard]
    next: str | None


class VoucherStoreOut(Answer):
    """Where something can be used."""

    id: int
    merchant_id: int
    merchant: str
    name: str
    address: str
    phone: str
    hours: str
    latitude: float
    longitude: float


class VoucherDealOut(Answer):
    """A deal on its own page. `valid_until` is when codes bought now would end; `closed_weekdays` counts from Monday 0."""

    id: int
    merchant_id: int
    merchant: str
    kind: str
    kind_words: str
    title: str
    description: str
    images: list[str]
    price: int
    market_price: int
    uses: int
    sold: int
    left: int | None
    per_customer: int
    valid_days: int
    last_day: date | None
    valid_until: datetime
    closed_weekdays: list[int]
    closed_days: list[str]
    stores: list[VoucherStoreOut]


class MallStoreOut(VoucherStoreOut):
    """A store and its place in the mall."""

    place: str


class MallOut(Answer):
    """A mall and its stores."""

    id: int
    name: str
    address: str
    notice: str
    latitude: float
    longitude: float
    stores: list[MallStoreOut]


class MallList(Answer):
    """Every mall."""

    items: list[MallOut]


class VoucherWishIn(Body):
    """Pieces of a deal; `claims` names coupons of the customer's, None takes the best ones."""

    deal_id: int = Id
    count: int = Field(1, ge=1, le=20)
    claims: list[int] | None = Field(None, max_length=4)


class VoucherOrderIn(VoucherWishIn):
    """With the total that the customer saw."""

    expected: int = Field(ge=0, le=2**53)


class VoucherOff(Answer):
    """Something that comes off: a coupon or a joint campaign."""

    title: str
    amount: int


class VoucherPriceOut(Answer):
    """What the wish costs now. Nothing is reserved."""

    goods: int
    discount: int
    payable: int
    valid_until: datetime
    off: list[VoucherOff]


class VoucherOrderQuery(Body):
    """Which page."""

    limit: int = Field(20, ge=1, le=50)
    after: int | None = Field(None, ge=1, le=2**53)


class VoucherBrief(Answer):
    """A voucher in a list: codes are on its own page."""

    id: int
    title: str
    merchant: str
    status: str
    status_words: str
    uses: int
    used: int
    refunded: int
    left: int
    paid: int
    tail: str
    valid_from: datetime
    valid_until: datetime


class VoucherOrderOut(Answer):
    """A purchase. `paid` and `refunded` are of the whole purchase, whatever became of its uses."""

    id: int
    number: str
    status: str
    status_words: str
    deal_id: int
    title: str
    count: int
    payable: int
    paid: int
    refunded: int
    placed_at: datetime
    pay_by: datetime
    vouchers: list[VoucherBrief]
    moves: list[str]


class VoucherOrderPage(Answer):
    """Newest first; `next` goes into `after`."""

    items: list[VoucherOrderOut]
    next: int | None


class VoucherQuery(VoucherOrderQuery):
    """Which state, which page."""

    status: Literal["live", "used", "refunded", "expired"] | None = None


class VoucherPage(Answer):
    """Newest first; `next` goes into `after`."""

    items: list[VoucherBrief]
    next: int | None


class VoucherUseOut(Answer):
    """A redemption of the voucher: which use, where, when; `undone` when a manager took it back. `order_id` is what reviews and complaints name."""

    order_id: int
    which: str
    count: int
    amount: int
    store: str
    redeemed_at: datetime
    undone: bool


class VoucherOut(VoucherBrief):
    """A voucher with its code: `code` is for reading aloud, `payload` for a QR code; None when nothing is left to redeem."""

    order_id: int
    code: str | None
    payload: str | None
    refundable: int
    closed_weekdays: list[int]
    closed_days: list[str]
    stores: list[VoucherStoreOut]
    redemptions: list[VoucherUseOut]


class VoucherCodeOut(Answer):
    """The customer's one code for every merchant, as a QR payload; ask again at `until`."""

    payload: str
    until: datetime


class VoucherRefundIn(Body):
    """How many unused uses to give back, all without a number, and why."""

    count: int | None = Field(None, ge=1, le=60)
    reason: str = Field(min_length=1, max_length=200)


class VoucherRefundOut(Answer):
    """A refund on its way."""

    number: str
    amount: int
    status: str
    voucher: VoucherBrief
