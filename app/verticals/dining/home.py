"""What a restaurant and the platform see first: what waits, today beside the same weekday last week, hours, best sellers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import MILLION, yuan
from app.core.periods import SHANGHAI, business_day, day_start, local
from app.extensions import db
from app.framework.console.home import Chart, Figure, HomeCard, Table, TodoItem
from app.kernel.aftersales.models import RefundCase
from app.kernel.orders.models import OrderLine
from app.verticals.dining.models import DiningOrder
from app.verticals.dining.queries import low_stock_of

WEEK = timedelta(days=7)
FRONT = frozenset({"Owner", "Manager", "Cashier"})
RUNNERS = frozenset({"Owner", "Manager"})
PLATFORM = frozenset({"Operator", "Admin"})


@dataclass(frozen=True)
class Sums:
    """Paid orders of a stretch of time: fen, count, refunded fen."""

    turnover: int
    count: int
    refunded: int

    @property
    def average(self) -> int:
        """Fen an order; 0 without orders."""
        return self.turnover // self.count if self.count else 0


def sums_between(begins: datetime, ends: datetime) -> Sums:
    """What was paid for by orders placed in [begins, ends), in the actor's scope."""
    statement = select(func.coalesce(func.sum(DiningOrder.paid), 0), func.count(), func.coalesce(func.sum(DiningOrder.refunded), 0)).where(
        DiningOrder.placed_at >= begins, DiningOrder.placed_at < ends, DiningOrder.paid > 0,
    )
    turnover, count, refunded = db.session.execute(statement).one()
    return Sums(int(turnover), int(count), int(refunded))


def change(now: int, then: int) -> int | None:
    """Growth in ppm; None when there is nothing to compare with."""
    return (now - then) * MILLION // then if then else None


class WaitingCard(HomeCard):
    """Orders to answer, refunds asked, dishes that run out."""

    name = "dining.waiting"
    roles = FRONT
    kind = "todo"
    title = _l("等你处理")
    span = 12
    order = 10

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """What waits, most urgent first; nothing that does not."""
        waiting, first = db.session.execute(
            select(func.count(), func.min(DiningOrder.accept_by)).select_from(DiningOrder).where(DiningOrder.status == "waiting")
        ).one()
        asked, answer_by = db.session.execute(
            select(func.count(), func.min(RefundCase.answer_by)).select_from(RefundCase).where(RefundCase.status == "asked", RefundCase.trade == "dining")
        ).one()
        low = low_stock_of(actor.merchant_id) if actor.merchant_id else []
        items = []
        if waiting:
            late = first is not None and first - now < timedelta(minutes=1)
            note = _("最早的 %(hour)s 前不接就自动退款", hour=f"{local(first):%H:%M}") if first else ""
            items.append(TodoItem(waiting, _("单等你接"), note, url_for("BoardPage.index"), _("去接单"), "bad" if late else "wait"))
        if asked:
            note = _("%(time)s 前答复", time=f"{local(answer_by):%m-%d %H:%M}") if answer_by else ""
            items.append(TodoItem(asked, _("笔退款申请"), note, url_for("RefundCaseView.list", view="asked"), _("去处理")))
        if low:
            names = "、".join(dict.fromkeys(row.dish for row in low[:3]))
            items.append(TodoItem(len(low), _("个规格快卖完"), names, url_for("MenuPage.index", low=1), _("改库存")))
        return items


class TodayCard(HomeCard):
    """Today's figures against the same weekday last week, up to the same hour."""

    name = "dining.today"
    roles = RUNNERS
    kind = "figures"
    title = _l("今天")
    span = 12
    order = 20

    def load(self, actor: Actor, now: datetime) -> list[Figure]:
        """Turnover, orders, average, refunds."""
        begins = day_start(business_day(now))
        today, before = sums_between(begins, now), sums_between(begins - WEEK, now - WEEK)
        note, url = _("比上周同一天此时") if before.count else _("上周同一天此时还没有单"), url_for("OrderView.list")
        return [
            Figure(_("营业额"), yuan(today.turnover), url, note=note, change=change(today.turnover, before.turnover)),
            Figure(_("订单"), f"{today.count:,}", url, unit=_("单"), note=note, change=change(today.count, before.count)),
            Figure(_("客单价"), yuan(today.average), url, note=note, change=change(today.average, before.average)),
            Figure(
                _("退款"), yuan(today.refunded), url_for("RefundCaseView.list"), note=note, change=change(today.refunded, before.refunded),
                more_is_better=False,
            ),
        ]


class PlatformTodayCard(TodayCard):
    """The same over all restaurants."""

    name = "dining.platform_today"
    roles = PLATFORM
    title = _l("点餐 · 今天全部餐厅")
    order = 40


class HoursCard(HomeCard):
    """Turnover by hour, today and the same weekday last week."""

    name = "dining.hours"
    roles = RUNNERS
    kind = "chart"
    title = _l("每小时营业额")
    span = 7
    order = 30

    def load(self, actor: Actor, now: datetime) -> Chart | None:
        """From the first hour with orders to the last; hidden without any."""
        begins = day_start(business_day(now))
        today, before = _by_hour(begins, begins + timedelta(days=1)), _by_hour(begins - WEEK, begins - WEEK + timedelta(days=1))
        hours = sorted({*today, *before})
        if not hours:
            return None
        span, this_hour = range(hours[0], hours[-1] + 1), local(now).hour
        best = max(today, key=lambda hour: today[hour], default=None)
        return Chart(
            [f"{hour}:00" for hour in span],
            (
                (_("今天"), [today.get(hour, 0) / 100 if hour <= this_hour else None for hour in span]),
                (_("上周同一天"), [before.get(hour, 0) / 100 for hour in span]),
            ),
            unit=_("元"), summary=_("今天最忙的是 %(hour)s 点", hour=best) if best is not None else "",
        )


def _by_hour(begins: datetime, ends: datetime) -> dict[int, int]:
    hour = func.extract("hour", func.timezone(str(SHANGHAI), DiningOrder.placed_at))
    paid = (DiningOrder.placed_at >= begins) & (DiningOrder.placed_at < ends) & (DiningOrder.paid > 0)
    statement = select(hour, func.sum(DiningOrder.paid)).where(paid).group_by(hour)
    return {int(number): int(fen) for number, fen in db.session.execute(statement)}


class BestSellersCard(HomeCard):
    """The dishes that sell most today."""

    name = "dining.best_sellers"
    roles = RUNNERS
    kind = "table"
    title = _l("今天卖得最好的")
    span = 5
    order = 31

    def load(self, actor: Actor, now: datetime) -> Table | None:
        """At most eight; hidden before the first order."""
        portions = func.sum(OrderLine.quantity)
        statement = (
            select(OrderLine.title, portions, func.sum(OrderLine.payable)).join(DiningOrder, DiningOrder.id == OrderLine.order_id)
            .where(DiningOrder.placed_at >= day_start(business_day(now)), DiningOrder.paid > 0, OrderLine.kind == "goods")
            .group_by(OrderLine.title).order_by(portions.desc(), OrderLine.title).limit(8)
        )
        rows: Sequence[Sequence[Any]] = [(title, f"{count:,}", yuan(int(fen))) for title, count, fen in db.session.execute(statement)]
        return Table((_("菜品"), _("份数"), _("金额")), rows, frozenset({1, 2})) if rows else None


CARDS = (WaitingCard, TodayCard, HoursCard, BestSellersCard, PlatformTodayCard)
