"""Rounds and their sheets: lists, downloads, and the desk where the warehouse receives and sends."""

from __future__ import annotations

import tempfile

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.periods import local
from app.extensions import db
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.export import download
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.view import ConsoleView, page_link
from app.framework.database import get
from app.kernel.exports.operations import note_small
from app.kernel.parties.filters import MERCHANT_FILTER
from app.verticals.groupbuy.models import Round, Sheet
from app.verticals.groupbuy.models.rounds import ROUND_FLOW, SHEETS
from app.verticals.groupbuy.operations.rounds import count_received
from app.verticals.groupbuy.queries import rounds_in, sheets_of
from app.verticals.groupbuy.spreadsheets import KINDS, round_workbook, sheet_workbook
from app.verticals.groupbuy.views.orders import GroupbuyOrderView

PIECES_AT_MOST = 1_000_000


class SheetView(ConsoleView):
    """Purchase sheets and picking lists; members see their own."""

    name = "groupbuy.sheets"
    route_base = "/groupbuy/sheets"
    model = Sheet
    title = _l("采购单和分拣单")
    singular = _l("单据")
    subtitle = _l("截单时自动生成：采购单给供应商备货，分拣单给团长点货")
    measure = _l("张")
    icon = "list"
    label = "number"
    search_columns = ("number",)
    search_hint = _l("单号")
    list_columns = (
        Column("number", _l("单号"), link=True),
        Column("kind", _l("单据"), kind="choice", choices=SHEETS),
        Column("merchant.name", _l("谁的"), phone=False),
        Column("round.number", _l("团期"), phone=False),
        Column("pieces", _l("件数"), kind="count", sort=True, total=True),
        Column("amount", _l("供货金额"), kind="money", sort=True, total=True),
        Column("counted_at", _l("点货时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("kind", _l("单据"), choices=SHEETS), MERCHANT_FILTER, DateFilter("created_at", _l("什么时候")))
    tabs = (Tab("purchase", _l("采购单"), kind="purchase"), Tab("picking", _l("分拣单"), kind="picking"))
    facts = (
        Column("kind", _l("单据"), kind="choice", choices=SHEETS),
        Column("merchant.name", _l("谁的")),
        Column("round.number", _l("团期"), to=lambda sheet: page_link(RoundView, sheet.round_id)),
        Column("pieces", _l("件数"), kind="count"),
        Column("amount", _l("供货金额"), kind="money"),
        Column("counted_at", _l("点货时间"), kind="when"),
        Column("counted_by", _l("谁点的")),
    )
    sections = (
        Section(
            _l("商品"), rows=lambda sheet: sheet.lines, name="lines",
            columns=(
                Column("title", _l("商品")), Column("spec", _l("规格")), Column("quantity", _l("订购"), kind="count"),
                Column("allotted", _l("发货"), kind="count"), Column("counted", _l("实收"), kind="count"), Column("short", _l("少"), kind="count"),
            ),
        ),
    )
    record_actions = (Action(_l("下载表格"), "SheetFilePage.sheet", "show", icon="download"),)
    show_timeline = True
    empty_title = _l("还没有单据")
    empty_text = _l("团期截单后自动生成")


class RoundView(ConsoleView):
    """Rounds."""

    name = "groupbuy.rounds"
    route_base = "/groupbuy/rounds"
    model = Round
    title = _l("团期")
    singular = _l("团期")
    subtitle = _l("到截单时间自动截单、出单据；之后的订单进下一期")
    measure = _l("期")
    icon = "clock"
    label = "number"
    search_columns = ("number",)
    search_hint = _l("团期号")
    list_columns = (
        Column("number", _l("团期号"), link=True),
        Column("zone.name", _l("片区")),
        Column("cutoff_at", _l("截单时间"), kind="when", sort=True),
        Column("status", _l("状态"), kind="state"),
        Column("sent_at", _l("发车时间"), kind="when", phone=False),
    )
    filters = (ChoiceFilter("status"), DateFilter("cutoff_at", _l("截单时间")))
    tabs = (
        Tab("open", _l("收单中"), status="open"), Tab("closed", _l("待收货"), urgent=True, status="closed"), Tab("received", _l("待发车"), status="received"),
        Tab("sent", _l("在路上"), status="sent"), Tab("over", _l("已到齐"), status="over"),
    )
    order = "-cutoff_at"
    facts = (
        Column("zone.name", _l("片区")), Column("cutoff_at", _l("截单时间"), kind="when"), Column("closed_at", _l("实际截单"), kind="when"),
        Column("sent_at", _l("发车时间"), kind="when"),
    )
    related = (Related(SheetView, "round_id", limit=20), Related(GroupbuyOrderView, "round_id"))
    record_actions = (
        Action(_l("采购单"), "SheetFilePage.purchase", "show", icon="download", when=lambda found: found.status != "open"),
        Action(_l("分拣单"), "SheetFilePage.picking", "show", icon="download", when=lambda found: found.status != "open"),
        Action(_l("小区订单"), "SheetFilePage.community", "show", icon="download"),
    )
    empty_title = _l("还没有团期")
    empty_text = _l("有居民付款后，下一期自动开始收单")


class SheetFilePage(Page):
    """`/groupbuy/sheet-files`: the sheets as XLSX, made anew each time from what stands."""

    name = "groupbuy.sheet_files"
    route_base = "/groupbuy/sheet-files"
    title = _l("下载团期单据")
    icon = "download"
    words = {"round": _l("下载整期单据"), "sheet": _l("下载一张单")}
    default_view = "purchase"

    @expose("/<int:pk>/purchase.xlsx")
    @page_access("can_round")
    def purchase(self, pk: int) -> Response:
        """A sheet for each supplier."""
        return self._round(pk, "purchase")

    @expose("/<int:pk>/picking.xlsx")
    @page_access("can_round")
    def picking(self, pk: int) -> Response:
        """A sheet for each leader."""
        return self._round(pk, "picking")

    @expose("/<int:pk>/community.xlsx")
    @page_access("can_round")
    def community(self, pk: int) -> Response:
        """A sheet for each community: its residents' orders."""
        return self._round(pk, "community")

    @expose("/sheet/<int:pk>.xlsx")
    @page_access("can_sheet")
    def sheet(self, pk: int) -> Response:
        """One sheet, for whom it is."""
        statement = select(Sheet).where(Sheet.id == pk).options(selectinload(Sheet.lines), joinedload(Sheet.merchant), joinedload(Sheet.round))
        found = db.session.scalars(statement).one_or_none()
        if found is None:
            raise NotFound
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        return self._sent(file, found.number, sheet_workbook(file, found))

    def _round(self, pk: int, kind: str) -> Response:
        found = get(Round, pk)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        return self._sent(file, f"{found.number}-{KINDS[kind]}", round_workbook(file, found, kind))

    def _sent(self, file: object, name: str, rows: int) -> Response:
        note_small(f"{name}.xlsx", {}, rows=rows, unmasked=False, actor=self.actor, now=clock.now())
        file.seek(0)  # type: ignore[attr-defined]
        return download(file, f"{name}.xlsx", "xlsx")


class WarehousePage(Page):
    """`/groupbuy/warehouse`: what to receive, what to send, what is on its way."""

    name = "groupbuy.warehouse"
    route_base = "/groupbuy/warehouse"
    title = _l("仓库收发")
    icon = "case"
    words = {"index": _l("收货、发车")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Rounds that the warehouse has in hand, with the purchases to count."""
        rounds = [(found, sheets_of(found.id)) for found in rounds_in("closed", "received", "sent")]
        moves = {found.id: [step for step in ROUND_FLOW.open_moves(found, self.actor.roles) if may(RoundView, step.name)] for found, _sheets in rounds}
        return self.render("groupbuy/warehouse.html", rounds=rounds, moves=moves, flow=ROUND_FLOW, local=local, files=may(SheetFilePage, "round"))

    @expose("/<int:pk>/count", methods=["POST"])
    @page_access("can_index")
    def count(self, pk: int) -> Response:
        """What came of a purchase: `line-<id>` pieces each; an empty one is not counted yet."""
        counts = {}
        for name, value in request.form.items():
            text = value.strip()
            if name.startswith("line-") and name[5:].isdecimal() and text:
                if not (text.isascii() and text.isdecimal() and len(text) < 8):
                    raise Invalid(errors=[{"field": name, "code": "range", "message": _("写收到几件，整数")}])
                counts[int(name[5:])] = int(text)
        sheet = count_received(pk, counts, actor=self.actor, now=clock.now())
        self.say(_("已记下%(number)s的收货数", number=sheet.number))
        return Response(status=303, headers={"Location": url_for("WarehousePage.index")})
