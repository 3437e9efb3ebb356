"""A merchant's security deposit, and fines that are taken from it. What it holds is the merchant's deposit account in the ledger."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import FINANCE
from app.kernel.parties.models import Merchant

SYSTEM, OWNER = frozenset({"system"}), frozenset({"Owner"})
EFFECTS = "app.kernel.plans.operations.deposits"
REASON = (Ask("reason", _l("原因")),)

DEPOSIT_FLOW = Flow(
    name="plan_deposit",
    title=_l("保证金"),
    states=(
        State("due", _l("待缴"), "wait"),
        State("held", _l("已缴"), "ok"),
        State("leaving", _l("退还中"), "run"),
        State("returned", _l("已退还"), "mute"),
    ),
    moves=(
        Move("pay_in", _l("缴纳"), ("due",), "held", SYSTEM),
        Move(
            "leave", _l("申请退还"), ("held",), "leaving", OWNER, asks=REASON, guard=late(f"{EFFECTS}:refuse_open_cases"),
            effect=late(f"{EFFECTS}:note_leaving"), confirm=_l("最后一件未结的事结束后，过了保留期自动退到可提现"),
        ),
        Move("stay", _l("不退了"), ("leaving",), "held", OWNER),
        Move("give_back", _l("退还"), ("leaving",), "returned", SYSTEM, guard=late(f"{EFFECTS}:refuse_open_cases"), effect=late(f"{EFFECTS}:give_back")),
        Move("demand", _l("重新要求缴纳"), ("held", "leaving", "returned"), "due", SYSTEM),
    ),
)

FINE_FLOW = Flow(
    name="plan_fine",
    title=_l("扣罚"),
    states=(
        State("proposed", _l("待批准"), "wait"),
        State("imposed", _l("已扣罚"), "bad"),
        State("dropped", _l("未批准"), "mute", final=True),
        State("appealed", _l("申诉中"), "wait"),
        State("upheld", _l("维持扣罚"), "bad", final=True),
        State("lifted", _l("已撤销"), "ok", final=True),
    ),
    moves=(
        Move(
            "impose", _l("批准扣罚"), ("proposed",), "imposed", FINANCE, style="primary", confirm_amount="amount", effect=late(f"{EFFECTS}:impose"),
            confirm=_l("从商户保证金里扣；提的人不能自己批准"),
        ),
        Move("drop", _l("不批准"), ("proposed",), "dropped", FINANCE, asks=REASON, style="danger"),
        Move(
            "appeal", _l("申诉"), ("imposed",), "appealed", OWNER, asks=(Ask("reason", _l("为什么不该罚")),), guard=late(f"{EFFECTS}:refuse_late_appeal"),
            effect=late(f"{EFFECTS}:note_appeal"),
        ),
        Move("uphold", _l("维持扣罚"), ("appealed",), "upheld", FINANCE | {"Operator"}, asks=REASON, effect=late(f"{EFFECTS}:answer_appeal")),
        Move(
            "lift", _l("撤销扣罚"), ("appealed",), "lifted", FINANCE | {"Operator"}, asks=REASON, style="primary", confirm_amount="amount",
            effect=late(f"{EFFECTS}:lift"), confirm=_l("钱退回商户保证金；提出和批准扣罚的人不能处理申诉"),
        ),
    ),
)


class Deposit(Dated, Model):
    """What a merchant must have put down for its trades together: `required` fen. `asked_at` is when it asked to have it back."""

    __tablename__ = "plan_deposit"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("required > 0", name="required"),
        CheckConstraint("status <> 'leaving' OR asked_at IS NOT NULL", name="leaving_since"),
        Index("ix_plan_deposit_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), unique=True)
    required: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(12), default="due")
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    returned: Mapped[int] = mapped_column(BigInteger, default=0)
    returned_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant] = relationship(lazy="joined")

    @property
    def label(self) -> str:
        """Whose it is."""
        return self.merchant.name


class Fine(Dated, Model):
    """`amount` fen of the deposit for a breach of rules: proposed with reason and evidence, imposed by a second person, perhaps appealed."""

    __tablename__ = "plan_fine"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("status IN ('proposed', 'dropped') OR approved_by IS NOT NULL", name="imposed_by_somebody"),
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="second_person"),
        CheckConstraint("decided_by IS NULL OR (decided_by <> made_by AND decided_by <> approved_by)", name="third_person"),
        Index("ix_plan_fine_merchant", "merchant_id", "id"),
        Index("ix_plan_fine_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    deposit_id: Mapped[int] = mapped_column(ForeignKey("plan_deposit.id"), index=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(300))
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("file_object.id"))
    status: Mapped[str] = mapped_column(String(12), default="proposed")
    made_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    imposed_at: Mapped[datetime | None] = mapped_column(Moment)
    appeal: Mapped[str] = mapped_column(String(200), default="")
    answer: Mapped[str] = mapped_column(String(200), default="")
    decided_by: Mapped[str | None] = mapped_column(String(80))

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(Deposit, DEPOSIT_FLOW)
guard_status(Fine, FINE_FLOW)
