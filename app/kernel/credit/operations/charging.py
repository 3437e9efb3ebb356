"""An order is paid by account: the limit holds however many charge at once. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.errors import NotFound, Refusal
from app.core.money import yuan
from app.extensions import db
from app.framework.database import lock
from app.kernel.credit.models import CreditAccount, CreditMember
from app.kernel.credit.queries import CHANNEL, room_of
from app.kernel.orders.operations import lock_due, pay_part
from app.kernel.payments.models import Payment


class NotByAccount(Refusal):
    """The order is not waiting to be paid, or another payment of it is under way."""

    code = "credit.not_payable"
    status = 409
    sentence = _l("这一单现在不能挂账：已付、已取消、已超时，或微信付款还没有结束")


class AccountClosed(Refusal):
    """The account is suspended, closed, or not approved."""

    code = "credit.not_open"
    status = 409
    sentence = _l("“%(company)s”的月结账户现在不能挂账，联系公司或平台")


class AboveOrderLimit(Refusal):
    """The order is more than the member may charge at once."""

    code = "credit.above_order_limit"
    status = 409
    sentence = _l("单笔最多挂账 %(most)s，这一单要付 %(due)s")


class AboveMonthLimit(Refusal):
    """The member's month would be over its limit."""

    code = "credit.above_month_limit"
    status = 409
    sentence = _l("你这个月还能挂账 %(most)s，这一单要付 %(due)s")


class AboveCreditLimit(Refusal):
    """The company's limit is used up."""

    code = "credit.above_limit"
    status = 409
    sentence = _l("公司的额度还剩 %(most)s，这一单要付 %(due)s")


def pay_by_account(order_id: int, account_id: int, *, customer_id: int, now: datetime) -> Payment:
    """What is due of the customer's order is owed by the company. Runs elevated.

    The order is locked before the account, and the account until the end, so that forty at once never pass a limit. Refuses NotFound for
    somebody who is no member, NotByAccount, AccountClosed, AboveOrderLimit, AboveMonthLimit, AboveCreditLimit.
    """
    order = lock_due(order_id, now=now, refusal=NotByAccount)
    member = db.session.scalars(
        select(CreditMember).where(CreditMember.account_id == account_id, CreditMember.customer_id == customer_id, CreditMember.active)
    ).one_or_none()
    if member is None or order.customer_id != customer_id:
        raise NotFound
    account = lock(CreditAccount, account_id)
    if account.status != "open":
        raise AccountClosed(company=account.company)
    room, due = room_of(member, account, now), order.due
    for most, refusal in ((room.per_order, AboveOrderLimit), (room.month, AboveMonthLimit), (room.account, AboveCreditLimit)):
        if due > most:
            raise refusal(most=yuan(max(most, 0)), due=yuan(due))
    return pay_part(order, due, channel=CHANNEL, account_number=account.number, now=now)
