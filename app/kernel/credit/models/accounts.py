"""A company's account, changes of its limit, and the customers who may charge it. Amounts in fen."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.core.money import yuan
from app.framework.access import STAFF_ONLY
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import FINANCE, proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.ledger.accounts import account_receivable
from app.kernel.ledger.values import AccountRef
from app.kernel.parties.models import Customer

EFFECTS = "app.kernel.credit.operations.accounts"
REASON = (Ask("reason", _l("原因")),)
PLATFORM = frozenset({"Operator", "Finance", "Admin"})

ACCOUNT_FLOW = Flow(
    name="credit_account",
    title=_l("月结账户"),
    states=(
        State("draft", _l("待批准"), "wait"),
        State("open", _l("可用"), "ok"),
        State("suspended", _l("已暂停"), "bad"),
        State("refused", _l("未批准"), "mute", final=True),
        State("closed", _l("已关闭"), "mute", final=True),
    ),
    moves=(
        Move(
            "approve", _l("批准开户"), ("draft",), "open", FINANCE, style="primary", effect=late(f"{EFFECTS}:let_open"), confirm_amount="credit_limit",
            confirm=_l("批准后成员可以挂账；平台先付给商户，月底向企业收"),
        ),
        Move("refuse", _l("不批准"), ("draft",), "refused", FINANCE, asks=REASON, style="danger"),
        Move(
            "suspend", _l("暂停挂账"), ("open",), "suspended", PLATFORM | {"system"}, asks=REASON, style="danger",
            confirm=_l("成员马上不能再挂账；欠款照收"),
        ),
        Move("resume", _l("恢复挂账"), ("suspended",), "open", FINANCE, asks=REASON, effect=late(f"{EFFECTS}:refuse_while_overdue"), style="primary"),
        Move(
            "close", _l("关闭账户"), ("open", "suspended"), "closed", FINANCE, asks=REASON, effect=late(f"{EFFECTS}:refuse_while_owing"), style="danger",
            confirm=_l("关闭后不能再开；还有欠款或余款时不能关"),
        ),
    ),
)
LIMIT_FLOW = proposal_flow(
    "credit_limit_change", _l("月结额度调整"), effect=late(f"{EFFECTS}:apply_limit"), confirm=_l("批准后马上按新额度挂账"),
)


class CreditAccount(Proposal, Dated, Model):
    """A company that pays at the end of the month: `credit_limit` fen at most at once, billed on `billing_day`, due `due_days` after that.

    What it owes stands in the ledger alone (`receivable`); the row is the lock under which it grows.
    """

    __tablename__ = "credit_account"
    __access__ = STAFF_ONLY
    __table_args__ = (
        CheckConstraint("credit_limit > 0", name="credit_limit"),
        CheckConstraint("billing_day BETWEEN 1 AND 28 AND due_days BETWEEN 1 AND 90", name="days"),
        CheckConstraint("status NOT IN ('open', 'suspended') OR approved_by IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="second_person"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    company: Mapped[str] = mapped_column(String(60))
    tax_number: Mapped[str] = mapped_column(String(20), unique=True)
    contact: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    credit_limit: Mapped[int] = mapped_column(BigInteger)
    billing_day: Mapped[int]
    due_days: Mapped[int]

    @property
    def label(self) -> str:
        """The company."""
        return self.company

    @property
    def receivable(self) -> AccountRef:
        """Where the ledger keeps what it owes."""
        return account_receivable(self.id, self.number)


class LimitChange(Proposal, Dated, Model):
    """A wish to change the limit of an account, approved by a second person."""

    __tablename__ = "credit_limit_change"
    __access__ = STAFF_ONLY
    __table_args__ = (*proposal_checks(), CheckConstraint("after > 0 AND after <> before", name="after"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"), index=True)
    before: Mapped[int] = mapped_column(BigInteger)
    after: Mapped[int] = mapped_column(BigInteger)

    account: Mapped[CreditAccount] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """`¥5,000.00 → ¥8,000.00`."""
        return f"{yuan(self.before)} → {yuan(self.after)}"


class CreditMember(Dated, Model):
    """A customer who may charge the account: `per_order` and `per_month` fen at most; some also read its statements."""

    __tablename__ = "credit_member"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("account_id", "customer_id"),
        CheckConstraint("per_order > 0 AND per_month >= per_order", name="limits"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"), index=True)
    per_order: Mapped[int] = mapped_column(BigInteger)
    per_month: Mapped[int] = mapped_column(BigInteger)
    reads_statements: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    account: Mapped[CreditAccount] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The member's place in the company."""
        return f"#{self.id}"


guard_status(CreditAccount, ACCOUNT_FLOW)
guard_status(LimitChange, LIMIT_FLOW)
