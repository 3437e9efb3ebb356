"""A stay changes: more nights, another room, other dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.events import publish
from app.framework.flow import WrongState
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.bookings.models import Reservation, Resource
from app.kernel.bookings.operations import Taken, relocate, reserve, shorten
from app.kernel.bookings.queries import free_resources, reservations_of
from app.kernel.bookings.rules import nights_between
from app.kernel.orders.operations import add_lines, tell
from app.kernel.places.rules import problem
from app.kernel.plans.operations.entitlements import consume
from app.kernel.plans.owners import Owner
from app.verticals.stays.models import RoomType, StayNight, StayOrder, Unit
from app.verticals.stays.models.orders import ORDER_FLOW, SUBJECT
from app.verticals.stays.models.rooms import ROOM
from app.verticals.stays.operations.booking import FEE_KINDS, DatesRefused, member_ppm, price_of_nights, refuse_closed, write_nights
from app.verticals.stays.operations.cancelling import stay_of
from app.verticals.stays.operations.differences import Difference, differences_of, first_night_to_change, settle
from app.verticals.stays.operations.doors import ask_codes, end_codes
from app.verticals.stays.queries import nights_of, tariffs_of
from app.verticals.stays.rules import NIGHT, NIGHTS_AT_MOST, Night, quote

UPGRADES = "stays.upgrades"


class RoomTakenNext(Refusal):
    """The room is somebody else's for the added nights. `rooms` are those that are free for them."""

    code = "stays.room_taken_next"
    status = 409
    sentence = _l("“%(room)s”后面几晚已经有人，可以换到：%(rooms)s")


class NotThisRoom(Refusal):
    """The room is of another house, or not in use."""

    code = "stays.not_this_room"
    status = 422
    sentence = _l("选这家在用的房间")


class TypeAndDates(Refusal):
    """Other dates keep the price that was agreed, another type of room does not: what it differs by is asked for when the room alone changes."""

    code = "stays.type_and_dates"
    status = 409
    sentence = _l("换日期和换房型要分两步：先改到同房型的房间，再换到“%(room)s”，那时会问差价")


# ---- more nights -----------------------------------------------------------------------------------------------------

def extension_price(order: StayOrder, leaves: date, *, now: datetime) -> list[Night]:
    """What the added nights cost, by the prices of this moment. Refuses DatesRefused, WrongState. Runs elevated."""
    if order.status not in ("booked", "in_house"):
        raise WrongState(state=str(ORDER_FLOW.state(order.status).label), move=str(_l("续住")))
    days = nights_between(order.leaves, leaves)
    if not days or order.nights + len(days) > NIGHTS_AT_MOST:
        raise DatesRefused(field="leaves", why=str(_l("新的离店日要晚于原来的，连住最多 %(nights)d 晚", nights=NIGHTS_AT_MOST)))
    if order.leaves < business_day(now):
        raise DatesRefused(field="leaves", why=str(_l("已经过了离店日")))
    tariff = tariffs_of([get(RoomType, order.type_id)], order.leaves, leaves)[order.type_id]
    refuse_closed(tariff, days)
    return quote(tariff, days, booked_on=business_day(now), member_ppm=member_ppm(order.merchant_id, order.customer_id, now), stayed=order.nights)


