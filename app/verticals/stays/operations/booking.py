"""A guest's side: what a stay would cost, and booking it. Prices, rooms, and rules are the house's, never the client's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.bookings.models import Reservation, Resource
from app.kernel.bookings.operations import reserve_first
from app.kernel.bookings.queries import free_resources
from app.kernel.bookings.rules import nights_between
from app.kernel.loyalty.queries import level_of
from app.kernel.marketing.operations import take_offers, use_offers
from app.kernel.marketing.rules import Applied, Goods, parts_of
from app.kernel.orders.models import OrderLine
from app.kernel.orders.operations import place_order
from app.kernel.orders.rules import LineDraft, Price, price_with
from app.kernel.places.rules import problem
from app.kernel.plans.operations.entitlements import discount_of
from app.kernel.plans.owners import Owner
from app.verticals.stays.models import House, RoomType, StayNight, StayOrder, Unit
from app.verticals.stays.models.orders import SUBJECT
from app.verticals.stays.models.rooms import ROOM
from app.verticals.stays.queries import tariffs_of
from app.verticals.stays.rules import NIGHT, Night, Tariff, deposit_of, is_closed, least_nights, quote

FEE_KINDS = ("commission",)
MEMBER_DISCOUNT = "stays.discount"
AHEAD_AT_MOST = 365  # days
WEEKDAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))


class HouseClosed(Refusal):
    """The house is paused or off, or the room type is not on sale."""

    code = "stays.house_closed"
    status = 409
    sentence = _l("“%(name)s”现在不能订")


class DatesRefused(Refusal):
    """Days in the past, too far, too few or too many nights, or nights that the house does not sell."""

    code = "stays.dates"
    status = 422
    sentence = _l("这几天订不了：%(why)s")


class TooManyPeople(Refusal):
    """More people than the room takes."""

    code = "stays.too_many_people"
    status = 422
    sentence = _l("“%(name)s”最多住 %(most)d 人")


class NoRoom(Refusal):
    """Every room of the type is taken for some of the nights."""

    code = "stays.no_room"
    status = 409
    sentence = _l("“%(name)s”这几晚已经订满，换个日期或房型")


class StayPriceChanged(Refusal):
    """The total is not what the guest agreed to."""

    code = "stays.price_changed"
    status = 409
    sentence = _l("价格变了，现在是 %(payable)s，确认后重新下单")


@dataclass(frozen=True)
class Wish:
    """What a guest wants. `expected` is the total that was shown, in fen; a different one is refused. `deposit_only` pays only what makes it stand;
    `unit_id` is a room that the desk picked. `claims` are coupons that the guest chose, None lets the best be chosen."""

    type_id: int
    arrives: date
    leaves: date
    people: int
    contact_name: str
    contact_phone: str
    note: str = ""
    expected: int | None = None
    deposit_only: bool = False
    unit_id: int | None = None
    claims: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Quote:
    """What a stay would cost, night by night and less the coupons, what makes it stand (0: all), and the rooms that are free for it."""

    house: House
    room_type: RoomType
    nights: tuple[Night, ...]
    coupons: tuple[Applied, ...]
    price: Price
    deposit: int
    free: tuple[Resource, ...]

    @property
    def payable(self) -> int:
        """What the guest pays."""
        return self.price.payable


def member_ppm(merchant_id: int, customer_id: int | None, now: datetime) -> int:
    """What comes off for the guest: the level at the house or the platform's membership, whichever is more, in ppm."""
    if not customer_id:
        return 0
    level = level_of(merchant_id, customer_id, now)
    return max(level.discount_ppm if level else 0, discount_of(Owner("customer", customer_id), MEMBER_DISCOUNT, now=now))


