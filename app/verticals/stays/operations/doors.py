"""Codes of smart locks follow the stay: asked for when the house expects the guest, ended when it is over. The lock's maker is called by a job."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.core.actors import system
from app.core.periods import day_start
from app.extensions import db
from app.framework.database import elevated, get, lock, outside, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.queue import enqueue
from app.framework.sealing import seal, unseal
from app.verticals.stays.adapters.locks import LockUnavailable, locks
from app.verticals.stays.models import DoorCode, House, StayOrder, Unit
from app.verticals.stays.queries import nights_of

SYSTEM = system("locks")
GRACE = timedelta(minutes=30)  # a guest who packs slowly still gets back in


def ask_codes(order: StayOrder, *, now: datetime) -> list[DoorCode]:
    """A code for each room of the stay that has a lock, good from the hour of arriving to the hour of leaving. Runs elevated."""
    house = get(House, order.house_id)
    made = []
    for unit_id, first, after in _stretches(order):
        unit = get(Unit, unit_id)
        if not unit.lock_number:
            continue
        code = save(DoorCode(
            merchant_id=order.merchant_id, order_id=order.id, unit_id=unit.id, unit_name=unit.name, lock_number=unit.lock_number,
            begins=_at(first, house.arrive_from), ends=_at(after, house.leave_by) + GRACE,
        ))
        code.sealed = seal(f"{secrets.randbelow(10**6):06d}", _place(code))
        made.append(code)
    db.session.flush()
    for code in made:
        enqueue("issue_door_code", code_id=code.id)
    return made


def end_codes(order: StayOrder, *, now: datetime) -> None:
    """No code of the stay opens a door any more, as soon as the lock's maker has heard of it. Runs elevated."""
    statement = select(DoorCode.id).where(DoorCode.order_id == order.id, DoorCode.status.in_(("asked", "live"))).order_by(DoorCode.id)
    for key in list(db.session.scalars(statement)):
        move(db.session.get_one(DoorCode, key), "end", actor=SYSTEM, now=now)
        enqueue("revoke_door_code", code_id=key)


def issue_code(code_id: int, *, now: datetime) -> None:
    """The lock knows the code, once; a code that ended meanwhile is not told. Commits before it calls. Raises LockUnavailable: try again later."""
    code = get(DoorCode, code_id)
    if code.status != "asked":
        return
    told = (code.lock_number, unseal(code.sealed, _place(code)), code.begins, code.ends, f"stays-{code.id}")
    reference = _call(code_id, lambda: locks().issue(*told))
    with elevated():
        code = lock(DoorCode, code_id)
        code.reference, code.problem = reference, ""
        if code.status == "asked":
            move(code, "issue", actor=SYSTEM, now=now)
            publish("happened", act="stays_door.told", record=code, reason="", actor=SYSTEM, now=now)


def revoke_code(code_id: int, *, now: datetime) -> None:
    """The lock has forgotten the code, once. Commits before it calls. Raises LockUnavailable: try again later."""
    code = get(DoorCode, code_id)
    if code.status != "ending":
        return
    number, name = code.lock_number, f"stays-{code.id}"
    _call(code_id, lambda: locks().revoke(number, name))
    with elevated():
        code = lock(DoorCode, code_id)
        code.problem = ""
        if code.status == "ending":
            move(code, "revoke", actor=SYSTEM, now=now)


def code_words(code: DoorCode) -> str:
    """The code itself, for the guest whose stay it is; empty unless it opens the door."""
    return unseal(code.sealed, _place(code)) if code.status == "live" else ""


def _call(code_id: int, ask: Callable[[], str]) -> str:
    try:
        with outside():
            return ask()
    except LockUnavailable as silent:
        with elevated():
            lock(DoorCode, code_id).problem = str(silent)[:200]
            db.session.commit()
        raise


def _stretches(order: StayOrder) -> list[tuple[int, date, date]]:
    """(room, first night, the day after the last) for each room of the stay, in order."""
    found: list[tuple[int, date, date]] = []
    for night in nights_of(order.id):
        after = night.day + timedelta(days=1)
        if found and found[-1][0] == night.unit_id and found[-1][2] == night.day:
            found[-1] = (night.unit_id, found[-1][1], after)
        else:
            found.append((night.unit_id, night.day, after))
    return found


def _at(day: date, hour: str) -> datetime:
    """That hour of the day on Shanghai's clock."""
    hours, minutes = map(int, hour.split(":"))
    return day_start(day) + timedelta(hours=hours, minutes=minutes)


def _place(code: DoorCode) -> str:
    return f"stays_door:code:{code.id}"