def extend_stay(
    order_id: int, leaves: date, *, unit_id: int | None = None, held: bool = False, actor: Actor, now: datetime,
) -> StayOrder:
    """The stay lasts until `leaves`: the nights are added to the order at the prices of this moment, in the same room, or in `unit_id`. `held` keeps them
    only until the minutes of the setting are over, unless all that is due is paid. Refuses RoomTakenNext, DatesRefused, NotThisRoom."""
    order = stay_of(order_id)
    with elevated():
        nights = extension_price(order, leaves, now=now)
        last = nights_of(order.id)[-1]
        unit = _unit(order, unit_id or last.unit_id)
        until = now + timedelta(minutes=value_of("stays.pay_within")) if held else None
        try:
            made = reserve(
                unit.resource_id or 0, NIGHT.range_of(order.leaves, leaves), subject_type=SUBJECT, subject_id=order.id, name=order.contact_name,
                hold_until=until, now=now,
            )
        except Taken as taken:
            raise RoomTakenNext(field="leaves", room=unit.name, rooms=_free_names(order, leaves)) from taken
        room_type = get(RoomType, order.type_id)
        lines = add_lines(order, price_of_nights(room_type, nights), fee_kinds=FEE_KINDS, now=now)
        write_nights(order, lines, [night.day for night in nights], made, unit)
        before, order.leaves = order.leaves, leaves
        db.session.flush()
        append("stays_order.extended", order, actor=actor, now=now, changes={"leaves": [before.isoformat(), leaves.isoformat()]})
        end_codes(order, now=now)
        ask_codes(order, now=now)
        tell(order)
    publish("happened", act="stays_order.extended", record=order, reason="", actor=actor, now=now)
    return order


def _free_names(order: StayOrder, leaves: date) -> str:
    names = [each.name for each in free_for(order, order.leaves, leaves)]
    return "、".join(names[:6]) or str(_l("没有空房"))


def free_for(order: StayOrder, first: date, after: date) -> list[Resource]:
    """The rooms of the house that are free for these nights, those of the stay's type first."""
    types = list(db.session.scalars(select(RoomType.id).where(RoomType.house_id == order.house_id)))
    found = free_resources(ROOM, types, NIGHT.range_of(first, after))
    return sorted(found, key=lambda each: (each.group_id != order.type_id, each.id))


# ---- another room ----------------------------------------------------------------------------------------------------

def room_differences(order: StayOrder, unit_id: int, *, now: datetime) -> list[Difference]:
    """What the nights that are left would cost more or less in this room; empty for one of the same type. Refuses NotThisRoom. Runs elevated."""
    return differences_of(order, _unit(order, unit_id), now=now)


def change_room(
    order_id: int, unit_id: int, *, reason: str, free_upgrade: bool = False, charge: bool = False, actor: Actor, now: datetime,
) -> StayOrder:
    """The stay goes on in this room, from tonight on once the guests are in. With `charge` the guest owes or gets back what another type of room
    differs by, and the stay is of that type; without it the house waives that, and prices stay as they were agreed. `free_upgrade` takes one of the
    upgrades that the guest's membership grants. Refuses Taken, NotThisRoom, QuotaSpent, WrongState."""
    order = stay_of(order_id)
    if order.status not in ("waiting", "booked", "in_house"):
        raise WrongState(state=str(ORDER_FLOW.state(order.status).label), move=str(_l("换房")))
    if not 1 <= len(reason.strip()) <= 200:
        raise Invalid(errors=[problem("reason", "required", _l("写明换房的原因，最多 200 字"))])
    with elevated():
        unit, before = _unit(order, unit_id), order.unit_name
        if free_upgrade:
            consume(Owner("customer", order.customer_id), UPGRADES, 1, now=now)
        found = differences_of(order, unit, now=now)
        start = NIGHT.day_of(first_night_to_change(order, now))
        for reservation in reservations_of(SUBJECT, [order.id]):
            _move_from(order, reservation, unit, start, now)
        order.unit_id, order.unit_name = unit.id, unit.name
        db.session.flush()
        changes: dict[str, list[Any]] = {"unit_name": [before, unit.name]}
        if found:
            charged = charge and not free_upgrade
            if charged:
                settle(order, unit, found, actor=actor, now=now)
            changes["room_difference" if charged else "difference_waived"] = [None, sum(each.amount for each in found)]
        append("stays_order.room_changed", order, actor=actor, now=now, reason=reason.strip(), changes=changes)
        end_codes(order, now=now)
        ask_codes(order, now=now)
        tell(order)
    publish("happened", act="stays_order.room_changed", record=order, reason=reason.strip(), actor=actor, now=now)
    return order


