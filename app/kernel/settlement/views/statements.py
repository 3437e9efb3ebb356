"""Statements: the list with its moves in bulk, the record down to every order and rule, its spreadsheet."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, send_file, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound
from app.extensions import db
from app.framework.console.columns import Action, Column, Section, Tab
from app.framework.console.export import download
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter, PartyFilter
from app.framework.console.links import order_link
from app.framework.console.page import expose, may, page_access
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.framework.settings import platform_name
from app.kernel.commission.views import FeeLineView
from app.kernel.exports.centre import to_centre
from app.kernel.exports.operations import note_small
from app.kernel.ledger.views import LedgerPage
from app.kernel.parties.queries import merchant_named, merchants_called
from app.kernel.settlement.debts import Advance, debts_of
from app.kernel.settlement.models import Statement, StatementLine
from app.kernel.settlement.models.statements import KINDS
from app.kernel.settlement.operations.exports import AT_ONCE, ask_workbook, extent_of_statement
from app.kernel.settlement.presenting import person
from app.kernel.settlement.queries import available_below, rule_labels, totals_of
from app.kernel.settlement.workbook.paper import LINES_AT_MOST, write_paper
from app.kernel.settlement.workbook.sheets import Extent, write

LINES_SHOWN = 200


def entry_link(line: StatementLine) -> str | None:
    """The ledger transaction behind a line, for those who may read the ledger."""
    return url_for("LedgerPage.transaction", pk=line.transaction_id) if may(LedgerPage, "index") else None


def fees_link(line: StatementLine) -> str | None:
    """The fees of the line's merchant, for those who may read them."""
    return url_for("FeeLineView.list", merchant_id=line.merchant_id) if line.fees and may(FeeLineView, "list") else None


def _shown(statement: Statement) -> list[StatementLine]:
    rows = select(StatementLine).where(StatementLine.statement_id == statement.id).order_by(StatementLine.transaction_id.desc()).limit(LINES_SHOWN)
    return list(db.session.scalars(rows))


def _equal(statement: Statement) -> Any:
    same = available_below(statement.merchant_id, statement.watermark) == statement.closing
    return _l("与账本一致") if same else _l("与账本不一致")


@dataclass(frozen=True)
class DebtLine:
    """A line of what we advanced: its words and fen."""

    label: Any
    amount: int


def _debts(statement: Statement) -> list[DebtLine]:
    debts = debts_of(statement)
    if not (debts.opening or debts.advanced or debts.paid_back):
        return []
    return [
        DebtLine(_l("期初垫付"), debts.opening), DebtLine(_l("本期垫付"), debts.advanced), DebtLine(_l("本期抵扣"), -debts.paid_back),
        DebtLine(_l("期末垫付"), debts.closing),
    ]


def _advances(statement: Statement) -> list[Advance]:
    return list(debts_of(statement).advances)


