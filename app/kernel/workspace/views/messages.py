"""`/messages`: what others wrote to the reader, unread first to see, each leading to its record."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_

from app.core import clock
from app.core.errors import NotFound
from app.extensions import db
from app.framework.console.page import Page, expose, page_access
from app.framework.console.preferences import here_or_home
from app.kernel.workspace.models import Notice
from app.kernel.workspace.operations.notes import read_notices
from app.kernel.workspace.rules import own

PAGE = 50


class MessagesPage(Page):
    """Messages of the signed-in person."""

    name = "workspace.messages"
    route_base = "/messages"
    title = _l("消息")
    icon = "bell"
    words = {"read": _l("标为已读")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The newest fifty, or the fifty before `before`; `?view=unread` leaves out what was read."""
        before, unread_only = request.args.get("before", ""), request.args.get("view") == "unread"
        statement = select(Notice).where(own(Notice, self.actor)).order_by(Notice.created_at.desc(), Notice.id.desc()).limit(PAGE + 1)
        if unread_only:
            statement = statement.where(Notice.read_at.is_(None))
        if before.isascii() and before.isdecimal() and len(before) < 19:
            older = select(Notice.created_at, Notice.id).where(Notice.id == int(before))
            statement = statement.where(tuple_(Notice.created_at, Notice.id) < older.scalar_subquery())
        found = list(db.session.scalars(statement))
        older = found[PAGE - 1].id if len(found) > PAGE else None
        return self.render("workspace/messages.html", notices=found[:PAGE], older=older, unread_only=unread_only)

    @expose("/<int:pk>", methods=["POST"])
    @page_access("can_read")
    def open(self, pk: int) -> Any:
        """The message is read; on to its record."""
        notice = db.session.scalars(select(Notice).where(own(Notice, self.actor), Notice.id == pk)).one_or_none()
        if notice is None:
            raise NotFound
        read_notices(actor=self.actor, now=clock.now(), key=pk)
        return redirect(here_or_home(notice.address), 303)

    @expose("/read", methods=["POST"])
    @page_access("can_read")
    def read(self) -> Any:
        """One message, or all of them, are read."""
        key = request.form.get("key", "")
        read_notices(actor=self.actor, now=clock.now(), key=int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else None)
        return redirect(self.url("index"), 303)
