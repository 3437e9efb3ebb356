"""Reports: the list of them, one drawn, its spreadsheet, and the form with a look at what it would show."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core import clock
from app.core.actors import Actor
from app.core.errors import Forbidden, Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.console import export, keeping
from app.framework.console.columns import Action, Column
from app.framework.console.extract import Extract
from app.framework.console.home import Chart
from app.framework.console.listing import Listing
from app.framework.console.page import expose, may, page_access
from app.framework.console.reporting import ReportLink
from app.framework.console.view import ConsoleView, view_named
from app.framework.identity import current_actor
from app.framework.observability import request_id
from app.framework.spreadsheets.xlsx import Cell, Money, Row, Sheet, write_workbook
from app.kernel.reports.drawing import draw, spec_of
from app.kernel.reports.models import Report
from app.kernel.reports.operations import NoSuchList, NotYourReport, change_report, delete_report, filter_of, may_change, save_report
from app.kernel.reports.queries import lists, readable, reportable
from app.kernel.reports.rules import SHAPES, groupings, measures
from app.kernel.workspace.models import PRIVATE


@dataclass(frozen=True)
class Drawn:
    """A report drawn, or why it cannot be."""

    title: str
    listing: Listing | None = None
    chart: Chart | None = None
    refusal: Refusal | None = None
    money: bool = False


class ReportForm(FlaskForm):
    """What a report shows of a list."""

    title = StringField(_l("名称"), validators=[DataRequired(_l("写一个名称")), Length(max=60)])
    list_name = SelectField(_l("哪张列表"), validate_choice=False)
    group_by = SelectField(_l("按什么分组"), validate_choice=False, validators=[DataRequired(_l("选一个分组"))])
    series = SelectField(_l("再按什么分"), validate_choice=False)
    measure = SelectField(_l("看什么数"), validate_choice=False, validators=[DataRequired(_l("选一个数值"))])
    shape = SelectField(_l("图形"), choices=list(SHAPES.items()))
    share = SelectField(_l("谁能看到"), validate_choice=False)
    query = HiddenField()


def drawn(title: str, list_name: str, query: Mapping[str, str], asked: Mapping[str, str]) -> Drawn:
    """The report as this reader sees it at this moment."""
    try:
        listing = Listing(view_named(list_name), query)
        spec = spec_of(listing, **asked)
        return Drawn(title, listing, draw(listing, spec, title), money=spec.measure.money)
    except Refusal as refusal:
        return Drawn(title, refusal=refusal)


def drawn_report(report: Report) -> Drawn:
    """A saved report, drawn."""
    asked = {name: getattr(report, name) for name in ("group_by", "series", "measure", "shape")}
    return drawn(report.title, report.list_name, report.query, asked)


def link_for(listing: Listing) -> ReportLink | None:
    """Where a report on the list is made with its filter, or where a report for whose conditions the reader came gets this filter."""
    if not may(ReportView, "add") or not reportable(listing.view):
        return None
    query = urlencode(filter_of(listing.view, listing.args))
    report = _being_changed(listing)
    if report:
        return ReportLink(url_for("ReportView.edit", pk=report.id, query=query), _("报表“%(name)s”用这些条件", name=report.title), primary=True)
    return ReportLink(url_for("ReportView.add", list_name=listing.view.name, query=query), _("做成报表"))


def _being_changed(listing: Listing) -> Report | None:
    """The report that the address names, where it is one on this list that the reader may change."""
    key = listing.args.get("report", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    report = db.session.scalars(select(Report).where(Report.id == int(key), Report.list_name == listing.view.name, readable(Report))).one_or_none()
    return report if report and may_change(report, current_actor()) else None


def _save(*, query: str, actor: Actor, now: datetime, **values: Any) -> Report:
    return save_report(query=dict(parse_qsl(query)), actor=actor, now=now, **values)


def _change(record: Report, *, query: str, actor: Actor, now: datetime, **values: Any) -> Report:
    return change_report(record, query=dict(parse_qsl(query)), actor=actor, now=now, **values)


def _changeable(report: Report) -> bool:
    return may_change(report, current_actor())


def _list_words(report: Report) -> str:
    view = lists().get(report.list_name)
    return str(view.title) if view else report.list_name


def _list_address(report: Report) -> str | None:
    view = lists().get(report.list_name)
    return view.url("list", **{"view": "all", **report.query}) if view else None


def _criteria(list_name: str, query: Mapping[str, str]) -> str:
    try:
        return Extract(Listing(view_named(list_name), query)).criteria()
    except Refusal as refusal:
        return str(refusal)


class ReportView(ConsoleView):
    """The reader's reports and those shared with the reader."""

    name = "reports.reports"
    route_base = "/reports"
    model = Report
    title = _l("报表")
    singular = _l("报表")
    measure = _l("份")
    icon = "chart"
    add_label = _l("做一份报表")
    base = staticmethod(readable)
    search_columns = ("title",)
    search_hint = _l("名称")
    list_columns = (
        Column("title", _l("名称"), link=True),
        Column("list_name", _l("哪张列表"), value=_list_words),
        Column("shape", _l("图形"), choices=SHAPES),
        Column("updated_at", _l("改于"), kind="when", sort=True),
    )
    facts = (
        Column("list_name", _l("哪张列表"), value=_list_words, to=_list_address),
        Column("query", _l("条件"), value=lambda report: _criteria(report.list_name, report.query)),
    )
    record_actions = (
        Action(_l("改条件"), "ReportView.conditions", "edit", icon="search", when=_changeable),
        Action(_l("导出 Excel"), "ReportView.sheet", "show", icon="download"),
        Action(_l("删除"), "ReportView.delete", "edit", icon="x", post=True, danger=True, when=_changeable),
    )
    show_template = "reports/show.html"
    form_template = "reports/form.html"
    create = staticmethod(_save)
    update = staticmethod(_change)
    revisable = True
    form = ReportForm
    exports = False
    empty_title = _l("还没有报表")
    empty_text = _l("在任何一张列表上点“做成报表”，就用它的筛选条件")

    drawn_report = staticmethod(drawn_report)

    def changeable(self, record: Any) -> bool:
        """One's own reports, and for those who arrange shared ones also these."""
        return may_change(record, self.actor)

    def present(self, record: Any, name: str) -> Any:
        """The conditions as an address writes them."""
        return urlencode(record.query) if name == "query" else super().present(record, name)

    def make_form(self, record: Any = None) -> FlaskForm:
        """The form with what the chosen list offers; a new report takes list and conditions from the address."""
        form = ReportForm(obj=record)
        if not form.is_submitted():
            form["query"].data = request.args.get("query", urlencode(record.query) if record else "")
        offered = lists()
        name = record.list_name if record else (form["list_name"].data or request.args.get("list_name", ""))
        view = offered.get(name) or next(iter(offered.values()), None)
        if view is None:
            raise NoSuchList(field="list_name")
        form["list_name"].data = view.name
        form["list_name"].choices = [(each.name, each.title) for each in (offered.values() if record is None else [view])]
        columns = view.seen().list_columns
        ways = [(key, way.label) for key, way in groupings(view.model, columns).items()]
        form["group_by"].choices, form["series"].choices = ways, [("", _("不再分")), *ways]
        form["measure"].choices = [(key, each.label) for key, each in measures(view.model, columns).items()]
        keeps = keeping.keeper()
        form["share"].choices = [(PRIVATE, _("只有我")), *(keeps.sharing(self.actor) if keeps else ())]
        return form

    @expose("/preview")
    @page_access("can_add")
    def preview(self) -> Response:
        """What the report of the form would show: a part of the form's page, or a page of its own for browsers without scripts."""
        asked = {name: request.args.get(name, "") for name in ("group_by", "series", "measure", "shape")}
        list_name = request.args.get("list_name", "")
        found = drawn(_("预览"), list_name if list_name in lists() else "", dict(parse_qsl(request.args.get("query", ""))), asked)
        part = request.headers.get("X-Requested-With") == "fetch"
        return self.render("reports/drawn.html" if part else "reports/preview.html", drawn=found, page_title=_("预览"))

    def words_of(self, form: FlaskForm) -> str:
        """The conditions that the form would save, in words."""
        return _criteria(form["list_name"].data, dict(parse_qsl(form["query"].data or "")))

    @expose("/<int:pk>/conditions")
    @page_access("can_edit")
    def conditions(self, pk: int) -> Response:
        """The list behind the report, filtered as the report is; there its conditions are chosen and brought back."""
        report = self.record(pk)
        if not may_change(report, self.actor):
            raise NotYourReport
        return redirect(lists()[report.list_name].url("list", **{"view": "all", **report.query, "report": report.id}))  # type: ignore[return-value]

    @expose("/<int:pk>/sheet")
    @page_access("can_show")
    def sheet(self, pk: int) -> Response:
        """The table as XLSX, for those who may export the list behind it."""
        found = drawn_report(self.record(pk))
        if found.refusal or found.chart is None or found.listing is None:
            raise found.refusal or Refusal
        if not may(found.listing.view, "export"):
            raise Forbidden(right=_("导出"))
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        now = clock.now()
        told: Iterable[Row] = export.Told(self.actor.name, now, request_id()).lines(Extract(found.listing))  # type: ignore[assignment] # texts are cells
        write_workbook(file, [Sheet(_("报表"), chain(told, _rows(found)), (24,) * 8, export.HEADS)], found.title)
        file.seek(0)
        export.noted(found.listing, "xlsx", rows=len(found.chart.labels))
        return export.download(file, f"{found.title}-{business_day(now).isoformat()}.xlsx", "xlsx")

    @expose("/<int:pk>/delete", methods=["POST"])
    @page_access("can_edit")
    def delete(self, pk: int) -> Response:
        """Gone, with a way back."""
        report = delete_report(self.record(pk).id, deleted=True, actor=self.actor, now=clock.now())
        return self.done(_("已删除报表“%(name)s”", name=report.title), "ReportView.list", self.url("restore", pk=pk))

    @expose("/<int:pk>/restore", methods=["POST"])
    @page_access("can_edit")
    def restore(self, pk: int) -> Response:
        """Back again."""
        report = delete_report(pk, deleted=False, actor=self.actor, now=clock.now())
        return self.done(_("报表“%(name)s”回来了", name=report.title), "ReportView.show", pk=pk)


def _rows(found: Drawn) -> Iterator[Row]:
    """Heads, groups, and sums as cells; money exactly to the fen."""
    chart = found.chart
    if chart is None:
        return
    unit = _("（元）") if found.money else ""
    yield [str(chart.head), *(f"{name}{unit}" for name, _values in chart.series), *([_("合计") + unit] if chart.row_sums else [])]
    for number, label in enumerate(chart.labels):
        values = [*(values[number] for _name, values in chart.series), *([chart.row_sums[number]] if chart.row_sums else [])]
        yield [label, *(_cell(value, found.money) for value in values)]
    yield [_("合计"), *(_cell(value, found.money) for value in chart.sums)]


def _cell(value: float | int | None, money: bool) -> Cell:
    if value is None:
        return None
    if money:
        return Money(round(value * 100))
    return value if isinstance(value, int) else f"{value:.2f}"
