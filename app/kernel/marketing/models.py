"""Coupons, the copies that customers hold, and what was taken off which order. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.core.money import yuan
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.marketing.flows import SYSTEM, offer_flow
from app.kernel.parties.models import Customer, Merchant

KINDS = {"amount": _l("满减"), "percent": _l("折扣")}
COUPON_FLOW = offer_flow(
    "marketing_coupon", _l("优惠券"), approve=late("app.kernel.marketing.operations:approve"),
    starts=_l("启用后顾客马上能用，优惠由本店承担"), approves=_l("批准后顾客马上能用，优惠由平台承担，最多到预算为止"),
    end=_l("结束这张券"), ends=_l("结束后不能再领也不能再用，已经用过的订单不变"),
)
CLAIM_FLOW = Flow(
    name="marketing_claim",
    title=_l("领到的券"),
    states=(State("held", _l("未使用"), "wait"), State("used", _l("已使用"), "ok"), State("expired", _l("已过期"), "mute", final=True)),
    moves=(
        Move("use", _l("使用"), ("held",), "used", SYSTEM),
        Move("give_back", _l("退回"), ("used",), "held", SYSTEM),
        Move("expire", _l("过期"), ("held",), "expired", SYSTEM),
    ),
)


class Coupon(Proposal, Dated, Model):
    """Something off an order: the merchant's own, or the platform's (no merchant), which a second person approves and a budget bounds.

    An `automatic` one needs no copy. `quantity` copies may be claimed (None: any number), `per_customer` by each; a copy holds `valid_days` from
    then on, or as long as the coupon (0). `given` is what it took off orders that were not closed; never more than `budget`.
    """

    __tablename__ = "marketing_coupon"
    __access__ = owned()
    __table_args__ = (
        *proposal_checks(unless="merchant_id IS NOT NULL"),
        CheckConstraint("kind IN ('amount', 'percent')", name="kind"),
        CheckConstraint("CASE kind WHEN 'amount' THEN off > 0 AND ppm = 0 ELSE ppm BETWEEN 1 AND 1000000 AND off = 0 END", name="one_rule"),
        CheckConstraint("least >= 0 AND most >= 0 AND off >= 0", name="amounts"),
        CheckConstraint("given >= 0 AND (budget IS NULL OR given <= budget)", name="within_budget"),
        CheckConstraint("claimed >= 0 AND (quantity IS NULL OR claimed <= quantity)", name="within_quantity"),
        CheckConstraint("merchant_id IS NOT NULL OR budget IS NOT NULL", name="platform_has_budget"),
        CheckConstraint("begins_at < ends_at", name="period"),
        Index("ix_marketing_coupon_offers", "trade", "merchant_id", postgresql_where=text("status = 'approved'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    trade: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8))
    least: Mapped[int] = mapped_column(BigInteger, default=0)
    off: Mapped[int] = mapped_column(BigInteger, default=0)
    ppm: Mapped[int] = mapped_column(default=0)
    most: Mapped[int] = mapped_column(BigInteger, default=0)
    products: Mapped[list[int]] = mapped_column(JSONB, default=list)
    newcomers_only: Mapped[bool] = mapped_column(default=False)
    automatic: Mapped[bool] = mapped_column(default=False)
    quantity: Mapped[int | None]
    per_customer: Mapped[int] = mapped_column(default=1)
    budget: Mapped[int | None] = mapped_column(BigInteger)
    begins_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    valid_days: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[int] = mapped_column(default=0)
    given: Mapped[int] = mapped_column(BigInteger, default=0)

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")

    @property
    def by(self) -> str:
        """Who bears it: `merchant` or `platform`."""
        return "platform" if self.merchant_id is None else "merchant"

    @property
    def rule(self) -> str:
        """The rule in words: 满 ¥50.00 减 ¥8.00."""
        if self.kind == "amount":
            return str(_l("满 %(least)s 减 %(off)s", least=yuan(self.least), off=yuan(self.off)) if self.least else _l("立减 %(off)s", off=yuan(self.off)))
        paid = f"{(1_000_000 - self.ppm) / 100_000:.2f}".rstrip("0").rstrip(".")
        words = str(_l("%(paid)s 折（减 %(percent)s）", paid=paid, percent=f"{self.ppm / 10_000:g}%"))
        words = str(_l("满 %(least)s %(words)s", least=yuan(self.least), words=words)) if self.least else words
        return str(_l("%(words)s，最多减 %(most)s", words=words, most=yuan(self.most))) if self.most else words


class Claim(Dated, Model):
    """A customer's copy of a coupon."""

    __tablename__ = "marketing_claim"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("status <> 'used' OR order_id IS NOT NULL", name="used_by_order"),
        Index("ix_marketing_claim_customer", "customer_id", "status", "id"),
        Index("ix_marketing_claim_coupon", "coupon_id", "id"),
        Index("ix_marketing_claim_expiring", "expires_at", postgresql_where=text("status = 'held'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("marketing_coupon.id"))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    status: Mapped[str] = mapped_column(String(8), default="held")
    claimed_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("order_order.id"), index=True)

    coupon: Mapped[Coupon] = relationship()
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The coupon's title and the copy's number."""
        return f"{self.coupon.title} #{self.id}"


class Use(Model):
    """What a coupon took off an order; `returned_at` when the order was closed and the budget had it back."""

    __tablename__ = "marketing_use"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("side IN ('merchant', 'platform')", name="side"),
        Index("ix_marketing_use_order", "order_id", "coupon_id", unique=True),
        Index("ix_marketing_use_coupon", "coupon_id", "id"),
        Index("ix_marketing_use_merchant", "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("marketing_coupon.id"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("marketing_claim.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"))
    order_number: Mapped[str] = mapped_column(String(24, "C"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[datetime] = mapped_column(Moment)
    returned_at: Mapped[datetime | None] = mapped_column(Moment)

    coupon: Mapped[Coupon] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The order's number."""
        return self.order_number


guard_status(Coupon, COUPON_FLOW)
guard_status(Claim, CLAIM_FLOW)
