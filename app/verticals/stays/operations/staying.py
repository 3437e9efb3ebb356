"""The house's side: paid, confirmed, arrived with documents, left. Called by the flow, inside its transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.flow import WrongState, move
from app.framework.queue import enqueue
from app.framework.sealing import seal, unseal
from app.kernel.aftersales.reducing import take_off_lines
from app.kernel.audit.operations import append
from app.kernel.bookings.operations import confirm, release, shorten
from app.kernel.bookings.queries import reservations_of
from app.kernel.orders.models import Order
from app.kernel.orders.operations import complete_order
from app.kernel.places.rules import problem
from app.verticals.stays.models import Guest, House, StayNight, StayOrder
from app.verticals.stays.models.houses import ladder_of
from app.verticals.stays.models.orders import ID_KINDS, ORDER_FLOW, SUBJECT
from app.verticals.stays.operations.cancelling import call_nights_off, drop_held, line_cuts
from app.verticals.stays.operations.doors import ask_codes, end_codes
from app.verticals.stays.queries import nights_of
from app.verticals.stays.rules import NIGHT, is_id_number, leave_early, masked_number


class TooEarly(Refusal):
    """The day of arrival has not come."""

    code = "stays.too_early"
    status = 409
    sentence = _l("%(day)s 才入住，提前到就先改期")


def for_the_platform(actor: Actor) -> Actor:
    """What follows from somebody's move is made in that name by the platform."""
    return replace(actor, roles=actor.roles | {"system"})


