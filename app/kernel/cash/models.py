"""Shifts of cashiers, and what went into and out of their drawers. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import FRONT

SHIFT_FLOW = Flow(
    name="cash_shift",
    title=_l("收银班次"),
    states=(State("open", _l("当班"), "run"), State("closed", _l("已交班"), "ok", final=True)),
    moves=(
        Move(
            "close", _l("交班"), ("open",), "closed", FRONT, style="primary",
            asks=(Ask("counted", _l("钱箱里数出来多少"), "money"), Ask("reason", _l("和应有的不同时写明原因"), required=False)),
            effect=late("app.kernel.cash.operations:on_closed"),
        ),
    ),
)
KINDS = {"taken": _l("收款"), "given_back": _l("退款")}


class CashShift(Dated, Model):
    """A cashier's drawer from opening to count. `opening` is the float that lay in it; `expected`, `counted`, and their `difference` stand when it is closed.

    One cashier has one open shift at a merchant: the database refuses a second.
    """

    __tablename__ = "cash_shift"
    __access__ = owned()
    __table_args__ = (
        Index("uq_cash_shift_open", "merchant_id", "user_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_cash_shift_merchant", "merchant_id", "id"),
        CheckConstraint("opening >= 0 AND (counted IS NULL OR counted >= 0)", name="amounts"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL AND counted IS NOT NULL AND difference IS NOT NULL)", name="closed_when_counted"),
        CheckConstraint("difference IS NULL OR difference = counted - expected", name="difference"),
        CheckConstraint("coalesce(difference, 0) = 0 OR reason <> ''", name="difference_explained"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    cashier: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(12), default="open")
    opening: Mapped[int] = mapped_column(BigInteger)
    expected: Mapped[int | None] = mapped_column(BigInteger)
    counted: Mapped[int | None] = mapped_column(BigInteger)
    difference: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(200), default="")
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


class CashMove(Dated, Model):
    """Money that went into the drawer for an order (positive) or out of it as a refund (negative). `given` is what the customer handed over,
    `change` what came back of it."""

    __tablename__ = "cash_move"
    __access__ = owned()
    __table_args__ = (
        Index("ix_cash_move_shift", "shift_id", "id"),
        CheckConstraint("kind IN ('taken', 'given_back') AND (kind = 'taken') = (amount > 0) AND amount <> 0", name="kind"),
        CheckConstraint("(kind = 'taken') = (payment_id IS NOT NULL) AND (kind = 'given_back') = (refund_id IS NOT NULL)", name="one_reason"),
        CheckConstraint("kind <> 'taken' OR given - change = amount", name="change"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("cash_shift.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    order_number: Mapped[str] = mapped_column(String(24))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("pay_payment.id"), unique=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("pay_refund.id"), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    given: Mapped[int] = mapped_column(BigInteger, default=0)
    change: Mapped[int] = mapped_column(BigInteger, default=0)
    at: Mapped[datetime] = mapped_column(Moment)


guard_status(CashShift, SHIFT_FLOW)
