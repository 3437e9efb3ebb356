"""The income report: what each payee earned in a quarter, by category, as the tax authority wants it."""

from __future__ import annotations

import re
import tempfile
from datetime import date

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import NotFound
from app.core.periods import business_day
from app.framework.console.export import download
from app.framework.console.page import Page, expose, page_access
from app.kernel.exports.operations import note_small
from app.kernel.settlement.income import CATEGORIES, PAYEES, income_of, quarter_before, quarter_name, quarter_of
from app.kernel.settlement.workbook.income import write_income

QUARTER = re.compile(r"(20\d\d)Q([1-4])")
SHOWN, BACK = 200, 8


class IncomePage(Page):
    """`/income-report`: a quarter's payees, and the report as XLSX."""

    name = "settlement.income"
    route_base = "/income-report"
    title = _l("收入报送")
    icon = "chart"
    words = {"index": _l("查看收入报送"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The chosen quarter, this one unless said."""
        first, now = self._quarter(), quarter_of(business_day(clock.now()))
        rows, choices = income_of(first), [now]
        while len(choices) < BACK:
            choices.append(quarter_before(choices[-1]))
        return self.render(
            "settlement/income.html", rows=rows[:SHOWN], count=len(rows), payees=len({row.merchant_id for row in rows}), earned=sum(row.earned for row in rows),
            refunded=sum(row.refunded for row in rows), chosen=quarter_name(first), choices=[quarter_name(each) for each in choices],
            categories=CATEGORIES, kinds=PAYEES, over=first < now,
        )

    @expose("/export")
    @page_access("can_export")
    def export(self) -> Response:
        """The quarter as XLSX; noted, because it takes figures out of the house."""
        first = self._quarter()
        rows, name = income_of(first), _("收入报送") + f"-{quarter_name(first)}"
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        write_income(quarter_name(first), rows, file)
        file.seek(0)
        note_small(f"{name}.xlsx", {"quarter": quarter_name(first)}, rows=len(rows), unmasked=False, actor=self.actor, now=clock.now())
        return download(file, f"{name}.xlsx", "xlsx")

    def _quarter(self) -> date:
        given = request.args.get("quarter", "")
        if not given:
            return quarter_of(business_day(clock.now()))
        found = QUARTER.fullmatch(given)
        if not found:
            raise NotFound
        return date(int(found[1]), 3 * int(found[2]) - 2, 1)
