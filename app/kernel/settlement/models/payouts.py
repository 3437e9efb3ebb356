"""Batches of payments to parties, and each payment in them: sent once, whatever happens on the way. Amounts in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.settlement.models.accounts import PayeeAccount

SYSTEM = frozenset({"system"})
FINANCE = frozenset({"Finance", "Admin"})
BATCHES, RESULTS = "app.kernel.settlement.operations.batches", "app.kernel.settlement.operations.results"
UNSETTLED = ("waiting", "sent", "unknown")


def _by_bank(payout: Any) -> bool:
    return bool(payout.method == "bank")


BATCH_FLOW = Flow(
    name="settle_batch",
    title=_l("付款批次"),
    states=(
        State("draft", _l("待批准"), "wait"),
        State("sending", _l("付款中"), "run"),
        State("sent", _l("等结果"), "run"),
        State("done", _l("已完成"), "ok"),
        State("cancelled", _l("已作废"), "mute", final=True),
    ),
    moves=(
        Move(
            "approve", _l("批准付款"), ("draft",), "sending", FINANCE, effect=late(f"{BATCHES}:approve"), style="primary",
            confirm=_l("批准后逐笔付出；做批次的人不能自己批准"), confirm_amount="total",
        ),
        Move("cancel", _l("作废"), ("draft",), "cancelled", FINANCE, asks=(Ask("reason", _l("原因")),), effect=late(f"{BATCHES}:cancel"), style="danger"),
        Move("finish_sending", _l("全部付出"), ("sending",), "sent", SYSTEM),
        Move("complete", _l("全部有结果"), ("sent",), "done", SYSTEM),
    ),
)

REFERENCE, REASON = Ask("reference", _l("银行流水号"), max_length=64), Ask("reason", _l("原因"))

PAYOUT_FLOW = Flow(
    name="settle_payout",
    title=_l("付款"),
    states=(
        State("waiting", _l("待付"), "wait"),
        State("sent", _l("已付出"), "run"),
        State("unknown", _l("结果不明"), "hold"),
        State("paid", _l("已到账"), "ok"),
        State("failed", _l("付款失败"), "bad", final=True),
        State("returned", _l("已退汇"), "bad", final=True),
        State("dropped", _l("没有付"), "bad", final=True),
        State("cancelled", _l("已作废"), "mute", final=True),
    ),
    moves=(
        Move("send", _l("付出"), ("waiting",), "sent", SYSTEM, effect=late(f"{RESULTS}:note_sent")),
        Move("drop", _l("不付"), ("waiting",), "dropped", SYSTEM, asks=(Ask("reason", _l("原因")),), effect=late(f"{RESULTS}:note_dropped")),
        Move("cancel", _l("作废"), ("waiting",), "cancelled", SYSTEM),
        Move("lose", _l("没有答复"), ("sent",), "unknown", SYSTEM),
        Move("succeed", _l("渠道付成"), ("sent", "unknown"), "paid", SYSTEM, asks=(REFERENCE,), effect=late(f"{RESULTS}:note_paid")),
        Move("fail", _l("渠道没付成"), ("sent", "unknown"), "failed", SYSTEM, asks=(REASON,), effect=late(f"{RESULTS}:note_failed")),
        Move(
            "mark_paid", _l("登记到账"), ("sent",), "paid", FINANCE, asks=(REFERENCE,), applies=_by_bank, effect=late(f"{RESULTS}:note_paid"),
            style="primary", confirm_amount="amount",
        ),
        Move(
            "mark_failed", _l("登记失败"), ("sent",), "failed", FINANCE, asks=(REASON,), applies=_by_bank, effect=late(f"{RESULTS}:note_failed"),
            style="danger",
        ),
        Move(
            "mark_returned", _l("登记退汇"), ("paid",), "returned", FINANCE, asks=(REASON,), applies=_by_bank, effect=late(f"{RESULTS}:note_returned"),
            style="danger", confirm_amount="amount",
        ),
    ),
)


class PayoutBatch(Dated, Model):
    """Payments that one person put together and another one approved; `rows` and `total` are what was approved and never change."""

    __tablename__ = "settle_batch"
    __access__ = STAFF_ONLY
    __table_args__ = (
        CheckConstraint("rows > 0 AND total > 0", name="something"),
        CheckConstraint("approved_by IS NOT NULL OR status IN ('draft', 'cancelled')", name="approved_by_somebody"),
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="second_person"),
        Index("ix_settle_batch_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    rows: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)

    payouts: Mapped[list[Payout]] = relationship(order_by="Payout.id", viewonly=True)

    @property
    def label(self) -> str:
        """The number."""
        return self.number


class Payout(Dated, Model):
    """One payment of a batch: of a statement or of a withdrawal, to the account that was in force when the batch was made.

    `number` is what bank and channel know it by; a payment of that number is given once.
    """

    __tablename__ = "settle_payout"
    __access__ = STAFF_ONLY
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(statement_id IS NULL) <> (withdrawal_id IS NULL)", name="of_one_thing"),
        UniqueConstraint("batch_id", "statement_id", "withdrawal_id"),
        Index("uq_settle_payout_number", "number", unique=True, postgresql_where=text("status NOT IN ('cancelled', 'dropped')")),
        Index("uq_settle_payout_statement", "statement_id", unique=True, postgresql_where=text("status IN ('waiting', 'sent', 'unknown')")),
        Index("uq_settle_payout_withdrawal", "withdrawal_id", unique=True, postgresql_where=text("status IN ('waiting', 'sent', 'unknown')")),
        Index("ix_settle_payout_batch", "batch_id", "id"),
        Index("ix_settle_payout_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    batch_id: Mapped[int] = mapped_column(ForeignKey("settle_batch.id"))
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("settle_statement.id"), index=True)
    withdrawal_id: Mapped[int | None] = mapped_column(ForeignKey("settle_withdrawal.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("settle_account.id"), index=True)
    payee: Mapped[str] = mapped_column(String(80))
    method: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    reference: Mapped[str] = mapped_column(String(64), default="")
    problem: Mapped[str] = mapped_column(String(200), default="")
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)

    batch: Mapped[PayoutBatch] = relationship(lazy="raise_on_sql")
    account: Mapped[PayeeAccount] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(PayoutBatch, BATCH_FLOW)
guard_status(Payout, PAYOUT_FLOW)
