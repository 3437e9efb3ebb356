"""Fee rules, their immutable versions, and the fee lines frozen on orders."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import STAFF_ONLY, owned, reference
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks

VERSION_FLOW = proposal_flow(
    "fee_rule_version", _l("费率版本"), effect=late("app.kernel.commission.operations:put_in_force"), confirm=_l("批准后，新订单按这个费率计费"),
    ends=True, system_approves=True,
)


class FeeRule(Dated, Model):
    """A kind of fee of a trade: its place in the resolution is `rank`, lowest first."""

    __tablename__ = "fee_rule"
    __access__ = reference()
    __table_args__ = (UniqueConstraint("trade", "kind"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(80))
    item: Mapped[str] = mapped_column(String(8))
    rank: Mapped[int] = mapped_column(default=100)

    versions: Mapped[list[FeeRuleVersion]] = relationship(back_populates="rule", order_by="FeeRuleVersion.number.desc()")

    @property
    def label(self) -> str:
        """The fee's name."""
        return self.title


class FeeRuleVersion(Proposal, Dated, Model):
    """What the fee was between two moments, for everybody or for one merchant. Approved versions never change.

    Two approved versions for the same scope may not overlap in time: an exclusion constraint refuses it.
    """

    __tablename__ = "fee_rule_version"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("rule_id", "number"),
        CheckConstraint("ppm BETWEEN 0 AND 1000000 AND fen >= 0", name="rate"),
        CheckConstraint("base IN ('list', 'after_merchant_coupon', 'after_all_coupons')", name="base"),
        *proposal_checks(),
        ExcludeConstraint(
            ("rule_id", "="), (text("coalesce(merchant_id, 0)"), "="), ("valid", "&&"), where=text("status = 'approved'"), using="gist",
            name="one_version_at_a_time", deferrable=True, initially="DEFERRED",
        ),
        Index("ix_fee_rule_version_valid", "rule_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("fee_rule.id"))
    number: Mapped[int]
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    base: Mapped[str] = mapped_column(String(24), default="after_merchant_coupon")
    ppm: Mapped[int] = mapped_column(default=0)
    fen: Mapped[int] = mapped_column(BigInteger, default=0)
    least_fen: Mapped[int | None] = mapped_column(BigInteger)
    most_fen: Mapped[int | None] = mapped_column(BigInteger)

    rule: Mapped[FeeRule] = relationship(back_populates="versions", lazy="joined")

    @property
    def label(self) -> str:
        """`点餐佣金 v12`."""
        return f"{self.rule.title} v{self.number}"


guard_status(FeeRuleVersion, VERSION_FLOW)


class FeeLine(Model):
    """A fee frozen on an order line at placement: rule version, base, rate, amount, who pays whom. Refunds scale it.

    `rule_label` names the version for those who may read their own fees but not the whole price list.
    """

    __tablename__ = "fee_line"
    __access__ = owned()
    __table_args__ = (
        Index("ix_fee_line_order", "order_id"),
        Index("ix_fee_line_merchant", "merchant_id", "id"),
        CheckConstraint("returned BETWEEN 0 AND amount", name="returned_within_amount"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger)
    order_number: Mapped[str] = mapped_column(String(24))
    order_line_id: Mapped[int] = mapped_column(BigInteger)
    merchant_id: Mapped[int] = mapped_column(BigInteger)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    rule_version_id: Mapped[int] = mapped_column(ForeignKey("fee_rule_version.id"))
    rule_label: Mapped[str] = mapped_column(String(100))
    base: Mapped[int] = mapped_column(BigInteger)
    ppm: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger, default=0)
    payer: Mapped[str] = mapped_column(String(16))
    payee: Mapped[str] = mapped_column(String(16))
    frozen_at: Mapped[datetime] = mapped_column(Moment)

    rule_version: Mapped[FeeRuleVersion] = relationship()


