"""What a member of a company's account sees and does: which accounts, how much is left, pay an order, read the statements."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.periods import business_day
from app.framework.database import elevated, get
from app.framework.json_api import Api
from app.kernel.credit import schemas
from app.kernel.credit.models import CreditMember
from app.kernel.credit.operations.charging import (
    AboveCreditLimit,
    AboveMonthLimit,
    AboveOrderLimit,
    AccountClosed,
    NotByAccount,
    pay_by_account,
)
from app.kernel.credit.queries import memberships_of, room_of, statements_of
from app.kernel.orders.models import Order
from app.kernel.orders.operations import drop_other_payment
from app.kernel.payments.operations.paying import ChannelAway

api = Api("credit", "/api/v1/accounts", _l("月结账户"))


@api.get("", summary=_l("我能挂的账户"), who="customer", response=schemas.AccountList)
def list_accounts(actor: Actor, now: datetime) -> schemas.AccountList:
    """The companies whose account the customer may charge, with what is left."""
    with elevated():
        return schemas.AccountList(items=[_account(member, now) for member in memberships_of(actor.id or 0)])


@api.post(
    "/pay/<int:order_id>", summary=_l("挂公司的账"), who="customer", request=schemas.ChargeIn, response=schemas.ChargedOut, idempotent=True,
    errors=(NotFound, NotByAccount, AccountClosed, AboveOrderLimit, AboveMonthLimit, AboveCreditLimit, ChannelAway),
)
def charge(order_id: int, body: schemas.ChargeIn, actor: Actor, now: datetime) -> schemas.ChargedOut:
    """The company pays what is due of the order at the end of the month."""
    order = get(Order, order_id)
    with elevated():
        drop_other_payment(order.id, now=now)
        payment = pay_by_account(order_id, body.account_id, customer_id=actor.id or 0, now=now)
        return schemas.ChargedOut(payment_number=payment.number, amount=payment.amount)


@api.get("/<int:account_id>/statements", summary=_l("账户的账单"), who="customer", response=schemas.StatementList, errors=(NotFound,))
def list_statements(account_id: int, actor: Actor, now: datetime) -> schemas.StatementList:
    """The statements that were sent, newest first; for members who may read them."""
    with elevated():
        if not any(each.account_id == account_id and each.reads_statements for each in memberships_of(actor.id or 0)):
            raise NotFound
        return schemas.StatementList(items=[
            schemas.StatementOut(
                number=each.number, first_day=each.first_day, last_day=each.last_day, total=each.total, paid=each.paid, remaining=each.remaining,
                due_on=each.due_on, days_overdue=each.days_overdue(business_day(now)), status=each.status,
            ) for each in statements_of(account_id)
        ])


def _account(member: CreditMember, now: datetime) -> schemas.AccountOut:
    account, room = member.account, room_of(member, member.account, now)
    return schemas.AccountOut(
        id=account.id, number=account.number, company=account.company, status=account.status, per_order=member.per_order, per_month=member.per_month,
        charged_this_month=member.per_month - room.month, most=room.most if account.status == "open" else 0, reads_statements=member.reads_statements,
    )
