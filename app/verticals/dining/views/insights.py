"""`/dining/insights`: how the restaurant does, who comes, and what each dish earns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, redirect, request, url_for
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
from app.verticals.dining import insights
from app.verticals.dining.advice import Advised, advise
from app.verticals.dining.models.orders import SERVICES
from app.verticals.dining.operations.costs import set_costs, typed_costs
from app.verticals.dining.queries import sizes_of_merchant

CLASSES = {
    "star": (_l("明星"), _l("卖得多，赚得也多：放在菜单最前面，别断货"), "ok"),
    "workhorse": (_l("走量"), _l("卖得多，每份赚得少：压一压成本，或者小幅调价"), "run"),
    "puzzle": (_l("潜力"), _l("每份赚得多，点的人少：值得推广，做一张单品券或订推广位"), "wait"),
    "dog": (_l("鸡肋"), _l("卖得少，赚得也少：换个做法，或者下架"), "mute"),
    "unknown": (_l("没填成本"), _l("填上每份成本，才知道赚不赚"), "mute"),
}
WEEKDAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))
OFTEN = (_l("来过 1 次"), _l("2 到 3 次"), _l("4 到 9 次"), _l("10 次以上"))
LATELY = (_l("7 天内来过"), _l("30 天内"), _l("90 天内"), _l("更久"))
SHOWN = 15


@dataclass(frozen=True)
class Asked:
    """Whose figures, of which stretch."""

    merchant_id: int
    span: Span

    @property
    def of(self) -> tuple[int, datetime, datetime]:
        """As the queries want it."""
        return self.merchant_id, self.span.begins, self.span.ends


class InsightsPage(Page):
    """Figures and charts of a stretch, dishes with their margins, and costs to fill in."""

    name = "dining.insights"
    route_base = "/dining/insights"
    title = _l("经营分析")
    icon = "chart"
    words = {"index": _l("查看经营分析"), "cost": _l("填菜品成本"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Thirty days unless said."""
        asked = self._asked()
        return self.render(
            "dining/insights.html", span=asked.span, spans=LABELS, figures=_figures(asked), dishes=advise(insights.dishes_sold(*asked.of)), classes=CLASSES,
            shown=SHOWN, charts=_charts(asked), portrait=_portrait(asked), cohorts=_cohorts(asked), often=OFTEN, lately=LATELY,
            sizes=sizes_of_merchant(asked.merchant_id) if self.may("cost") else (), edits=self.may("cost"),
        )

    @expose("/costs", methods=["POST"])
    @page_access("can_cost")
    def cost(self) -> Response:
        """Say what portions cost; an empty field says that it is not known."""
        set_costs(typed_costs(request.form), merchant_id=self._merchant(), actor=self.actor, now=clock.now())
        self.say(_("成本已保存"))
        return redirect(self.url("index", span=request.form.get("span") or None) + "#dishes", 303)  # type: ignore[return-value]

    @expose("/export")
    @page_access("can_export")
    def export(self) -> Response:
        """The dishes as XLSX."""
        asked = self._asked()
        rows, name = advise(insights.dishes_sold(*asked.of)), _("菜品毛利") + f"-{asked.span.begins:%Y%m%d}-{asked.span.ends:%Y%m%d}"
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        write_workbook(file, [Sheet(_("菜品毛利"), _sheet(rows), (24, 10, 14, 14, 14, 14, 12), 1)], name)
        file.seek(0)
        note_small(f"{name}.xlsx", {"span": asked.span.name}, rows=len(rows), unmasked=False, actor=self.actor, now=clock.now())
        return download(file, f"{name}.xlsx", "xlsx")

    def _merchant(self) -> int:
        if not self.actor.merchant_id:
            raise Invalid
        return self.actor.merchant_id

    def _asked(self) -> Asked:
        return Asked(self._merchant(), span_named(request.args.get("span", "30d"), clock.now()))


