"""What a company paid of a statement, and what we give up of it; each by two people. Amounts in fen."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.credit.models import CreditAccount, CreditReceipt, CreditStatement
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.account import account_paid, account_written_off

SYSTEM = system("credit")


class OwnReceipt(SamePerson):
    """Whoever recorded a payment or proposed a write-off may not approve it."""

    code = "credit.own_receipt"
    sentence = _l("自己登记的回款和核销要由另一个人批准")


class NotOwed(Refusal):
    """The statement was not sent, or is settled."""

    code = "credit.not_owed"
    status = 409
    sentence = _l("账单 %(number)s 还没发送或已经结清，不能登记")


class MoreThanOwed(Refusal):
    """More than what is left of the statement."""

    code = "credit.more_than_owed"
    status = 422
    sentence = _l("账单 %(number)s 还欠 %(most)s，不能超过；一笔转账付了几张账单就分开登记")


class ReferenceKnown(Refusal):
    """The bank's reference stands on another receipt of the statement."""

    code = "credit.reference_known"
    status = 409
    sentence = _l("银行回单号 %(reference)s 在这张账单上已经登记过")


class ReceiptRefused(Refusal):
    """A transfer without reference or day, or on a day that has not come."""

    code = "credit.receipt"
    status = 422
    sentence = _l("银行到账要填回单号和到账日期，日期不能晚于今天")


class NotLate(Refusal):
    """Only what is overdue is written off."""

    code = "credit.not_late"
    status = 409
    sentence = _l("账单 %(number)s 还没逾期，不能核销")


def record_payment(*, statement_id: int, amount: int, reference: str, received_on: date, reason: str, actor: Actor, now: datetime) -> CreditReceipt:
    """A transfer that arrived waits for a second person. Refuses NotOwed, MoreThanOwed, ReceiptRefused, ReferenceKnown."""
    if not reference.strip() or received_on > business_day(now):
        raise ReceiptRefused(field="reference")
    standing = select(CreditReceipt.id).where(
        CreditReceipt.statement_id == statement_id, CreditReceipt.reference == reference.strip(), CreditReceipt.status != "refused"
    )
    if db.session.scalars(standing).first():
        raise ReferenceKnown(field="reference", reference=reference.strip())
    return _propose("bank", statement_id, amount, reason, actor, now, reference=reference.strip(), received_on=received_on)


def propose_write_off(*, statement_id: int, amount: int, reason: str, actor: Actor, now: datetime) -> CreditReceipt:
    """What is left of an overdue statement, or a part of it, is given up once a second person agrees. Refuses NotOwed, MoreThanOwed, NotLate."""
    statement = get(CreditStatement, statement_id)
    if not statement.days_overdue(business_day(now)):
        raise NotLate(field="statement_id", number=statement.number)
    return _propose("write_off", statement_id, amount, reason, actor, now)


def _propose(kind: str, statement_id: int, amount: int, reason: str, actor: Actor, now: datetime, **proof: str | date) -> CreditReceipt:
    _check(lock(CreditStatement, statement_id), amount)
    receipt = save(CreditReceipt(statement_id=statement_id, kind=kind, amount=amount, reason=reason, made_by=maker_name(actor), **proof))
    append("credit_receipt.proposed", receipt, actor=actor, now=now, reason=reason, changes={"amount": [None, amount]})
    publish("happened", act="credit_receipt.proposed", record=receipt, reason=reason, actor=actor, now=now)
    return receipt


def book(receipt: CreditReceipt, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the company owes so much less; with the last fen the statement is settled.

    Refuses OwnReceipt, and NotOwed or MoreThanOwed when others paid meanwhile.
    """
    approve_as_second(receipt, actor=actor, now=now, refusal=OwnReceipt)
    statement = lock(CreditStatement, receipt.statement_id)
    _check(statement, receipt.amount)
    receivable, people = get(CreditAccount, statement.account_id).receivable, {"maker": receipt.made_by, "checker": receipt.approved_by or ""}
    if receipt.kind == "bank" and receipt.received_on:
        statement.paid += receipt.amount
        posting = account_paid(
            receipt=receipt.id, receivable=receivable, amount=receipt.amount, reference=receipt.reference, received_on=receipt.received_on, at=now, **people,
        )
    else:
        statement.written_off += receipt.amount
        posting = account_written_off(receipt=receipt.id, receivable=receivable, amount=receipt.amount, memo=receipt.reason, at=now, **people)
    post(posting, now)
    db.session.flush()
    if not statement.remaining:
        move(statement, "settle", actor=SYSTEM, now=now)


def _check(statement: CreditStatement, amount: int) -> None:
    if statement.status != "sent":
        raise NotOwed(field="statement_id", number=statement.number)
    if not 0 < amount <= statement.remaining:
        raise MoreThanOwed(field="amount", number=statement.number, most=yuan(statement.remaining))
