"""Calendars between channels: each room's own address, and the calendars that it follows."""

from __future__ import annotations

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid, Refusal
from app.framework.console.page import Page, expose, page_access
from app.framework.database import get
from app.kernel.places.rules import problem
from app.verticals.stays.models import Feed, Unit
from app.verticals.stays.operations.calendars import LARGEST, add_feed, follow, read_feed, remove_feed
from app.verticals.stays.operations.rooms import renew_calendar
from app.verticals.stays.queries import feeds_of, house_of, types_of


class CalendarsPage(Page):
    """`/stays/calendars`: out and in."""

    name = "stays.calendars"
    route_base = "/stays/calendars"
    title = _l("渠道日历")
    icon = "link"
    words = {"index": _l("看渠道日历"), "edit": _l("改渠道日历")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Each room: its address, and the calendars that it follows."""
        house = house_of(self.actor.merchant_id)
        types = types_of(house.id) if house else []
        units = [unit for each in types for unit in each.units]
        feeds: dict[int, list[Feed]] = {}
        for feed in feeds_of([unit.id for unit in units]):
            feeds.setdefault(feed.unit_id, []).append(feed)
        base = current_app.config["PUBLIC_URL"].rstrip("/")
        rows = [(unit, f"{base}/api/v1/stays/calendars/{unit.calendar_code}.ics", feeds.get(unit.id, [])) for unit in units]
        return self.render("stays/calendars.html", house=house, units=rows, edits=self.may("edit"))

    @expose("/add/<int:pk>", methods=["POST"])
    @page_access("can_edit")
    def add(self, pk: int) -> Response:
        """The room follows another calendar."""
        feed = add_feed(get(Unit, pk), name=request.form.get("name", ""), address=request.form.get("address", ""), actor=self.actor, now=clock.now())
        return self.done(_("已跟“%(name)s”的日历", name=feed.name), "CalendarsPage.index")

    @expose("/feed/<int:pk>", methods=["POST"])
    @page_access("can_edit")
    def feed(self, pk: int) -> Response:
        """Read a calendar, take an uploaded file, or follow it no longer (`act`)."""
        feed, act, now = get(Feed, pk), request.form.get("act", "read"), clock.now()
        name = feed.name
        if act == "remove":
            remove_feed(feed, actor=self.actor, now=now)
            return self.done(_("不再跟“%(name)s”的日历", name=name), "CalendarsPage.index")
        file = request.files.get("file")
        if file is not None and file.filename:
            feed = follow(pk, file.stream.read(LARGEST + 1), now=now)
        elif feed.address:
            try:
                feed = read_feed(pk, now=now)
            except Refusal as refusal:
                if refusal.status in {403, 404}:
                    raise
                return self.done(_("“%(name)s”没读到：%(why)s", name=name, why=str(refusal)), "CalendarsPage.index")
        else:
            raise Invalid(errors=[problem("file", "required", _l("选一个 .ics 文件"))])
        return self.done(_("“%(name)s”：%(count)d 段占用，%(clashes)d 段撞房", name=name, count=feed.stretches, clashes=feed.clashes), "CalendarsPage.index")

    @expose("/renew/<int:pk>", methods=["POST"])
    @page_access("can_edit")
    def renew(self, pk: int) -> Response:
        """The room's own calendar has another address."""
        unit = renew_calendar(get(Unit, pk), actor=self.actor, now=clock.now())
        return self.done(_("%(room)s 换了日历地址，旧地址已失效", room=unit.name), "CalendarsPage.index")
