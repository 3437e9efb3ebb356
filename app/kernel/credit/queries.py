"""Reads of monthly accounts. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import joinedload

from app.core.actors import Actor
from app.core.periods import business_day, day_start
from app.extensions import db
from app.kernel.credit.models import CreditAccount, CreditLine, CreditMember, CreditReceipt, CreditStatement, LimitChange
from app.kernel.credit.rules import Room, age_class
from app.kernel.ledger.queries import balance
from app.kernel.payments.models import Payment

CHANNEL = "account"

# Charges and refunds of an account that are on no statement yet, up to a day.
UNBILLED = text(
    """
    SELECT fact.id AS transaction_id, -entry.amount AS amount, fact.kind, fact.event_at, fact.order_id, placed.number AS order_number,
           merchant.name AS merchant, COALESCE(NULLIF(customer.name, ''), customer.phone_masked) AS member
    FROM ledger_account AS account
    JOIN ledger_entry AS entry ON entry.account_id = account.id AND entry.booked_on <= CAST(:until AS date)
    JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id AND fact.kind IN ('order_paid', 'refunded_to_account')
    JOIN order_order AS placed ON placed.id = fact.order_id
    JOIN party_merchant AS merchant ON merchant.id = placed.merchant_id
    JOIN party_customer AS customer ON customer.id = placed.customer_id
    LEFT JOIN credit_line AS billed ON billed.transaction_id = fact.id
    WHERE account.address = :address AND billed.transaction_id IS NULL
    ORDER BY fact.event_at, fact.id
    """
)


def owed_by(account: CreditAccount) -> int:
    """Fen that the company owes, billed or not; negative when it has a credit."""
    return -balance(account.receivable)


def unbilled(account: CreditAccount, until: date) -> Sequence[Row]:
    """What the account was charged, less what came back, that no statement has yet."""
    return db.session.execute(UNBILLED, {"address": account.receivable.address, "until": until}).all()


def charged_this_month(account: CreditAccount, customer_id: int, now: datetime) -> int:
    """Fen that the member charged in this month of Shanghai, less what went back."""
    begins = day_start(business_day(now).replace(day=1))
    statement = select(func.coalesce(func.sum(Payment.amount - Payment.refunded), 0)).where(
        Payment.customer_id == customer_id, Payment.channel == CHANNEL, Payment.account_number == account.number, Payment.paid_at >= begins,
    )
    return int(db.session.scalar(statement) or 0)


def room_of(member: CreditMember, account: CreditAccount, now: datetime) -> Room:
    """What the member may still charge. Exact while the account's row is locked."""
    return Room(account.credit_limit - owed_by(account), member.per_order, member.per_month - charged_this_month(account, member.customer_id, now))


def memberships_of(customer_id: int) -> list[CreditMember]:
    """The accounts that a customer may charge, with them."""
    statement = (
        select(CreditMember).join(CreditAccount, CreditAccount.id == CreditMember.account_id)
        .where(CreditMember.customer_id == customer_id, CreditMember.active, CreditAccount.status.in_(("open", "suspended")))
        .order_by(CreditMember.id).options(joinedload(CreditMember.account))
    )
    return list(db.session.scalars(statement))


def statements_of(account_id: int) -> list[CreditStatement]:
    """The statements that were sent, newest first; two years of them."""
    sent = select(CreditStatement).where(CreditStatement.account_id == account_id, CreditStatement.status != "draft")
    return list(db.session.scalars(sent.order_by(CreditStatement.last_day.desc()).limit(24)))


def lines_of(statement_id: int) -> list[CreditLine]:
    """The lines of a statement, oldest first."""
    return list(db.session.scalars(select(CreditLine).where(CreditLine.statement_id == statement_id).order_by(CreditLine.event_at, CreditLine.transaction_id)))


def overdue_statements(today: date) -> list[CreditStatement]:
    """Statements whose payment is late, longest first, with their accounts."""
    late = select(CreditStatement).where(CreditStatement.status == "sent", CreditStatement.due_on < today).order_by(CreditStatement.due_on, CreditStatement.id)
    return list(db.session.scalars(late.options(joinedload(CreditStatement.account))))


def ageing(account_id: int, today: date) -> list[int]:
    """What of the account's statements is owed by age: not due, up to 30 days late, up to 60, up to 90, beyond."""
    classes = [0] * 5
    for statement in db.session.scalars(select(CreditStatement).where(CreditStatement.account_id == account_id, CreditStatement.status == "sent")):
        classes[age_class(statement.days_overdue(today))] += statement.remaining
    return classes


def waiting_of_credit(actor: Actor) -> int:
    """How many accounts, limits, and receipts wait for a second person, and statements to be sent."""
    kinds = ((CreditAccount, "draft"), (LimitChange, "draft"), (CreditReceipt, "draft"), (CreditStatement, "draft"))
    return sum(db.session.scalar(select(func.count()).select_from(model).where(model.status == state)) or 0 for model, state in kinds)


def account_named(key: int) -> str | None:
    """The company of an account."""
    return db.session.scalars(select(CreditAccount.company).where(CreditAccount.id == key)).one_or_none()


def accounts_called(words: str) -> list[tuple[int, str]]:
    """Up to 20 accounts whose company holds the words: (id, company)."""
    found = select(CreditAccount.id, CreditAccount.company).where(CreditAccount.company.icontains(words, autoescape=True))
    return [(row.id, row.company) for row in db.session.execute(found.order_by(CreditAccount.company).limit(20))]
