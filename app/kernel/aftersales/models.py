"""Refund cases: which fen of which line goes back, why, who decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.framework.settings import value_of
from app.kernel.aftersales.rules import needs_second_person
from app.kernel.orders.models import Order
from app.kernel.parties.roles import OPERATORS

DECIDERS = frozenset({"Owner", "Manager", "Cashier", "Operator", "Admin"})
REASON = (Ask("reason", _l("原因")),)
PAY_BACK = late("app.kernel.aftersales.operations:pay_back")
NOTE_PROPOSAL = late("app.kernel.aftersales.operations:note_proposal")


def second_person_is_due(case: RefundCase) -> bool:
    """True when the amount is so large that whoever gives it back needs somebody else's approval."""
    return needs_second_person(case.amount, value_of("aftersales.second_person_above"))


def one_person_is_enough(case: RefundCase) -> bool:
    """True for all other amounts."""
    return not second_person_is_due(case)


CASE_FLOW = Flow(
    name="refund_case",
    title=_l("退款"),
    states=(
        State("asked", _l("待处理"), "wait"),
        State("approving", _l("等第二人批准"), "wait"),
        State("refunding", _l("退款中"), "hold"),
        State("refunded", _l("已退款"), "ok", final=True),
        State("refused", _l("已拒绝"), "bad"),
        State("withdrawn", _l("已撤回"), "mute", final=True),
    ),
    moves=(
        Move(
            "grant", _l("同意退款"), ("asked",), "refunding", DECIDERS, effect=PAY_BACK, applies=one_person_is_enough, style="primary",
            confirm=_l("钱会原路退给顾客"),
        ),
        Move("give_back", _l("自动退款"), ("asked",), "refunding", frozenset({"system"}), effect=PAY_BACK),
        Move(
            "propose", _l("同意退款，请第二人批准"), ("asked",), "approving", DECIDERS, effect=NOTE_PROPOSAL, applies=second_person_is_due, style="primary",
            confirm=_l("金额较大，另一个人批准后才退给顾客"),
        ),
        Move(
            "approve", _l("批准退款"), ("approving",), "refunding", DECIDERS, effect=late("app.kernel.aftersales.operations:approve_back"), style="primary",
            confirm=_l("钱会原路退给顾客"), confirm_amount="amount",
        ),
        Move(
            "turn_down", _l("不批准"), ("approving",), "refused", DECIDERS, asks=REASON, style="danger",
            effect=late("app.kernel.aftersales.operations:note_answer"),
        ),
        Move("refuse", _l("拒绝"), ("asked",), "refused", DECIDERS, asks=REASON, style="danger", effect=late("app.kernel.aftersales.operations:note_answer")),
        Move("withdraw", _l("撤回"), ("asked",), "withdrawn", frozenset({"customer"}), api=True),
        Move(
            "overrule", _l("平台改判退款"), ("refused",), "refunding", OPERATORS, asks=REASON, effect=PAY_BACK, style="danger",
            applies=one_person_is_enough, confirm=_l("钱会原路退给顾客，由商户承担"),
        ),
        Move(
            "propose_overrule", _l("平台改判，请第二人批准"), ("refused",), "approving", OPERATORS, asks=REASON, effect=NOTE_PROPOSAL, style="danger",
            applies=second_person_is_due, confirm=_l("金额较大，另一个人批准后才退给顾客"),
        ),
        Move("finish", _l("到账"), ("refunding",), "refunded", frozenset({"system"})),
    ),
)


class RefundCase(Dated, Model):
    """A wish or decision to give back part of an order. `amounts` maps order line id → fen of the customer's money.

    `from_merchant` is what the refund took of the merchant's own part, the platform's fees and coupons apart.
    From a limit on, `proposed_by` decided to give it back and `approved_by`, somebody else, let it go.
    """

    __tablename__ = "after_refund_case"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        Index("ix_after_refund_case_merchant", "merchant_id", "status", "id"),
        Index("ix_after_refund_case_customer", "customer_id", "id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("status <> 'approving' OR proposed_by IS NOT NULL", name="proposed"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="second_person"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), index=True)
    order_number: Mapped[str] = mapped_column(String(24))
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16), default="asked")
    amounts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(String(200), default="")
    asked_by: Mapped[str] = mapped_column(String(12))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answer_by: Mapped[datetime] = mapped_column(Moment)
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    proposed_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    refunded_at: Mapped[datetime | None] = mapped_column(Moment)
    from_merchant: Mapped[int] = mapped_column(BigInteger, default=0)

    order: Mapped[Order] = relationship()

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(RefundCase, CASE_FLOW)
