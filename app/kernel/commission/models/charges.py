"""Fees frozen on orders, and the month's volume by which some of them are reckoned."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned
from app.framework.database import Moment
from app.kernel.commission.models.price_list import FeeRuleVersion


class FeeLine(Model):
    """A fee frozen on an order line at placement: rule version, base, rate, amount, who pays whom. Refunds scale it.

    `rule_label` names the version for those who may read their own fees but not the whole price list. `ppm` is that of the tier where there
    are tiers; `units` are the line's pieces; `volume` is the month's volume before the order where the rate goes by volume, and `adjusted` what the month's end
    added to the line, or took off it: `borne` is what it bears in the end. `merchant_id` is None for what a supplier bears, the margin: neither
    it nor the order's merchant reads the other's price.
    """

    __tablename__ = "fee_line"
    __access__ = owned()
    __table_args__ = (
        Index("ix_fee_line_order", "order_id"),
        Index("ix_fee_line_merchant", "merchant_id", "id"),
        Index("ix_fee_line_version", "rule_version_id", "id"),
        Index("ix_fee_line_volume", "rule_version_id", "merchant_id", postgresql_where=text("volume IS NOT NULL")),
        CheckConstraint("returned BETWEEN 0 AND amount + adjusted", name="returned_within_borne"),
        CheckConstraint("adjusted = 0 OR volume IS NOT NULL", name="adjusted_by_volume"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger)
    order_number: Mapped[str] = mapped_column(String(24))
    order_line_id: Mapped[int] = mapped_column(BigInteger)
    merchant_id: Mapped[int | None] = mapped_column(BigInteger)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    rule_version_id: Mapped[int] = mapped_column(ForeignKey("fee_rule_version.id"))
    rule_label: Mapped[str] = mapped_column(String(100))
    base: Mapped[int] = mapped_column(BigInteger)
    ppm: Mapped[int]
    units: Mapped[int] = mapped_column(default=0)
    volume: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    adjusted: Mapped[int] = mapped_column(BigInteger, default=0)
    returned: Mapped[int] = mapped_column(BigInteger, default=0)
    payer: Mapped[str] = mapped_column(String(16))
    payee: Mapped[str] = mapped_column(String(16))
    income: Mapped[str] = mapped_column(String(16), default="commission")
    tax_class: Mapped[str] = mapped_column(String(16), default="agency")
    frozen_at: Mapped[datetime] = mapped_column(Moment)

    rule_version: Mapped[FeeRuleVersion] = relationship()

    @property
    def borne(self) -> int:
        """What the line bears before anything goes back: as frozen, and adjusted at the month's end."""
        return self.amount + self.adjusted

    @property
    def kept(self) -> int:
        """What of it has not gone back with refunds."""
        return self.borne - self.returned

    @property
    def label(self) -> str:
        """`点餐佣金 v12 · D261102000001`."""
        return f"{self.rule_label} · {self.order_number}"


class FeeVolume(Model):
    """What a merchant's completed orders of a Shanghai month bore of a version that goes by volume: fen of base. `month` is its first day."""

    __tablename__ = "fee_volume"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("rule_version_id", "merchant_id", "month"), CheckConstraint("volume >= 0", name="volume"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule_version_id: Mapped[int] = mapped_column(ForeignKey("fee_rule_version.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    month: Mapped[date] = mapped_column(Date)
    volume: Mapped[int] = mapped_column(BigInteger, default=0)
