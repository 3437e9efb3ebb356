"""What a company owes for a period, line by line, and what it paid of it or we gave up. Amounts in fen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.core.money import yuan
from app.framework.access import STAFF_ONLY
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.credit.models.accounts import CreditAccount
from app.kernel.governance.flows import FINANCE, proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks

STATEMENTS = "app.kernel.credit.operations.statements"
SYSTEM = frozenset({"system"})
LINE_KINDS = {"charge": _l("挂账"), "refund": _l("退款")}
RECEIPT_KINDS = {"bank": _l("银行到账"), "write_off": _l("坏账核销")}

STATEMENT_FLOW = Flow(
    name="credit_statement",
    title=_l("月结账单"),
    states=(
        State("draft", _l("待发送"), "wait"),
        State("sent", _l("待付款"), "run"),
        State("settled", _l("已结清"), "ok", final=True),
    ),
    moves=(
        Move(
            "send", _l("发送账单"), ("draft",), "sent", FINANCE, style="primary", effect=late(f"{STATEMENTS}:note_sent"),
            confirm=_l("能看账单的成员马上看得到，付款期限从今天算起"),
        ),
        Move("remind", _l("催款"), ("sent",), "sent", FINANCE | SYSTEM, effect=late(f"{STATEMENTS}:note_reminder")),
        Move("settle", _l("结清"), ("sent",), "settled", SYSTEM),
    ),
)
_RECEIPT = proposal_flow(
    "credit_receipt", _l("月结回款"), effect=late("app.kernel.credit.operations.receipts:book"), confirm=_l("批准后记账，冲减这张账单的欠款"),
)
RECEIPT_FLOW = Flow(
    _RECEIPT.name, _RECEIPT.title, _RECEIPT.states,
    tuple(replace(move, confirm_amount="amount") if move.name == "approve" else move for move in _RECEIPT.moves),
)


class CreditStatement(Dated, Model):
    """What an account was charged less what came back, from `first_day` to `last_day`; `brought` is the credit (≤ 0) of the statement before.

    The lines never change; `paid` and `written_off` grow with approved receipts up to what is owed.
    """

    __tablename__ = "credit_statement"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("account_id", "last_day"),
        Index("ix_credit_statement_due", "due_on", postgresql_where=text("status = 'sent'")),
        CheckConstraint("brought <= 0 AND paid >= 0 AND written_off >= 0", name="signs"),
        CheckConstraint("paid + written_off <= greatest(brought + amount, 0)", name="within"),
        CheckConstraint("status = 'draft' OR due_on IS NOT NULL", name="due"),
        CheckConstraint("status <> 'settled' OR paid + written_off = greatest(brought + amount, 0)", name="settled_whole"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    lines_count: Mapped[int] = mapped_column(default=0)
    brought: Mapped[int] = mapped_column(BigInteger, default=0)
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    written_off: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    due_on: Mapped[date | None] = mapped_column(Date)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    reminders: Mapped[int] = mapped_column(default=0)

    account: Mapped[CreditAccount] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number

    @property
    def total(self) -> int:
        """What the period comes to with the credit brought along; negative when the company keeps a credit."""
        return self.brought + self.amount

    @property
    def remaining(self) -> int:
        """Fen still to be paid, never negative."""
        return max(self.total, 0) - self.paid - self.written_off

    def days_overdue(self, today: date) -> int:
        """Days since the payment was due; 0 for what is not due, or not sent, or settled."""
        return max((today - self.due_on).days, 0) if self.status == "sent" and self.due_on else 0


class CreditLine(Model):
    """One charge or refund of the ledger on a statement; each is on one statement only."""

    __tablename__ = "credit_line"
    __access__ = STAFF_ONLY
    __table_args__ = (CheckConstraint("(kind = 'charge' AND amount > 0) OR (kind = 'refund' AND amount < 0)", name="kind"),)

    transaction_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("credit_statement.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    order_id: Mapped[int] = mapped_column(BigInteger)
    order_number: Mapped[str] = mapped_column(String(24))
    merchant: Mapped[str] = mapped_column(String(60))
    member: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int] = mapped_column(BigInteger)
    event_at: Mapped[datetime] = mapped_column(Moment)


class CreditReceipt(Proposal, Dated, Model):
    """A payment that arrived for a statement, proven by the bank's reference, or what of it we write off. Approved by a second person."""

    __tablename__ = "credit_receipt"
    __access__ = STAFF_ONLY
    __table_args__ = (
        *proposal_checks(),
        Index("uq_credit_receipt_reference", "statement_id", "reference", unique=True, postgresql_where=text("reference <> '' AND status <> 'refused'")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "(kind = 'bank' AND reference <> '' AND received_on IS NOT NULL) OR (kind = 'write_off' AND reference = '')", name="proof"
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("credit_statement.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(String(64), default="")
    received_on: Mapped[date | None] = mapped_column(Date)

    statement: Mapped[CreditStatement] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The bank's reference, or the amount."""
        return self.reference or yuan(self.amount)


guard_status(CreditStatement, STATEMENT_FLOW)
guard_status(CreditReceipt, RECEIPT_FLOW)
