"""`/workspace`: views, columns, pins, drafts, and notes, posted by the console's own pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Response, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect

from app.core import clock
from app.core.errors import Forbidden, NotFound
from app.framework.console.keeping import keeper
from app.framework.console.listing import Listing
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.preferences import here_or_home, preference
from app.framework.console.view import ConsoleView, view_named
from app.kernel.workspace.operations import keeping, notes, views
from app.kernel.workspace.queries import people_of_side

POSITION = frozenset({"after", "before", "_l_", "saved", "draft"})


class WorkspacePage(Page):
    """What the signed-in person keeps; every row is the person's own or the side's."""

    name = "workspace"
    route_base = "/workspace"
    title = _l("我的工作台")
    words = {"use": _l("保存视图、收藏和备注")}

    def _view(self, name: str, right: str) -> ConsoleView:
        """The console view of that name, as far as the actor holds the right on it. Raises NotFound, Forbidden."""
        found = view_named(name)
        if not may(found, right):
            raise Forbidden(right=str(found.title))
        return found

    def _back(self, address: str | None = None) -> Any:
        if request.headers.get("X-Requested-With") == "fetch":
            return Response(status=204)
        return redirect(here_or_home(address or request.form.get("back")), 303)

    def _undo(self, method: str, pk: int) -> str:
        return url_for(f"{self.endpoint}.{method}", pk=pk, back=here_or_home(request.values.get("back")))

    # ---- views -----------------------------------------------------------------------------------------------------------

    @expose("/views", methods=["POST"])
    @page_access("can_use")
    def add_view(self) -> Any:
        """Keep the list's address under a name."""
        place = self._view(request.form.get("list", ""), "list")
        query = {key: value for key, value in parse_qsl(urlsplit(request.form.get("address", "")).query) if key not in POSITION}
        Listing(place, query)  # refuses what the list does not offer
        query.setdefault("density", preference("density"))
        view = views.save_view(
            place.name, query, name=request.form.get("name", ""), share=request.form.get("share", ""),
            opens_first=request.form.get("opens_first") == "yes", actor=self.actor, now=clock.now(),
        )
        self.say(_("已存为视图“%(name)s”", name=view.name))
        return self._back(place.url("list", **{**query, "saved": view.id}))

    @expose("/views/<int:pk>/rename", methods=["POST"])
    @page_access("can_use")
    def rename_view(self, pk: int) -> Any:
        """Another name."""
        view = views.rename_view(pk, name=request.form.get("name", ""), actor=self.actor, now=clock.now())
        self.say(_("视图改名为“%(name)s”", name=view.name))
        return self._back()

    @expose("/views/<int:pk>/first", methods=["POST"])
    @page_access("can_use")
    def first_view(self, pk: int) -> Any:
        """Open by itself for its role, or no longer."""
        view = views.set_first(pk, request.form.get("opens_first") == "yes", actor=self.actor, now=clock.now())
        self.say(_("打开列表时先显示“%(name)s”", name=view.name) if view.opens_first else _("打开列表时不再先显示“%(name)s”", name=view.name))
        return self._back()

    @expose("/views/<int:pk>/delete", methods=["POST"])
    @page_access("can_use")
    def delete_view(self, pk: int) -> Any:
        """Gone, with a way back."""
        view = views.delete_view(pk, actor=self.actor, now=clock.now())
        self.say(_("已删除视图“%(name)s”", name=view.name), self._undo("restore_view", pk))
        return self._back()

    @expose("/views/<int:pk>/restore", methods=["POST"])
    @page_access("can_use")
    def restore_view(self, pk: int) -> Any:
        """Back again."""
        view = views.restore_view(pk, actor=self.actor, now=clock.now())
        self.say(_("视图“%(name)s”回来了", name=view.name))
        return self._back(request.args.get("back"))

    @expose("/columns", methods=["POST"])
    @page_access("can_use")
    def columns(self) -> Any:
        """The columns of a list, in the order given; none brings back the list's own."""
        place = self._view(request.form.get("list", ""), "list")
        chosen = "" if request.form.get("reset") else ",".join(request.form.getlist("columns"))
        Listing(place, {"columns": chosen})
        views.set_columns(place.name, chosen, actor=self.actor, now=clock.now())
        return self._back()

    # ---- pins and drafts ---------------------------------------------------------------------------------------------------

    @expose("/pins", methods=["POST"])
    @page_access("can_use")
    def pin(self) -> Any:
        """Keep a page at hand, or no longer."""
        address = urlsplit(here_or_home(request.form.get("address"))).path
        pinned = request.form.get("pinned") == "yes"
        keeping.set_pin(address, request.form.get("label", ""), request.form.get("kind", ""), pinned, actor=self.actor, now=clock.now())
        return self._back()

    @expose("/drafts/<name>/<int:pk>", methods=["POST"])
    @page_access("can_use")
    def draft(self, name: str, pk: int) -> Any:
        """What is typed in a form; secrets and files are left out, whatever the browser sends."""
        place = self._view(name, "edit" if pk else "add")
        secret = place.secret_fields(place.make_form(place.record(pk) if pk else None))
        typed = {key: request.form.getlist(key) for key in request.form if key not in secret and key != "csrf_token"}
        keeping.keep_draft(place.name, pk, typed, actor=self.actor, now=clock.now())
        return Response(status=204)

    @expose("/drafts/<name>/<int:pk>/discard", methods=["POST"])
    @page_access("can_use")
    def discard(self, name: str, pk: int) -> Any:
        """The draft is gone."""
        keeping.forget_draft(name, pk, actor=self.actor)
        self.say(_("草稿已丢弃"))
        return self._back()

    # ---- notes ---------------------------------------------------------------------------------------------------------------

    @expose("/notes", methods=["POST"])
    @page_access("can_use")
    def add_note(self) -> Any:
        """Words about a record for one's own side."""
        place, key = self._view(request.form.get("view", ""), "show"), request.form.get("pk", "")
        if not key.isascii() or not key.isdecimal():
            raise NotFound
        record = place.record(int(key))
        address = place.url("show", pk=inspect(record).identity[0])
        notes.add_note(record, request.form.get("words", ""), label=place.label_of(record), address=address, actor=self.actor, now=clock.now())
        self.say(_("备注已写上"))
        return self._back(f"{address}#notes")

    @expose("/notes/<int:pk>/delete", methods=["POST"])
    @page_access("can_use")
    def delete_note(self, pk: int) -> Any:
        """One's own note goes, with a way back."""
        notes.delete_note(pk, actor=self.actor, now=clock.now())
        self.say(_("备注已删除"), self._undo("restore_note", pk))
        return self._back()

    @expose("/notes/<int:pk>/restore", methods=["POST"])
    @page_access("can_use")
    def restore_note(self, pk: int) -> Any:
        """Back again."""
        notes.restore_note(pk, actor=self.actor, now=clock.now())
        self.say(_("备注回来了"))
        return self._back(request.args.get("back"))

    @expose("/people")
    @page_access("can_use")
    def people(self) -> Response:
        """People of one's side whose name or account holds the text, for `@`."""
        words = request.args.get("q", "").strip().lower()[:40]
        found = [person for person in people_of_side(self.actor) if words in person[1].lower() or words in person[2].lower()] if keeper() else []
        return jsonify([{"id": key, "label": name, "account": account} for key, name, account in found[:8]])
