"""`/stays/insights`: occupancy, average rate, revenue per room, by night and by room type."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid
from app.core.periods import business_day
from app.framework.console.formats import amount, percent
from app.framework.console.home import Chart, Figure
from app.framework.console.page import Page, expose, page_access
from app.kernel.bookings.rules import nights_between
from app.verticals.stays import insights

SPANS = {7: _l("7 天"), 30: _l("30 天"), 90: _l("90 天")}


class StayInsightsPage(Page):
    """Figures of the nights that are over, and of the weeks to come."""

    name = "stays.insights"
    route_base = "/stays/insights"
    title = _l("经营分析")
    icon = "chart"
    words = {"index": _l("查看经营分析")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Thirty nights back unless said, and thirty to come."""
        merchant_id = self.actor.merchant_id
        if not merchant_id:
            raise Invalid
        span = request.args.get("span", 30, type=int)
        span = span if span in SPANS else 30
        today = business_day(clock.now())
        first = today - timedelta(days=span)
        uses, before = insights.by_type(merchant_id, first, today), insights.by_type(merchant_id, first - timedelta(days=span), first)
        now, then = insights.whole(uses, span), insights.whole(before, span)
        ended = insights.endings(merchant_id, first, today)
        return self.render(
            "stays/insights.html", span=span, spans=SPANS, uses=uses, figures=_figures(now, then, ended), whole=now,
            charts=[_nights(merchant_id, now.rooms, first, today, "past"), _nights(merchant_id, now.rooms, today, today + timedelta(days=30), "coming")],
        )


def _figures(now: insights.Use, then: insights.Use, ended: dict[str, int]) -> list[Figure]:
    def change(after: int, before: int) -> int | None:
        return (after - before) * 1_000_000 // before if before else None

    lost = ended.get("cancelled", 0) + ended.get("no_show", 0)
    note = _("比前一段") if then.sold else _("前一段没有数据")
    return [
        Figure(_("出租率"), percent(now.occupancy_ppm), note=note, change=change(now.occupancy_ppm, then.occupancy_ppm)),
        Figure(_("平均房价（ADR）"), amount(now.adr), note=note, change=change(now.adr, then.adr)),
        Figure(_("每间可售房收入（RevPAR）"), amount(now.revpar), note=note, change=change(now.revpar, then.revpar)),
        Figure(_("房费"), amount(now.revenue), note=note, change=change(now.revenue, then.revenue)),
        Figure(
            _("取消和未到"), f"{lost:,}", url_for("StayOrderView.list", view="ended"), _("单"), _("其中未到 %(count)d 单", count=ended.get("no_show", 0)),
        ),
    ]


def _nights(merchant_id: int, rooms: int, first: date, after: date, key: str) -> tuple[str, str, Chart]:
    sold = insights.by_day(merchant_id, first, after)
    days = nights_between(first, after)
    rates = [round(sold[day][0] * 100 / rooms, 1) if day in sold and rooms else 0 for day in days]
    title = _("每晚出租率") if key == "past" else _("往后 30 天已订")
    return key, title, Chart([f"{day:%m-%d}" for day in days], [(_("出租率"), rates)], unit="%", head=_("哪一晚"), shape="line")
