"""A plan that a party bought for a time, and what it may use of it."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.flows import Ask, Flow, Move, State
from app.core.periods import business_day
from app.framework.access import owned
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import FINANCE
from app.kernel.parties.models import Customer, Merchant
from app.kernel.plans.models.catalogue import Plan
from app.kernel.plans.rules import earned_until

SYSTEM = frozenset({"system"})
BUYERS = frozenset({"Owner", "customer"})
EFFECTS = "app.kernel.plans.operations.subscribing"

SUBSCRIPTION_FLOW = Flow(
    name="plan_subscription",
    title=_l("订阅"),
    states=(
        State("waiting", _l("待支付"), "wait"),
        State("active", _l("已生效"), "ok"),
        State("leaving", _l("退订待批准"), "wait"),
        State("expired", _l("已到期"), "mute", final=True),
        State("refunded", _l("已退订"), "mute", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
    ),
    moves=(
        Move("pay", _l("生效"), ("waiting",), "active", SYSTEM, effect=late(f"{EFFECTS}:begin")),
        Move("cancel", _l("取消购买"), ("waiting",), "cancelled", BUYERS | SYSTEM, effect=late(f"{EFFECTS}:forget_charge"), api=True),
        Move(
            "leave", _l("申请退订"), ("active",), "leaving", BUYERS | {"Operator"}, asks=(Ask("reason", _l("原因")),), style="danger", api=True,
            effect=late(f"{EFFECTS}:ask_back"), applies=lambda bought: bought.refundable > 0, confirm=_l("剩下的天数按天退；批准前照常能用"),
        ),
        Move(
            "give_back", _l("批准退订"), ("leaving",), "refunded", FINANCE, style="primary", confirm_amount="refundable", effect=late(f"{EFFECTS}:give_back"),
            confirm=_l("退给购买的人，权益马上失效；申请的人不能自己批准"),
        ),
        Move("keep", _l("不退"), ("leaving",), "active", FINANCE, asks=(Ask("reason", _l("原因")),), style="danger"),
        Move("expire", _l("到期"), ("active", "leaving"), "expired", SYSTEM),
    ),
)


class Subscription(Dated, Model):
    """A plan from `starts_on` until before `ends_on` (none: for good) at `price` fen, of a merchant or a customer.

    `renews_id` is the subscription whose end it begins at; `reminded` is how many days before the end its owner was last told.
    """

    __tablename__ = "plan_subscription"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("(merchant_id IS NULL) <> (customer_id IS NULL)", name="one_owner"),
        CheckConstraint("price > 0 AND (ends_on IS NULL OR ends_on > starts_on)", name="sane"),
        Index("ix_plan_subscription_merchant", "merchant_id", "id"),
        Index("ix_plan_subscription_customer", "customer_id", "id"),
        Index("ix_plan_subscription_end", "ends_on", postgresql_where=text("status IN ('active', 'leaving')")),
        Index("uq_plan_subscription_renews", "renews_id", unique=True, postgresql_where=text("status NOT IN ('cancelled', 'refunded')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan_plan.id"), index=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("party_customer.id"))
    price: Mapped[int] = mapped_column(BigInteger)
    period: Mapped[str] = mapped_column(String(8))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    renews_id: Mapped[int | None] = mapped_column(ForeignKey("plan_subscription.id"), index=True)
    reminded: Mapped[int | None]
    asked_by: Mapped[str | None] = mapped_column(String(80))
    given_back: Mapped[int] = mapped_column(BigInteger, default=0)

    plan: Mapped[Plan] = relationship(lazy="joined")
    merchant: Mapped[Merchant | None] = relationship(lazy="joined")
    customer: Mapped[Customer | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """`M261129000001 餐厅年费`."""
        return f"{self.number} {self.plan.title}"

    @property
    def span(self) -> tuple[date, int] | None:
        """First day and number of days over which its price is earned; None when it is earned at once."""
        return (self.starts_on, (self.ends_on - self.starts_on).days) if self.ends_on else None

    @property
    def refundable(self) -> int:
        """Fen that would go back if it ended today: this day is used, the days after it are not. Nothing of what was bought for good."""
        if self.status not in ("active", "leaving") or self.ends_on is None:
            return 0
        used = max((business_day(now()) - self.starts_on).days + 1, 0)
        return self.price - earned_until(self.price, (self.ends_on - self.starts_on).days, used)


class Entitled(Dated, Model):
    """What a subscription lets its owner do, by name: `amount` pieces of a quota (of which `used`), ppm of a discount, a priority, or 1 to unlock."""

    __tablename__ = "plan_entitled"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("kind IN ('quota', 'discount', 'priority', 'unlock')", name="kind"),
        CheckConstraint("amount > 0 AND used BETWEEN 0 AND amount AND (kind = 'quota' OR used = 0)", name="used_within"),
        CheckConstraint("(merchant_id IS NULL) <> (customer_id IS NULL)", name="one_owner"),
        Index("ix_plan_entitled_merchant", "merchant_id", "name"),
        Index("ix_plan_entitled_customer", "customer_id", "name"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("plan_subscription.id"), index=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("party_customer.id"))
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(BigInteger, default=0)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)

    subscription: Mapped[Subscription] = relationship()

    @property
    def label(self) -> str:
        """The name."""
        return self.name

    @property
    def left(self) -> int:
        """What may still be used."""
        return self.amount - self.used


guard_status(Subscription, SUBSCRIPTION_FLOW)
