"""What a house sees first beside the figures of all trades: what waits at the desk, what opening needs, how full it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day, local
from app.framework.console.formats import percent
from app.framework.console.home import Figure, HomeCard, TodoItem
from app.kernel.parties.roles import FRONT
from app.kernel.places.home import PlaceOpeningCard
from app.verticals.stays import insights
from app.verticals.stays.queries import desk_of, house_of, missing_before_opening


class DeskCard(HomeCard):
    """Stays to confirm, guests who arrive and leave today."""

    name = "stays.desk"
    roles = FRONT
    kind = "todo"
    title = _l("等你处理")
    span = 12
    order = 10

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """What waits, most urgent first; hidden from who has no house."""
        house = house_of(actor.merchant_id)
        if house is None:
            return None
        found, desk = desk_of(house.id, now), url_for("DeskPage.index")
        items = []
        if found["waiting"]:
            first = min(each.confirm_by for each in found["waiting"] if each.confirm_by)
            items.append(TodoItem(len(found["waiting"]), _("单等你确认"), _("最早的 %(hour)s 前不确认就退款", hour=f"{local(first):%H:%M}"), desk, _("去确认")))
        if found["arrivals"]:
            rooms = "、".join(each.unit_name for each in found["arrivals"][:4])
            items.append(TodoItem(len(found["arrivals"]), _("单今天入住"), rooms, f"{desk}#arrivals", _("办入住"), ""))
        if found["departures"]:
            due = sum(each.due for each in found["departures"])
            note = _("还要收 %(due)s", due=yuan(due)) if due else ""
            items.append(TodoItem(len(found["departures"]), _("单今天离店"), note, f"{desk}#departures", _("办离店"), ""))
        return items


class OpeningCard(PlaceOpeningCard):
    """What a house in preparation needs before its first guest."""

    name = "stays.opening"
    title = _l("开业准备")
    why, ready, after = _l("客人要能找到、订到"), _l("都备好了，可以开始营业"), _l("营业后客人就能订房")
    step, page = _l("去营业"), "HousePage.index"
    place = staticmethod(house_of)
    missing = staticmethod(missing_before_opening)


class OccupancyCard(HomeCard):
    """How full the house is tonight, and in the week to come."""

    name = "stays.occupancy"
    roles = FRONT
    kind = "figures"
    title = _l("房态")
    span = 12
    order = 20

    def load(self, actor: Actor, now: datetime) -> list[Figure] | None:
        """Tonight, the next seven nights, what a night sold tonight brings."""
        house = house_of(actor.merchant_id)
        if house is None:
            return None
        today, board = business_day(now), url_for("RoomBoardPage.index")
        tonight = insights.whole(insights.by_type(house.merchant_id, today, today + timedelta(days=1)), 1)
        week = insights.whole(insights.by_type(house.merchant_id, today, today + timedelta(days=7)), 7)
        return [
            Figure(_("今晚"), f"{tonight.sold} / {tonight.rooms}", board, _("间"), _("出租率 %(rate)s", rate=percent(tonight.occupancy_ppm))),
            Figure(_("7 天已订"), percent(week.occupancy_ppm), board, note=_("%(count)d 间夜", count=week.sold)),
            Figure(_("今晚平均房价"), yuan(tonight.adr), url_for("StayInsightsPage.index"), note=_("只算已付的")),
        ]


CARDS = (OpeningCard, DeskCard, OccupancyCard)
