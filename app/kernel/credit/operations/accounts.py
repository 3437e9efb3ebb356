"""Open an account, change its limit, say who may charge it. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import get, lock, save
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.credit.models import CreditAccount, CreditMember, CreditStatement, LimitChange
from app.kernel.credit.queries import owed_by, unbilled
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.parties.models import Customer


class OwnAccount(SamePerson):
    """Whoever proposed an account or a limit may not approve it."""

    code = "credit.own_proposal"
    sentence = _l("自己提的开户和额度要由另一个人批准")


class AccountRefused(Refusal):
    """A limit is not positive, or the days are not days."""

    code = "credit.account"
    status = 422
    sentence = _l("额度要大于零；出账日 1 到 28 日，付款期限 1 到 90 天")


class CompanyKnown(Refusal):
    """The company has an account already."""

    code = "credit.company_known"
    status = 409
    sentence = _l("税号 %(tax_number)s 已有月结账户：%(company)s")


class LimitSame(Refusal):
    """The limit would not change."""

    code = "credit.limit_same"
    status = 422
    sentence = _l("新额度要大于零，并且和现在的不同")


class MemberRefused(Refusal):
    """The limits of a member contradict each other."""

    code = "credit.member"
    status = 422
    sentence = _l("单笔限额要大于零，每月限额不能小于单笔限额")


class MemberKnown(Refusal):
    """The customer may charge the account already."""

    code = "credit.member_known"
    status = 409
    sentence = _l("这位顾客已经是成员，改限额就行")


class StillOverdue(Refusal):
    """An account whose payment is late stays suspended."""

    code = "credit.still_overdue"
    status = 409
    sentence = _l("还有逾期账单 %(number)s 没结清，收到款再恢复")


class StillOwing(Refusal):
    """An account that owes or has a credit is not closed."""

    code = "credit.still_owing"
    status = 409
    sentence = _l("账户还有欠款、余款或没出账的订单，结清后再关闭")


def open_account(
    *, company: str, tax_number: str, contact: str, phone: str, credit_limit: int, billing_day: int, due_days: int, reason: str, actor: Actor,
    now: datetime,
) -> CreditAccount:
    """A draft that nobody can charge until a second person approves it. Refuses AccountRefused, CompanyKnown."""
    if credit_limit <= 0 or not 1 <= billing_day <= 28 or not 1 <= due_days <= 90:
        raise AccountRefused(field="credit_limit")
    known = db.session.scalars(select(CreditAccount).where(CreditAccount.tax_number == tax_number.strip().upper())).one_or_none()
    if known:
        raise CompanyKnown(field="tax_number", tax_number=known.tax_number, company=known.company)
    sequence = db.session.scalar(text("SELECT nextval('credit_account_number')")) or 0
    account = save(CreditAccount(
        number=order_number("K", sequence, now), company=company.strip(), tax_number=tax_number.strip().upper(), contact=contact.strip(), phone=phone.strip(),
        credit_limit=credit_limit, billing_day=billing_day, due_days=due_days, reason=reason, made_by=maker_name(actor),
    ))
    append("credit_account.proposed", account, actor=actor, now=now, reason=reason, changes={"credit_limit": [None, credit_limit]})
    publish("happened", act="credit_account.proposed", record=account, reason=reason, actor=actor, now=now)
    return account


def let_open(account: CreditAccount, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person. Refuses OwnAccount."""
    approve_as_second(account, actor=actor, now=now, refusal=OwnAccount)


def change_company(account: CreditAccount, *, contact: str, phone: str, billing_day: int, due_days: int, actor: Actor, now: datetime) -> CreditAccount:
    """Whom to speak to, and when bills are made and due; statements that were sent keep their day. Refuses AccountRefused."""
    if not 1 <= billing_day <= 28 or not 1 <= due_days <= 90:
        raise AccountRefused(field="billing_day")
    values = {"contact": contact.strip(), "phone": phone.strip(), "billing_day": billing_day, "due_days": due_days}
    changes = {name: [getattr(account, name), value] for name, value in values.items() if getattr(account, name) != value}
    for name, value in values.items():
        setattr(account, name, value)
    db.session.flush()
    append("credit_account.changed", account, actor=actor, now=now, changes=changes)
    return account


def propose_limit(*, account_id: int, after: int, reason: str, actor: Actor, now: datetime) -> LimitChange:
    """Another limit, once a second person approves it. Refuses LimitSame."""
    account = get(CreditAccount, account_id)
    if after <= 0 or after == account.credit_limit:
        raise LimitSame(field="after")
    change = save(LimitChange(account_id=account.id, before=account.credit_limit, after=after, reason=reason, made_by=maker_name(actor)))
    append("credit_limit_change.proposed", change, actor=actor, now=now, reason=reason, changes={"credit_limit": [change.before, after]})
    publish("happened", act="credit_limit_change.proposed", record=change, reason=reason, actor=actor, now=now)
    return change


def apply_limit(change: LimitChange, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the account has the limit; what it owes above a lower one stays owed. Refuses OwnAccount."""
    approve_as_second(change, actor=actor, now=now, refusal=OwnAccount)
    account = lock(CreditAccount, change.account_id)
    before, account.credit_limit = account.credit_limit, change.after
    append("credit_account.limit_changed", account, actor=actor, now=now, reason=change.reason, changes={"credit_limit": [before, change.after]})


def add_member(
    *, account_id: int, customer_id: int, per_order: int, per_month: int, reads_statements: bool, actor: Actor, now: datetime,
) -> CreditMember:
    """The customer may charge the account. Refuses MemberRefused, MemberKnown."""
    _check_limits(per_order, per_month)
    get(Customer, customer_id)
    account = lock(CreditAccount, account_id)
    if db.session.scalars(select(CreditMember.id).where(CreditMember.account_id == account.id, CreditMember.customer_id == customer_id)).first():
        raise MemberKnown(field="customer_id")
    member = save(CreditMember(account_id=account.id, customer_id=customer_id, per_order=per_order, per_month=per_month, reads_statements=reads_statements))
    append("credit_member.added", member, actor=actor, now=now, changes={"per_order": [None, per_order], "per_month": [None, per_month]})
    return member


def change_member(member: CreditMember, *, per_order: int, per_month: int, reads_statements: bool, active: bool, actor: Actor, now: datetime) -> CreditMember:
    """Other limits, or none at all any more. Refuses MemberRefused."""
    _check_limits(per_order, per_month)
    values = {"per_order": per_order, "per_month": per_month, "reads_statements": reads_statements, "active": active}
    changes = {name: [getattr(member, name), value] for name, value in values.items() if getattr(member, name) != value}
    for name, value in values.items():
        setattr(member, name, value)
    db.session.flush()
    append("credit_member.changed", member, actor=actor, now=now, changes=changes)
    return member


def _check_limits(per_order: int, per_month: int) -> None:
    if not 0 < per_order <= per_month:
        raise MemberRefused(field="per_month")


def refuse_while_overdue(account: CreditAccount, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Effect of `resume`. Refuses StillOverdue."""
    late = select(CreditStatement).where(CreditStatement.account_id == account.id, CreditStatement.status == "sent", CreditStatement.due_on < business_day(now))
    found = db.session.scalars(late.order_by(CreditStatement.due_on)).first()
    if found:
        raise StillOverdue(number=found.number)


def refuse_while_owing(account: CreditAccount, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Effect of `close`. Refuses StillOwing."""
    if owed_by(account) or unbilled(account, business_day(now)):
        raise StillOwing