def _move_from(order: StayOrder, reservation: Reservation, unit: Unit, start: date, now: datetime) -> None:
    """What of the reservation is from `start` on is in this room."""
    first = NIGHT.start_of(start)
    if reservation.ends <= first or reservation.resource_id == unit.resource_id:
        return
    nights = [night for night in nights_of(order.id) if night.reservation_id == reservation.id and night.day >= start]
    if reservation.begins >= first:
        relocate(reservation, unit.resource_id or 0, reservation.during, now=now)
        kept = reservation
    else:
        after, until = reservation.ends, reservation.hold_until
        shorten(reservation, first, now=now)
        kept = reserve(
            unit.resource_id or 0, NIGHT.range_of(start, NIGHT.day_of(after)), subject_type=SUBJECT, subject_id=order.id, name=order.contact_name,
            hold_until=until, now=now,
        )
    for night in nights:
        night.unit_id, night.type_id, night.reservation_id = unit.id, unit.type_id, kept.id
    db.session.flush()


# ---- other dates -----------------------------------------------------------------------------------------------------

def move_dates(order_id: int, arrives: date, *, unit_id: int | None = None, actor: Actor, now: datetime) -> StayOrder:
    """The stay begins on another day, for as many nights at the prices that were agreed, in the same room or in `unit_id`, which is of the type that the
    nights are of. Only before the guests are in. Refuses Taken, DatesRefused, NotThisRoom, TypeAndDates, WrongState; then all is as before."""
    order = stay_of(order_id)
    if order.status not in ("waiting", "booked"):
        raise WrongState(state=str(ORDER_FLOW.state(order.status).label), move=str(_l("改期")))
    if arrives < business_day(now):
        raise DatesRefused(field="arrives", why=str(_l("入住日期已经过去")))
    with elevated():
        moved = _unit(order, unit_id) if unit_id else None
        if moved and any(night.type_id != moved.type_id for night in nights_of(order.id)):
            raise TypeAndDates(field="unit_id", room=moved.name)
        shift, before = arrives - order.arrives, (order.arrives, order.unit_name)
        found = reservations_of(SUBJECT, [order.id])
        for reservation in reversed(found) if shift > timedelta(0) else found:
            nights = [night for night in nights_of(order.id) if night.reservation_id == reservation.id]
            unit = moved or _unit(order, nights[0].unit_id)
            days = [night.day + shift for night in nights]
            relocate(reservation, unit.resource_id or 0, NIGHT.range_of(days[0], days[-1] + timedelta(days=1)), now=now)
            _lay(order, nights, days, unit, later=shift > timedelta(0))
        order.leaves, order.arrives = order.leaves + shift, arrives
        if moved:
            order.unit_id, order.unit_name = moved.id, moved.name
        db.session.flush()
        changes = {"arrives": [before[0].isoformat(), arrives.isoformat()], "unit_name": [before[1], order.unit_name]}
        append("stays_order.dates_moved", order, actor=actor, now=now, changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]})
        end_codes(order, now=now)
        ask_codes(order, now=now)
        tell(order)
    publish("happened", act="stays_order.dates_moved", record=order, reason="", actor=actor, now=now)
    return order


def _lay(order: StayOrder, nights: Sequence[StayNight], days: Sequence[date], unit: Unit, *, later: bool) -> None:
    """The nights are these days in that room, and so say their lines. One by one, so that no two are the same night on the way."""
    lines = {night.id: order.lines_of(night.day) for night in nights}
    pairs = list(zip(nights, days, strict=True))
    for night, day in reversed(pairs) if later else pairs:
        charged = lines[night.id]
        night.day, night.unit_id, night.type_id = day, unit.id, unit.type_id
        for line in charged:
            _before, _, name = line.title.partition(" · ")
            line.title = f"{day:%m-%d} · {name}"
            line.details = {**line.details, "night": day.isoformat()}
        db.session.flush()


def _unit(order: StayOrder, unit_id: int) -> Unit:
    try:
        unit = get(Unit, unit_id)
    except NotFound as unknown:
        raise NotThisRoom(field="unit_id") from unknown
    if unit.house_id != order.house_id or not unit.active:
        raise NotThisRoom(field="unit_id")
    return unit
