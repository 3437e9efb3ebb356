"""Room types and rooms: put up, changed, switched off. A type that guests see goes through review; a room is a resource of bookings."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.flow import move
from app.kernel.audit.operations import append, differences
from app.kernel.bookings.models import Resource
from app.kernel.bookings.operations import add_resource, change_resource
from app.kernel.listings.moderation import after_change, change_listing, submit_listing
from app.kernel.places.rules import problem
from app.verticals.stays.house_rules import TYPES_AT_MOST, UNITS_AT_MOST, type_problems
from app.verticals.stays.listing import FIELDS
from app.verticals.stays.models import House, RoomType, Unit
from app.verticals.stays.models.rooms import ROOM

CODE_BYTES = 24


class RoomNameTaken(Refusal):
    """Another room or room type of the house has that name."""

    code = "stays.name_taken"
    status = 409
    sentence = _l("“%(name)s”已经有了，换一个名字")


class TooManyRooms(Refusal):
    """A house has at most so many."""

    code = "stays.too_many_rooms"
    status = 422
    sentence = _l("一家最多 %(count)d 个")


def create_type(house: House, values: dict[str, Any], *, submit: bool = True, actor: Actor, now: datetime) -> RoomType:
    """A room type of the house: a draft, or handed in for review. Raises Invalid, RoomNameTaken, TooManyRooms."""
    _check(values)
    hold_house(house.id)
    count = _count(RoomType, house.id)
    if count >= TYPES_AT_MOST:
        raise TooManyRooms(field="name", count=TYPES_AT_MOST)
    _refuse_taken(RoomType, house.id, values["name"])
    made = save(RoomType(merchant_id=house.merchant_id, house_id=house.id, position=count, **values))
    append("stays_type.added", made, actor=actor, now=now)
    if submit:
        submit_listing(made, actor=actor, now=now)
    return made


def update_type(room_type: RoomType, values: dict[str, Any], *, version: int | None = None, actor: Actor, now: datetime) -> RoomType:
    """The type has these values; what reviewers want to see waits beside what is on sale, prices hold at once. Raises Invalid, Conflict, RoomNameTaken."""
    _check(values)
    hold_house(room_type.house_id)
    found = lock(RoomType, room_type.id, version=version)
    _refuse_taken(RoomType, found.house_id, values["name"], but=found.id)
    changed = differences({name: getattr(found, name) for name in values}, values)
    for name, value in values.items():
        if name not in FIELDS:
            setattr(found, name, value)
    if changed:
        append("stays_type.changed", found, actor=actor, now=now, changes=changed)
    db.session.flush()
    if not change_listing(found, {name: values[name] for name in FIELDS if name in values}, actor=actor, now=now):
        after_change(found, actor=actor, now=now)
    return found


def offer_type(room_type: RoomType, wanted: bool, *, actor: Actor, now: datetime) -> RoomType:
    """On sale or off: handed in, put back, or taken off, whichever it takes."""
    if wanted and room_type.status in ("draft", "rejected"):
        submit_listing(room_type, actor=actor, now=now)
        return room_type
    return move(room_type, "put_back" if wanted else "take_off", actor=actor, now=now)


def add_units(room_type: RoomType, names: Sequence[str], *, actor: Actor, now: datetime) -> list[Unit]:
    """Rooms of the type, each with a resource of bookings and a calendar address of its own. Raises Invalid, RoomNameTaken, TooManyRooms."""
    hold_house(room_type.house_id)
    wanted = [_name(name) for name in names]
    count = _count(Unit, room_type.house_id)
    if not wanted or count + len(wanted) > UNITS_AT_MOST:
        raise TooManyRooms(field="names", count=UNITS_AT_MOST)
    made = []
    for number, name in enumerate(wanted):
        _refuse_taken(Unit, room_type.house_id, name)
        unit = save(Unit(
            merchant_id=room_type.merchant_id, house_id=room_type.house_id, type_id=room_type.id, name=name, position=count + number,
            calendar_code=secrets.token_urlsafe(CODE_BYTES),
        ))
        unit.resource_id = add_resource(
            kind=ROOM, group_id=room_type.id, subject_type=ROOM, subject_id=unit.id, name=name, merchant_id=unit.merchant_id,
        ).id
        made.append(unit)
    db.session.flush()
    append("stays_type.units_added", room_type, actor=actor, now=now, changes={"units": [None, wanted]})
    return made


def change_unit(unit: Unit, *, name: str, lock_number: str, actor: Actor, now: datetime) -> Unit:
    """The room is called `name`, and this lock is on its door; stays keep the code that they have. Raises Invalid, RoomNameTaken."""
    hold_house(unit.house_id)
    unit, name, lock_number = lock(Unit, unit.id), _name(name), lock_number.strip()
    if len(lock_number) > 40 or not all(sign.isascii() and (sign.isalnum() or sign in "-_.") for sign in lock_number):
        raise Invalid(errors=[problem("lock_number", "characters", _l("锁号只能有字母、数字和 - _ .，最多 40 个字"))])
    _refuse_taken(Unit, unit.house_id, name, but=unit.id)
    changed = differences({"name": unit.name, "lock_number": unit.lock_number}, {"name": name, "lock_number": lock_number})
    unit.name, unit.lock_number = name, lock_number
    change_resource(get(Resource, unit.resource_id), name=name)
    if changed:
        append("stays_unit.changed", unit, actor=actor, now=now, changes=changed)
    return unit


def set_unit_active(unit: Unit, active: bool, *, actor: Actor, now: datetime) -> Unit:
    """The room can be booked, or no longer can; what is booked stays."""
    unit = lock(Unit, unit.id)
    if unit.active != active:
        unit.active = active
        change_resource(get(Resource, unit.resource_id), active=active)
        append("stays_unit.activated" if active else "stays_unit.deactivated", unit, actor=actor, now=now)
    return unit


def renew_calendar(unit: Unit, *, actor: Actor, now: datetime) -> Unit:
    """The room's calendar has another address: whoever knew the old one sees nothing more. The addresses stay out of the audit."""
    unit = lock(Unit, unit.id)
    unit.calendar_code = secrets.token_urlsafe(CODE_BYTES)
    append("stays_unit.calendar_renewed", unit, actor=actor, now=now)
    db.session.flush()
    return unit


def hold_house(house_id: int) -> None:
    """Nobody else changes the house's rooms until the transaction ends; bookings go on."""
    with elevated():
        db.session.execute(select(House.id).where(House.id == house_id).with_for_update(key_share=True))


def _check(values: dict[str, Any]) -> None:
    found = type_problems(values)
    if found:
        raise Invalid(errors=found)


def _count(model: type[Any], house_id: int) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model).where(model.house_id == house_id)) or 0)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 20:
        raise Invalid(errors=[problem("name", "required", _l("填写名字，最多 %(count)d 个字", count=20))])
    return name


def _refuse_taken(model: type[Any], house_id: int, name: str, but: int | None = None) -> None:
    found = db.session.scalars(select(model.id).where(model.house_id == house_id, model.name == name)).first()
    if found is not None and found != but:
        raise RoomNameTaken(field="name", name=name)
