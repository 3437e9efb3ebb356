"""Statements of monthly accounts, and what was paid or written off of them."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core import clock
from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.export import download
from app.framework.console.fields import MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter, PartyFilter
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.kernel.credit.models import CreditAccount, CreditReceipt, CreditStatement
from app.kernel.credit.models.statements import LINE_KINDS, RECEIPT_KINDS
from app.kernel.credit.operations.receipts import ReceiptRefused, propose_write_off, record_payment
from app.kernel.credit.queries import account_named, accounts_called, lines_of
from app.kernel.credit.workbook import write_statement
from app.kernel.exports.operations import note_small
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON


def _late(model: Any) -> Any:
    return (model.status == "sent") & (model.due_on < business_day(clock.now()))


def _overdue(statement: CreditStatement) -> str:
    days = statement.days_overdue(business_day(clock.now()))
    return _("逾期 %(days)s 天", days=days) if days else ""


class ReceiptForm(FlaskForm):
    """What arrived for a statement, or is given up of it."""

    statement_id = SelectField(_l("账单"), coerce=int, validators=[DataRequired(_l("选一张账单"))])
    kind = SelectField(_l("种类"), choices=list(RECEIPT_KINDS.items()), default="bank")
    amount = MoneyField(_l("金额"), validators=[InputRequired(_l("填写金额"))], description=_l("可以分几次付；一笔转账付了几张账单就分开登记"))
    reference = StringField(_l("银行回单号"), validators=[Length(max=64)], description=_l("核销不用填"))
    received_on = DateField(_l("到账日期"), validators=[Optional()], description=_l("核销不用填"))
    reason = TextAreaField(_l("说明"), validators=[DataRequired(_l("写明付款方，或为什么核销")), Length(max=200)])


def _record(
    *, statement_id: int, kind: str, amount: int, reference: str, received_on: date | None, reason: str, actor: Actor, now: datetime,
) -> CreditReceipt:
    if kind == "write_off":
        return propose_write_off(statement_id=statement_id, amount=amount, reason=reason, actor=actor, now=now)
    if received_on is None:
        raise ReceiptRefused(field="received_on")
    return record_payment(
        statement_id=statement_id, amount=amount, reference=reference, received_on=received_on, reason=reason, actor=actor, now=now
    )


class CreditReceiptView(ConsoleView):
    """Payments and write-offs."""

    name = "credit.receipts"
    route_base = "/credit/receipts"
    model = CreditReceipt
    title = _l("月结回款")
    singular = _l("回款")
    subtitle = _l("一个人登记银行到账或提出核销，另一个人批准后记账")
    measure = _l("笔")
    icon = "wallet"
    list_columns = (
        Column("label", _l("回款"), link=True, value=lambda receipt: receipt.label),
        Column("statement.number", _l("账单号"), kind="ref"),
        Column("kind", _l("种类"), kind="choice", choices=RECEIPT_KINDS),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("status", _l("状态"), kind="state"),
        PROPOSER,
        Column("created_at", _l("登记时间"), kind="when", sort=True, phone=False),
    )
    search_columns = ("reference",)
    search_hint = _l("银行回单号")
    filters = (ChoiceFilter("status"), ChoiceFilter("kind", _l("种类"), choices=RECEIPT_KINDS), DateFilter("created_at", _l("登记时间")), MoneyFilter("amount"))
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("已批准"), status="approved"))
    facts = (
        Column("amount", _l("金额"), kind="money", big=True), Column("kind", _l("种类"), kind="choice", choices=RECEIPT_KINDS),
        Column("statement.number", _l("账单号"), kind="ref"), Column("reference", _l("银行回单号"), kind="ref"),
        Column("received_on", _l("到账日期"), kind="day"), PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    form = ReceiptForm
    create = staticmethod(_record)
    add_label = _l("登记回款")
    create_label = _l("提交批准")
    form_note = _l("批准前不记账，账单的欠款不变")
    empty_title = _l("还没有回款")
    empty_text = _l("企业付款后，从月结账单的页面登记")

    def make_form(self, record: Any = None) -> Any:
        """The form with the statements that are owed; `?pk=` chooses one, with what is left of it."""
        form = ReceiptForm()
        owed = select(CreditStatement).where(CreditStatement.status == "sent").order_by(CreditStatement.due_on, CreditStatement.id).limit(200)
        statements = {each.id: each for each in db.session.scalars(owed.options(joinedload(CreditStatement.account)))}
        form.statement_id.choices = [(key, f"{each.account.company} · {each.number} · {yuan(each.remaining)}") for key, each in statements.items()]
        wanted = request.args.get("pk", "")
        if request.method == "GET" and wanted.isdecimal() and int(wanted) in statements:
            form.statement_id.data, form.amount.data = int(wanted), statements[int(wanted)].remaining
        return form


class CreditStatementView(ConsoleView):
    """What companies owe, month by month."""

    name = "credit.statements"
    route_base = "/credit/statements"
    model = CreditStatement
    title = _l("月结账单")
    singular = _l("月结账单")
    subtitle = _l("出账日自动生成，财务发送；逾期每周催一次，太久就暂停挂账")
    measure = _l("张")
    icon = "file"
    words = {"workbook": _l("下载账单")}
    list_columns = (
        Column("number", _l("账单号"), link=True),
        Column("account.company", _l("企业")),
        Column("status", _l("状态"), kind="state"),
        Column("amount", _l("本期净额"), kind="money", sort=True, total=True, phone=False),
        Column("remaining", _l("待付"), kind="money", value=lambda statement: statement.remaining, strong=True),
        Column("last_day", _l("账期截止"), kind="day", sort=True, phone=False),
        Column("due_on", _l("最晚付款"), kind="day", sort=True),
        Column("overdue", _l("逾期"), value=_overdue),
    )
    search_columns = ("number",)
    search_hint = _l("账单号")
    filters = (
        ChoiceFilter("status"), PartyFilter("account_id", _l("企业"), options=accounts_called, named=account_named),
        DateFilter("due_on", _l("最晚付款"), days=True), MoneyFilter("amount", _l("本期净额")),
    )
    tabs = (
        Tab("late", _l("逾期"), where=_late, urgent=True), Tab("draft", _l("待发送"), status="draft"), Tab("sent", _l("待付款"), status="sent"),
        Tab("settled", _l("已结清"), status="settled"),
    )
    facts = (
        Column("remaining", _l("待付"), kind="money", big=True, value=lambda statement: statement.remaining),
        Column("total", _l("应付合计"), kind="money", big=True, value=lambda statement: statement.total),
        Column("account.company", _l("企业")),
        Column("period", _l("账期"), value=lambda each: f"{each.first_day:%Y-%m-%d} – {each.last_day:%Y-%m-%d}"),
        Column("brought", _l("上期余款"), kind="money"),
        Column("amount", _l("本期净额"), kind="money"),
        Column("paid", _l("已付"), kind="money"),
        Column("written_off", _l("已核销"), kind="money"),
        Column("sent_at", _l("发送时间"), kind="when"),
        Column("due_on", _l("最晚付款"), kind="day"),
        Column("overdue", _l("逾期"), value=_overdue),
        Column("reminders", _l("催过几次"), kind="count"),
        Column("reminded_on", _l("上次催款"), kind="day"),
    )
    sections = (
        Section(
            _l("明细"), note=_l("每单一行，退款为负"), rows=lambda statement: lines_of(statement.id), name="lines",
            columns=(
                Column("order_number", _l("订单号"), kind="ref"), Column("merchant", _l("商户"), phone=False), Column("member", _l("成员")),
                Column("kind", _l("类别"), kind="choice", choices=LINE_KINDS), Column("amount", _l("金额"), kind="money"),
                Column("event_at", _l("时间"), kind="when", phone=False),
            ),
        ),
    )
    related = (Related(CreditReceiptView, "statement_id", _l("回款和核销")),)
    record_actions = (
        Action(_l("登记回款"), "CreditReceiptView.add", "show", icon="wallet", when=lambda statement: statement.status == "sent"),
        Action(_l("下载账单"), "CreditStatementView.workbook", "workbook", icon="download"),
    )
    empty_title = _l("还没有月结账单")
    empty_text = _l("成员挂账后，到企业的出账日自动生成")

    @expose("/<int:pk>/workbook")
    @page_access("can_workbook")
    def workbook(self, pk: int) -> Response:
        """The statement as XLSX; noted, because it takes figures out of the house."""
        statement = self.record(pk)
        account, lines = get(CreditAccount, statement.account_id), lines_of(statement.id)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        write_statement(statement, account, lines, file)
        file.seek(0)
        name = f"{account.company}-{statement.number}.xlsx"
        note_small(name, {"statement": statement.number}, rows=len(lines), unmasked=False, actor=self.actor, now=clock.now())
        return download(file, name, "xlsx")
