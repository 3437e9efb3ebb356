"""Companies that pay at the end of the month: one that paid its statement in part, one that is late, one that waits to be opened."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.credit.jobs import bill_accounts, chase_accounts
from app.kernel.credit.models import CreditStatement
from app.kernel.credit.operations.accounts import add_member, open_account, propose_limit
from app.kernel.credit.operations.receipts import record_payment
from app.kernel.parties.models import Customer
from app.verticals.dining.demo.play import Town
from app.verticals.dining.demo.restaurant import staff_actor

COMPANIES = (("青溪镇第二建筑公司", "91510100MA6C1QX21A", "周会计", 500_000), ("望江物业服务有限公司", "91510100MA6C7WJ83B", "何经理", 200_000))
NEWCOMER = ("青溪小学", "12510100450751234C", "校办 谢老师", 300_000)
BILLED_AGO = 9  # days since the periods ended
ORDERED_AGO = (19, 17, 16, 14, 12, 11, 6, 4, 2)


def use_accounts(town: Town, shop_id: int, now: datetime) -> None:
    """Two companies whose people ordered on account for three weeks; their first statements, and what became of them."""
    today = business_day(now)
    billing_day = min((today - timedelta(days=BILLED_AGO)).day, 28)
    with town.app.app_context(), transaction(system("demo")), clock.at(now - timedelta(days=20)):
        begun = now - timedelta(days=20)
        keys = [_open(each, billing_day, begun, members=(2 * number, 2 * number + 1)) for number, each in enumerate(COMPANIES)]
    for number, ago in enumerate(ORDERED_AGO):
        moment = day_start(today - timedelta(days=ago)) + timedelta(hours=11, minutes=40 + number)
        for company, key in enumerate(keys):
            town.order(shop_id, "refund" if number == 3 else "done", moment + timedelta(minutes=5 * company), customer=2 * company + number % 2, account=key)
    _bill(town.app, today, billing_day)
    with town.app.app_context(), transaction(system("demo")), clock.at(now - timedelta(hours=5)):
        moment = now - timedelta(hours=5)
        propose_limit(account_id=keys[0], after=800_000, reason="工地扩大，多了三十个人吃饭", actor=staff_actor("operator"), now=moment)
        company, tax_number, contact, limit = NEWCOMER
        open_account(
            company=company, tax_number=tax_number, contact=contact, phone="13800138021", credit_limit=limit, billing_day=1, due_days=15,
            reason="教师工作餐，财政拨款按月付", actor=staff_actor("operator"), now=moment,
        )


def _open(plan: tuple[str, str, str, int], billing_day: int, begun: datetime, members: tuple[int, int]) -> int:
    company, tax_number, contact, limit = plan
    account = open_account(
        company=company, tax_number=tax_number, contact=contact, phone="13800138020", credit_limit=limit, billing_day=billing_day, due_days=5,
        reason="合作三年，按月付款", actor=staff_actor("operator"), now=begun,
    )
    account = move(account, "approve", actor=staff_actor("finance"), now=begun)
    for number in members:
        customer = db.session.scalars(select(Customer).where(Customer.openid == f"openid-demo-{number}")).one()
        add_member(
            account_id=account.id, customer_id=customer.id, per_order=30_000, per_month=200_000, reads_statements=number % 2 == 0,
            actor=staff_actor("operator"), now=begun,
        )
    return int(account.id)


def _bill(app: Flask, today: date, billing_day: int) -> None:
    """The statements of the past period, sent the next morning; the first company paid most of its own, the other is reminded."""
    day = next(today - timedelta(days=ago) for ago in range(BILLED_AGO, BILLED_AGO + 5) if (today - timedelta(days=ago)).day == billing_day)
    night = day_start(day) + timedelta(hours=3, minutes=20)
    with app.app_context(), clock.at(night):
        bill_accounts()
    sent = night + timedelta(hours=6)
    with app.app_context(), transaction(system("demo")), clock.at(sent):
        statements = list(db.session.scalars(select(CreditStatement).order_by(CreditStatement.id)))
        first, part = statements[0].id, statements[0].amount * 2 // 3
        for statement in statements:
            move(statement, "send", actor=staff_actor("finance"), now=sent)
    paid = sent + timedelta(days=3)
    with app.app_context(), transaction(system("demo")), clock.at(paid):
        receipt = record_payment(
            statement_id=first, amount=part, reference="ICBC2026110900817", received_on=business_day(paid), reason="对公转账，先付三分之二",
            actor=staff_actor("finance"), now=paid,
        )
        move(receipt, "approve", actor=staff_actor("finance2"), now=paid + timedelta(hours=1))
    with app.app_context(), clock.at(sent + timedelta(days=7)):
        chase_accounts()
