"""Open a drawer, take and give back cash, count. Amounts in fen. Orders are locked before shifts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.core.actors import Actor, system
from app.core.errors import Forbidden, NotFound, Refusal
from app.core.identifiers import order_number
from app.core.money import LARGEST, yuan
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.cash.models import CashMove, CashShift
from app.kernel.cash.queries import expected_in, shift_of
from app.kernel.cash.tender import CASH
from app.kernel.governance.operations import maker_name
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.cash import cash_counted
from app.kernel.orders.models import Order
from app.kernel.orders.operations import lock_due, pay_part
from app.kernel.orders.parts import lay_parts
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.refunding import hand_back

SYSTEM = system("cash")


class NoShift(Refusal):
    """The cashier has not opened a shift."""

    code = "cash.no_shift"
    status = 409
    sentence = _l("先开班，再收退现金")


class ShiftOpen(Refusal):
    """The cashier has an open shift."""

    code = "cash.shift_open"
    status = 409
    sentence = _l("你的班次 %(number)s 还没交班")


class FloatRefused(Refusal):
    """An amount is negative or no amount of a drawer."""

    code = "cash.amount"
    status = 422
    sentence = _l("金额要写数字，不能小于零")


class NotByCash(Refusal):
    """The order is not waiting to be paid, or another payment of it is under way."""

    code = "cash.not_payable"
    status = 409
    sentence = _l("这一单现在不能收现金：已付、已取消、已超时，或别的付款还没有结束")


class TooLittleGiven(Refusal):
    """The customer handed over less than is due."""

    code = "cash.too_little"
    status = 422
    sentence = _l("要收 %(due)s，给的不够")


class NotToHandBack(Refusal):
    """The refund is no cash refund, or was handed back already."""

    code = "cash.not_to_hand_back"
    status = 409
    sentence = _l("这笔退款不是现金，或者已经退过")


class DifferenceUnexplained(Refusal):
    """The count differs from what the drawer should hold, and nobody says why."""

    code = "cash.difference"
    status = 422
    sentence = _l("应有 %(expected)s，数出来 %(counted)s，写明原因再交班")


def open_shift(opening: int, *, actor: Actor, now: datetime) -> CashShift:
    """The cashier begins with `opening` fen in the drawer. Refuses ShiftOpen, FloatRefused; somebody who acts for no merchant has no drawer."""
    if actor.merchant_id is None or actor.id is None:
        raise Forbidden(right="cash.desk")
    if not 0 <= opening <= LARGEST:
        raise FloatRefused(field="opening")
    with elevated():
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('cash_shift'), :key)"), {"key": actor.id % 2**31})
        found = shift_of(actor)
        if found:
            raise ShiftOpen(number=found.number)
        sequence = db.session.scalar(text("SELECT nextval('cash_shift_number')")) or 0
        shift = save(CashShift(
            number=order_number("B", sequence, now), merchant_id=actor.merchant_id, user_id=actor.id, cashier=actor.name[:60], opening=opening, opened_at=now,
        ))
        append("cash_shift.opened", shift, actor=actor, now=now, changes={"opening": [None, opening]})
    return shift


def take_cash(order_id: int, given: int, *, deposit_only: bool = False, actor: Actor, now: datetime) -> CashMove:
    """What is due of the order was handed to the cashier, who gives change; the order moves on. A bill that was laid in parts is paid for the rest.
    `deposit_only` takes what makes the order stand, and leaves the rest for later.

    Forty cashiers at once take an order's money once: the order stays locked. Refuses NoShift, NotByCash, TooLittleGiven, BeingPaid.
    """
    order = get(Order, order_id)
    with elevated():
        if order.merchant_id != actor.merchant_id:
            raise NotFound
        order = lock(Order, order_id)
        lay_parts([order], 0)
        order = lock_due(order_id, now=now, refusal=NotByCash)
        shift = shift_of(actor, locked=True)
        if shift is None:
            raise NoShift
        due = order.due_first if deposit_only else order.due
        if not due <= given <= LARGEST:
            raise TooLittleGiven(field="given", due=yuan(due))
        payment = pay_part(order, due, channel=CASH, account_number=shift.number, actor=SYSTEM, now=now)
        made = save(CashMove(
            shift_id=shift.id, merchant_id=shift.merchant_id, kind="taken", order_number=order.number, payment_id=payment.id, amount=due, given=given,
            change=given - due, at=now,
        ))
        append("cash_shift.taken", shift, actor=actor, now=now, reason=order.number, changes={"amount": [None, due]})
    return made


def give_cash_back(refund_id: int, *, actor: Actor, now: datetime) -> CashMove:
    """The cashier hands a refund to the customer out of their own drawer. Refuses NoShift, NotToHandBack."""
    get(Refund, refund_id)
    with elevated():
        refund = lock(Refund, refund_id)
        if refund.merchant_id != actor.merchant_id:
            raise NotFound
        if refund.status != "created" or get(Payment, refund.payment_id).channel != CASH:
            raise NotToHandBack
        shift = shift_of(actor, locked=True)
        if shift is None:
            raise NoShift
        hand_back(refund.id, actor=SYSTEM, now=now)
        number = get(Order, refund.subject_id).number
        made = save(CashMove(
            shift_id=shift.id, merchant_id=shift.merchant_id, kind="given_back", order_number=number, refund_id=refund.id, amount=-refund.amount, at=now,
        ))
        append("cash_shift.given_back", shift, actor=actor, now=now, reason=number, changes={"amount": [None, refund.amount]})
    return made


def on_closed(shift: CashShift, *, counted: int, reason: str = "", actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `close`: the drawer was counted; a difference is explained, booked, and told. Refuses somebody else's shift, FloatRefused,
    DifferenceUnexplained."""
    if shift.user_id != actor.id and not actor.roles & {"Owner", "Manager"}:
        raise Forbidden(right="cash_shift.close")
    if not 0 <= counted <= LARGEST:
        raise FloatRefused(field="counted")
    with db.session.no_autoflush:  # the row is written with its count, or not at all
        expected = expected_in(shift)
    shift.expected, shift.counted, shift.difference, shift.reason, shift.closed_at = expected, counted, counted - expected, reason.strip(), now
    if not shift.difference:
        return
    if not shift.reason:
        raise DifferenceUnexplained(field="reason", expected=yuan(expected), counted=yuan(counted))
    with elevated():
        post(cash_counted(
            shift=shift.number, merchant_id=shift.merchant_id, difference=shift.difference, maker=maker_name(actor), memo=shift.reason, at=now,
        ), now)
    append("cash_shift.differs", shift, actor=actor, now=now, reason=shift.reason, changes={"difference": [None, shift.difference]})
    publish("happened", act="cash_shift.differs", record=shift, reason=shift.reason, actor=actor, now=now)
