"""How a wallet pays and is paid back: principal and gift in proportion, each refund over what each part still lacks. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.core.money import split_remaining
from app.extensions import db
from app.kernel.ledger.accounts import wallet_shares
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.wallet import refunded_to_wallet
from app.kernel.ledger.values import Share
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.tenders import Tender

WALLET = "wallet"


def _sources(payment: Payment) -> list[Share]:
    parts = wallet_shares(payment.customer_id or 0, payment.account_number, payment.principal, payment.amount)
    return [share for share in parts if share.amount]


def _give_back(payment: Payment, refund: Refund, now: datetime) -> None:
    back = select(func.coalesce(func.sum(Refund.principal), 0), func.coalesce(func.sum(Refund.amount), 0))
    principal, amount = db.session.execute(back.where(Refund.payment_id == payment.id, Refund.status == "succeeded")).one()
    lacking = [payment.principal - int(principal), payment.amount - payment.principal - int(amount - principal)]
    refund.principal = split_remaining(refund.amount, lacking)[0]
    parts = [share for share in wallet_shares(refund.customer_id, payment.account_number, refund.principal, refund.amount) if share.amount]
    post(refunded_to_wallet(refund.reference, refund=refund.number, customer_id=refund.customer_id, parts=parts, amount=refund.amount, at=now), now)


TENDER = Tender(WALLET, 20, _sources, _give_back)