def preview(wish: Wish, *, customer_id: int | None, now: datetime) -> Quote:
    """The stay's price as booking would make it, and the rooms that are free. Refuses what booking would refuse, but a full house. Runs elevated."""
    room_type = get(RoomType, wish.type_id)
    house = get(House, room_type.house_id)
    if house.status != "open" or room_type.status != "on_sale":
        raise HouseClosed(field="type_id", name=room_type.name)
    if not 1 <= wish.people <= room_type.people:
        raise TooManyPeople(field="people", name=room_type.name, most=room_type.people)
    days = nights_between(wish.arrives, wish.leaves)
    today = business_day(now)
    tariff = tariffs_of([room_type], wish.arrives, max(wish.leaves, wish.arrives + timedelta(days=1)))[room_type.id]
    _check_days(tariff, days, wish, today)
    nights = quote(tariff, days, booked_on=today, member_ppm=member_ppm(house.merchant_id, customer_id, now))
    applied = _coupons(house, room_type, nights, wish, customer_id, now)
    price = price_of_nights(room_type, nights, applied)
    deposit = deposit_of([line.payable for line in price.lines], house.deposit, house.deposit_ppm)
    return Quote(house, room_type, tuple(nights), tuple(applied), price, deposit, tuple(_rooms(wish, days)))


def book(wish: Wish, *, customer_id: int, customer_name: str, channel: str = "app", actor: Actor, now: datetime) -> StayOrder:
    """Book the stay: a room is held, fees are frozen, payment (or the deposit) is due within the minutes of the setting. Refuses what `preview` refuses,
    NoRoom, StayPriceChanged, CouponGone; of many at once for the last room one has it."""
    _check_contact(wish)
    with elevated():
        found = preview(wish, customer_id=customer_id, now=now)
        if wish.expected is not None and wish.expected != found.payable:
            raise StayPriceChanged(field="expected", payable=yuan(found.payable))
        if not found.free:
            raise NoRoom(field="arrives", name=found.room_type.name)
        minutes = value_of("stays.pay_within" if channel == "app" else "stays.desk_pay_within")
        unit = _unit_of(found.free[0])
        order = place_order(
            StayOrder, found.price, prefix="S", merchant_id=found.house.merchant_id, customer_id=customer_id, customer_name=customer_name,
            fee_kinds=FEE_KINDS, pay_within=timedelta(minutes=minutes), kind=channel, note=wish.note, now=now, house_id=found.house.id,
            deposit=found.deposit if wish.deposit_only else 0, type_id=found.room_type.id, type_name=found.room_type.name, unit_id=unit.id,
            unit_name=unit.name, arrives=wish.arrives, leaves=wish.leaves, people=wish.people, contact_name=wish.contact_name.strip(),
            contact_phone=wish.contact_phone.strip(), channel=channel, ladder=found.house.ladder, arrive_from=found.house.arrive_from,
        )
        held = reserve_first(
            found.free, NIGHT.range_of(wish.arrives, wish.leaves), subject_type=SUBJECT, subject_id=order.id, name=order.contact_name,
            hold_until=order.pay_by, now=now,
        )
        use_offers(
            found.coupons, order_id=order.id, order_number=order.number, merchant_id=order.merchant_id, customer_id=order.customer_id, now=now,
        )
        unit = _unit_of(next(each for each in found.free if each.id == held.resource_id))
        order.unit_id, order.unit_name = unit.id, unit.name
        write_nights(order, order.lines, [night.day for night in found.nights], held, unit)
        append("stays_order.placed", order, actor=actor, now=now)
        enqueue("cancel_unpaid_stays", at=order.pay_by + timedelta(seconds=5), key=f"unpaid-stay:{order.id}")
    return order


def write_nights(order: StayOrder, lines: Sequence[OrderLine], days: Sequence[date], reservation: Reservation, unit: Unit) -> list[StayNight]:
    """A night for each line, in the room that the reservation is for."""
    made = [
        StayNight(
            merchant_id=order.merchant_id, order_id=order.id, line_id=line.id, reservation_id=reservation.id, type_id=unit.type_id, unit_id=unit.id, day=day,
            price=line.payable,
        )
        for line, day in zip(lines, days, strict=True)
    ]
    db.session.add_all(made)
    db.session.flush()
    return made


