"""`/profit`: what each trade brings the platform by kind of revenue, over a stretch of days."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.framework.console.export import download
from app.framework.console.home import Chart
from app.framework.console.page import Page, expose, page_access
from app.framework.console.spans import days_asked
from app.framework.spreadsheets.xlsx import Cell, Formula, Money, Sheet, letter, write_workbook
from app.kernel.exports.operations import note_small
from app.kernel.plans.profit import COST, GROUPS, Line, by_kind, lines_of, series_of


class ProfitPage(Page):
    """A stretch of days, all trades or one: chart, table, spreadsheet."""

    name = "plans.profit"
    route_base = "/profit"
    title = _l("行业利润")
    icon = "chart"
    words = {"index": _l("查看行业利润"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The last thirty days unless said."""
        first, last, trade = self._asked()
        found = lines_of(first, last, trade)
        rows = by_kind(found)
        revenue, cost = sum(row.amount for row in rows if row.group != COST), sum(row.amount for row in rows if row.group == COST)
        trades = [(manifest.name, manifest.title) for manifest in current_app.extensions["manifests"] if manifest.fees]
        return self.render(
            "plans/profit.html", rows=rows, groups=GROUPS, chart=_chart(found, trade), first=first, last=last, trade=trade, trades=trades, revenue=revenue,
            cost=cost, asked={"first": first, "last": last, "trade": trade},
        )

    @expose("/export")
    @page_access("can_export")
    def export(self) -> Response:
        """The table as XLSX; noted, because it takes figures out of the house."""
        first, last, trade = self._asked()
        rows, name = by_kind(lines_of(first, last, trade)), _("行业利润") + f"-{first:%Y%m%d}-{last:%Y%m%d}"
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        write_workbook(file, [Sheet(_("行业利润"), _sheet(rows), (16, 28, 20, 18), 1)], name)
        file.seek(0)
        note_small(f"{name}.xlsx", {"first": f"{first}", "last": f"{last}"}, rows=len(rows), unmasked=False, actor=self.actor, now=clock.now())
        return download(file, f"{name}.xlsx", "xlsx")

    def _asked(self) -> tuple[date, date, str | None]:
        days = days_asked(request.args, clock.now())
        return days.first, days.last, request.args.get("trade") or None


def _chart(found: Sequence[Line], trade: str | None) -> Chart | None:
    """Along the trades, or along the days of one trade; in yuan."""
    if not found:
        return None
    labels, series = series_of(found, "period" if trade else "trade_words")
    yuan: list[tuple[Any, list[float | None]]] = [(words, [fen / 100 for fen in values]) for words, values in series]
    sums = [sum(values) / 100 for _words, values in series]
    rows = [sum(values[at] for _words, values in series) / 100 for at in range(len(labels))]
    return Chart(labels, yuan, unit=_l("元"), stacked=True, head=_l("日期") if trade else _l("行业"), sums=sums, row_sums=rows)


def _sheet(rows: Sequence[Line]) -> Iterator[list[Cell]]:
    yield [_("行业"), _("费用"), _("算什么"), _("金额（元）")]
    for row in rows:
        yield [row.trade_words, row.words, str(GROUPS[row.group]), Money(row.amount)]
    if rows:
        yield [_("合计"), None, None, Formula(f"SUM({letter(3)}2:{letter(3)}{len(rows) + 1})", sum(row.amount for row in rows))]