def on_paid(order: StayOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The room is the guest's; a house that confirms by itself has confirmed."""
    with elevated():
        confirm_rooms(order)
        house = get(House, order.house_id)
        if house.confirms_by_itself or order.channel == "desk":
            move(order, "confirm", actor=for_the_platform(actor), now=now)
        else:
            order.confirm_by = now + timedelta(minutes=house.confirm_minutes)
            enqueue("refuse_unanswered_stays", at=order.confirm_by + timedelta(seconds=1), key=f"unanswered-stay:{order.id}")


def on_confirmed(order: StayOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The house expects the guest: locks get their codes."""
    order.confirm_by = None
    with elevated():
        ask_codes(order, now=now)


def on_arrived(order: StayOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The guests are in. Refuses TooEarly."""
    if business_day(now) < order.arrives:
        raise TooEarly(day=f"{order.arrives:%m-%d}")
    order.arrived_at = now


def on_left(order: StayOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The guests have left: nights that they do not sleep go by the house's rule, and the rest is earned. Refuses BalanceDue."""
    order.left_at = now
    with elevated():
        drop_held(order, now=now, actor=actor)
        tonight = NIGHT.day_of(now)
        unslept = [night for night in nights_of(order.id) if night.day > tonight]
        if unslept:
            _give_up(order, unslept, actor, now)
        complete_order(order, now=now)
        end_codes(order, now=now)


def _give_up(order: StayOrder, nights: list[StayNight], actor: Actor, now: datetime) -> None:
    """Nights after tonight are free for others; the house gives back what its rule says of them."""
    held = [sum(line.refundable for line in order.lines_of(night.day)) for night in nights]
    cuts = leave_early(held, ladder_of(order.ladder).early_leave_ppm)
    amounts = line_cuts(order, {night.day: cut for night, cut in zip(nights, cuts, strict=True)})
    if amounts:
        take_off_lines(order, amounts, reason=str(_l("提前离店")), actor=actor, now=now)
    call_nights_off(nights, now=now)
    first = NIGHT.start_of(nights[0].day)
    for reservation in reservations_of(SUBJECT, [order.id]):
        if reservation.begins >= first:
            release(reservation, now=now)
        elif reservation.ends > first:
            shorten(reservation, first, now=now)
    order.leaves = max(nights[0].day, order.arrives + timedelta(days=1))
    db.session.flush()


def confirm_rooms(order: StayOrder) -> None:
    """What was held for the stay stays."""
    for reservation in reservations_of(SUBJECT, [order.id]):
        if reservation.hold_until is not None:
            confirm(reservation)


# ---- what the kernel tells -------------------------------------------------------------------------------------------

def on_balance_paid(*, order: Order, now: datetime, **_: Any) -> None:
    """Handler of `balance_paid`: with the last fen the added nights are the guest's."""
    if isinstance(order, StayOrder) and not order.due:
        with elevated():
            confirm_rooms(order)


def on_hold_lapsed(*, subject_type: str, subject_id: int, now: datetime) -> None:
    """Handler of `hold_lapsed`: a stay that nobody paid ends; of one that stands the added nights go. The order is locked before its rooms."""
    if subject_type != SUBJECT:
        return
    with elevated():
        order = lock(StayOrder, subject_id)
        clock = for_the_platform(Actor("system", None, "clock"))
        if order.status == ORDER_FLOW.first:
            move(order, "cancel", actor=clock, now=now)
        elif order.takes_balance or order.paid_at is not None:
            drop_held(order, now=now, actor=clock)


# ---- guests and their documents --------------------------------------------------------------------------------------

def name_guest(order: StayOrder, *, name: str, id_kind: str, number: str, actor: Actor, now: datetime) -> Guest:
    """The desk has seen the guest's document: the number is sealed, and only its ends are shown. Raises Invalid, WrongState."""
    name, number = " ".join(name.split()), number.strip().upper()
    errors = []
    if not 1 <= len(name) <= 30:
        errors.append(problem("name", "required", _l("填写住客姓名，和证件一致")))
    if id_kind not in ID_KINDS:
        errors.append(problem("id_kind", "choice", _l("选证件种类")))
    if id_kind == "id_card" and not is_id_number(number):
        errors.append(problem("number", "id_number", _l("身份证号不对：18 位，最后一位是校验位")))
    if id_kind != "id_card" and not (5 <= len(number) <= 20 and number.isascii() and number.isalnum()):
        errors.append(problem("number", "id_number", _l("证件号是 5 到 20 位字母和数字")))
    if errors:
        raise Invalid(errors=errors)
    order = lock(StayOrder, order.id)
    if order.status not in ("booked", "in_house"):
        raise WrongState(state=str(ORDER_FLOW.state(order.status).label), move=str(_l("登记住客")))
    if order.guests_named >= 30:
        raise Invalid(errors=[problem("name", "too_many", _l("一单最多登记 30 人"))])
    guest = save(Guest(merchant_id=order.merchant_id, order_id=order.id, name=name, id_kind=id_kind, sealed="", masked=masked_number(number)))
    guest.sealed = seal(number, _place(guest))
    order.guests_named += 1
    db.session.flush()
    append("stays_order.guest_named", order, actor=actor, now=now, changes={"guest": [None, f"{name[:1]}** {guest.masked}"]})
    return guest


def strike_guest(guest: Guest, *, actor: Actor, now: datetime) -> None:
    """Somebody who was written down by mistake is gone, while the guests have not arrived. Raises WrongState."""
    order = lock(StayOrder, guest.order_id)
    if order.status != "booked":
        raise WrongState(state=str(ORDER_FLOW.state(order.status).label), move=str(_l("删住客")))
    order.guests_named -= 1
    append("stays_order.guest_struck", order, actor=actor, now=now, changes={"guest": [f"{guest.name[:1]}** {guest.masked}", None]})
    db.session.delete(guest)
    db.session.flush()


def read_number(guest: Guest, *, reason: str, actor: Actor, now: datetime) -> str:
    """The whole number of the guest's document. Who read it and why stays in the audit. Raises Invalid without a reason."""
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid(errors=[problem("reason", "required", _l("写明为什么要看"))])
    append("stays_order.number_read", get(StayOrder, guest.order_id), actor=actor, now=now, reason=reason.strip(), changes={"guest": [None, guest.masked]})
    return unseal(guest.sealed, _place(guest))


def _place(guest: Guest) -> str:
    return f"stays_guest:number:{guest.id}"
