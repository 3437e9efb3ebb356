"""The room board: rooms × nights, to drag on. It updates itself; keys and forms do what dragging does; narrow screens get a list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response, jsonify, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.refused import said_beside, take_back
from app.framework.database import elevated, get
from app.framework.live import hub
from app.kernel.bookings.models import Reservation
from app.kernel.bookings.operations import block, unblock
from app.kernel.parties.operations.customers import customer_at_the_desk
from app.kernel.places.rules import problem
from app.verticals.stays.models import House, StayOrder, Unit
from app.verticals.stays.models.houses import ladder_of
from app.verticals.stays.models.orders import ORDER_FLOW
from app.verticals.stays.operations.booking import Wish, book
from app.verticals.stays.operations.cancelling import cancel_preview
from app.verticals.stays.operations.differences import Difference
from app.verticals.stays.operations.moving import change_room, extend_stay, move_dates, room_differences
from app.verticals.stays.queries import feeds_of, house_of, types_of
from app.verticals.stays.rules import NIGHT
from app.verticals.stays.views.board_grid import Board
from app.verticals.stays.views.orders import StayOrderView
from app.verticals.stays.words import ladder_words

SPANS = {14: _l("两周"), 30: _l("一月")}


class RoomBoardPage(Page):
    """`/stays/board`: rooms × nights."""

    name = "stays.board"
    route_base = "/stays/board"
    title = _l("房态")
    icon = "columns"
    words = {"index": _l("查看房态"), "work": _l("订房、换房、停用")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Two weeks or a month from two days ago, or from `from`; `stay` or `shut` is what the pane shows."""
        house = house_of(self.actor.merchant_id)
        if house is None:
            return self.render("stays/board.html", house=None)
        now = clock.now()
        span = request.args.get("span", 14, type=int)
        span = span if span in SPANS else 14
        first = _day(request.args.get("from", "")) or business_day(now) - timedelta(days=2)
        types = types_of(house.id)
        board = Board(self, types, first, span)
        return self.render(
            "stays/board.html", house=house, days=board.days, groups=board.groups(), free=board.free(), stays=board.listed(), span=span, spans=SPANS,
            first=first, back=first - timedelta(days=7), on=first + timedelta(days=7), today=business_day(now), stay=self._stay(), shut=self._shut(),
            works=self.may("work"), types=types, feeds=feeds_of([unit.id for each in types for unit in each.units]), flow=ORDER_FLOW,
            ladder_words=ladder_words,
        )

    @expose("/events")
    @page_access("can_index")
    def events(self) -> Response:
        """Server-sent events: a `change` when a room's time changes; 503 when there are too many watchers, then the page polls."""
        if self.actor.merchant_id is None:
            raise NotFound
        stream = hub().stream(f"merchant:{self.actor.merchant_id}:bookings")
        if stream is None:
            return Response("busy\n", 503, mimetype="text/plain", headers={"Retry-After": "5"})
        return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    @expose("/book", methods=["GET", "POST"])
    @page_access("can_work")
    def book(self) -> Response:
        """A guest at the desk or on the phone: room type, dates, who; a room of one's choice."""
        house = self._house()
        typed = {name: request.values.get(name, "").strip() for name in ("unit", "arrives", "leaves", "people", "contact_name", "contact_phone", "note", "pay")}
        if request.method == "GET":
            return self._form(house, typed)
        try:
            order = self._book(house, typed)
        except Refusal as refusal:
            take_back(refusal)
            return self._form(self._house(), typed, refusal)
        return self.done(_("已订 %(room)s，待付 %(due)s", room=order.unit_name, due=yuan(order.due_first)), "StayOrderView.show", pk=order.id)

    @expose("/move/<int:pk>", methods=["POST"])
    @page_access("can_work")
    def move(self, pk: int) -> Response:
        """A stay to another room (`unit`) and, before the guests are in, another day (`arrives`)."""
        order, unit, arrives = get(StayOrder, pk), request.form.get("unit", type=int), _day(request.form.get("arrives", ""))
        now, reason, price = clock.now(), request.form.get("reason", "").strip(), request.form.get("price", "")
        if unit is None or (arrives is None and order.status != "in_house"):
            raise Invalid(errors=[problem("unit", "required", _l("选房间和日期"))])
        if order.status == "in_house" or arrives == order.arrives:
            upgrade = request.form.get("upgrade") == "1"
            if not upgrade and price not in ("charge", "waive") and self._differences(order, unit):
                return self._go(self.url("room", pk=order.id, unit=unit, reason=reason or None))
            order = change_room(
                order.id, unit, reason=reason if price == "waive" else reason or _("前台换房"), free_upgrade=upgrade, charge=price == "charge",
                actor=self.actor, now=now,
            )
        else:
            order = move_dates(order.id, arrives or order.arrives, unit_id=unit, actor=self.actor, now=now)
        return self._answer(_("%(guest)s：%(room)s，%(day)s 入住", guest=order.contact_name, room=order.unit_name, day=f"{order.arrives:%m-%d}"), order.id)

    @expose("/room/<int:pk>")
    @page_access("can_work")
    def room(self, pk: int) -> Response:
        """What another type of room (`unit`) costs more or less, night by night, before anybody moves."""
        order, unit = get(StayOrder, pk), get(Unit, request.args.get("unit", 0, type=int))
        found = self._differences(order, unit.id)
        return self.render(
            "stays/room.html", order=order, unit=unit, differences=found, total=sum(each.amount for each in found), reason=request.args.get("reason", ""),
        )

    @expose("/extend/<int:pk>", methods=["POST"])
    @page_access("can_work")
    def extend(self, pk: int) -> Response:
        """A stay until another day, in the same room or in `unit`."""
        leaves = _day(request.form.get("leaves", ""))
        if leaves is None:
            raise Invalid(errors=[problem("leaves", "required", _l("选新的离店日期"))])
        order = extend_stay(pk, leaves, unit_id=request.form.get("unit", type=int), actor=self.actor, now=clock.now())
        return self._answer(_("续住到 %(day)s，待收 %(due)s", day=f"{order.leaves:%m-%d}", due=yuan(order.due)), order.id)

    @expose("/block", methods=["POST"])
    @page_access("can_work")
    def block(self) -> Response:
        """Nights of a room are closed, for a reason."""
        unit = get(Unit, request.form.get("unit", 0, type=int))
        first, after = _day(request.form.get("first", "")), _day(request.form.get("after", ""))
        if first is None or after is None or after <= first:
            raise Invalid(errors=[problem("after", "range", _l("选停用的日期，结束晚于开始"))])
        block(unit.resource_id or 0, NIGHT.range_of(first, after), reason=request.form.get("reason", ""), actor=self.actor, now=clock.now())
        return self._answer(_("%(room)s 停用 %(nights)d 晚", room=unit.name, nights=(after - first).days))

    @expose("/unblock/<int:pk>", methods=["POST"])
    @page_access("can_work")
    def unblock(self, pk: int) -> Response:
        """Closed nights are free again."""
        unblock(get(Reservation, pk), actor=self.actor, now=clock.now())
        return self._answer(_("已恢复可订"))

    @staticmethod
    def _differences(order: StayOrder, unit_id: int) -> list[Difference]:
        with elevated():
            return room_differences(order, unit_id, now=clock.now())

    # ---- shared ------------------------------------------------------------------------------------------------------

    def _answer(self, sentence: str, stay: int | None = None) -> Response:
        if request.headers.get("X-Requested-With") == "fetch":
            return jsonify({"sentence": sentence})
        self.say(sentence)
        back = {name: request.form.get(name) or None for name in ("from", "span")}
        return redirect(self.url("index", stay=stay, **back), 303)  # type: ignore[return-value]

    @staticmethod
    def _go(address: str) -> Response:
        """On to a page that asks something first."""
        if request.headers.get("X-Requested-With") == "fetch":
            return jsonify({"go": address})
        return redirect(address, 303)  # type: ignore[return-value]

    def _house(self) -> House:
        house = house_of(self.actor.merchant_id)
        if house is None:
            raise NotFound
        return house

    def _stay(self) -> dict[str, Any] | None:
        order = db.session.get(StayOrder, request.args.get("stay", 0, type=int))
        if order is None:
            return None
        moves = [each for each in ORDER_FLOW.open_moves(order, self.actor.roles) if may(StayOrderView, each.name)]
        preview = cancel_preview(order, now=clock.now()) if any(each.name == "call_off" for each in moves) else None
        return {"order": order, "moves": moves, "lines": list(order.lines), "preview": preview, "ladder": ladder_of(order.ladder)}

    def _shut(self) -> Reservation | None:
        found = db.session.get(Reservation, request.args.get("shut", 0, type=int))
        return found if found is not None and found.released_at is None and found.purpose != "use" else None

    def _book(self, house: House, typed: dict[str, str]) -> StayOrder:
        unit = get(Unit, int(typed["unit"]) if typed["unit"].isdecimal() else 0)
        arrives, leaves = _day(typed["arrives"]), _day(typed["leaves"])
        if arrives is None or leaves is None:
            raise Invalid(errors=[problem("arrives", "required", _l("填入住和离店日期"))])
        people = int(typed["people"]) if typed["people"].isdecimal() and len(typed["people"]) < 4 else 0
        now = clock.now()
        wish = Wish(
            unit.type_id, arrives, leaves, people, typed["contact_name"], typed["contact_phone"], typed["note"], deposit_only=typed["pay"] == "deposit",
            unit_id=unit.id, claims=(),  # the desk spends no copies of the guest's
        )
        with elevated():
            customer = customer_at_the_desk(typed["contact_phone"], typed["contact_name"], now=now)
        return book(wish, customer_id=customer.id, customer_name=typed["contact_name"], channel="desk", actor=self.actor, now=now)

    def _form(self, house: House, typed: dict[str, str], refusal: Refusal | None = None) -> Response:
        return self.render(
            "stays/book.html", refusal.status if refusal else 200, house=house, typed=typed, types=types_of(house.id), page_title=_("新预订"),
            errors=said_beside(refusal),
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
