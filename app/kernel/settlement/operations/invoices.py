"""Invoices for the platform's fees: asked for by a merchant for a month, issued or refused by finance. Amounts in fen."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import lock, save
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.files.operations import store_document
from app.kernel.governance.operations import maker_name
from app.kernel.parties.models import Merchant
from app.kernel.settlement.fees import fees_to_invoice
from app.kernel.settlement.models import Invoice

TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}", re.ASCII)
INVOICE_NUMBER = re.compile(r"\d{8,20}", re.ASCII)


class MonthNotOver(Refusal):
    """A month is invoiced when it is over."""

    code = "settlement.month_not_over"
    status = 422
    sentence = _l("%(month)s 还没过完，下个月再申请")


class NothingToInvoice(Refusal):
    """The month has no fees, all of them went back, or they are invoiced already."""

    code = "settlement.nothing_to_invoice"
    status = 409
    sentence = _l("%(month)s 没有可开票的费用：没有费用、已全部退回或已经开过")


class NotATaxNumber(Refusal):
    """A tax number is 15 to 20 digits and capital letters."""

    code = "settlement.not_a_tax_number"
    status = 422
    sentence = _l("税号是 15 到 20 位数字和大写字母")


class NotAnInvoiceNumber(Refusal):
    """Invoice numbers are 8 digits, electronic ones 20."""

    code = "settlement.not_an_invoice_number"
    status = 422
    sentence = _l("发票号码是 8 到 20 位数字")


class NotADay(Refusal):
    """The day of issue cannot be read, or has not come."""

    code = "settlement.not_a_day"
    status = 422
    sentence = _l("开票日期写成 2026-11-30，不能晚于今天")


def ask_invoice(*, merchant_id: int, month: date, kind: str, title: str, tax_number: str, email: str, actor: Actor, now: datetime) -> Invoice:
    """An invoice over the month's fees net of refunds waits for finance; `month` is any day of it.

    The merchant is locked, so that a fee is never on two invoices. Refuses MonthNotOver, NotATaxNumber, NothingToInvoice.
    """
    first, tax_number = month.replace(day=1), tax_number.strip().upper()
    if first >= business_day(now).replace(day=1):
        raise MonthNotOver(field="month", month=f"{first:%Y-%m}")
    if not TAX_NUMBER.fullmatch(tax_number):
        raise NotATaxNumber(field="tax_number")
    lock(Merchant, merchant_id)
    amount = fees_to_invoice(merchant_id, first)
    if amount <= 0:
        raise NothingToInvoice(field="month", month=f"{first:%Y-%m}")
    sequence = db.session.scalar(text("SELECT nextval('settle_invoice_number')")) or 0
    invoice = save(Invoice(
        number=order_number("F", sequence, now), merchant_id=merchant_id, month=first, amount=amount, kind=kind, title=title.strip(), tax_number=tax_number,
        email=email.strip(), asked_by=maker_name(actor), asked_at=now,
    ))
    append("settle_invoice.asked", invoice, actor=actor, now=now, changes={"amount": [None, amount]})
    publish("happened", act="settle_invoice.asked", record=invoice, reason="", actor=actor, now=now)
    return invoice


def note_issue(invoice: Invoice, *, actor: Actor, now: datetime, invoice_number: str, issued_on: str) -> None:
    """Effect of `issue`: the invoice's own number and day. Refuses NotAnInvoiceNumber, NotADay."""
    if not INVOICE_NUMBER.fullmatch(invoice_number):
        raise NotAnInvoiceNumber(field="invoice_number")
    try:
        day = date.fromisoformat(issued_on)
    except ValueError:
        raise NotADay(field="issued_on") from None
    if day > business_day(now):
        raise NotADay(field="issued_on")
    invoice.invoice_number, invoice.issued_on, invoice.issued_by = invoice_number, day, maker_name(actor)


def note_refusal(invoice: Invoice, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `refuse`: the reason that the merchant reads."""
    invoice.answer, invoice.issued_by = reason, maker_name(actor)


def attach_file(invoice: Invoice, *, file: tuple[BinaryIO, str], actor: Actor, now: datetime) -> Invoice:
    """The invoice as PDF or picture, for the merchant to fetch. Refuses what the file's door refuses."""
    stored = store_document(*file, actor=actor, now=now, encrypted=False, merchant_id=invoice.merchant_id, field="file")
    invoice.file_id = stored.id
    db.session.flush()
    append("settle_invoice.file_attached", invoice, actor=actor, now=now)
    return invoice
