"""Invoices for the platform's fees: asked for by the merchant, issued by finance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import clock
from app.core.actors import Actor
from app.core.errors import Forbidden
from app.core.money import yuan
from app.core.periods import business_day
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView
from app.kernel.files.presenting import file_address
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.settlement.fees import fees_to_invoice, month_before
from app.kernel.settlement.models import Invoice
from app.kernel.settlement.models.invoices import KINDS
from app.kernel.settlement.operations.invoices import ask_invoice, attach_file
from app.kernel.settlement.presenting import person

MONTHS = 12


class InvoiceForm(FlaskForm):
    """Which month, for whom."""

    month = SelectField(_l("哪个月的费用"))
    kind = SelectField(_l("发票种类"), choices=list(KINDS.items()), default="normal")
    title = StringField(_l("抬头"), validators=[DataRequired(_l("填写抬头")), Length(max=100)])
    tax_number = StringField(_l("税号"), validators=[DataRequired(_l("填写税号")), Length(max=20)])
    email = StringField(_l("收票邮箱"), validators=[Length(max=100)])


class FileForm(FlaskForm):
    """The invoice itself."""

    file = FileField(_l("发票文件"), validators=[InputRequired(_l("选择文件"))], description=_l("PDF 或图片，10 MB 内"))


def _ask(*, month: str, actor: Actor, now: datetime, **values: Any) -> Invoice:
    if actor.merchant_id is None:
        raise Forbidden(right=str(_l("申请开票")))
    return ask_invoice(merchant_id=actor.merchant_id, month=date.fromisoformat(month), actor=actor, now=now, **values)


def _attach(invoice: Invoice, *, file: FileStorage, actor: Actor, now: datetime) -> Invoice:
    return attach_file(invoice, file=(file.stream, file.filename or ""), actor=actor, now=now)  # type: ignore[arg-type] # a stream of bytes


class InvoiceView(ConsoleView):
    """Invoices."""

    name = "settlement.invoices"
    route_base = "/invoices"
    model = Invoice
    title = _l("发票")
    subtitle = _l("平台费用按月开票，金额是费用减去退回的部分；每笔费用只开一次")
    singular = _l("发票")
    measure = _l("张")
    icon = "file"
    add_label = _l("申请开票")
    create_label = _l("申请开票")
    search_columns = ("number", "title", "tax_number", "invoice_number")
    search_hint = _l("申请号、抬头、税号、发票号码")
    list_columns = (
        Column("number", _l("申请号"), link=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("month", _l("月份"), value=lambda invoice: f"{invoice.month:%Y-%m}"),
        Column("amount", _l("金额"), kind="money", sort=True, total=True, strong=True),
        Column("title", _l("抬头"), phone=False),
        Column("tax_number", _l("税号"), kind="ref", phone=False),
        Column("kind", _l("发票种类"), kind="choice", choices=KINDS, phone=False),
        Column("invoice_number", _l("发票号码"), kind="ref", phone=False),
        Column("asked_at", _l("申请时间"), kind="when", sort=True),
    )
    filters = (
        ChoiceFilter("status"), ChoiceFilter("kind", _l("发票种类"), choices=KINDS), DateFilter("month", _l("月份"), days=True), MoneyFilter("amount"),
        MERCHANT_FILTER,
    )
    tabs = (Tab("asked", _l("待开票"), urgent=True, status="asked"), Tab("issued", _l("已开票"), status="issued"))
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("month", _l("月份"), value=lambda invoice: f"{invoice.month:%Y-%m}"),
        Column("kind", _l("发票种类"), kind="choice", choices=KINDS),
        Column("title", _l("抬头")),
        Column("tax_number", _l("税号"), kind="ref"),
        Column("email", _l("收票邮箱")),
        Column("merchant.name", _l("商户")),
        Column("asked_by", _l("申请人"), value=lambda invoice: person(invoice.asked_by)),
        Column("invoice_number", _l("发票号码"), kind="ref"),
        Column("issued_on", _l("开票日期"), kind="day"),
        Column("issued_by", _l("经手人"), value=lambda invoice: person(invoice.issued_by)),
        Column("file_id", _l("发票文件"), value=lambda invoice: _l("下载") if invoice.file_id else "", to=lambda invoice: file_address(invoice.file_id)),
        Column("answer", _l("原因"), wide=True),
    )
    form = InvoiceForm
    create = staticmethod(_ask)
    update = staticmethod(_attach)
    empty_title = _l("还没有发票")
    empty_text = _l("月份过完后，可以为这个月的平台费用申请发票")

    def make_form(self, record: Any = None) -> Any:
        """Asking: the last months with what can be invoiced of each. For an issued one: its file."""
        if record is not None:
            return FileForm()
        form, merchant_id = InvoiceForm(), self.actor.merchant_id
        form.month.choices = _months(merchant_id, business_day(clock.now())) if merchant_id else []
        return form

    def changeable(self, record: Any) -> bool:
        """A file belongs to an invoice that was issued."""
        return bool(record.status == "issued")


def _months(merchant_id: int, today: date) -> list[tuple[str, str]]:
    """The months before this one that have fees left to invoice, newest first."""
    found, first = [], today.replace(day=1)
    for _number in range(MONTHS):
        first = month_before(first)
        fen = fees_to_invoice(merchant_id, first)
        if fen > 0:
            found.append((first.isoformat(), f"{first:%Y-%m} · {yuan(fen)}"))
    return found
