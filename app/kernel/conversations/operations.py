"""Say something, read what was said."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.live import announce
from app.framework.settings import value_of
from app.kernel.approvals.rules import RISK_WORDS, risk_words_in
from app.kernel.conversations.models import ChatMessage, Conversation
from app.kernel.files.operations import store_image
from app.kernel.orders.models import Order
from app.kernel.parties.models import Customer, Merchant

NAMES = {"image/jpeg": "photo.jpg", "image/png": "photo.png", "image/webp": "photo.webp"}


class NothingSaid(Refusal):
    """A message has words."""

    code = "chat.empty"
    status = 422
    sentence = _l("写点什么再发，最多 500 个字")


class TooManyMessages(Refusal):
    """A customer writes so many messages in a minute at most."""

    code = "chat.too_many"
    status = 429
    sentence = _l("发得太快了，等一分钟再发")


class NotAChatPicture(Refusal):
    """The body is a picture of a kind that we take."""

    code = "chat.not_a_picture"
    status = 415
    sentence = _l("只收 JPG、PNG、WebP 图片")


def open_conversation(merchant_id: int, *, order_id: int | None, actor: Actor, now: datetime) -> Conversation:
    """The customer's conversation with the merchant, locked, made where there was none; `order_id` says which of its orders it is about.

    Refuses NotFound for an unknown merchant and for an order that is not the customer's with this merchant. Runs elevated.
    """
    get(Merchant, merchant_id)
    order = None
    if order_id:
        own = select(Order).where(Order.id == order_id, Order.customer_id == actor.id, Order.merchant_id == merchant_id)
        order = db.session.scalars(own).one_or_none()
        if order is None:
            raise NotFound
    customer = get(Customer, actor.id)
    values = {"merchant_id": merchant_id, "customer_id": customer.id, "last_at": now, "created_at": now, "updated_at": now}
    blank = {"customer_name": customer.name, "trade": "", "about": "", "last_words": "", "merchant_unread": 0, "customer_unread": 0, "version": 1}
    db.session.execute(insert(Conversation).values(**values, **blank).on_conflict_do_nothing())
    mine = select(Conversation.id).where(Conversation.merchant_id == merchant_id, Conversation.customer_id == customer.id)
    conversation = lock(Conversation, db.session.scalars(mine).one())
    conversation.customer_name = customer.name
    if order is not None:
        conversation.order_id, conversation.about, conversation.trade = order.id, order.number, order.trade
    return conversation


def say_as_customer(merchant_id: int, words: str, *, order_id: int | None = None, actor: Actor, now: datetime) -> ChatMessage:
    """The merchant has it unread and hears of it. Refuses NothingSaid, TooManyMessages. Runs elevated."""
    conversation = open_conversation(merchant_id, order_id=order_id, actor=actor, now=now)
    _not_too_fast(conversation, now)
    return _say(conversation, "customer", words, [], actor=actor, now=now)


def show_as_customer(merchant_id: int, content: bytes, media: str, *, actor: Actor, now: datetime) -> ChatMessage:
    """The same with a picture in place of words. Refuses NotAChatPicture, TooManyMessages, and what the file's door refuses. Runs elevated."""
    if media not in NAMES:
        raise NotAChatPicture
    conversation = open_conversation(merchant_id, order_id=None, actor=actor, now=now)
    _not_too_fast(conversation, now)
    stored = store_image(BytesIO(content), NAMES[media], actor=actor, now=now, merchant_id=merchant_id, field="picture")
    return _say(conversation, "customer", "", [stored.key], actor=actor, now=now)


def say_as_merchant(conversation: Conversation, words: str, *, actor: Actor, now: datetime) -> ChatMessage:
    """The customer has it unread. What the customer wrote until then counts as read. Refuses NothingSaid."""
    conversation = lock(Conversation, conversation.id)
    conversation.merchant_unread = 0
    return _say(conversation, "merchant", words, [], actor=actor, now=now)


def read_as_merchant(conversation: Conversation) -> None:
    """Nothing in it is unread to the merchant."""
    if conversation.merchant_unread:
        lock(Conversation, conversation.id).merchant_unread = 0
        db.session.flush()


def read_as_customer(conversation: Conversation) -> None:
    """Nothing in it is unread to the customer."""
    if conversation.customer_unread:
        with elevated():
            lock(Conversation, conversation.id).customer_unread = 0
            db.session.flush()


def _say(conversation: Conversation, side: str, words: str, pictures: list[str], *, actor: Actor, now: datetime) -> ChatMessage:
    words = words.strip()
    if (not words and not pictures) or len(words) > 500:
        raise NothingSaid(field="words")
    message = save(ChatMessage(
        conversation_id=conversation.id, merchant_id=conversation.merchant_id, customer_id=conversation.customer_id, side=side, author=actor.name[:80],
        words=words, pictures=pictures, risks=risk_words_in({"words": words}, RISK_WORDS), said_at=now,
    ))
    conversation.last_at, conversation.last_words = now, (words or "[图片]")[:60]
    if side == "customer":
        conversation.merchant_unread += 1
    else:
        conversation.customer_unread += 1
    db.session.flush()
    announce(f"chat:{conversation.id}", message=message.id)
    publish("happened", act=f"chat.{side}_wrote", record=conversation, reason=words[:200], actor=actor, now=now)
    return message


def _not_too_fast(conversation: Conversation, now: datetime) -> None:
    """Counted under the conversation's lock."""
    lately = select(func.count()).select_from(ChatMessage).where(
        ChatMessage.conversation_id == conversation.id, ChatMessage.side == "customer", ChatMessage.said_at > now - timedelta(minutes=1),
    )
    if int(db.session.execute(lately).scalar_one()) >= value_of("conversations.a_minute"):
        raise TooManyMessages
