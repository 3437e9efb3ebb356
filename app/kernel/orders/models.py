"""Orders and their lines. A trade's order extends `Order` by joined inheritance and brings its own flow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.kernel.parties.models import Customer, Merchant


class Order(Dated, Model):
    """What a customer bought from a merchant. All amounts in fen.

    `kind` is what the trade tells its orders apart by, for the price list: a way of serving.
    `goods` list price of the lines; `merchant_discount` and `platform_discount` what each side gives; `delivery` and
    `packing` extra; `payable` what the customer owes; `paid` what arrived, by one way to pay or several; `refunded` what went back (asked or done).
    `split_from_id` names the order that the lines were bought with, where they have an order of their own: it was paid, this one was not paid again.
    With a `deposit` the order stands (`paid_at`) once that much is paid, and the rest is due until it is completed; 0 is all at once. `waived` is what
    is no longer owed of an order that stands: things that were called off before they were paid.
    """

    __tablename__ = "order_order"
    __subject__ = "order"
    __access__ = owned(customer="customer_id")
    __mapper_args__ = {"polymorphic_on": "trade"}
    __table_args__ = (
        Index("ix_order_order_merchant", "merchant_id", "id"),
        Index("ix_order_order_customer", "customer_id", "id"),
        Index("ix_order_order_open", "trade", "status", "placed_at", postgresql_include=["merchant_id", "customer_id"]),  # counted without the rows
        Index("ix_order_order_merchant_placed", "merchant_id", "placed_at"),
        Index("ix_order_order_placed", "placed_at", postgresql_using="brin"),
        Index("ix_order_order_split_from", "split_from_id", postgresql_where=text("split_from_id IS NOT NULL")),
        Index("ix_order_order_to_release", "id", postgresql_where=text("completed_at IS NOT NULL AND released_at IS NULL")),
        CheckConstraint(
            "goods >= 0 AND delivery >= 0 AND packing >= 0 AND merchant_discount >= 0 AND platform_discount >= 0"
            " AND payable = goods + delivery + packing - merchant_discount - platform_discount - waived AND payable >= 0 AND waived >= 0 AND deposit >= 0",
            name="amounts_add_up",
        ),
        CheckConstraint("paid BETWEEN 0 AND payable AND refunded BETWEEN 0 AND paid", name="refunded_within_paid"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24, "C"), unique=True)
    number_tail: Mapped[str] = mapped_column(String(4), Computed("right(number::text, 4)", persisted=True), index=True)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(16), default="")
    status: Mapped[str] = mapped_column(String(16))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    customer_name: Mapped[str] = mapped_column(String(60), default="")
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("order_order.id"))

    goods: Mapped[int] = mapped_column(BigInteger)
    delivery: Mapped[int] = mapped_column(BigInteger, default=0)
    packing: Mapped[int] = mapped_column(BigInteger, default=0)
    merchant_discount: Mapped[int] = mapped_column(BigInteger, default=0)
    platform_discount: Mapped[int] = mapped_column(BigInteger, default=0)
    payable: Mapped[int] = mapped_column(BigInteger)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    commission: Mapped[int] = mapped_column(BigInteger, default=0)
    deposit: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    waived: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    note: Mapped[str] = mapped_column(String(200), default="")
    placed_at: Mapped[datetime] = mapped_column(Moment)
    pay_by: Mapped[datetime] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)
    completed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)

    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", order_by="OrderLine.seq", cascade="all, delete-orphan")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number that people read out."""
        return self.number

    @property
    def root_id(self) -> int:
        """The order that was paid: this one, or the one it was split off."""
        return self.split_from_id or self.id

    @property
    def due(self) -> int:
        """Fen that are still to be paid."""
        return self.payable - self.paid

    @property
    def due_first(self) -> int:
        """Fen that make it stand: what is missing of the deposit, or of everything; once it stands, all that is due."""
        wanted = self.deposit if self.paid_at is None and self.deposit else self.payable
        return max(wanted - self.paid, 0)

    @property
    def takes_balance(self) -> bool:
        """Whether it stands, is under way, and something of it is still to be paid."""
        return self.paid_at is not None and self.completed_at is None and self.closed_at is None and self.due > 0

    @property
    def remaining(self) -> int:
        """Fen that could still be refunded."""
        return self.paid - self.refunded


class OrderPart(Dated, Model):
    """A part of what is due of an order, when several people pay it. `share` is whose part of the bill it is, counted from 1; `payment_id` is what paid it.

    Parts that wait are dropped when the bill is laid anew, and when the order is paid or closed; those that were paid stay.
    """

    __tablename__ = "order_part"
    __access__ = owned()
    __table_args__ = (
        Index("ix_order_part_order", "order_id", "id"),
        CheckConstraint("amount > 0 AND share > 0", name="amounts"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    share: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("pay_payment.id"), unique=True)


class OrderLine(Model):
    """One thing bought. `amount` is price × quantity; `payable` the customer's part of it, `subsidy` the platform's.

    Lines of kind `delivery` and `packing` carry those charges, so that every fen of an order belongs to a line. `refunded`
    and `subsidy_returned` grow with refunds and never pass `payable` and `subsidy`. What a line brings is the merchant's, unless `earner_kind` and
    `earner_id` name somebody else (a courier): `earned` is what that party has of it, net of fees and of what refunds took back from it.
    """

    __tablename__ = "order_line"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        UniqueConstraint("order_id", "seq"),
        CheckConstraint("quantity > 0 AND amount = price * quantity AND payable >= 0 AND subsidy >= 0 AND payable + subsidy <= amount", name="amounts"),
        CheckConstraint("refunded BETWEEN 0 AND payable AND subsidy_returned BETWEEN 0 AND subsidy", name="refunded_within"),
        CheckConstraint("earned >= 0 AND (earned = 0 OR earner_id IS NOT NULL)", name="earned_by_somebody"),
        Index("ix_order_line_earner", "earner_kind", "earner_id", postgresql_where=text("earner_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id", ondelete="CASCADE"))
    merchant_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12), default="goods")
    subject_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    title: Mapped[str] = mapped_column(String(80))
    spec: Mapped[str] = mapped_column(String(200), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    price: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    payable: Mapped[int] = mapped_column(BigInteger)
    subsidy: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    subsidy_returned: Mapped[int] = mapped_column(BigInteger, default=0)
    earner_kind: Mapped[str] = mapped_column(String(16), default="", server_default="")
    earner_id: Mapped[int | None] = mapped_column(BigInteger)
    earned: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    order: Mapped[Order] = relationship(back_populates="lines")

    @property
    def refundable(self) -> int:
        """Fen of the customer's money that this line still holds."""
        return self.payable - self.refunded
