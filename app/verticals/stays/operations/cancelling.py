"""Stays that end before they are over: never paid, refused, called off by the ladder, never arrived, given up at night's end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.periods import SHANGHAI
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.kernel.aftersales.reducing import take_off_lines
from app.kernel.bookings.models import Reservation
from app.kernel.bookings.operations import release
from app.kernel.bookings.queries import reservations_of
from app.kernel.orders.operations import close_order, complete_order
from app.verticals.stays.models import StayNight, StayOrder
from app.verticals.stays.models.houses import ladder_of
from app.verticals.stays.models.orders import SUBJECT
from app.verticals.stays.operations.doors import end_codes
from app.verticals.stays.queries import nights_of
from app.verticals.stays.rules import CallOff, Step, call_off


@dataclass(frozen=True)
class Preview:
    """What calling a stay off would do: the step of the ladder, and the fen that are kept, go back, are no longer owed."""

    step: Step
    kept: int
    back: int
    waived: int
    free: bool


def hours_left(order: StayOrder, now: datetime) -> float:
    """Hours until the guest may arrive; negative afterwards."""
    hour, minute = map(int, order.arrive_from.split(":"))
    return (datetime.combine(order.arrives, time(hour, minute), SHANGHAI) - now).total_seconds() / 3600


def cancel_preview(order: StayOrder, *, now: datetime) -> Preview:
    """What calling off at this moment would do. A stay that the house has not confirmed costs nothing."""
    step = _step(order, now)
    found = _reckon(order, step)
    return Preview(step, found.kept, found.back, found.waived, free=not found.kept)


def _step(order: StayOrder, now: datetime) -> Step:
    return Step(0, "first", 0) if order.status in ("unpaid", "waiting") else ladder_of(order.ladder).step_at(hours_left(order, now))


def _reckon(order: StayOrder, step: Step) -> CallOff:
    return call_off([sum(line.refundable for line in order.lines_of(day)) for day in _days(order)], order.paid - order.refunded, step)


def _days(order: StayOrder) -> list[date]:
    return sorted({date.fromisoformat(line.details["night"]) for line in order.lines})


def line_cuts(order: StayOrder, cuts: Mapping[date, int]) -> dict[int, int]:
    """Order line id → fen, when each of these nights costs so much less: differences for other rooms go first, and no line below nothing."""
    found: dict[int, int] = {}
    for day, cut in cuts.items():
        left = cut
        for line in order.lines_of(day):
            part = min(left, line.refundable)
            left -= part
            if part:
                found[line.id] = part
    return found


# ---- effects of the order's moves ------------------------------------------------------------------------------------

def on_cancelled(order: StayOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Never paid: the rooms are free."""
    with elevated():
        free_rooms(order, now=now)
        close_order(order, now=now)


def on_given_back(order: StayOrder, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """The house cannot have the guest: everything that was paid goes back."""
    order.ended_because = reason
    with elevated():
        _end(order, Step(0, "first", 0), reason or str(_l("商家取消")), actor, now)


def on_called_off(order: StayOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The guest is not coming: the house keeps what the ladder says of what was paid, the rest goes back or is no longer owed.

    The step is of the moment, and of the order before it was called off: a stay that waited for the house's word costs nothing.
    """
    order.ended_because = str(_l("客人取消"))
    step = ladder_of(order.ladder).step_at(hours_left(order, now)) if order.confirm_by is None else Step(0, "first", 0)
    with elevated():
        _end(order, step, str(_l("按取消规则退")), actor, now)


def on_missed(order: StayOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The guest never came: the last step of the ladder."""
    order.ended_because = str(_l("未到店"))
    with elevated():
        _end(order, ladder_of(order.ladder).no_show, str(_l("未到店，按取消规则退")), actor, now)


def _end(order: StayOrder, step: Step, reason: str, actor: Actor, now: datetime) -> None:
    """The stay is over: lines are cut, rooms and codes end, and what the house keeps is its own; without any the order is closed."""
    found = _reckon(order, step)
    cuts = line_cuts(order, dict(zip(_days(order), found.cuts, strict=True)))
    if cuts:
        take_off_lines(order, cuts, reason=reason, actor=actor, now=now)
    free_rooms(order, now=now)
    if order.remaining:
        complete_order(order, now=now)
    else:
        close_order(order, now=now)


# ---- rooms and nights ------------------------------------------------------------------------------------------------

def free_rooms(order: StayOrder, *, now: datetime) -> None:
    """No room is kept for the stay any more, and no code opens one."""
    call_nights_off(nights_of(order.id), now=now)
    for reservation in reservations_of(SUBJECT, [order.id]):
        release(reservation, now=now)
    end_codes(order, now=now)


def call_nights_off(nights: Sequence[StayNight], *, now: datetime) -> None:
    """These nights are not slept."""
    for night in nights:
        night.gone_at = now
    db.session.flush()


def drop_held(order: StayOrder, *, now: datetime, actor: Actor) -> None:
    """The added nights that were held and not paid in time are gone: what is not paid of them is no longer owed, a part that was paid goes back."""
    for held in reservations_of(SUBJECT, [order.id]):
        if held.hold_until is not None:
            _drop(order, held, actor, now)


def _drop(order: StayOrder, held: Reservation, actor: Actor, now: datetime) -> None:
    nights = [night for night in nights_of(order.id) if night.reservation_id == held.id]
    cuts = {line.id: line.refundable for night in nights for line in order.lines_of(night.day) if line.refundable}
    if cuts:
        take_off_lines(order, cuts, reason=str(_l("续住没有按时付款")), actor=actor, now=now)
    call_nights_off(nights, now=now)
    release(held, now=now)
    order.leaves = min((night.day for night in nights), default=order.leaves)
    db.session.flush()


def stay_of(order_id: int) -> StayOrder:
    """The stay, locked, with everything that follows from it after. The order is locked before its rooms, always."""
    get(StayOrder, order_id)
    with elevated():
        return lock(StayOrder, order_id)
