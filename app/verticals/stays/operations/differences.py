"""Another type of room costs more or less: what the nights differ by, and charging it or giving it back. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.periods import business_day
from app.framework.database import get
from app.kernel.aftersales.reducing import take_off_lines
from app.kernel.orders.operations import add_lines
from app.kernel.orders.rules import LineDraft, price_with
from app.verticals.stays.models import RoomType, StayNight, StayOrder, Unit
from app.verticals.stays.operations.booking import FEE_KINDS, WEEKDAYS, member_ppm
from app.verticals.stays.operations.cancelling import line_cuts
from app.verticals.stays.queries import nights_of, tariffs_of
from app.verticals.stays.rules import NIGHT, quote


@dataclass(frozen=True)
class Difference:
    """What a night costs more (less than nothing: less) in the other type of room."""

    night: StayNight
    amount: int


def first_night_to_change(order: StayOrder, now: datetime) -> datetime:
    """The start of the first night that can still be spent in another room: tonight once the guests are in."""
    day = order.arrives if order.status != "in_house" else max(NIGHT.day_of(now), order.arrives)
    return NIGHT.start_of(day)


def differences_of(order: StayOrder, unit: Unit, *, now: datetime) -> list[Difference]:
    """What the nights that are left differ by in this room: both types by the calendar, as if booked on the day the stay was, with the guest's rate.

    Coupons stay as they were given. Empty for a room of the same type.
    """
    nights = nights_of(order.id)
    first = first_night_to_change(order, now)
    moved = [night for night in nights if NIGHT.start_of(night.day) >= first and night.type_id != unit.type_id]
    if not moved:
        return []
    days = [night.day for night in nights]
    types = [get(RoomType, key) for key in sorted({unit.type_id, *(night.type_id for night in moved)})]
    tariffs = tariffs_of(types, days[0], days[-1] + timedelta(days=1))
    rate = member_ppm(order.merchant_id, order.customer_id, now)
    costs = {
        key: {each.day: each.payable for each in quote(tariff, days, booked_on=business_day(order.placed_at), member_ppm=rate)}
        for key, tariff in tariffs.items()
    }
    return [Difference(night, costs[unit.type_id][night.day] - costs[night.type_id][night.day]) for night in moved]


def settle(order: StayOrder, unit: Unit, found: Sequence[Difference], *, actor: Actor, now: datetime) -> None:
    """The guest owes what the nights cost more, a line a night; what they cost less is no longer owed or goes back. The stay is of the new type from
    here on."""
    room_type = get(RoomType, unit.type_id)
    more = [each for each in found if each.amount > 0]
    if more:
        drafts = [_draft(room_type, each, before=order.type_name) for each in more]
        add_lines(order, price_with(drafts, [0] * len(drafts), [0] * len(drafts)), fee_kinds=FEE_KINDS, now=now)
    cuts = line_cuts(order, {each.night.day: -each.amount for each in found if each.amount < 0})
    if cuts:
        take_off_lines(order, cuts, reason=str(_l("换到“%(name)s”，退差价", name=room_type.name)), actor=actor, now=now)
    order.type_id, order.type_name = room_type.id, room_type.name


def _draft(room_type: RoomType, difference: Difference, *, before: str) -> LineDraft:
    day = difference.night.day
    return LineDraft(
        title=f"{day:%m-%d} {WEEKDAYS[day.weekday()]} · {_l('换房差价')}", spec=f"{before} → {room_type.name}", price=difference.amount,
        subject_id=room_type.id, product_id=room_type.id, details={"night": day.isoformat()},
    )
