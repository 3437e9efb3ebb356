"""Reserve a time, move it, give it back. Whoever changes a resource's time holds the resource, so that changes come one after another; the database
refuses an overlap whatever the code does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.core.periods import local
from app.extensions import db
from app.framework.database import lock, save
from app.framework.live import announce
from app.framework.queue import enqueue
from app.kernel.audit.operations import append
from app.kernel.bookings.models import Reservation, Resource
from app.kernel.bookings.rules import Busy

OVERLAP = "23P01"  # exclusion_violation
LONGEST = timedelta(days=366)


class Taken(Refusal):
    """Somebody else has the resource in some part of the time."""

    code = "booking.taken"
    status = 409
    sentence = _l("“%(name)s”在这段时间已经有人订了或停用了，换一间或换个日期")


class Released(Refusal):
    """The time was given back before."""

    code = "booking.released"
    status = 409
    sentence = _l("这段占用已经释放")


class RangeRefused(Refusal):
    """The end is not after the beginning, or a year away."""

    code = "booking.range"
    status = 422
    sentence = _l("结束要晚于开始，最长一年")


def add_resource(
    *, kind: str, group_id: int, subject_type: str, subject_id: int, name: str, merchant_id: int,
) -> Resource:
    """The record of the trade can be reserved from here on."""
    return save(Resource(kind=kind, group_id=group_id, subject_type=subject_type, subject_id=subject_id, name=name, merchant_id=merchant_id))


def change_resource(resource: Resource, *, name: str | None = None, group_id: int | None = None, active: bool | None = None) -> Resource:
    """Its name, its kin, or whether it may be reserved; what is reserved already stays."""
    given = {"name": name, "group_id": group_id, "active": active}
    for field, value in given.items():
        if value is not None:
            setattr(resource, field, value)
    db.session.flush()
    return resource


def reserve(
    resource_id: int, during: Range[datetime], *, subject_type: str, subject_id: int, name: str = "", hold_until: datetime | None = None, now: datetime,
) -> Reservation:
    """The subject has the resource for that time; with `hold_until` only until then, unless `confirm` comes first. Refuses Taken, RangeRefused."""
    resource = hold_resource(resource_id)
    _check(during)
    made = Reservation(
        resource_id=resource.id, merchant_id=resource.merchant_id, during=during, purpose="use", subject_type=subject_type, subject_id=subject_id,
        name=name[:80], hold_until=hold_until,
    )
    with _refusing_overlap(resource):
        db.session.add(made)
        db.session.flush()
    if hold_until is not None:
        enqueue("release_lapsed_holds", at=hold_until + timedelta(seconds=5), key=f"hold:{made.id}")
    _tell(resource)
    return made


def reserve_first(resources: Sequence[Resource], during: Range[datetime], **of_the_use: Any) -> Reservation:
    """The first of the resources that is still free; they are tried in the order given. Refuses Taken with the name of the last."""
    for resource in resources[:-1]:
        try:
            return reserve(resource.id, during, **of_the_use)
        except Taken:
            continue
    return reserve(resources[-1].id, during, **of_the_use)


def block(resource_id: int, during: Range[datetime], *, reason: str, actor: Actor, now: datetime) -> Reservation:
    """The owner keeps everybody out, for a reason. Refuses Taken, RangeRefused, Invalid."""
    if not reason.strip() or len(reason) > 200:
        raise Invalid(errors=[{"field": "reason", "code": "required", "message": str(_l("写明停用的原因，最多 200 字"))}])
    resource = hold_resource(resource_id)
    _check(during)
    made = Reservation(resource_id=resource.id, merchant_id=resource.merchant_id, during=during, purpose="block", reason=reason.strip())
    with _refusing_overlap(resource):
        db.session.add(made)
        db.session.flush()
    append("booking_resource.blocked", resource, actor=actor, now=now, reason=reason.strip(), changes={"during": [None, words_of(during)]})
    _tell(resource)
    return made


def unblock(reservation: Reservation, *, actor: Actor, now: datetime) -> None:
    """What was blocked is free again. Refuses Released, and what is no block."""
    resource = hold_resource(reservation.resource_id)
    found = _live(reservation.id)
    if found.purpose != "block":
        raise Released
    found.released_at = now
    db.session.flush()
    append("booking_resource.unblocked", resource, actor=actor, now=now, changes={"during": [words_of(found.during), None]})
    _tell(resource)


def confirm(reservation: Reservation) -> Reservation:
    """A hold becomes a use that stays. Refuses Released when it had lapsed."""
    hold_resource(reservation.resource_id)
    found = _live(reservation.id)
    found.hold_until = None
    db.session.flush()
    return found


def relocate(reservation: Reservation, resource_id: int, during: Range[datetime], *, now: datetime) -> Reservation:
    """The use moves to this resource and time. Refuses Taken, Released, RangeRefused; then all is as before."""
    _check(during)
    resources = {key: hold_resource(key) for key in sorted({reservation.resource_id, resource_id})}
    found = _live(reservation.id)
    before, target = found.resource_id, resources[resource_id]
    with _refusing_overlap(target):
        found.resource_id, found.merchant_id, found.during = target.id, target.merchant_id, during
        db.session.flush()
    for key in sorted({before, resource_id}):
        _tell(resources[key])
    return found


def extend(reservation: Reservation, ends: datetime, *, now: datetime) -> Reservation:
    """It lasts until `ends`, later than before. Refuses Taken, Released, RangeRefused."""
    if ends <= reservation.ends:
        raise RangeRefused(field="ends")
    return relocate(reservation, reservation.resource_id, Range(reservation.begins, ends), now=now)


def shorten(reservation: Reservation, ends: datetime, *, now: datetime) -> Reservation:
    """It ends earlier; the rest is free. Refuses Released, RangeRefused."""
    if ends >= reservation.ends:
        raise RangeRefused(field="ends")
    return relocate(reservation, reservation.resource_id, Range(reservation.begins, ends), now=now)


def release(reservation: Reservation, *, now: datetime) -> None:
    """The time is free again; released twice is released once."""
    resource = hold_resource(reservation.resource_id)
    found = lock(Reservation, reservation.id)
    if found.released_at is None:
        found.released_at = now
        db.session.flush()
        _tell(resource)


@dataclass(frozen=True)
class Synced:
    """What a calendar of another channel changed: how many stretches came and went, and which of it somebody of ours has already."""

    added: int
    removed: int
    clashes: tuple[Busy, ...]


def take_over(resource_id: int, source: str, busy: Sequence[Busy], *, now: datetime) -> Synced:
    """The resource is taken by `source` exactly as its calendar says, of what is not over. What overlaps something of ours is told, not written."""
    resource = hold_resource(resource_id)
    statement = select(Reservation).where(
        Reservation.resource_id == resource.id, Reservation.purpose == "external", Reservation.source == source, Reservation.released_at.is_(None),
    )
    known = {(each.uid, each.begins, each.ends): each for each in db.session.scalars(statement)}
    wanted = {(each.uid, each.begins, each.ends): each for each in busy if each.ends > now and each.begins < each.ends}
    gone = [each for key, each in known.items() if key not in wanted and each.ends > now]
    for each in gone:
        each.released_at = now
    db.session.flush()
    clashes, added = [], 0
    for key in sorted(wanted.keys() - known.keys(), key=lambda key: (key[1], key[0])):
        try:
            _write_external(resource, source, wanted[key])
            added += 1
        except Taken:
            clashes.append(wanted[key])
    if added or gone:
        _tell(resource)
    return Synced(added, len(gone), tuple(clashes))


def _write_external(resource: Resource, source: str, busy: Busy) -> None:
    with _refusing_overlap(resource):
        db.session.add(Reservation(
            resource_id=resource.id, merchant_id=resource.merchant_id, during=Range(busy.begins, busy.ends), purpose="external", source=source,
            uid=busy.uid[:255], name=busy.name[:80],
        ))
        db.session.flush()


def hold_resource(resource_id: int) -> Resource:
    """Nobody else changes the resource's time until the transaction ends; of several take them in key order."""
    return lock(Resource, resource_id)


def words_of(during: Range[datetime]) -> str:
    """`2026-11-30 12:00 – 2026-12-02 12:00`, on Shanghai's clock."""
    assert during.lower is not None
    assert during.upper is not None
    return f"{local(during.lower):%Y-%m-%d %H:%M} – {local(during.upper):%Y-%m-%d %H:%M}"


def _live(reservation_id: int) -> Reservation:
    found = lock(Reservation, reservation_id)
    if found.released_at is not None:
        raise Released
    return found


def _check(during: Range[datetime]) -> None:
    begins, ends = during.lower, during.upper
    if begins is None or ends is None or not timedelta(0) < ends - begins <= LONGEST:
        raise RangeRefused(field="ends")


@contextmanager
def _refusing_overlap(resource: Resource) -> Iterator[None]:
    """What the exclusion constraint refuses is Taken, and the transaction goes on as before the block."""
    name = resource.name
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as refused:
        if getattr(refused.orig, "sqlstate", "") == OVERLAP:
            raise Taken(name=name) from refused
        raise


def _tell(resource: Resource) -> None:
    announce(f"merchant:{resource.merchant_id}:bookings", resource=resource.id)
