"""`/dining/insights`: how the restaurant does, who comes, and what each dish earns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.framework.console.home import Chart
from app.framework.console.page import expose, page_access
from app.framework.spreadsheets.xlsx import Cell, Money, Sheet
from app.kernel.insights.page import NamedChart, TradeInsights
from app.kernel.insights.queries import Asked
from app.verticals.dining.advice import Advised, advise
from app.verticals.dining.insights import by_service, dishes_sold
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


class InsightsPage(TradeInsights):
    """Dishes with their margins and what to do about them, and costs to fill in."""

    name = "dining.insights"
    route_base = "/dining/insights"
    trade = "dining"
    orders_endpoint = "OrderView.list"
    thing = _l("菜品")
    template = "dining/insights.html"
    words = {**TradeInsights.words, "cost": _l("填菜品成本")}

    @expose("/costs", methods=["POST"])
    @page_access("can_cost")
    def cost(self) -> Response:
        """Say what portions cost; an empty field says that it is not known."""
        set_costs(typed_costs(request.form), merchant_id=self.merchant(), actor=self.actor, now=clock.now())
        self.say(_("成本已保存"))
        return redirect(self.url("index", span=request.form.get("span") or None) + "#dishes", 303)  # type: ignore[return-value]

    def more(self, asked: Asked) -> dict[str, Any]:
        """The dishes, and the sizes whose costs may be filled in."""
        edits = self.may("cost")
        sizes = sizes_of_merchant(asked.merchant_id) if edits else ()
        return {"dishes": advise(dishes_sold(asked)), "classes": CLASSES, "sizes": sizes, "edits": edits}

    def more_charts(self, asked: Asked) -> list[NamedChart]:
        """How people eat."""
        services = by_service(asked)
        if not services:
            return []
        labels = [str(SERVICES[row.service]) for row in services]
        chart = Chart(labels, [(_("订单"), [row.orders for row in services])], unit=_("单"), shape="pie", head=_("用餐方式"))
        return [("services", _("怎么用餐"), chart)]

    def export_title(self) -> str:
        """What the exported file is called."""
        return str(_("菜品毛利"))

    def sheet(self, asked: Asked) -> tuple[Sheet, int]:
        """The dishes with their margins."""
        found = advise(dishes_sold(asked))
        return Sheet(_("菜品毛利"), _sheet(found), (24, 10, 14, 14, 14, 14, 12), 1), len(found)


def _sheet(rows: list[Advised]) -> Iterator[list[Cell]]:
    yield [_("菜品"), _("份数"), _("收入（元）"), _("平台费用（元）"), _("成本（元）"), _("毛利（元）"), _("归类")]
    for row in rows:
        sales = row.sales
        cost = None if sales.cost is None else Money(sales.cost)
        yield [sales.name, sales.portions, Money(sales.revenue), Money(sales.fees), cost, None if sales.margin is None else Money(sales.margin),
               str(CLASSES[row.kind][0])]
