"""A customer's conversations with merchants."""

from __future__ import annotations

from datetime import datetime

from flask import request
from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer, Body
from app.kernel.conversations.models import ChatMessage, Conversation
from app.kernel.conversations.operations import (
    NotAChatPicture,
    NothingSaid,
    TooManyMessages,
    read_as_customer,
    say_as_customer,
    show_as_customer,
)
from app.kernel.conversations.queries import conversations_of, messages_in
from app.kernel.files.links import public_address
from app.kernel.files.operations import FileBroken, FileKindRefused, FileTooLarge, TooManyPixels
from app.kernel.parties.queries import merchant_named

api = Api("conversations", "/api/v1/conversations", _l("聊天"))
PICTURE = (NotAChatPicture, FileTooLarge, FileKindRefused, FileBroken, TooManyPixels)


class SayIn(Body):
    """The words, and which order they are about."""

    words: str = Field(min_length=1, max_length=500)
    order_id: int | None = Field(default=None, ge=1, le=2**53)


class SaidQuery(Body):
    """`after` is the last message that is known: what came since is answered, else the newest 50."""

    after: int | None = Field(default=None, ge=0, le=2**53)


class SaidOut(Answer):
    """Something said by `customer` or `merchant`."""

    id: int
    side: str
    author: str
    words: str
    pictures: list[str]
    said_at: datetime


class ConversationOut(Answer):
    """A conversation and how much of it is unread."""

    id: int
    merchant_id: int
    merchant: str
    about: str
    last_words: str
    last_at: datetime
    unread: int


class ConversationsOut(Answer):
    """The newest words first."""

    items: list[ConversationOut]


class SaidPage(Answer):
    """Oldest first."""

    items: list[SaidOut]


@api.get("", summary=_l("我的聊天"), who="customer", response=ConversationsOut)
def list_conversations(actor: Actor, now: datetime) -> ConversationsOut:
    """The 50 newest."""
    found = conversations_of(actor.id or 0, limit=50)
    with elevated():
        names = {each.merchant_id: merchant_named(each.merchant_id) or "" for each in found}
    return ConversationsOut(items=[
        ConversationOut(
            id=each.id, merchant_id=each.merchant_id, merchant=names[each.merchant_id], about=each.about, last_words=each.last_words, last_at=each.last_at,
            unread=each.customer_unread,
        )
        for each in found
    ])


@api.get("/<int:conversation_id>/messages", summary=_l("聊天内容"), who="customer", query=SaidQuery, response=SaidPage, errors=(NotFound,))
def list_said(conversation_id: int, query: SaidQuery, actor: Actor, now: datetime) -> SaidPage:
    """What was said; it is read then."""
    conversation = get(Conversation, conversation_id)
    found = messages_in(conversation.id, after=query.after, limit=50)
    read_as_customer(conversation)
    return SaidPage(items=[_out(each) for each in found])


@api.post(
    "/with/<int:merchant_id>", summary=_l("给商户发消息"), who="customer", request=SayIn, response=SaidOut, status=201, idempotent=True,
    errors=(NotFound, NothingSaid, TooManyMessages),
)
def say(merchant_id: int, body: SayIn, actor: Actor, now: datetime) -> SaidOut:
    """The merchant has it unread."""
    with elevated():
        return _out(say_as_customer(merchant_id, body.words, order_id=body.order_id, actor=actor, now=now))


@api.post(
    "/with/<int:merchant_id>/pictures", summary=_l("给商户发图片"), who="customer", response=SaidOut, status=201, idempotent=True,
    errors=(NotFound, TooManyMessages, *PICTURE),
)
def show(merchant_id: int, actor: Actor, now: datetime) -> SaidOut:
    """The body is one picture: JPEG, PNG, or WebP."""
    with elevated():
        return _out(show_as_customer(merchant_id, request.get_data(), request.mimetype, actor=actor, now=now))


def _out(found: ChatMessage) -> SaidOut:
    return SaidOut(
        id=found.id, side=found.side, author=found.author if found.side == "merchant" else "", words=found.words,
        pictures=[address for key in found.pictures if (address := public_address(key))], said_at=found.said_at,
    )
