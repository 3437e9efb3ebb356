"""Reads of conversations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.kernel.conversations.models import ChatMessage, Conversation

SHOWN = 200


def waiting_conversations(actor: Actor) -> int:
    """How many conversations wait for the merchant's answer; none for the platform, which only reads them."""
    if not actor.merchant_id:
        return 0
    return db.session.scalar(select(func.count()).select_from(Conversation).where(Conversation.merchant_unread > 0)) or 0


def messages_in(conversation_id: int, *, after: int | None = None, limit: int = SHOWN) -> Sequence[ChatMessage]:
    """What was said, oldest first: the newest `limit`, or what came after a message."""
    statement = select(ChatMessage).where(ChatMessage.conversation_id == conversation_id)
    if after is not None:
        return db.session.scalars(statement.where(ChatMessage.id > after).order_by(ChatMessage.id).limit(limit)).all()
    return list(reversed(db.session.scalars(statement.order_by(ChatMessage.id.desc()).limit(limit)).all()))


def conversations_of(customer_id: int, *, limit: int) -> Sequence[Conversation]:
    """The customer's, the newest words first."""
    statement = select(Conversation).where(Conversation.customer_id == customer_id).order_by(Conversation.last_at.desc(), Conversation.id.desc())
    return db.session.scalars(statement.limit(limit)).all()
