"""How points pay and are paid back: the issuer bears what they are worth; a refund returns points, and the last fen all that are left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.extensions import db
from app.kernel.ledger.accounts import cost, merchant_receivable
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.points import refunded_to_points
from app.kernel.ledger.values import Share
from app.kernel.loyalty.models import PLATFORM
from app.kernel.loyalty.operations.adjusting import MONTHS
from app.kernel.loyalty.operations.lots import lock_member, put_lot
from app.kernel.loyalty.queries import CHANNEL, programme_of
from app.kernel.loyalty.rules import points_back
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.tenders import Tender


def _bearer(payment: Payment, amount: int) -> Share:
    by_platform = payment.account_number == PLATFORM
    return Share(cost("points_cost") if by_platform else merchant_receivable(payment.merchant_id or 0), amount)


def _sources(payment: Payment) -> list[Share]:
    return [_bearer(payment, payment.amount)]


def _give_back(payment: Payment, refund: Refund, now: datetime) -> None:
    back = select(func.coalesce(func.sum(Refund.amount), 0), func.coalesce(func.sum(Refund.points), 0))
    fen, points = db.session.execute(back.where(Refund.payment_id == payment.id, Refund.status == "succeeded")).one()
    refund.points = points_back(refund.amount, payment.amount - int(fen), payment.points - int(points))
    if refund.points:
        programme = programme_of(payment.account_number)
        member = lock_member(None if payment.account_number == PLATFORM else payment.merchant_id, refund.customer_id, now)
        put_lot(member, refund.points, source="returned", months=programme.months if programme else MONTHS, now=now)
    post(refunded_to_points(
        refund.reference, refund=refund.number, customer_id=refund.customer_id, issuer=payment.account_number, bearer=_bearer(payment, refund.amount),
        amount=refund.amount, back=refund.points, at=now,
    ), now)


TENDER = Tender(CHANNEL, 10, _sources, _give_back)