class StatementView(ConsoleView):
    """Statements of merchants."""

    name = "settlement.statements"
    route_base = "/statements"
    model = Statement
    title = _l("账单")
    subtitle = _l("期初＋收入−退款−费用＋留存与调整−已付＝期末，与账本同一水位相等")
    singular = _l("账单")
    measure = _l("份")
    icon = "wallet"
    label = "number"
    words = {"workbook": _l("导出表格"), "paper": _l("下载 PDF"), "object": _l("提出异议")}
    search_columns = ("number", "reference")
    search_hint = _l("账单号、银行流水号")
    list_columns = (
        Column("number", _l("账单号"), link=True),
        Column("merchant.name", _l("商户")),
        Column("status", _l("状态"), kind="state"),
        Column("day", _l("结算日"), kind="day", sort=True),
        Column("opening", _l("期初"), kind="money", phone=False),
        Column("earned", _l("收入"), kind="money", total=True, phone=False),
        Column("refunded", _l("退款"), kind="money", total=True, phone=False),
        Column("fees", _l("费用"), kind="money", total=True, phone=False),
        Column("adjusted", _l("留存与调整"), kind="money", phone=False),
        Column("paid", _l("已付"), kind="money", phone=False),
        Column("closing", _l("期末"), kind="money"),
        Column("payable", _l("应付"), kind="money", sort=True, total=True, strong=True),
    )
    filters = (
        ChoiceFilter("status"), DateFilter("day", days=True), MoneyFilter("payable"),
        PartyFilter("merchant_id", _l("商户"), options=merchants_called, named=merchant_named), PartyFilter("cycle_id", _l("结算期")),
    )
    tabs = (
        Tab("draft", _l("草稿"), status="draft"),
        Tab("confirming", _l("待商户确认"), status=("confirming", "disputed")),
        Tab("frozen", _l("待审批"), urgent=True, status="frozen"),
        Tab("approved", _l("待付款"), urgent=True, status="approved"),
        Tab("submitted", _l("付款中"), status="submitted"),
        Tab("problem", _l("失败和退汇"), urgent=True, status=("failed", "returned")),
        Tab("paid", _l("已付款"), status="paid"),
    )
    facts = (
        Column("payable", _l("应付"), kind="money", big=True),
        Column("closing", _l("期末"), kind="money", big=True),
        Column("merchant", _l("商户"), value=lambda statement: merchant_named(statement.merchant_id)),
        Column("day", _l("结算日"), kind="day"),
        Column("opening", _l("期初"), kind="money"),
        Column("earned", _l("收入"), kind="money"),
        Column("refunded", _l("退款"), kind="money"),
        Column("fees", _l("费用"), kind="money"),
        Column("adjusted", _l("留存与调整"), kind="money"),
        Column("paid", _l("已付"), kind="money"),
        Column("check", _l("账实核对"), value=_equal),
        Column("watermark", _l("账本水位"), value=lambda statement: str(statement.watermark)),
        Column("frozen_at", _l("冻结时间"), kind="when"),
        Column("confirm_by", _l("商户最晚确认"), kind="when"),
        Column("confirmed_at", _l("确认时间"), kind="when"),
        Column("confirmed_by", _l("谁确认的"), value=lambda statement: person(statement.confirmed_by)),
        Column("approved_at", _l("审批时间"), kind="when"),
        Column("reference", _l("银行流水号")),
        Column("digest", _l("校验码"), wide=True),
    )
    sections = (
        Section(
            _l("平台垫付"), rows=_debts, when=lambda statement: bool(_debts(statement)), name="debts", aside=True,
            note=_l("余额不够退款时平台先垫，有钱后先抵"),
            columns=(Column("label", _l("项目")), Column("amount", _l("金额"), kind="money", strong=True)),
        ),
        Section(
            _l("逐笔抵扣"), rows=_advances, when=lambda statement: bool(_advances(statement)), name="advances", note=_l("先垫的先抵"), wide=True,
            columns=(
                Column("order_number", _l("订单"), to=lambda line: order_link(line.trade, line.order_id)),
                Column("event_at", _l("垫付时间"), kind="when"),
                Column("amount", _l("垫付"), kind="money"),
                Column("paid_back", _l("已抵扣"), kind="money"),
                Column("left", _l("还差"), kind="money", strong=True),
            ),
        ),
        Section(
            _l("明细"), note=_l("最近 200 行；全部明细在导出的表格里"), rows=_shown, name="lines", wide=True,
            columns=(
                Column(
                    "order_number", _l("订单"), value=lambda line: line.order_number or line.transaction_key,
                    to=lambda line: order_link(line.trade, line.order_id),
                ),
                Column("kind", _l("类别"), kind="choice", choices=KINDS, to=entry_link),
                Column("earned", _l("收入"), kind="money"),
                Column("refunded", _l("退款"), kind="money"),
                Column("fees", _l("费用"), kind="money", to=fees_link),
                Column("adjusted", _l("留存与调整"), kind="money"),
                Column("payout", _l("付款"), kind="money"),
                Column("net", _l("净额"), kind="money", strong=True),
                Column("rules", _l("费率版本"), value=lambda line: rule_labels(line.rule_versions)),
                Column("event_at", _l("时间"), kind="when"),
            ),
        ),
    )
    record_actions = (
        Action(_l("导出表格"), "StatementView.workbook", "workbook", icon="download"),
        Action(_l("下载 PDF"), "StatementView.paper", "paper", icon="file", when=lambda statement: statement.lines_count <= LINES_AT_MOST),
        Action(_l("有异议"), "StatementView.dispute", "object", icon="alert", when=lambda statement: statement.status in {"confirming", "disputed"}),
    )

    @expose("/<int:pk>/dispute")
    @page_access("can_object")
    def dispute(self, pk: int) -> Response:
        """To the form that says what is wrong with this statement."""
        return redirect(url_for("DisputeView.add", statement=self.record(pk).id), 303)  # type: ignore[return-value]

    @expose("/<int:pk>/paper")
    @page_access("can_paper")
    def paper(self, pk: int) -> Response:
        """The statement as PDF; a long one is a spreadsheet only."""
        statement = self.record(pk)
        if statement.lines_count > LINES_AT_MOST:
            raise NotFound
        file = io.BytesIO()
        write_paper(statement, platform_name(), file)
        file.seek(0)
        note_small(f"{statement.number}.pdf", {}, rows=statement.lines_count, unmasked=False, actor=current_actor(), now=clock.now())
        answer = send_file(file, mimetype="application/pdf", as_attachment=True, download_name=f"{statement.number}.pdf")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/<int:pk>/workbook")
    @page_access("can_workbook")
    def workbook(self, pk: int) -> Response:
        """The statement with every line as XLSX: at once, or from the queue when it is long."""
        statement = self.record(pk)
        if statement.lines_count > AT_ONCE:
            ask_workbook(statement, actor=self.actor, now=clock.now())
            return to_centre()
        return workbook(extent_of_statement(pk))


def workbook(extent: Extent) -> Response:
    """The workbook as an answer; noted, because it takes figures out of the house."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
    write(extent, file)
    file.seek(0)
    note_small(f"{extent.number}.xlsx", {}, rows=totals_of(*extent.conditions).lines, unmasked=False, actor=current_actor(), now=clock.now())
    return download(file, f"{extent.number}.xlsx", "xlsx")
