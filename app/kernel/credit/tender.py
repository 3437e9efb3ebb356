"""How a monthly account pays and is paid back: the company owes more, or less."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.extensions import db
from app.kernel.credit.models import CreditAccount
from app.kernel.credit.queries import CHANNEL
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.account import refunded_to_account
from app.kernel.ledger.values import Share
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.tenders import Tender


def _account(payment: Payment) -> CreditAccount:
    return db.session.scalars(select(CreditAccount).where(CreditAccount.number == payment.account_number)).one()


def _sources(payment: Payment) -> list[Share]:
    return [Share(_account(payment).receivable, payment.amount)]


def _give_back(payment: Payment, refund: Refund, now: datetime) -> None:
    post(refunded_to_account(
        refund.reference, refund=refund.number, customer_id=refund.customer_id, receivable=_account(payment).receivable, amount=refund.amount, at=now,
    ), now)


TENDER = Tender(CHANNEL, 30, _sources, _give_back)
