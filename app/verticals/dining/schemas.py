"""What mini-programs send to dining, and what they get."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body
from app.kernel.marketing.schemas import CouponUsed

Id = Field(ge=1, le=2**53)
Service = Literal["dine_in", "pickup", "delivery"]


class ShopQuery(Body):
    """Where the customer stands, what is searched, and where the last page ended."""

    near: str | None = Field(None, pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,6})?,-?[0-9]{1,3}(\.[0-9]{1,6})?$", examples=["30.572800,104.066800"])
    q: str | None = Field(None, max_length=40)
    service: Service | None = None
    limit: int = Field(20, ge=1, le=50)
    after: str | None = Field(None, max_length=60)


class ShopCard(Answer):
    """A shop in a list. `open` says whether it takes orders this minute; `metres` is None without a place; `stars` are tenths on average, None
    without reviews."""

    id: int
    name: str
    cuisine: str
    address: str
    cover: str | None
    open: bool
    services: list[str]
    delivery_fee: int
    delivery_least: int
    metres: int | None
    dishes: list[str]
    stars: int | None
    reviews: int


class ShopPage(Answer):
    """A page of shops; `next` goes into `after`, None at the end."""

    items: list[ShopCard]
    next: str | None


class ShopDetail(ShopCard):
    """A shop on its own page."""

    notice: str
    phone: str
    latitude: float
    longitude: float
    hours: list[dict[str, str | int]]
    cook_minutes: int
    packing_fee: int


class OptionOut(Answer):
    """An answer to a group's question; `price` in fen is added to the dish."""

    id: int
    name: str
    price: int
    available: bool


class GroupOut(Answer):
    """A question about a dish: choose `least` to `most` of its options."""

    id: int
    name: str
    least: int
    most: int
    options: list[OptionOut]


class SizeOut(Answer):
    """A size with its price in fen; `left` only when few are left."""

    id: int
    name: str
    price: int
    available: bool
    left: int | None


class DishOut(Answer):
    """A dish of the menu. `images` are its pictures in order, `image` the first of them."""

    id: int
    name: str
    description: str
    image: str | None
    images: list[str]
    available: bool
    sizes: list[SizeOut]
    groups: list[GroupOut]


class CategoryOut(Answer):
    """A heading and its dishes, in the order that the restaurant chose."""

    id: int
    name: str
    dishes: list[DishOut]


class MenuOut(Answer):
    """Everything a shop sells this minute or later today."""

    shop_id: int
    open: bool
    categories: list[CategoryOut]


class WishIn(Body):
    """A line of the basket."""

    size_id: int = Id
    quantity: int = Field(1, ge=1, le=99)
    options: list[int] = Field(default_factory=list, max_length=40)


class Place(Body):
    """Coordinates (GCJ-02, degrees)."""

    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)


class BasketIn(Body):
    """What to eat and how. For `dine_in` send `table_code`; for `delivery` send `address`, `phone`, and `place`.

    `claims` are the customer's coupons to use; without it the best ones are used, an empty list uses none.
    """

    shop_id: int = Id
    service: Service
    lines: list[WishIn] = Field(min_length=1, max_length=50)
    table_code: str = Field("", max_length=16)
    guests: int = Field(0, ge=0, le=99)
    address: str = Field("", max_length=120)
    phone: str = Field("", max_length=20, pattern=r"^[0-9+ -]*$")
    place: Place | None = None
    note: str = Field("", max_length=200)
    claims: list[int] | None = Field(None, max_length=4)


class OrderIn(BasketIn):
    """A basket and the total that the customer agreed to, in fen."""

    expected: int = Field(ge=0, le=99_999_999_999)


class LineOut(Answer):
    """A line of an order, fen."""

    id: int
    title: str
    spec: str
    kind: str
    price: int
    quantity: int
    amount: int
    payable: int
    refunded: int


class PriceLine(Answer):
    """A line of a preview, fen."""

    title: str
    spec: str
    kind: str
    price: int
    quantity: int
    amount: int
    payable: int


class PriceOut(Answer):
    """What an order would cost, fen; `discount` is what the customer's level and the `coupons` take off."""

    lines: list[PriceLine]
    goods: int
    packing: int
    delivery: int
    discount: int
    payable: int
    coupons: list[CouponUsed]


class CourierOut(Answer):
    """Who brings the order, once somebody has taken it: the phone is masked; `code` is what the customer says at the door, until it has arrived."""

    name: str
    phone: str
    status: str
    status_words: str
    code: str | None
    taken_at: datetime | None
    left_at: datetime | None
    arrived_at: datetime | None


class OrderOut(Answer):
    """An order as its customer sees it. `code` is to be shown at pick-up; `courier` is null until one comes; `moves` are what the customer may do."""

    id: int
    number: str
    status: str
    status_words: str
    shop_id: int
    shop_name: str
    service: str
    table: str
    ticket: str
    code: str | None
    payable: int
    paid: int
    refunded: int
    placed_at: datetime
    pay_by: datetime
    accept_by: datetime | None
    promised_at: datetime | None
    ended_because: str
    note: str
    courier: CourierOut | None
    lines: list[LineOut]
    moves: list[str]


class OrderQuery(Body):
    """Newest first; `after` is the `next` of the page before."""

    limit: int = Field(20, ge=1, le=50)
    after: int | None = Field(None, ge=1, le=2**53)


class OrderPage(Answer):
    """A page of orders."""

    items: list[OrderOut]
    next: int | None


class RefundLineIn(Body):
    """How many fen of which line."""

    line_id: int = Id
    amount: int = Field(ge=1, le=99_999_999_999)


class RefundIn(Body):
    """Why, and which lines; no lines means everything that remains."""

    reason: str = Field(min_length=1, max_length=200)
    lines: list[RefundLineIn] = Field(default_factory=list, max_length=60)


class RefundOut(Answer):
    """A refund request and where it stands."""

    id: int
    number: str
    order_id: int
    status: str
    status_words: str
    amount: int
    reason: str
    answer: str
    asked_at: datetime
    refunded_at: datetime | None
