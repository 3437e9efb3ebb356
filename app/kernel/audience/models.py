"""Patrons, segments, broadcasts, and whom each reached. Amounts in fen, times UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import RUNNERS

SYSTEM = frozenset({"system"})


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.kernel.audience.operations:{name}")


BROADCAST_FLOW = Flow(
    name="audience_broadcast",
    title=_l("群发"),
    states=(
        State("draft", _l("待发送"), "wait"),
        State("sending", _l("发送中"), "run"),
        State("sent", _l("已发送"), "ok", final=True),
        State("dropped", _l("已取消"), "mute", final=True),
    ),
    moves=(
        Move(
            "send", _l("发送"), ("draft",), "sending", RUNNERS, style="primary", effect=_effect("on_send"),
            confirm=_l("会发到每位顾客的收件箱，发出后不能撤回；拒收的、这周收够了的不发"),
        ),
        Move("finish", _l("发完"), ("sending",), "sent", SYSTEM),
        Move("drop", _l("取消"), ("draft",), "dropped", RUNNERS, style="danger"),
    ),
)


class Patron(Dated, Model):
    """A customer to a merchant: completed `orders`, what was `spent` on them net of refunds, the first and the last of them. `tags` and `note` are the
    merchant's own words; `muted_at` is when the customer asked for no more broadcasts."""

    __tablename__ = "audience_patron"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        UniqueConstraint("merchant_id", "customer_id"),
        Index("ix_audience_patron_last", "merchant_id", "last_at", "id"),
        Index("ix_audience_patron_spent", "merchant_id", "spent", "id"),
        Index("ix_audience_patron_customer", "customer_id"),
        CheckConstraint("orders >= 0", name="orders"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    name: Mapped[str] = mapped_column(String(40), default="")
    phone_masked: Mapped[str] = mapped_column(String(20), default="")
    orders: Mapped[int] = mapped_column(default=0)
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    first_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(12)), default=list)
    note: Mapped[str] = mapped_column(String(200), default="")
    muted_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Name, or the masked phone of somebody who gave none."""
        return self.name or self.phone_masked or f"#{self.customer_id}"


class Segment(Dated, Model):
    """A group of a merchant's patrons by what they did: it is who fits when one looks. Empty bounds ask for nothing."""

    __tablename__ = "audience_segment"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("merchant_id", "name"),
        CheckConstraint("least_orders >= 0 AND least_spent >= 0 AND (most_orders IS NULL OR most_orders >= least_orders)", name="bounds"),
        CheckConstraint("(within_days IS NULL OR within_days > 0) AND (silent_days IS NULL OR silent_days > 0)", name="days"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    name: Mapped[str] = mapped_column(String(30))
    least_orders: Mapped[int] = mapped_column(default=0)
    most_orders: Mapped[int | None]
    least_spent: Mapped[int] = mapped_column(BigInteger, default=0)
    within_days: Mapped[int | None]
    silent_days: Mapped[int | None]
    tag: Mapped[str] = mapped_column(String(12), default="")

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class Broadcast(Dated, Model):
    """A message to a segment. `reached` got it, `skipped` did not: they asked for none, or had enough this week."""

    __tablename__ = "audience_broadcast"
    __access__ = owned()
    __table_args__ = (Index("ix_audience_broadcast_merchant", "merchant_id", "id"), CheckConstraint("reached >= 0 AND skipped >= 0", name="counts"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("audience_segment.id"), index=True)
    title: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(String(300))
    page: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(12), default="draft")
    reached: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[str] = mapped_column(String(80))
    begun_at: Mapped[datetime | None] = mapped_column(Moment)

    segment: Mapped[Segment] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Its title."""
        return self.title


guard_status(Broadcast, BROADCAST_FLOW)


class Delivery(Model):
    """A broadcast came to a customer, once; without a message it was skipped."""

    __tablename__ = "audience_delivery"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("broadcast_id", "customer_id"),
        Index("ix_audience_delivery_week", "merchant_id", "customer_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("audience_broadcast.id"))
    merchant_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("inbox_message.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
