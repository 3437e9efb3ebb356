"""The calendar of freezes: on which day the channel releases what by itself, and what of it nobody has shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import Response
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.periods import business_day
from app.framework.console.page import Page, expose, page_access
from app.framework.console.view import view_url
from app.framework.settings import value_of
from app.kernel.parties.queries import merchant_named
from app.kernel.sharing.models import Sharing
from app.kernel.sharing.queries import frozen_sharings
from app.kernel.sharing.rules import days_left
from app.kernel.sharing.views.sharings import SharingView

SHOWN_A_DAY = 20


@dataclass
class FreezeDay:
    """A day on which freezes end: how many days until then, whether the alarm rings, and the sharings."""

    day: date
    days: int
    alarm: bool
    sharings: list[Sharing] = field(default_factory=list)

    @property
    def frozen(self) -> int:
        """Fen that the channel will release."""
        return sum(each.amount - each.shared for each in self.sharings)

    @property
    def open(self) -> int:
        """Fen of it that should be shared before."""
        return sum(each.open_amount for each in self.sharings)


def by_day(sharings: Sequence[Sharing], now: datetime, alarm_days: int) -> list[FreezeDay]:
    """The sharings by the business day of their freeze's end, the nearest first."""
    found: dict[date, FreezeDay] = {}
    for each in sharings:
        day, left = business_day(each.frozen_until), days_left(each.frozen_until, now)
        found.setdefault(day, FreezeDay(day, left, left <= alarm_days)).sharings.append(each)
    return [found[day] for day in sorted(found)]


class FreezePage(Page):
    """What the channel releases by itself, day by day."""

    name = "sharing.freezes"
    route_base = "/sharing/freezes"
    title = _l("冻结日历")
    icon = "clock"
    words = {"index": _l("查看冻结日历")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """All freezes that have not ended, the nearest first."""
        now, alarm = clock.now(), value_of("sharing.alarm_days")
        days = by_day(frozen_sharings(), now, alarm)
        soon = [each for each in days if each.alarm]
        return self.render(
            "sharing/freezes.html", days=days, alarm_days=alarm, soon=sum(len(each.sharings) for each in soon), frozen=sum(each.frozen for each in days),
            at_risk=sum(each.open for each in soon), count=sum(len(each.sharings) for each in days), flow=Sharing.__flow__, merchant_named=merchant_named,
            address=lambda sharing: view_url(SharingView, "show", pk=sharing.id), most=SHOWN_A_DAY, link=view_url(SharingView, "list"),
        )
