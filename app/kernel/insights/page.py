"""The statistics page of a trade: figures against the stretch before, what sells, when, to whom, and who comes back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core import clock
from app.core.errors import Invalid
from app.framework.console.export import download
from app.framework.console.formats import amount, percent
from app.framework.console.home import Chart, Figure
from app.framework.console.page import Page, expose, page_access
from app.framework.console.spans import LABELS, Span, growth, span_named
from app.framework.spreadsheets.xlsx import Cell, Money, Sheet, write_workbook
from app.kernel.exports.operations import note_small
from app.kernel.insights import queries
from app.kernel.insights.queries import Asked

WEEKDAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))
OFTEN = (_l("来过 1 次"), _l("2 到 3 次"), _l("4 到 9 次"), _l("10 次以上"))
LATELY = (_l("7 天内来过"), _l("30 天内"), _l("90 天内"), _l("更久"))
SHOWN = 15

NamedChart = tuple[str, str, Chart]


class TradeInsights(Page):
    """A trade's page is a subclass that names its `trade`, the endpoint of its orders, and what it calls a thing sold; it may add figures and charts of
    its own (`more_figures`, `more_charts`) and a template that fills the block `products` of `insights/page.html`."""

    trade = ""
    orders_endpoint = ""
    thing = _l("商品")
    template = "insights/page.html"
    title = _l("经营分析")
    icon = "chart"
    words = {"index": _l("查看经营分析"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Thirty days unless said."""
        span = self.span()
        asked, before = self.asked(span), self.asked(span, *span.earlier())
        return self.render(
            self.template, span=span, spans=LABELS, figures=[*self._figures(asked, before, span), *self.more_figures(asked, before, span)], thing=self.thing,
            shown=SHOWN, charts=[*self.more_charts(asked), *_charts(asked)], portrait=_portrait(asked), cohorts=_cohorts(asked), often=OFTEN, lately=LATELY,
            **self.more(asked),
        )

    @expose("/export")
    @page_access("can_export")
    def export(self) -> Response:
        """What sold, as XLSX."""
        span = self.span()
        asked, name = self.asked(span), f"{self.export_title()}-{span.begins:%Y%m%d}-{span.ends:%Y%m%d}"
        sheet, count = self.sheet(asked)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        write_workbook(file, [sheet], name)
        file.seek(0)
        note_small(f"{name}.xlsx", {"span": span.name}, rows=count, unmasked=False, actor=self.actor, now=clock.now())
        return download(file, f"{name}.xlsx", "xlsx")

    # ---- what a trade adds -------------------------------------------------------------------------------------------

    def more_figures(self, asked: Asked, before: Asked, span: Span) -> list[Figure]:
        """Figures of the trade beside the common ones."""
        return []

    def more_charts(self, asked: Asked) -> list[NamedChart]:
        """Charts of the trade before the common ones: an id, a title, the chart."""
        return []

    def more(self, asked: Asked) -> dict[str, Any]:
        """What the template's own block needs."""
        return {"products": queries.products(asked)}

    def export_title(self) -> str:
        """What the exported file is called."""
        return str(_("%(thing)s销售", thing=self.thing))

    def sheet(self, asked: Asked) -> tuple[Sheet, int]:
        """The exported sheet, and how many rows it has."""
        found = queries.products(asked)

        def lines() -> Iterator[list[Cell]]:
            yield [str(self.thing), _("件数"), _("收入（元）"), _("退款（元）")]
            for row in found:
                yield [row.title, row.pieces, Money(row.revenue), Money(row.refunded)]

        return Sheet(self.export_title(), lines(), (32, 10, 14, 14), 1), len(found)

    # ---- what is common ----------------------------------------------------------------------------------------------

    def merchant(self) -> int:
        """Whose figures: the reader's merchant. Refuses Invalid for anybody else."""
        if not self.actor.merchant_id:
            raise Invalid
        return self.actor.merchant_id

    def span(self) -> Span:
        """The stretch that the address names."""
        return span_named(request.args.get("span", "30d"), clock.now())

    def asked(self, span: Span, begins: Any = None, ends: Any = None) -> Asked:
        """The question for the stretch, or for the given times."""
        return Asked(self.trade, self.merchant(), begins or span.begins, ends or span.ends)

    def _figures(self, asked: Asked, before: Asked, span: Span) -> list[Figure]:
        now, then = queries.figures(asked), queries.figures(before)
        note = span.against if then.orders else span.nothing_before
        each, each_then = (row.revenue // row.orders if row.orders else 0 for row in (now, then))
        again, again_then = (row.again * 1_000 // row.customers * 1_000 if row.customers else 0 for row in (now, then))
        lost, lost_then = (row.refunded * 1_000 // row.paid * 1_000 if row.paid else 0 for row in (now, then))
        orders = url_for(self.orders_endpoint, view="all", placed_at=span.name)
        of_all = _("%(again)d / %(all)d 位顾客来过不止一次", again=now.again, all=now.customers)
        return [
            Figure(_("营业额"), amount(now.revenue), orders, note=note, change=growth(now.revenue, then.revenue)),
            Figure(_("完成订单"), f"{now.orders:,}", orders, _("单"), note, growth(now.orders, then.orders)),
            Figure(_("客单价"), amount(each), note=note, change=growth(each, each_then)),
            Figure(_("复购率"), percent(again), note=of_all, change=growth(again, again_then)),
            Figure(_("退款占比"), percent(lost), note=note, change=growth(lost, lost_then), more_is_better=False),
        ]


def _charts(asked: Asked) -> list[NamedChart]:
    hours, days = queries.by_hour(asked), queries.by_weekday(asked)
    found = [
        ("hours", _("什么时候下单多"), Chart([f"{hour:02d}" for hour in range(24)], [(_("订单"), hours)], unit=_("单"), head=_("钟点"))),
        ("weekdays", _("周几下单多"), Chart([str(day) for day in WEEKDAYS], [(_("订单"), days)], unit=_("单"), head=_("周几"))),
    ]
    weeks = queries.comers(asked)
    if weeks:
        labels = [f"{row.week:%m-%d}" for row in weeks]
        series: list[Any] = [(_("第一次来"), [row.fresh for row in weeks]), (_("以前来过"), [row.again for row in weeks])]
        found.append(("comers", _("新客和回头客"), Chart(labels, series, unit=_("人"), head=_("哪周（周一）"), stacked=True)))
    return found


def _portrait(asked: Asked) -> list[list[tuple[int, str]]]:
    """A row for each how often, a cell for each how lately: people, and what they spent on average."""
    found = queries.portrait(asked)
    return [
        [(people, amount(spent // people) if people else Markup("")) for people, spent in (found.get((often, lately), (0, 0)) for lately in range(len(LATELY)))]
        for often in range(len(OFTEN))
    ]


def _cohorts(asked: Asked) -> list[tuple[str, int, list[str]]]:
    """Month, how many came first in it, and the share of them that bought in each month after."""
    rows = []
    for month, later in queries.cohorts(asked).items():
        size = later.get(0, 0)
        rows.append((f"{month:%Y-%m}", size, [f"{later.get(after, 0) * 100 // size} %" if size else "" for after in range(1, max(later) + 1)]))
    return rows
