"""Cycles, statements, and their lines: what a merchant is owed at a watermark of the ledger, and its way to the bank.

Amounts of a statement and its lines are written once: triggers refuse to change a line, or a sum once it is frozen.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY, owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant

FINANCE, MERCHANT, SYSTEM = frozenset({"Finance", "Admin"}), frozenset({"Owner"}), frozenset({"system"})
EFFECTS = "app.kernel.settlement.operations"
KINDS = {
    "order": _l("订单"), "refund": _l("退款"), "payout": _l("付款"), "withdrawal": _l("提现"), "reserve": _l("留存到期"), "offset": _l("抵扣垫付"),
    "adjustment": _l("调整"),
}


def _something_to_pay(statement: Any) -> bool:
    return bool(statement.payable)


def _merchant_is_asked(statement: Any) -> bool:
    return bool(statement.confirm_days)


def _nobody_is_asked(statement: Any) -> bool:
    return not statement.confirm_days


STATEMENT_FLOW = Flow(
    name="settle_statement",
    title=_l("账单"),
    states=(
        State("draft", _l("草稿"), "mute"),
        State("confirming", _l("待商户确认"), "wait"),
        State("disputed", _l("商户有异议"), "hold"),
        State("frozen", _l("待审批"), "wait"),
        State("approved", _l("待付款"), "wait"),
        State("submitted", _l("付款中"), "run"),
        State("paid", _l("已付款"), "ok"),
        State("failed", _l("付款失败"), "bad"),
        State("returned", _l("已退汇"), "bad"),
        State("carried", _l("结转下期"), "mute", final=True),
    ),
    moves=(
        Move(
            "freeze", _l("冻结"), ("draft",), "frozen", FINANCE, applies=_nobody_is_asked, effect=late(f"{EFFECTS}.approval:note_freeze"), style="primary",
            undo="send_back",
        ),
        Move(
            "ask_merchant", _l("冻结并请商户确认"), ("draft",), "confirming", FINANCE, applies=_merchant_is_asked,
            effect=late(f"{EFFECTS}.confirming:ask_merchant"), style="primary", undo="send_back",
        ),
        Move(
            "confirm", _l("确认账单"), ("confirming",), "frozen", MERCHANT | SYSTEM, effect=late(f"{EFFECTS}.confirming:note_confirmation"), style="primary",
            confirm=_l("金额没有问题；确认后平台审批付款"),
        ),
        Move("dispute", _l("提出异议"), ("confirming",), "disputed", SYSTEM),
        Move("settle_disputes", _l("异议答复完"), ("disputed",), "frozen", SYSTEM),
        Move(
            "send_back", _l("退回草稿"), ("frozen", "confirming"), "draft", FINANCE, asks=(Ask("reason", _l("原因")),),
            effect=late(f"{EFFECTS}.approval:forget_freeze"),
        ),
        Move(
            "approve", _l("审批"), ("frozen",), "approved", FINANCE, effect=late(f"{EFFECTS}.approval:note_approval"), style="primary",
            confirm=_l("审批后可以付款；冻结的人不能自己审批"), confirm_amount="payable",
        ),
        Move(
            "submit", _l("提交付款"), ("approved",), "submitted", SYSTEM, applies=_something_to_pay,
            effect=late(f"{EFFECTS}.payouts:send"),
        ),
        Move(
            "mark_paid", _l("到账"), ("submitted",), "paid", SYSTEM, asks=(Ask("reference", _l("银行流水号"), max_length=64),),
            effect=late(f"{EFFECTS}.payouts:note_paid"),
        ),
        Move(
            "mark_failed", _l("付款失败"), ("submitted",), "failed", SYSTEM, asks=(Ask("reason", _l("原因")),), effect=late(f"{EFFECTS}.payouts:note_failed"),
        ),
        Move(
            "mark_returned", _l("退汇"), ("paid",), "returned", SYSTEM, asks=(Ask("reason", _l("原因")),), effect=late(f"{EFFECTS}.payouts:note_returned"),
        ),
        Move("retry", _l("重新付款"), ("failed", "returned"), "approved", FINANCE, confirm=_l("进入下一个付款批次；先核对收款账户"), style="primary"),
        Move(
            "carry", _l("结转下期"), ("approved", "failed", "returned"), "carried", FINANCE | SYSTEM, effect=late(f"{EFFECTS}.payouts:refuse_underway"),
            confirm=_l("这份账单不再付款，余额进下一期"),
        ),
    ),
)


class Cycle(Dated, Model):
    """One closing of a trade for a business day: which ledger transactions it covers, whether all statements are written."""

    __tablename__ = "settle_cycle"
    __access__ = STAFF_ONLY
    __table_args__ = (UniqueConstraint("trade", "day"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    trade: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    watermark: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """The number."""
        return self.number


class Statement(Dated, Model):
    """What a merchant is owed: opening + earned − refunded − fees + adjusted − paid = closing, all in fen.

    With `confirm_days` the merchant is asked first, and its silence until `confirm_by` is a yes.
    `closing` is the merchant's available balance over all ledger transactions below `watermark`. `payable` is what this
    statement pays: closing without what earlier statements still pay. `digest` is SHA-256 over the lines.
    """

    __tablename__ = "settle_statement"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("cycle_id", "merchant_id"),
        CheckConstraint("closing = opening + earned - refunded - fees + adjusted - paid", name="adds_up"),
        CheckConstraint("payable >= 0 AND payable <= greatest(closing, 0)", name="payable_within_closing"),
        CheckConstraint("frozen_by IS NOT NULL OR status = 'draft'", name="frozen_by_somebody"),
        CheckConstraint("approved_by <> frozen_by", name="second_person"),
        CheckConstraint("status <> 'confirming' OR confirm_by IS NOT NULL", name="confirmed_by_some_day"),
        CheckConstraint("approved_by IS NOT NULL OR status IN ('draft', 'confirming', 'disputed', 'frozen')", name="approved_by_somebody"),
        Index("ix_settle_statement_merchant", "merchant_id", "id"),
        Index("ix_settle_statement_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("settle_cycle.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    trade: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    watermark: Mapped[int] = mapped_column(BigInteger)
    lines_count: Mapped[int] = mapped_column(default=0)
    opening: Mapped[int] = mapped_column(BigInteger, default=0)
    earned: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    fees: Mapped[int] = mapped_column(BigInteger, default=0)
    adjusted: Mapped[int] = mapped_column(BigInteger, default=0)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    closing: Mapped[int] = mapped_column(BigInteger, default=0)
    payable: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    frozen_by: Mapped[str | None] = mapped_column(String(80))
    frozen_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    confirm_days: Mapped[int] = mapped_column(default=0)
    confirm_by: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[str | None] = mapped_column(String(80))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    reference: Mapped[str] = mapped_column(String(64), default="")
    paid_at: Mapped[datetime | None] = mapped_column(Moment)

    cycle: Mapped[Cycle] = relationship()
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    lines: Mapped[list[StatementLine]] = relationship(
        primaryjoin="foreign(StatementLine.statement_id) == Statement.id", order_by="StatementLine.transaction_id", viewonly=True,
    )

    @property
    def label(self) -> str:
        """The number."""
        return self.number

    @property
    def payout(self) -> str:
        """Our number of the latest payment: each attempt has its own."""
        return payout_number(self.number, self.attempts)


def payout_number(number: str, attempt: int) -> str:
    """What the payment of a statement is called at its first, second, third attempt: `S1`, `S1R2`, `S1R3`."""
    return number if attempt < 2 else f"{number}R{attempt}"


guard_status(Statement, STATEMENT_FLOW)


class StatementLine(Model):
    """One ledger entry on the merchant's available account, and what it is made of: earned − refunded − fees + adjusted − payout = net.

    `earned` is goods + delivery + packing − merchant discount, which customer and coupon paid. Each ledger transaction
    stands on one statement of the merchant only.
    """

    __tablename__ = "settle_line"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("merchant_id", "transaction_id"),
        CheckConstraint("net = earned - refunded - fees + adjusted - payout", name="adds_up"),
        CheckConstraint("earned IN (0, goods + delivery + packing - merchant_discount) AND earned IN (0, paid + subsidy)", name="earned"),
        CheckConstraint("kind IN ('order', 'refund', 'payout', 'withdrawal', 'reserve', 'offset', 'adjustment')", name="kind"),
        Index("ix_settle_line_statement", "statement_id", "transaction_id"),
        Index("ix_settle_line_order", "order_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    statement_id: Mapped[int] = mapped_column(BigInteger)  # checked by `settle_line_has_draft`, for all lines of a batch at once
    merchant_id: Mapped[int] = mapped_column(BigInteger)
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(12))
    transaction_key: Mapped[str] = mapped_column(String(120), default="")
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    order_number: Mapped[str] = mapped_column(String(24), default="")
    trade: Mapped[str] = mapped_column(String(20), default="")
    goods: Mapped[int] = mapped_column(BigInteger, default=0)
    delivery: Mapped[int] = mapped_column(BigInteger, default=0)
    packing: Mapped[int] = mapped_column(BigInteger, default=0)
    merchant_discount: Mapped[int] = mapped_column(BigInteger, default=0)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    subsidy: Mapped[int] = mapped_column(BigInteger, default=0)
    earned: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    fees: Mapped[int] = mapped_column(BigInteger, default=0)
    adjusted: Mapped[int] = mapped_column(BigInteger, default=0)
    payout: Mapped[int] = mapped_column(BigInteger, default=0)
    net: Mapped[int] = mapped_column(BigInteger)
    rule_versions: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    event_at: Mapped[datetime] = mapped_column(Moment)
