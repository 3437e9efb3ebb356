"""Deals, the groups that buy together, and what each order took of a deal. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.core.money import yuan
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.marketing.flows import SYSTEM, offer_flow
from app.kernel.parties.models import Customer, Merchant

KINDS = {"seckill": _l("秒杀"), "group": _l("拼团")}
EFFECTS = "app.kernel.marketing.deals.operations"
DEAL_FLOW = offer_flow(
    "marketing_deal", _l("限时活动"), approve=late(f"{EFFECTS}:approve"), most="most_given",
    starts=_l("到时间顾客就能买，差价由本店承担"), approves=_l("到时间顾客就能买，差价由平台承担，最多是卖完全部件数的差价"),
    end=_l("结束活动"), ends=_l("结束后不能再买，已经开的团照常等到时间"),
)
GROUP_FLOW = Flow(
    name="marketing_group",
    title=_l("团"),
    states=(State("open", _l("拼团中"), "run"), State("full", _l("已成团"), "ok", final=True), State("failed", _l("未成团"), "bad", final=True)),
    moves=(
        Move("fill", _l("成团"), ("open",), "full", SYSTEM, effect=late(f"{EFFECTS}:on_filled")),
        Move("time_out", _l("到时间没拼满"), ("open",), "failed", SYSTEM),
    ),
)
GRAB_FLOW = Flow(
    name="marketing_grab",
    title=_l("活动名额"),
    states=(State("held", _l("待付款"), "wait"), State("paid", _l("已付款"), "ok"), State("released", _l("已放回"), "mute", final=True)),
    moves=(
        Move("pay", _l("付款"), ("held",), "paid", SYSTEM),
        Move("release", _l("放回"), ("held", "paid"), "released", SYSTEM),
    ),
)


class Deal(Proposal, Dated, Model):
    """So many units of one thing at a lower price for a time: the merchant's own, or the platform's (no merchant), which bears the difference and which
    a second person approves. `subject_id` is what the trade calls it by.

    `taken` units stand on orders that were not closed: never more than `units`; nobody takes more than `per_customer`. Of kind `group` the price is for
    groups of `size` people, which have `fill_hours` to fill.
    """

    __tablename__ = "marketing_deal"
    __access__ = owned()
    __table_args__ = (
        *proposal_checks(unless="merchant_id IS NOT NULL"),
        CheckConstraint("kind IN ('seckill', 'group')", name="kind"),
        CheckConstraint("price > 0 AND price < list_price", name="cheaper"),
        CheckConstraint("taken BETWEEN 0 AND units AND units > 0", name="within_units"),
        CheckConstraint("per_customer BETWEEN 1 AND units", name="per_customer"),
        CheckConstraint(
            "CASE kind WHEN 'group' THEN size BETWEEN 2 AND 100 AND fill_hours BETWEEN 1 AND 72 ELSE size = 0 AND fill_hours = 0 END", name="group",
        ),
        CheckConstraint("begins_at < ends_at", name="period"),
        Index("ix_marketing_deal_subject", "trade", "subject_id", postgresql_where=text("status = 'approved'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(80))
    list_price: Mapped[int] = mapped_column(BigInteger)
    price: Mapped[int] = mapped_column(BigInteger)
    units: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    per_customer: Mapped[int] = mapped_column(default=1)
    size: Mapped[int] = mapped_column(default=0)
    fill_hours: Mapped[int] = mapped_column(default=0)
    begins_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")

    @property
    def off(self) -> int:
        """Fen less than the list price, a unit."""
        return self.list_price - self.price

    @property
    def most_given(self) -> int:
        """Fen that whoever bears it gives when every unit is sold."""
        return self.off * self.units

    @property
    def side(self) -> str:
        """Who bears the difference: `merchant` or `platform`."""
        return "platform" if self.merchant_id is None else "merchant"

    @property
    def left(self) -> int:
        """Units that can still be taken."""
        return self.units - self.taken

    @property
    def rule(self) -> str:
        """In words: `秒杀 ¥9.90，每人限 1 件`, `3 人团 ¥19.90，每人限 2 件`."""
        if self.kind == "group":
            return str(_l("%(size)d 人团 %(price)s，每人限 %(most)d 件", size=self.size, price=yuan(self.price), most=self.per_customer))
        return str(_l("秒杀 %(price)s，每人限 %(most)d 件", price=yuan(self.price), most=self.per_customer))


class Team(Dated, Model):
    """People who buy together. `seats` are taken by orders that were not closed, `paid` of them are paid; it is full when all `size` are, and has
    failed when that has not happened by `closes_at`."""

    __tablename__ = "marketing_group"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("0 <= paid AND paid <= seats AND seats <= size", name="seats"),
        CheckConstraint("status <> 'full' OR (paid = size AND filled_at IS NOT NULL)", name="full"),
        Index("ix_marketing_group_closing", "closes_at", postgresql_where=text("status = 'open'")),
        Index("ix_marketing_group_deal", "deal_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("marketing_deal.id"))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    code: Mapped[str] = mapped_column(String(12, "C"), unique=True)
    status: Mapped[str] = mapped_column(String(8), default="open")
    size: Mapped[int]
    seats: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    opened_by: Mapped[int] = mapped_column(ForeignKey("party_customer.id"), index=True)
    closes_at: Mapped[datetime] = mapped_column(Moment)
    filled_at: Mapped[datetime | None] = mapped_column(Moment)

    deal: Mapped[Deal] = relationship(lazy="raise_on_sql")
    opener: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Its code."""
        return self.code


class Grab(Dated, Model):
    """What an order took of a deal: units, and a seat of the group. Released when the order is closed without completion."""

    __tablename__ = "marketing_grab"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("status <> 'paid' OR paid_at IS NOT NULL", name="paid"),
        Index("ix_marketing_grab_customer", "customer_id", "deal_id"),
        Index("ix_marketing_grab_deal", "deal_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("marketing_deal.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("marketing_group.id"), index=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), unique=True)
    order_number: Mapped[str] = mapped_column(String(24, "C"))
    trade: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    status: Mapped[str] = mapped_column(String(8), default="held")
    taken_at: Mapped[datetime] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)

    deal: Mapped[Deal] = relationship(lazy="raise_on_sql")
    group: Mapped[Team | None] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The order's number."""
        return self.order_number


guard_status(Deal, DEAL_FLOW)
guard_status(Team, GROUP_FLOW)
guard_status(Grab, GRAB_FLOW)
