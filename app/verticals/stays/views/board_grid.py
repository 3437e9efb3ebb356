"""What the room board shows: a column for each night, a row for each room, a bar for each stay or closure over its nights."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock
from app.core.money import figures, yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.page import Page
from app.kernel.bookings.models import Reservation
from app.kernel.bookings.queries import live_between
from app.kernel.bookings.rules import nights_between
from app.verticals.stays.models import RoomType, StayOrder, Unit
from app.verticals.stays.models.orders import ORDER_FLOW, SUBJECT
from app.verticals.stays.operations.booking import WEEKDAYS
from app.verticals.stays.queries import tariffs_of
from app.verticals.stays.rules import NIGHT, Tariff, is_closed, price_of


@dataclass(frozen=True)
class Day:
    """A column of the board."""

    day: date
    label: str
    weekday: Any
    weekend: bool
    today: bool


@dataclass(frozen=True)
class Bar:
    """Somebody, or nobody, in a room for `nights` visible nights."""

    reservation: int
    words: str
    spoken: str
    tone: str
    nights: int
    url: str
    order: int = 0
    arrives: str = ""
    movable: bool = False
    pressed: bool = False


@dataclass(frozen=True)
class Cell:
    """A night of a room: the bar that begins in it, or is over it, or the price at which it is free."""

    day: Day
    bar: Bar | None = None
    taken: bool = False
    price: str = ""
    closed: bool = False


@dataclass(frozen=True)
class Row:
    """A room and its nights."""

    unit: Unit
    cells: list[Cell] = field(default_factory=list)


class Board:
    """The rooms of a house over some nights, as the page shows them."""

    def __init__(self, view: Page, types: list[RoomType], first: date, span: int) -> None:
        self.view, self.types = view, types
        today = business_day(clock.now())
        self.days = [
            Day(each, _("今天") if each == today else f"{each:%m-%d}", WEEKDAYS[each.weekday()], each.weekday() >= 5, each == today)
            for each in nights_between(first, first + timedelta(days=span))
        ]
        self.first, self.after = first, first + timedelta(days=span)
        units = [unit for each in types for unit in each.units if unit.resource_id]
        self.found = live_between([unit.resource_id or 0 for unit in units], NIGHT.range_of(first, self.after))
        keys = [each.subject_id for each in self.found if each.subject_type == SUBJECT]
        self.orders = {order.id: order for order in db.session.scalars(select(StayOrder).where(StayOrder.id.in_(keys)))}
        self.tariffs = tariffs_of(types, first, self.after)
        self.unit_names = {unit.resource_id: unit.name for unit in units}

    def groups(self) -> list[tuple[RoomType, list[Row]]]:
        """Each room type with its rooms."""
        by_resource: dict[int, list[Reservation]] = {}
        for each in self.found:
            by_resource.setdefault(each.resource_id, []).append(each)
        return [
            (each, [Row(unit, self._cells(unit, self.tariffs[each.id], by_resource.get(unit.resource_id or 0, []))) for unit in each.units])
            for each in self.types
        ]

    def free(self) -> list[int]:
        """How many rooms are free each night."""
        active = [unit.resource_id for each in self.types for unit in each.units if unit.active]
        taken = {day.day: 0 for day in self.days}
        for found in self.found:
            if found.resource_id in active:
                for day in NIGHT.days_of(found.during):
                    taken[day] = taken.get(day, 0) + 1
        return [len(active) - taken[day.day] for day in self.days]

    def listed(self) -> list[tuple[str, Bar, date, date]]:
        """The same as a list for narrow screens: room, who, first night, day after the last."""
        rows = []
        for each in sorted(self.found, key=lambda found: (found.begins, found.resource_id)):
            days = NIGHT.days_of(each.during)
            rows.append((self.unit_names.get(each.resource_id, ""), self._bar(each, len(days)), days[0], days[-1] + timedelta(days=1)))
        return rows

    def _cells(self, unit: Unit, tariff: Tariff, found: list[Reservation]) -> list[Cell]:
        over: dict[date, Reservation] = {day: each for each in found for day in NIGHT.days_of(each.during)}
        cells = []
        for day in self.days:
            each = over.get(day.day)
            if each is None:
                price = figures(price_of(tariff, day.day)[0]).removesuffix(".00")
                cells.append(Cell(day, price=price if unit.active else "", closed=is_closed(tariff, day.day) or not unit.active))
                continue
            days = [known for known in NIGHT.days_of(each.during) if self.first <= known < self.after]
            cells.append(Cell(day, self._bar(each, len(days)) if days[0] == day.day else None, taken=True))
        return cells

    def _bar(self, found: Reservation, nights: int) -> Bar:
        order = self.orders.get(found.subject_id or 0) if found.subject_type == SUBJECT else None
        kept = {"from": f"{self.first}", "span": len(self.days)}
        if order is None:
            words = found.reason or found.name or found.source
            label = words if found.purpose == "block" else _("其他渠道")
            spoken = _("%(room)s，%(what)s，%(nights)d 晚", room=self.unit_names.get(found.resource_id, ""), what=label, nights=nights)
            return Bar(found.id, label, spoken, "shut", nights, self.view.url("index", shut=found.id, **kept), pressed=_asked("shut") == found.id)
        words = f"{order.contact_name} · {_('未付')} {yuan(order.due)}" if order.due and order.status != "done" else order.contact_name
        tone = {"in_house": "in", "done": "past"}.get(order.status, "owe" if order.due else "")
        spoken = _(
            "%(room)s，%(guest)s，%(state)s，%(day)s 入住 %(nights)d 晚", room=self.unit_names.get(found.resource_id, ""), guest=words,
            state=ORDER_FLOW.state(order.status).label, day=f"{order.arrives:%m-%d}", nights=order.nights,
        )
        return Bar(
            found.id, words, spoken, "owe" if tone == "in" and order.due else tone, nights, self.view.url("index", stay=order.id, **kept), order.id,
            order.arrives.isoformat(), order.status in ("waiting", "booked", "in_house") and self.view.may("work"), _asked("stay") == order.id,
        )


def _asked(name: str) -> int:
    return request.args.get(name, 0, type=int)
