"""Withdrawals: a party asks for a part of what it has available, before or beside its statements. Amounts in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.settlement.models.accounts import PayeeAccount

SYSTEM = frozenset({"system"})
FINANCE = frozenset({"Finance", "Admin"})
EFFECTS = "app.kernel.settlement.operations.withdrawals"

WITHDRAWAL_FLOW = Flow(
    name="settle_withdrawal",
    title=_l("提现"),
    states=(
        State("asked", _l("待审核"), "wait"),
        State("ready", _l("待付款"), "wait"),
        State("submitted", _l("付款中"), "run"),
        State("paid", _l("已到账"), "ok"),
        State("failed", _l("没付成"), "bad", final=True),
        State("returned", _l("已退汇"), "bad", final=True),
        State("refused", _l("未通过"), "bad", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
    ),
    moves=(
        Move("pass_over", _l("免审"), ("asked",), "ready", SYSTEM),
        Move(
            "approve", _l("审核通过"), ("asked",), "ready", FINANCE, style="primary", effect=late(f"{EFFECTS}:note_approval"),
            confirm=_l("通过后进入下一个付款批次"), confirm_amount="amount",
        ),
        Move("refuse", _l("不通过"), ("asked",), "refused", FINANCE, asks=(Ask("reason", _l("原因")),), effect=late(f"{EFFECTS}:give_back"), style="danger"),
        Move(
            "cancel", _l("取消提现"), ("asked", "ready"), "cancelled", frozenset({"Owner", "Courier"}), effect=late(f"{EFFECTS}:take_back"),
            confirm=_l("钱回到可提现"), style="danger",
        ),
        Move("submit", _l("付出"), ("ready",), "submitted", SYSTEM, effect=late(f"{EFFECTS}:send")),
        Move("mark_paid", _l("到账"), ("submitted",), "paid", SYSTEM, effect=late(f"{EFFECTS}:note_paid")),
        Move("mark_failed", _l("没付成"), ("submitted",), "failed", SYSTEM, asks=(Ask("reason", _l("原因")),), effect=late(f"{EFFECTS}:note_failed")),
        Move("mark_returned", _l("退汇"), ("paid",), "returned", SYSTEM, asks=(Ask("reason", _l("原因")),), effect=late(f"{EFFECTS}:note_returned")),
    ),
)


class Withdrawal(Dated, Model):
    """`amount` leaves available; `fee` of it is ours when it is paid, the rest reaches the account that was in force when it was asked for."""

    __tablename__ = "settle_withdrawal"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("amount > fee AND fee >= 0", name="something_arrives"),
        CheckConstraint("owner_kind <> 'merchant' OR merchant_id = owner_id", name="merchant"),
        Index("ix_settle_withdrawal_owner", "owner_kind", "owner_id", "id"),
        Index("ix_settle_withdrawal_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    owner_kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int] = mapped_column(BigInteger)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("settle_account.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(12), default="asked")
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    paid_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")
    account: Mapped[PayeeAccount] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number

    @property
    def arrives(self) -> int:
        """Fen that reach the payee."""
        return self.amount - self.fee

    @property
    def of_owner(self) -> dict[str, Any]:
        """What the postings of a payment want to know."""
        return {"payout": self.number, "owner_kind": self.owner_kind, "owner_id": self.owner_id}


guard_status(Withdrawal, WITHDRAWAL_FLOW)
