"""Messages to customers, and how many of a kind each agreed to have pushed. Times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import owned
from app.framework.database import Dated, Moment


class CustomerMessage(Model):
    """Something that a customer should know; `page` is where it leads in the mini-program. `push` says whether it also went out as a subscribe
    message, with `push_template` and `push_data` as WeChat wants them. `merchant_id` is whose message it is, None for the platform's own."""

    __tablename__ = "inbox_message"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        Index("ix_inbox_message_customer", "customer_id", "id"),
        Index("ix_inbox_message_unread", "customer_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_inbox_message_merchant", "merchant_id", "kind", "id"),
        CheckConstraint("push IN ('', 'waiting', 'sent', 'refused', 'failed')", name="push"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    words: Mapped[str] = mapped_column(String(600))
    page: Mapped[str] = mapped_column(String(200), default="")
    sent_at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    push: Mapped[str] = mapped_column(String(8), default="")
    push_template: Mapped[str] = mapped_column(String(64), default="")
    push_data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    pushed_at: Mapped[datetime | None] = mapped_column(Moment)


class Consent(Dated, Model):
    """How many messages of a kind a customer agreed to have pushed: each yes in the mini-program is good for one."""

    __tablename__ = "inbox_consent"
    __access__ = owned(merchant=None, customer="customer_id")
    __table_args__ = (UniqueConstraint("customer_id", "kind"), CheckConstraint("remaining BETWEEN 0 AND 1000", name="remaining"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    kind: Mapped[str] = mapped_column(String(60))
    remaining: Mapped[int] = mapped_column(default=0)
