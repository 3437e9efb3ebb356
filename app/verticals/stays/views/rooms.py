"""Room types and rooms: a host's page, and the platform's list of types."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.money import NotAnAmount, figures, parse_yuan
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.page import Page, expose, page_access
from app.framework.console.pictures import arranged
from app.framework.console.refused import said_beside, take_back, version_given
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.kernel.files.links import thumbnail_address
from app.kernel.files.operations import store_image
from app.kernel.listings.moderation import withdraw_change
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.places.rules import Problem, problem
from app.verticals.stays.house_rules import PICTURES_AT_MOST
from app.verticals.stays.models import House, RoomType, Unit
from app.verticals.stays.models.houses import FACILITIES
from app.verticals.stays.models.rooms import TYPE_FLOW
from app.verticals.stays.operations import rooms
from app.verticals.stays.operations.booking import WEEKDAYS
from app.verticals.stays.queries import house_of, types_of

STEPS = 3
COUNTS = ("people", "area", "least", "most")
DEFAULTS = {"people": "2", "area": "0", "least": "1", "most": "30", "base": "", "name": "", "beds": "", "description": "", "video": "", "version": ""}


class RoomTypeView(ConsoleView):
    """Every room type with its state, price, and what reviewers said."""

    name = "stays.types"
    route_base = "/stays/types"
    model = RoomType
    title = _l("房型")
    subtitle = _l("送审的房型在审核台处理；这里看全部，必要时送回重审")
    singular = _l("房型")
    measure = _l("个")
    icon = "bed"
    search_columns = ("name", "description")
    search_hint = _l("房型、介绍")
    list_columns = (
        Column("image", _l("图片"), kind="image", value=lambda room_type: thumbnail_address(room_type.image), export=False),
        Column("name", _l("房型"), link=True, sub="beds"),
        Column("house.name", _l("房源")),
        Column("base", _l("平日价"), kind="money", sort=True),
        Column("people", _l("可住人数"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("updated_at", _l("改动时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER, DateFilter("updated_at"))
    tabs = (
        Tab("pending", _l("待审核"), urgent=True, status="pending"), Tab("on_sale", _l("在售"), status="on_sale"),
        Tab("rejected", _l("未通过"), status="rejected"), Tab("off_sale", _l("已下架"), status="off_sale"),
    )
    facts = (
        Column("house.name", _l("房源")), Column("base", _l("平日价"), kind="money"), Column("people", _l("可住人数")), Column("beds", _l("床")),
        Column("least", _l("最少住几晚")), Column("updated_at", _l("改动时间"), kind="when"), Column("description", _l("介绍"), wide=True),
        Column("video", _l("视频"), wide=True), Column("refusal", _l("未通过的原因"), wide=True),
    )


class RoomsPage(Page):
    """`/stays/rooms`: room types and the rooms of each."""

    name = "stays.rooms"
    route_base = "/stays/rooms"
    title = _l("房型与房间")
    icon = "bed"
    words = {"index": _l("查看房型和房间"), "edit": _l("改房型和房间")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """All types with their rooms."""
        house = house_of(self.actor.merchant_id)
        return self.render("stays/rooms.html", house=house, types=types_of(house.id) if house else [], flow=TYPE_FLOW, edits=self.may("edit"))

    @expose("/new", methods=["GET", "POST"])
    @page_access("can_edit")
    def add(self) -> Response:
        """A room type."""
        self._house()
        return self._form({**DEFAULTS, "facilities": []}) if request.method == "GET" else self._save(None)

    @expose("/<int:pk>", methods=["GET", "POST"])
    @page_access("can_edit")
    def edit(self, pk: int) -> Response:
        """Change a room type."""
        room_type = get(RoomType, pk)
        return self._form(typed_of_type(room_type), room_type) if request.method == "GET" else self._save(room_type)

    @expose("/<int:pk>/offer", methods=["POST"])
    @page_access("can_edit")
    def offer(self, pk: int) -> Response:
        """On sale or off; `withdraw` drops a change that waits for review."""
        room_type, now = get(RoomType, pk), clock.now()
        if request.form.get("withdraw") == "1":
            withdraw_change(room_type, actor=self.actor, now=now)
            return self.done(_("已撤回等待审核的改动"), f"{self.endpoint}.index")
        room_type = rooms.offer_type(room_type, request.form.get("wanted") == "1", actor=self.actor, now=now)
        return self.done(_("%(name)s：%(state)s", name=room_type.name, state=TYPE_FLOW.state(room_type.status).label), f"{self.endpoint}.index")

    @expose("/<int:pk>/units", methods=["POST"])
    @page_access("can_edit")
    def units(self, pk: int) -> Response:
        """Rooms of the type, by name: one a line, or with commas."""
        names = [name for part in re.split(r"[\n,，、;；]", request.form.get("names", "")) if (name := part.strip())]
        made = rooms.add_units(get(RoomType, pk), names, actor=self.actor, now=clock.now())
        return self.done(_("加了 %(count)d 间：%(names)s", count=len(made), names="、".join(unit.name for unit in made)), f"{self.endpoint}.index")

    @expose("/unit/<int:pk>", methods=["POST"])
    @page_access("can_edit")
    def unit(self, pk: int) -> Response:
        """Rename a room, say its lock, or switch it on and off (`act`)."""
        unit, act, now = get(Unit, pk), request.form.get("act", "save"), clock.now()
        if act in {"on", "off"}:
            rooms.set_unit_active(unit, act == "on", actor=self.actor, now=now)
            return self.done(_("%(room)s 可以订了", room=unit.name) if act == "on" else _("%(room)s 不再接受预订", room=unit.name), f"{self.endpoint}.index")
        rooms.change_unit(unit, name=request.form.get("name", ""), lock_number=request.form.get("lock_number", ""), actor=self.actor, now=now)
        return self.done(_("已保存 %(room)s", room=unit.name), f"{self.endpoint}.index")

    def _save(self, room_type: RoomType | None) -> Response:
        typed: dict[str, Any] = {**DEFAULTS, **request.form.to_dict(), "facilities": request.form.getlist("facilities")}
        pk, now = room_type.id if room_type else None, clock.now()
        try:
            values = values_of_typed(typed)
            values["images"] = self._pictures(room_type)
            if room_type is None:
                room_type = rooms.create_type(self._house(), values, submit=request.form.get("draft") != "1", actor=self.actor, now=now)
            else:
                room_type = rooms.update_type(room_type, values, version=version_given(typed), actor=self.actor, now=now)
        except Refusal as refusal:
            take_back(refusal)
            return self._form(typed, get(RoomType, pk) if pk else None, refusal)
        words = _("改动在审核，通过前卖的还是原来的") if room_type.proposed else TYPE_FLOW.state(room_type.status).label
        return self.done(_("已保存“%(name)s”：%(state)s", name=room_type.name, state=words), f"{self.endpoint}.index")

    def _pictures(self, room_type: RoomType | None) -> list[str]:
        order = arranged(request.form, request.files, "picture", room_type.images if room_type else (), most=PICTURES_AT_MOST)
        owner = {"actor": self.actor, "now": clock.now(), "merchant_id": self.actor.merchant_id, "field": "picture"}
        return [each if isinstance(each, str) else store_image(each.stream, each.filename or "", **owner).key for each in order]

    def _form(self, typed: dict[str, Any], room_type: RoomType | None = None, refusal: Refusal | None = None) -> Response:
        return self.render(
            "stays/type_form.html", refusal.status if refusal else 200, typed=typed, room_type=room_type, FACILITIES=FACILITIES, WEEKDAYS=WEEKDAYS,
            errors=said_beside(refusal), steps=STEPS, flow=TYPE_FLOW, pictures_at_most=PICTURES_AT_MOST,
            pictures=[(key, thumbnail_address(key)) for key in (room_type.images if room_type else ())],
            page_title=_("修改“%(name)s”", name=room_type.name) if room_type else _("新房型"),
        )

    def _house(self) -> House:
        house = house_of(self.actor.merchant_id)
        if house is None:
            raise NotFound
        return house


def typed_of_type(room_type: RoomType) -> dict[str, Any]:
    """What the form shows of a room type; a change that waits for review is shown as it was typed."""
    shown = {name: getattr(room_type, name) for name in ("name", "description", "beds", "video", "people", "facilities")} | room_type.proposed
    typed = {**shown, "people": str(shown["people"]), "version": str(room_type.version), "base": figures(room_type.base).replace(",", "")}
    typed |= {name: str(getattr(room_type, name)) for name in ("area", "least", "most")}
    typed |= {f"weekday-{day}": figures(price).replace(",", "") for day, price in room_type.weekdays.items()}
    for number, step in enumerate(room_type.steps):
        typed |= {f"step-{number}-nights": str(step["nights"]), f"step-{number}-rate": f"{step['ppm'] / 10_000:g}"}
    return typed


def values_of_typed(typed: dict[str, Any]) -> dict[str, Any]:
    """Values for the operations, without pictures. Raises Invalid with what is no number or amount."""
    errors: list[Problem] = []
    values: dict[str, Any] = {name: " ".join(typed[name].split()) for name in ("name", "beds", "video")}
    values["description"] = typed["description"].replace("\x00", "").replace("\r\n", "\n").strip()
    values |= {name: _whole(name, typed[name], errors) for name in COUNTS}
    values["facilities"] = [name for name in FACILITIES if name in typed["facilities"]]
    values["base"] = _fen("base", typed["base"], errors)
    values["weekdays"] = {str(day): _fen("weekdays", text, errors) for day in range(7) if (text := typed.get(f"weekday-{day}", "").strip())}
    values["steps"] = [
        {"nights": _whole("steps", typed[f"step-{number}-nights"], errors), "ppm": _whole("steps", typed.get(f"step-{number}-rate", ""), errors) * 10_000}
        for number in range(STEPS) if typed.get(f"step-{number}-nights", "").strip()
    ]
    if errors:
        raise Invalid(errors=errors)
    return values


def _whole(name: str, text: str, errors: list[Problem]) -> int:
    if re.fullmatch(r"\d{1,4}", text.strip(), flags=re.ASCII):
        return int(text)
    errors.append(problem(name, "not_a_number", _l("填整数")))
    return 0


def _fen(name: str, text: str, errors: list[Problem]) -> int:
    try:
        return parse_yuan(text)
    except NotAnAmount as refusal:
        errors.append(problem(name, refusal.code, refusal if text else _l("填写价格")))
        return 1
