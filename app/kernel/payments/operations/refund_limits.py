"""What may be refunded at all, and what the channel would refuse: asked before it is called. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated
from app.kernel.payments.models import OtherWay, Payment, Refund
from app.kernel.payments.models.other_ways import UNDERWAY
from app.kernel.payments.tenders import tender_of

# The channel's rules: https://pay.weixin.qq.com/doc/v3/partner/4012709253
WITHIN, MOST_REFUNDS = timedelta(days=365), 50


class NotPaid(Refusal):
    """Nothing was paid with this payment."""

    code = "refund.not_paid"
    status = 409
    sentence = _l("这笔支付没有到账，不能退")


class MoreThanPaid(Refusal):
    """The refund and those before it are more than was paid."""

    code = "refund.more_than_paid"
    status = 409
    sentence = _l("最多还能退 ¥%(most)s")


class RefundTooLate(Refusal):
    """The channel refunds within 365 days of payment."""

    code = "refund.too_late"
    status = 409
    sentence = _l("支付已超过 365 天，渠道不再退款，改用转账")


class TooManyRefunds(Refusal):
    """The channel refunds a payment fifty times at most."""

    code = "refund.too_many"
    status = 409
    sentence = _l("这笔支付已退过 50 次，渠道不再受理，改用转账")


class OtherWayUnderway(Refusal):
    """The refund is being paid another way already."""

    code = "refund.other_way_underway"
    status = 409
    sentence = _l("这笔退款正在改用其他方式退，先把那一条办完或不付")


def check_amount(payment: Payment, amount: int) -> None:
    """Raises NotPaid, MoreThanPaid."""
    if payment.status != "paid" or payment.paid_at is None:
        raise NotPaid
    if not 0 < amount <= payment.remaining:
        raise MoreThanPaid(field="amount", most=f"{payment.remaining / 100:.2f}")


def beyond_channel(payment: Payment, made: int, now: datetime) -> Refusal | None:
    """Why the channel would refuse one more refund of the payment, `made` of which exist; None when it would not."""
    if tender_of(payment.channel):
        return None
    if payment.paid_at is not None and now - payment.paid_at > WITHIN:
        return RefundTooLate()
    return TooManyRefunds() if made >= MOST_REFUNDS else None


def refuse_while_underway(refund: Refund) -> None:
    """Raises OtherWayUnderway when the refund is about to be paid by bank: the channel must not pay it as well."""
    statement = select(OtherWay.id).where(OtherWay.refund_id == refund.id, OtherWay.status.in_(UNDERWAY))
    with elevated():
        if db.session.scalars(statement).first() is not None:
            raise OtherWayUnderway
