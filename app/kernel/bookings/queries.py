"""Reads of bookings: what is free, who has what when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Exists, func, select
from sqlalchemy.dialects.postgresql import Range

from app.extensions import db
from app.kernel.bookings.models import Reservation, Resource
from app.kernel.bookings.rules import DayRule


def _taken(during: Range[datetime], but: int | None = None) -> Exists:
    clash = select(Reservation.id).where(
        Reservation.resource_id == Resource.id, Reservation.released_at.is_(None), Reservation.during.op("&&")(during),
    )
    return (clash.where(Reservation.id != but) if but else clash).exists()


def free_resources(kind: str, group_ids: Iterable[int], during: Range[datetime], *, but: int | None = None) -> list[Resource]:
    """The active resources of the groups that nobody has in any part of the range, by id. `but` is a reservation that does not count."""
    statement = select(Resource).where(Resource.kind == kind, Resource.group_id.in_(list(group_ids)), Resource.active, ~_taken(during, but))
    return list(db.session.scalars(statement.order_by(Resource.id)))


def free_counts(kind: str, group_ids: Iterable[int], during: Range[datetime]) -> dict[int, int]:
    """Group → how many of its active resources are free for the whole range; groups without any are left out."""
    statement = select(Resource.group_id, func.count()).where(Resource.kind == kind, Resource.group_id.in_(list(group_ids)), Resource.active)
    return {int(group): int(count) for group, count in db.session.execute(statement.where(~_taken(during)).group_by(Resource.group_id))}


def live_between(resource_ids: Iterable[int], during: Range[datetime]) -> list[Reservation]:
    """All that is live of the resources in the range, by resource and beginning: the calendar of many in one statement."""
    statement = select(Reservation).where(
        Reservation.resource_id.in_(list(resource_ids)), Reservation.released_at.is_(None), Reservation.during.op("&&")(during),
    )
    return list(db.session.scalars(statement.order_by(Reservation.resource_id, func.lower(Reservation.during))))


def calendar_of(resource_ids: Sequence[int], rule: DayRule, first: date, after: date) -> dict[int, dict[date, Reservation]]:
    """Resource → day → who has it, for the days of the trade in the range; free days are left out."""
    days: dict[int, dict[date, Reservation]] = {key: {} for key in resource_ids}
    for found in live_between(resource_ids, rule.range_of(first, after)):
        days[found.resource_id] |= {day: found for day in rule.days_of(found.during) if first <= day < after}
    return days


def reservations_of(subject_type: str, subject_ids: Iterable[int]) -> list[Reservation]:
    """The live reservations of these subjects, by beginning; read afresh, so that whoever holds the subject sees what another has just confirmed."""
    statement = select(Reservation).where(
        Reservation.subject_type == subject_type, Reservation.subject_id.in_(list(subject_ids)), Reservation.released_at.is_(None),
    )
    return list(db.session.scalars(statement.order_by(func.lower(Reservation.during), Reservation.id).execution_options(populate_existing=True)))


def resources_of(subject_type: str, subject_ids: Iterable[int]) -> dict[int, Resource]:
    """Subject → its resource."""
    statement = select(Resource).where(Resource.subject_type == subject_type, Resource.subject_id.in_(list(subject_ids)))
    return {each.subject_id: each for each in db.session.scalars(statement)}
