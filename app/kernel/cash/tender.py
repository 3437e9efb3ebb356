"""How cash pays and is paid back: into the merchant's drawer, and out of it by a person."""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import cash_held
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.cash import refunded_in_cash
from app.kernel.ledger.values import Share
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.tenders import Tender

CASH = "cash"


def _sources(payment: Payment) -> list[Share]:
    return [Share(cash_held(payment.merchant_id or 0), payment.amount)]


def _give_back(payment: Payment, refund: Refund, now: datetime) -> None:
    post(refunded_in_cash(refund.reference, refund=refund.number, customer_id=refund.customer_id, amount=refund.amount, at=now), now)


TENDER = Tender(CASH, 40, _sources, _give_back, in_hand=True)
