"""What a month's volume changed of the fees that its orders were charged."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned
from app.framework.database import Moment
from app.kernel.commission.models import FeeRuleVersion


class FeeAdjustment(Model):
    """A merchant's month by volume: `orders` completed in it bore `volume` fen of base and were `charged`; the whole volume bears `due`.

    `amount` is due less charged: more to pay where positive, given back where negative. `month` is its first Shanghai day; refunds until the
    adjustment count, later ones give back their part of what the order's lines bear since then. Never changes.
    """

    __tablename__ = "fee_adjustment"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("rule_version_id", "merchant_id", "month"),
        CheckConstraint("amount = due - charged AND volume >= 0 AND charged >= 0 AND due >= 0", name="amounts"),
        CheckConstraint("(amount = 0) = (transaction_id IS NULL)", name="posted"),
        Index("ix_fee_adjustment_merchant", "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule_version_id: Mapped[int] = mapped_column(ForeignKey("fee_rule_version.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    rule_label: Mapped[str] = mapped_column(String(100))
    month: Mapped[date] = mapped_column(Date)
    orders: Mapped[int]
    volume: Mapped[int] = mapped_column(BigInteger)
    charged: Mapped[int] = mapped_column(BigInteger)
    due: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    transaction_id: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(Moment)

    rule_version: Mapped[FeeRuleVersion] = relationship()

    @property
    def label(self) -> str:
        """`2026-11 点餐佣金 v3`."""
        return f"{self.month:%Y-%m} {self.rule_label}"
