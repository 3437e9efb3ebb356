"""`/groupbuy/insights`: what group buying brings the platform."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.periods import business_day
from app.framework.console.export import download
from app.framework.console.formats import amount
from app.framework.console.home import Chart, Figure
from app.framework.console.page import Page, expose, page_access
from app.framework.console.spans import LABELS, Span, growth, span_named
from app.framework.spreadsheets.xlsx import Cell, Money, Sheet, write_workbook
from app.kernel.exports.operations import note_small
from app.verticals.groupbuy import insights
from app.verticals.groupbuy.models.people import LEVELS

SHOWN = 20


class GroupbuyInsightsPage(Page):
    """Figures and a chart of a stretch, margin by good, the leaders' league."""

    name = "groupbuy.insights"
    route_base = "/groupbuy/insights"
    title = _l("团购统计")
    icon = "chart"
    words = {"index": _l("查看团购统计"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Thirty days unless said."""
        span = self._span()
        return self.render(
            "groupbuy/insights.html", span=span, spans=LABELS, figures=_figures(span), chart=_chart(span), goods=insights.by_goods(span.begins, span.ends),
            league=insights.league(span.begins, span.ends), levels=LEVELS, shown=SHOWN,
        )

    @expose("/export")
    @page_access("can_export")
    def export(self) -> Response:
        """Goods and leaders as XLSX."""
        span = self._span()
        goods, leaders = insights.by_goods(span.begins, span.ends), insights.league(span.begins, span.ends)
        name = _("团购统计") + f"-{span.begins:%Y%m%d}-{span.ends:%Y%m%d}"
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        sheets = (
            Sheet(_("商品差价"), _goods_rows(goods), (28, 10, 14, 14, 14, 14, 10), 1),
            Sheet(_("团长排行"), _leader_rows(leaders), (20, 12, 10, 10, 14, 14), 1),
        )
        write_workbook(file, sheets, name)
        file.seek(0)
        note_small(f"{name}.xlsx", {"span": span.name}, rows=len(goods) + len(leaders), unmasked=False, actor=self.actor, now=clock.now())
        return download(file, f"{name}.xlsx", "xlsx")

    def _span(self) -> Span:
        return span_named(request.args.get("span", "30d"), clock.now())


def _figures(span: Span) -> list[Figure]:
    now, then = insights.figures(span.begins, span.ends), insights.figures(*span.earlier())
    note = span.against if then.orders else span.nothing_before
    orders = url_for("GroupbuyOrderView.list", view="all", placed_at=span.name)
    return [
        Figure(_("销售额"), amount(now.paid), orders, note=note, change=growth(now.paid, then.paid)),
        Figure(_("订单"), f"{now.orders:,}", orders, _("单"), note, growth(now.orders, then.orders)),
        Figure(_("下单居民"), f"{now.people:,}", "", _("人"), note, growth(now.people, then.people)),
        Figure(_("平台差价"), amount(now.margin), note=note, change=growth(now.margin, then.margin)),
        Figure(_("团长佣金"), amount(now.commission), note=note, change=growth(now.commission, then.commission)),
        Figure(_("退款"), amount(now.refunded), note=note, change=growth(now.refunded, then.refunded), more_is_better=False),
    ]


def _chart(span: Span) -> Chart:
    found = insights.by_day(span.begins, span.ends)
    first, last = business_day(span.begins), business_day(span.ends - timedelta(seconds=1))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    none = (0, 0)
    series: list[Any] = [
        (_("销售额"), [found.get(day, none)[0] / 100 for day in days]), (_("退款"), [found.get(day, none)[1] / 100 for day in days]),
    ]
    return Chart([f"{day:%m-%d}" for day in days], series, unit=_("元"), head=_("哪天"))


def _goods_rows(rows: Sequence[Any]) -> Iterator[list[Cell]]:
    yield [_("商品"), _("件数"), _("销售额（元）"), _("退款（元）"), _("平台差价（元）"), _("团长佣金（元）"), _("少到件数")]
    for row in rows:
        yield [row.title, row.pieces, Money(row.sales), Money(row.refunded), Money(row.margin), Money(row.commission), row.short]


def _leader_rows(rows: Sequence[Any]) -> Iterator[list[Cell]]:
    yield [_("团长"), _("等级"), _("订单"), _("居民"), _("销售额（元）"), _("佣金（元）")]
    for row in rows:
        yield [row.name, str(LEVELS[row.level]), row.orders, row.people, Money(row.sales), Money(row.commission)]
