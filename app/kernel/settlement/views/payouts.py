"""Batches of payments and the payments in them: made by one, approved by another, sent, answered by bank or channel."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import NotFound, Refusal
from app.extensions import db
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.export import download
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter, PartyFilter
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView, page_link
from app.framework.database import elevated
from app.kernel.audit.operations import append
from app.kernel.settlement.models import Payout, PayoutBatch
from app.kernel.settlement.models.accounts import METHODS
from app.kernel.settlement.operations.batches import make_batch
from app.kernel.settlement.operations.results import HEADS, take_results
from app.kernel.settlement.presenting import person
from app.kernel.settlement.queries import progress_of
from app.kernel.settlement.views.statements import StatementView
from app.kernel.settlement.views.withdrawals import WithdrawalView
from app.kernel.settlement.workbook.bank import bank_rows, write_bank_csv, write_bank_sheet

LARGEST = 20 * 1024 * 1024


def _subject_page(payout: Payout) -> str | None:
    view, key = (StatementView, payout.statement_id) if payout.statement_id else (WithdrawalView, payout.withdrawal_id)
    return page_link(view, key)


def _batch_page(payout: Payout) -> str | None:
    return page_link(BatchView, payout.batch_id)


class PayoutView(ConsoleView):
    """Payments, one a line."""

    name = "settlement.payouts"
    route_base = "/payouts"
    model = Payout
    title = _l("付款")
    subtitle = _l("每个付款号只付一次；没有答复的会去问，不会再发一次")
    singular = _l("付款")
    measure = _l("笔")
    icon = "wallet"
    search_columns = ("number", "payee", "reference")
    search_hint = _l("付款号、收款人、流水号")
    list_columns = (
        Column("number", _l("付款号"), kind="ref", link=True),
        Column("batch.number", _l("批次"), kind="ref", to=_batch_page, phone=False),
        Column("payee", _l("收款人")),
        Column("status", _l("状态"), kind="state", sub="problem"),
        Column("amount", _l("金额"), kind="money", sort=True, total=True, strong=True),
        Column("method", _l("方式"), kind="choice", choices=METHODS, phone=False),
        Column("reference", _l("流水号"), kind="ref", phone=False),
        Column("sent_at", _l("付出时间"), kind="when", sort=True),
    )
    filters = (
        ChoiceFilter("status"), ChoiceFilter("method", _l("方式"), choices=METHODS), PartyFilter("batch_id", _l("批次")), MoneyFilter("amount"),
        DateFilter("sent_at"),
    )
    tabs = (
        Tab("sent", _l("等结果"), status="sent"),
        Tab("unknown", _l("结果不明"), urgent=True, status="unknown"),
        Tab("problem", _l("失败和退汇"), urgent=True, status=("failed", "returned", "dropped")),
        Tab("paid", _l("已到账"), status="paid"),
    )
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("payee", _l("收款人")),
        Column("account.label", _l("收款账户")),
        Column("what", _l("付的是"), value=lambda payout: _l("账单") if payout.statement_id else _l("提现"), to=_subject_page),
        Column("batch.number", _l("批次"), kind="ref", to=_batch_page),
        Column("method", _l("方式"), kind="choice", choices=METHODS),
        Column("reference", _l("流水号"), kind="ref"),
        Column("sent_at", _l("付出时间"), kind="when"),
        Column("settled_at", _l("结果时间"), kind="when"),
        Column("problem", _l("原因"), wide=True),
    )
    empty_title = _l("还没有付款")
    empty_text = _l("账单审批后做一个付款批次，付款会出现在这里")


def _progress(batch: PayoutBatch) -> list[Any]:
    states = {state.name: state for state in Payout.__flow__.states}  # type: ignore[attr-defined]
    found = progress_of(batch.id)
    return [Progress(states[name].label, *found[name], url_for("PayoutView.list", batch_id=batch.id, status=name)) for name in states if name in found]


class Progress:
    """How many payments of a batch stand in a state, and their fen."""

    def __init__(self, label: Any, count: int, amount: int, address: str) -> None:
        """`address` lists them."""
        self.label, self.count, self.amount, self.address = label, count, amount, address


class BatchView(ConsoleView):
    """Batches of payments."""

    name = "settlement.batches"
    route_base = "/payout-batches"
    model = PayoutBatch
    title = _l("付款批次")
    subtitle = _l("审批过的账单和提现一起付；一个人做，另一个人核对总额后批准")
    singular = _l("付款批次")
    measure = _l("批")
    icon = "wallet"
    words = {"make": _l("做付款批次"), "bank_file": _l("下载银行文件"), "results": _l("上传银行结果")}
    search_columns = ("number",)
    search_hint = _l("批次号")
    list_columns = (
        Column("number", _l("批次号"), link=True),
        Column("status", _l("状态"), kind="state"),
        Column("rows", _l("笔数"), kind="count"),
        Column("total", _l("总额"), kind="money", sort=True, total=True, strong=True),
        Column("made_by", _l("做批次的人"), value=lambda batch: person(batch.made_by), phone=False),
        Column("approved_by", _l("批准人"), value=lambda batch: person(batch.approved_by), phone=False),
        Column("created_at", _l("时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), MoneyFilter("total"), DateFilter("created_at"))
    tabs = (
        Tab("draft", _l("待批准"), urgent=True, status="draft"),
        Tab("underway", _l("付款中"), status=("sending", "sent")),
        Tab("done", _l("已完成"), status="done"),
    )
    facts = (
        Column("total", _l("总额"), kind="money", big=True),
        Column("rows", _l("笔数"), kind="count", big=True),
        Column("made_by", _l("做批次的人"), value=lambda batch: person(batch.made_by)),
        Column("approved_by", _l("批准人"), value=lambda batch: person(batch.approved_by)),
        Column("approved_at", _l("批准时间"), kind="when"),
    )
    sections = (
        Section(
            _l("进度"), rows=_progress, name="progress",
            columns=(
                Column("label", _l("状态"), to=lambda line: line.address), Column("count", _l("笔数"), kind="count"),
                Column("amount", _l("金额"), kind="money", strong=True),
            ),
        ),
    )
    related = (Related(PayoutView, "batch_id", _l("付款")),)
    actions = (Action(_l("做付款批次"), "BatchView.make", "make", icon="plus", post=True, primary=True),)
    record_actions = (
        Action(_l("银行文件"), "BatchView.bank_file", "bank_file", icon="download", when=lambda batch: batch.status in {"sent", "done"}),
        Action(_l("上传银行结果"), "BatchView.results", "results", icon="upload", when=lambda batch: batch.status in {"sent", "done"}),
    )
    empty_title = _l("还没有付款批次")
    empty_text = _l("账单审批后，点“做付款批次”")

    @expose("/make", methods=["POST"])
    @page_access("can_make")
    def make(self) -> Response:
        """Put everything that is due into a batch."""
        batch = make_batch(actor=self.actor, now=clock.now())
        return self.done(_("批次 %(number)s：%(count)s 笔，等另一个人批准", number=batch.number, count=batch.rows), "BatchView.show", pk=batch.id)

    @expose("/<int:pk>/bank-file")
    @page_access("can_bank_file")
    def bank_file(self, pk: int) -> Response:
        """The bank's payments with whole account numbers, `?shape=csv` or XLSX; who took it stands in the audit."""
        batch = self.record(pk)
        if batch.status not in {"sent", "done"}:
            raise NotFound
        shape = "csv" if request.args.get("shape") == "csv" else "xlsx"
        file = io.BytesIO()
        with elevated():
            (write_bank_csv if shape == "csv" else write_bank_sheet)(batch, bank_rows(batch.id), file)
        append("settle_batch.file_taken", batch, actor=self.actor, now=clock.now())
        file.seek(0)
        return download(file, f"{batch.number}.{shape}", shape)

    @expose("/<int:pk>/results", methods=["GET", "POST"])
    @page_access("can_results")
    def results(self, pk: int) -> Response:
        """Upload what the bank answered; each row is taken or refused by itself."""
        batch, outcomes, refusal = self.record(pk), None, None
        if request.method == "POST":
            file = request.files.get("file")
            try:
                outcomes = take_results(batch, file.stream.read(LARGEST) if file else b"", actor=self.actor, now=clock.now())
            except Refusal as refused:
                db.session.rollback()
                batch, refusal = self.record(pk), refused
        return self.render(
            "settlement/results.html", refusal.status if refusal else 200, batch=batch, outcomes=outcomes, refusal=refusal, heads=HEADS.values(),
            page_title=_("银行结果 · %(number)s", number=batch.number),
        )
