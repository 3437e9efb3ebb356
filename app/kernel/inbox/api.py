"""A customer's messages, and what it agreed to have pushed."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import get
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer, Body
from app.kernel.inbox.models import CustomerMessage
from app.kernel.inbox.operations import agree, mark_read
from app.kernel.inbox.queries import consents_of, messages_of, unread_of

api = Api("inbox", "/api/v1/messages", _l("消息"))


class MessageQuery(Body):
    """Which page."""

    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class MessageOut(Answer):
    """A message; `page` is where it leads in the mini-program."""

    id: int
    kind: str
    title: str
    words: str
    page: str
    sent_at: datetime
    read_at: datetime | None


class MessagePage(Answer):
    """Newest first; `unread` of all; `next` is the `after` of the next page."""

    items: list[MessageOut]
    unread: int
    next: int | None


class AgreedIn(Body):
    """Kind of message → how many more the customer agreed to: what `wx.requestSubscribeMessage` answered `accept` for."""

    kinds: dict[str, int] = Field(min_length=1, max_length=20)


class AgreedOut(Answer):
    """Kind of message → how many may still be pushed."""

    kinds: dict[str, int]


class Unread(Answer):
    """How many are not read."""

    unread: int


@api.get("", summary=_l("我的消息"), who="customer", query=MessageQuery, response=MessagePage)
def list_messages(query: MessageQuery, actor: Actor, now: datetime) -> MessagePage:
    """Newest first."""
    found = messages_of(actor.id or 0, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    return MessagePage(items=[MessageOut.model_validate(each) for each in found[: query.limit]], unread=unread_of(actor.id or 0), next=more)


@api.post("/<int:message_id>/read", summary=_l("标为已读"), who="customer", response=Unread, errors=(NotFound,))
def read_message(message_id: int, actor: Actor, now: datetime) -> Unread:
    """The message is read."""
    get(CustomerMessage, message_id)
    mark_read(actor.id or 0, message_id, now=now)
    return Unread(unread=unread_of(actor.id or 0))


@api.post("/read", summary=_l("全部标为已读"), who="customer", response=Unread)
def read_all(actor: Actor, now: datetime) -> Unread:
    """Every message is read."""
    mark_read(actor.id or 0, None, now=now)
    return Unread(unread=0)


@api.get("/agreed", summary=_l("同意推送了几条"), who="customer", response=AgreedOut)
def show_agreed(actor: Actor, now: datetime) -> AgreedOut:
    """What may still be pushed."""
    return AgreedOut(kinds=consents_of(actor.id or 0))


@api.post("/agreed", summary=_l("同意推送"), who="customer", request=AgreedIn, response=AgreedOut, idempotent=True)
def add_agreed(body: AgreedIn, actor: Actor, now: datetime) -> AgreedOut:
    """Each yes in the mini-program is good for one message."""
    agree({kind[:60]: count for kind, count in body.kinds.items() if 0 < count <= 100}, actor=actor, now=now)
    return AgreedOut(kinds=consents_of(actor.id or 0))
