"""Conversations in the console: the merchant answers; the platform reads what a complaint is about."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.filters import DateFilter
from app.framework.console.links import order_link
from app.framework.console.page import expose, may, page_access
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.framework.live import hub
from app.kernel.conversations.models import Conversation
from app.kernel.conversations.operations import read_as_merchant, say_as_merchant
from app.kernel.conversations.queries import messages_in
from app.kernel.files.links import public_address, thumbnail_address
from app.kernel.parties.filters import MERCHANT_FILTER


def _order_page(conversation: Conversation) -> str | None:
    return order_link(conversation.trade, conversation.order_id) if conversation.order_id else None


def _thread(conversation: Conversation) -> dict[str, Any]:
    """What the thread's template needs; whoever of the merchant opens it has read it."""
    if current_actor().merchant_id:
        read_as_merchant(conversation)
    return {
        "messages": messages_in(conversation.id), "answers": may(ConversationView, "say"), "full": public_address, "small": thumbnail_address,
    }


class ConversationView(ConsoleView):
    """Who writes, what last, and whether it waits for an answer."""

    name = "conversations.conversations"
    route_base = "/conversations"
    model = Conversation
    title = _l("顾客聊天")
    singular = _l("聊天")
    subtitle = _l("顾客在小程序里问的；回复马上到他的聊天里。平台只看，不代替商户回复")
    measure = _l("个")
    icon = "people"
    words = {**ConsoleView.words, "say": _l("回复顾客")}
    list_columns = (
        Column("customer_name", _l("顾客"), link=True, value=lambda conversation: conversation.label, sub="last_words"),
        Column("merchant_unread", _l("没回复"), kind="count", sort=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("about", _l("关于订单"), to=_order_page, phone=False),
        Column("last_at", _l("最近一句"), kind="when", sort=True),
    )
    search_columns = ("customer_name", "about", "last_words")
    search_hint = _l("顾客、订单号、最近一句")
    filters = (DateFilter("last_at", _l("最近一句")), MERCHANT_FILTER)
    tabs = (Tab("waiting", _l("等回复"), urgent=True, where=lambda model: model.merchant_unread > 0),)
    order = "-last_at"
    facts = (
        Column("merchant.name", _l("商户")),
        Column("about", _l("关于订单"), to=_order_page),
        Column("created_at", _l("开始于"), kind="when"),
    )
    sections = (Section(_l("聊天"), template="conversations/thread.html", context=_thread, name="thread"),)
    show_timeline = False
    empty_title = _l("还没有人来问")
    empty_text = _l("顾客在小程序里给商户发消息后，会出现在这里")

    @expose("/<int:pk>/say", methods=["POST"])
    @page_access("can_say")
    def say(self, pk: int) -> Response:
        """Answer the customer."""
        words = request.form.get("words", "").replace("\r\n", "\n")
        say_as_merchant(self.record(pk), words, actor=self.actor, now=clock.now())
        return redirect(self.url("show", pk=pk) + "#thread", 303)  # type: ignore[return-value]

    @expose("/<int:pk>/events")
    @page_access("can_show")
    def events(self, pk: int) -> Response:
        """Server-sent events: a `change` for each message; 503 when there are too many watchers, then the page polls."""
        stream = hub().stream(f"chat:{self.record(pk).id}")
        if stream is None:
            return Response("busy\n", 503, mimetype="text/plain", headers={"Retry-After": "5"})
        return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