def _figures(asked: Asked) -> list[Figure]:
    span = asked.span
    now, then = insights.figures(*asked.of), insights.figures(asked.merchant_id, *span.earlier())
    note = span.against if then.orders else span.nothing_before
    each, each_then = (row.revenue // row.orders if row.orders else 0 for row in (now, then))
    again, again_then = (row.again * 1_000 // row.customers * 1_000 if row.customers else 0 for row in (now, then))
    lost, lost_then = (row.refunded * 1_000 // row.paid * 1_000 if row.paid else 0 for row in (now, then))
    orders = url_for("OrderView.list", view="all", placed_at=span.name)
    return [
        Figure(_("营业额"), amount(now.revenue), orders, note=note, change=growth(now.revenue, then.revenue)),
        Figure(_("完成订单"), f"{now.orders:,}", orders, _("单"), note, growth(now.orders, then.orders)),
        Figure(_("客单价"), amount(each), note=note, change=growth(each, each_then)),
        Figure(
            _("复购率"), percent(again), note=_("%(again)d / %(all)d 位顾客来过不止一次", again=now.again, all=now.customers), change=growth(again, again_then),
        ),
        Figure(_("退款占比"), percent(lost), note=note, change=growth(lost, lost_then), more_is_better=False),
    ]


def _charts(asked: Asked) -> list[tuple[str, str, Chart]]:
    hours, days = insights.by_hour(*asked.of), insights.by_weekday(*asked.of)
    found = [
        ("hours", _("什么时候点得多"), Chart([f"{hour:02d}" for hour in range(24)], [(_("订单"), hours)], unit=_("单"), head=_("钟点"))),
        ("weekdays", _("周几点得多"), Chart([str(day) for day in WEEKDAYS], [(_("订单"), days)], unit=_("单"), head=_("周几"))),
    ]
    weeks = insights.comers(*asked.of)
    if weeks:
        labels = [f"{row.week:%m-%d}" for row in weeks]
        series: list[Any] = [(_("第一次来"), [row.fresh for row in weeks]), (_("以前来过"), [row.again for row in weeks])]
        found.append(("comers", _("新客和回头客"), Chart(labels, series, unit=_("人"), head=_("哪周（周一）"), stacked=True)))
    services = insights.by_service(*asked.of)
    if services:
        labels = [str(SERVICES[row.service]) for row in services]
        found.append(("services", _("怎么用餐"), Chart(labels, [(_("订单"), [row.orders for row in services])], unit=_("单"), shape="pie", head=_("用餐方式"))))
    return found


def _portrait(asked: Asked) -> list[list[tuple[int, str]]]:
    """A row for each how often, a cell for each how lately: people, and what they spent on average."""
    found = insights.portrait(asked.merchant_id, asked.span.ends)
    return [
        [(people, amount(spent // people) if people else Markup("")) for people, spent in (found.get((often, lately), (0, 0)) for lately in range(len(LATELY)))]
        for often in range(len(OFTEN))
    ]


def _cohorts(asked: Asked) -> list[tuple[str, int, list[str]]]:
    """Month, how many came first in it, and the share of them that bought in each month after."""
    rows = []
    for month, later in insights.cohorts(asked.merchant_id, asked.span.ends).items():
        size = later.get(0, 0)
        rows.append((f"{month:%Y-%m}", size, [f"{later.get(after, 0) * 100 // size} %" if size else "" for after in range(1, max(later) + 1)]))
    return rows


def _sheet(rows: list[Advised]) -> Iterator[list[Cell]]:
    yield [_("菜品"), _("份数"), _("收入（元）"), _("平台费用（元）"), _("成本（元）"), _("毛利（元）"), _("归类")]
    for row in rows:
        sales = row.sales
        cost = None if sales.cost is None else Money(sales.cost)
        yield [sales.name, sales.portions, Money(sales.revenue), Money(sales.fees), cost, None if sales.margin is None else Money(sales.margin),
               str(CLASSES[row.kind][0])]