def night_draft(room_type: RoomType, night: Night) -> LineDraft:
    """The line of a night: `11-30 周一 · 山景大床房`, with what comes off in words."""
    parts = ((night.promotion_name, night.promotion), (_l("连住优惠"), night.long_stay), (_l("会员价"), night.member))
    words = " · ".join(filter(None, (night.word, *(f"{name} −{yuan(fen)}" for name, fen in parts if fen))))
    return LineDraft(
        title=f"{night.day:%m-%d} {WEEKDAYS[night.day.weekday()]} · {room_type.name}", price=night.price, subject_id=room_type.id, spec=words,
        details={"night": night.day.isoformat()}, product_id=room_type.id,
    )


def price_of_nights(room_type: RoomType, nights: Sequence[Night], applied: Sequence[Applied] = ()) -> Price:
    """A line a night: the house bears what its calendar and its coupons take off, the platform what its own do."""
    own, platform = (parts_of(applied, side, len(nights)) for side in ("merchant", "platform"))
    return price_with(
        [night_draft(room_type, night) for night in nights], [night.off + part for night, part in zip(nights, own, strict=True)], platform,
    )


def _coupons(house: House, room_type: RoomType, nights: Sequence[Night], wish: Wish, customer_id: int | None, now: datetime) -> list[Applied]:
    """What coupons take off the nights after the calendar and the level; of every night a fen is left to pay."""
    lines = [Goods(room_type.id, night.payable) for night in nights]
    return take_offers(
        lines, merchant_id=house.merchant_id, trade="stays", customer_id=customer_id or 0, keep=len(lines), wanted=wish.claims, now=now,
    )


def _unit_of(resource: Resource) -> Unit:
    return get(Unit, resource.subject_id)


def _rooms(wish: Wish, days: Sequence[date]) -> list[Resource]:
    """The rooms that are free, or of them the one that the desk picked."""
    if not days:
        return []
    free = free_resources(ROOM, [wish.type_id], NIGHT.range_of(wish.arrives, wish.leaves))
    return [each for each in free if wish.unit_id in (None, each.subject_id)]


def _check_days(tariff: Tariff, days: Sequence[date], wish: Wish, today: date) -> None:
    if not days:
        raise DatesRefused(field="leaves", why=str(_l("离店要晚于入住")))
    if wish.arrives < today:
        raise DatesRefused(field="arrives", why=str(_l("入住日期已经过去")))
    if (wish.leaves - today).days > AHEAD_AT_MOST:
        raise DatesRefused(field="leaves", why=str(_l("最远订 %(days)d 天内", days=AHEAD_AT_MOST)))
    if len(days) > tariff.most:
        raise DatesRefused(field="leaves", why=str(_l("最多连住 %(nights)d 晚", nights=tariff.most)))
    if len(days) < least_nights(tariff, days[0]):
        raise DatesRefused(field="leaves", why=str(_l("这天入住最少 %(nights)d 晚", nights=least_nights(tariff, days[0]))))
    refuse_closed(tariff, days)


def refuse_closed(tariff: Tariff, days: Sequence[date]) -> None:
    """Refuses DatesRefused for nights that the house does not sell."""
    shut = next((day for day in days if is_closed(tariff, day)), None)
    if shut is not None:
        raise DatesRefused(field="arrives", why=str(_l("%(day)s 不卖", day=f"{shut:%m-%d}")))


def _check_contact(wish: Wish) -> None:
    errors = []
    if not 1 <= len(wish.contact_name.strip()) <= 30:
        errors.append(problem("contact_name", "required", _l("填写联系人，最多 30 个字")))
    phone = wish.contact_phone.strip()
    if not (phone.isascii() and phone.isdecimal() and len(phone) == 11 and phone.startswith("1")):
        errors.append(problem("contact_phone", "phone", _l("填写 11 位手机号")))
    if errors:
        raise Invalid(errors=errors)
