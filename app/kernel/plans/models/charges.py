"""What a party owes the platform for something it bought, and what of it is not earned yet. Amounts in fen."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import STAFF_ONLY, owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Customer, Merchant

SYSTEM, OWNER = frozenset({"system"}), frozenset({"Owner"})
PURPOSES = {"entry": _l("入驻费"), "subscription": _l("套餐"), "deposit": _l("保证金"), "placement": _l("广告位"), "service": _l("平台服务")}
METHODS = {"balance": _l("可提现余额"), "wechat": _l("微信支付")}

CHARGE_FLOW = Flow(
    name="plan_charge",
    title=_l("平台费用"),
    states=(
        State("waiting", _l("待支付"), "wait"),
        State("paid", _l("已支付"), "ok", final=True),
        State("closed", _l("已关闭"), "mute", final=True),
    ),
    moves=(
        Move(
            "pay_from_balance", _l("用余额支付"), ("waiting",), "paid", OWNER, style="primary", confirm_amount="amount",
            effect=late("app.kernel.plans.operations.charging:take_from_balance"), confirm=_l("从可提现余额里扣"),
        ),
        Move("pay", _l("到账"), ("waiting",), "paid", SYSTEM, effect=late("app.kernel.plans.operations.charging:take_from_channel")),
        Move("close", _l("关闭"), ("waiting",), "closed", SYSTEM),
    ),
)


class Charge(Dated, Model):
    """One amount for one thing: `purpose` and `subject_id` say which (of an entry fee the merchant); `rule_version_id` is what priced it, if anything.

    A merchant pays from what it has available or through the channel, a customer through the channel (`payment_id`).
    """

    __tablename__ = "plan_charge"
    __subject__ = "charge"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("(merchant_id IS NULL) <> (customer_id IS NULL)", name="one_payer"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("purpose IN ('entry', 'subscription', 'deposit', 'placement', 'service')", name="purpose"),
        CheckConstraint("status <> 'paid' OR (paid_at IS NOT NULL AND method IS NOT NULL)", name="paid_somehow"),
        Index("uq_plan_charge_open", "purpose", "subject_id", "trade", unique=True, postgresql_where=text("status = 'waiting'")),
        Index("ix_plan_charge_merchant", "merchant_id", "id"),
        Index("ix_plan_charge_customer", "customer_id", "id"),
        Index("ix_plan_charge_due", "pay_by", postgresql_where=text("status = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("party_customer.id"))
    purpose: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(100))
    amount: Mapped[int] = mapped_column(BigInteger)
    rule_version_id: Mapped[int | None] = mapped_column(ForeignKey("fee_rule_version.id"), index=True)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    pay_by: Mapped[datetime | None] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)
    method: Mapped[str | None] = mapped_column(String(8))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("pay_payment.id"), index=True)

    merchant: Mapped[Merchant | None] = relationship(lazy="joined")
    customer: Mapped[Customer | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


class Deferral(Dated, Model):
    """What a charge paid for `days` days from `starts_on` on: `released` is earned, `refunded` went back, the rest is still deferred.

    The first `released_days` days are earned. `closed` when nothing is left or the rest went back.
    """

    __tablename__ = "plan_deferral"
    __access__ = STAFF_ONLY
    __table_args__ = (
        CheckConstraint("total > 0 AND days > 0 AND released_days BETWEEN 0 AND days", name="days"),
        CheckConstraint("released >= 0 AND refunded >= 0 AND released + refunded <= total", name="within_total"),
        CheckConstraint("NOT closed OR released + refunded = total", name="closed_when_spent"),
        Index("ix_plan_deferral_open", "starts_on", postgresql_where=text("NOT closed")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("plan_charge.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    starts_on: Mapped[date] = mapped_column(Date)
    days: Mapped[int]
    released_days: Mapped[int] = mapped_column(default=0)
    released: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    closed: Mapped[bool] = mapped_column(default=False)

    charge: Mapped[Charge] = relationship()

    @property
    def label(self) -> str:
        """The charge's number."""
        return self.charge.number

    @property
    def unreleased(self) -> int:
        """Fen that are still deferred."""
        return self.total - self.released - self.refunded


guard_status(Charge, CHARGE_FLOW)
