"""Points pay a part of an order: at their rate, up to the programme's share of it, borne by whoever issued them."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import system
from app.core.errors import Refusal
from app.core.money import yuan
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.points import points_taken
from app.kernel.loyalty.models import issuer_of
from app.kernel.loyalty.operations.lots import lock_member, take_points
from app.kernel.loyalty.queries import CHANNEL, programme_of
from app.kernel.loyalty.rules import most_payable, needed, worth
from app.kernel.orders.models import Order
from app.kernel.orders.operations import lock_due, pay_part, payments_that_paid, reference
from app.kernel.payments.models import Payment

SYSTEM = system("loyalty")


class NotByPoints(Refusal):
    """The order is not waiting to be paid, or nobody takes points for it."""

    code = "loyalty.not_payable"
    status = 409
    sentence = _l("这一单现在不能用积分：已付、已取消、已超时，或没有积分规则")


class PointsShort(Refusal):
    """The customer has fewer points."""

    code = "loyalty.short"
    status = 409
    sentence = _l("积分不够：有 %(has)s，要用 %(asked)s")


class AboveShare(Refusal):
    """Points may pay a share of the order only."""

    code = "loyalty.above_share"
    status = 409
    sentence = _l("这一单最多还能用积分抵 %(most)s")


class TooFewPoints(Refusal):
    """The points are worth less than a fen."""

    code = "loyalty.too_few"
    status = 422
    sentence = _l("这些积分抵不到一分钱，多用一些")


def pay_with_points(order_id: int, *, merchant_id: int | None, points: int, now: datetime) -> Payment:
    """A part of what is due is paid with points of the order's merchant, or of the platform (None): as many as are worth whole fen.

    Refuses NotByPoints, TooFewPoints, AboveShare, PointsShort. Forty at once spend no point twice: the member stays locked. Runs elevated.
    """
    order = lock_due(order_id, now=now, refusal=NotByPoints)
    programme = programme_of(issuer_of(merchant_id))
    if programme is None or merchant_id not in {None, order.merchant_id}:
        raise NotByPoints
    amount = min(worth(points, programme.for_yuan), order.due)
    if not amount:
        raise TooFewPoints(field="points")
    most = most_payable(order.payable, programme.cap_ppm, _paid_before(order))
    if amount > most:
        raise AboveShare(field="points", most=yuan(most))
    count, member = needed(amount, programme.for_yuan), lock_member(merchant_id, order.customer_id, now)
    if member.points < count:
        raise PointsShort(field="points", has=member.points, asked=count)
    take_points(member, count)
    payment = pay_part(order, amount, channel=CHANNEL, account_number=member.issuer, points=count, actor=SYSTEM, now=now)
    post(points_taken(
        "points_spent", key=payment.number, order=reference(order), customer_id=member.customer_id, issuer=member.issuer, amount=count, at=now
    ), now)
    return payment


def _paid_before(order: Order) -> int:
    return sum(payment.amount for payment in payments_that_paid(order) if payment.channel == CHANNEL)
