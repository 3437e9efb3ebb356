"""Bill accounts, send what was billed, remind who is late, suspend who stays late. Amounts in fen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor, system
from app.core.identifiers import order_number
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import get, lock, save
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.credit.models import CreditAccount, CreditLine, CreditStatement
from app.kernel.credit.queries import overdue_statements, unbilled
from app.kernel.credit.rules import last_day_billed

SYSTEM = system("credit")
KINDS = {"order_paid": "charge", "refunded_to_account": "refund"}
REMIND_EVERY = timedelta(days=7)


def accounts_to_bill(today: date) -> list[int]:
    """Accounts whose newest period is over and has no statement, by id."""
    accounts = db.session.scalars(select(CreditAccount).where(CreditAccount.status.in_(("open", "suspended"))).order_by(CreditAccount.id))
    billed = {(row.account_id, row.last_day) for row in db.session.execute(select(CreditStatement.account_id, CreditStatement.last_day))}
    return [each.id for each in accounts if (each.id, last_day_billed(today, each.billing_day)) not in billed]


def bill_account(account_id: int, *, now: datetime) -> CreditStatement | None:
    """The statement of the newest period that is over, with a line for each charge and refund; None when there is nothing to bill.

    Safe to run twice and at once: the account is locked, and a transaction of the ledger is on one statement only.
    """
    account = lock(CreditAccount, account_id)
    last_day = last_day_billed(business_day(now), account.billing_day)
    before = db.session.scalars(select(CreditStatement).where(CreditStatement.account_id == account.id).order_by(CreditStatement.last_day.desc())).first()
    if before is not None and before.last_day >= last_day:
        return None
    rows = unbilled(account, last_day)
    brought = min(before.total, 0) if before else 0
    if not rows and not brought:
        return None
    first_day = before.last_day + timedelta(days=1) if before else min(business_day(row.event_at) for row in rows)
    sequence = db.session.scalar(text("SELECT nextval('credit_statement_number')")) or 0
    statement = save(CreditStatement(
        number=order_number("Z", sequence, now), account_id=account.id, first_day=first_day, last_day=last_day, lines_count=len(rows), brought=brought,
        amount=sum(row.amount for row in rows),
    ))
    db.session.add_all(
        CreditLine(
            transaction_id=row.transaction_id, statement_id=statement.id, kind=KINDS[row.kind], order_id=row.order_id, order_number=row.order_number,
            merchant=row.merchant, member=row.member or "", amount=row.amount, event_at=row.event_at,
        ) for row in rows
    )
    db.session.flush()
    append("credit_statement.made", statement, actor=SYSTEM, now=now, changes={"amount": [None, statement.amount]})
    return statement


def note_sent(statement: CreditStatement, *, actor: Actor, now: datetime) -> None:
    """Effect of `send`: due the account's days from today; one that comes to nothing, or to a credit, is settled at once."""
    with db.session.no_autoflush:  # a statement that is sent has the day on which it is due
        account = get(CreditAccount, statement.account_id)
    statement.sent_at, statement.due_on = now, business_day(now) + timedelta(days=account.due_days)
    db.session.flush()
    if not statement.remaining:
        move(statement, "settle", actor=SYSTEM, now=now)


def note_reminder(statement: CreditStatement, *, actor: Actor, now: datetime) -> None:
    """Effect of `remind`: counted and dated; whoever follows it is told by the notice."""
    statement.reminded_on, statement.reminders = business_day(now), statement.reminders + 1


def chase(now: datetime) -> int:
    """Who is late is reminded once a week, and suspended after the days of the setting; returns how many were reminded."""
    today, reminded = business_day(now), 0
    for late in overdue_statements(today):
        if late.reminded_on is None or today - late.reminded_on >= REMIND_EVERY:
            move(late, "remind", actor=SYSTEM, now=now)
            reminded += 1
        account = get(CreditAccount, late.account_id)
        if account.status == "open" and late.days_overdue(today) > value_of("credit.suspend_after"):
            reason = str(_l("账单 %(number)s 逾期 %(days)s 天", number=late.number, days=late.days_overdue(today)))
            move(account, "suspend", actor=SYSTEM, now=now, reason=reason)
    return reminded
