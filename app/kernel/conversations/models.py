"""A conversation between a customer and a merchant, and what was said in it. Times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.kernel.parties.models import Customer, Merchant


class Conversation(Dated, Model):
    """One for each customer and merchant. `about` is the order it came to last, by number; unread counts what the other side wrote since."""

    __tablename__ = "chat_conversation"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        UniqueConstraint("merchant_id", "customer_id"),
        Index("ix_chat_conversation_merchant", "merchant_id", "last_at", "id"),
        Index("ix_chat_conversation_customer", "customer_id", "last_at", "id"),
        Index("ix_chat_conversation_waiting", "merchant_id", postgresql_where=text("merchant_unread > 0")),
        CheckConstraint("merchant_unread >= 0 AND customer_unread >= 0", name="unread"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    customer_name: Mapped[str] = mapped_column(String(40), default="")
    trade: Mapped[str] = mapped_column(String(20), default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("order_order.id"), index=True)
    about: Mapped[str] = mapped_column(String(24), default="")
    last_words: Mapped[str] = mapped_column(String(60), default="")
    last_at: Mapped[datetime] = mapped_column(Moment)
    merchant_unread: Mapped[int] = mapped_column(default=0)
    customer_unread: Mapped[int] = mapped_column(default=0)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Who writes."""
        return self.customer_name or f"#{self.customer_id}"


class ChatMessage(Model):
    """Something said by the customer or by somebody of the merchant's; `pictures` are keys of public pictures, `risks` the risk words in it."""

    __tablename__ = "chat_message"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        Index("ix_chat_message_conversation", "conversation_id", "id"),
        CheckConstraint("side IN ('customer', 'merchant')", name="side"),
        CheckConstraint("words <> '' OR jsonb_array_length(pictures) > 0", name="says_something"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("chat_conversation.id"))
    merchant_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    side: Mapped[str] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(String(500), default="")
    pictures: Mapped[list[str]] = mapped_column(JSONB, default=list)
    risks: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    said_at: Mapped[datetime] = mapped_column(Moment)
