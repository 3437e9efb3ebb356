"""Payments and refunds in the ledger's chain: the number that the channel knows, and what it said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.extensions import db
from app.framework.console.page import may
from app.kernel.ledger.chain import Step
from app.kernel.ledger.models import LedgerEntry
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.views import PaymentView, RefundView

PLACES: dict[str, tuple[Any, Any, Any]] = {
    "order_paid": (Payment, PaymentView, _l("支付")), "surplus_received": (Payment, PaymentView, _l("支付")),
    "refund_promised": (Refund, RefundView, _l("退款")), "refund_confirmed": (Refund, RefundView, _l("退款")),
    "refund_failed": (Refund, RefundView, _l("退款")),
}


def explain_payment(entry: LedgerEntry) -> Iterator[Step]:
    """The payment or refund whose number is the key of the entry's transaction."""
    fact = entry.transaction
    if fact.kind not in PLACES:
        return
    model, view, kind = PLACES[fact.kind]
    record = db.session.scalars(select(model).where(model.number == fact.key)).one_or_none()
    if record is not None:
        state = model.__flow__.state(record.status)
        address = url_for(f"{view.__name__}.show", pk=record.id) if may(view, "show") else None
        yield Step(10, kind, record.number, f"{record.channel} {record.account_number}", address, chip=(state.tone, state.label))
