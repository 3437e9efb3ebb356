"""The palette behind Ctrl-K: pages of the menu, and what packages find by number, name, or phone tail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, jsonify, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _

from app.core.actors import Actor
from app.framework.console import keeping
from app.framework.console.menu import visible_items
from app.framework.console.page import Page, may, sign_in_first
from app.framework.identity import current_actor

LIMIT = 8


@dataclass(frozen=True)
class Hit:
    """Something found: its words, where it is, and what it is (`kind`), with a small note."""

    label: str
    url: str
    kind: Any
    note: str = ""
    icon: str = "file"


Finder = Callable[[str, Actor], list[Hit]]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Ask `finder(text, actor)` for every search; it returns at most a few hits, scoped like any other read."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def finders() -> tuple[Finder, ...]:
    """Who is asked, in order."""
    return tuple(_finders)


class FindView(Page):
    """`/find?q=`: JSON for the palette. Needs no right: it finds only what the actor may open."""

    name = "find"
    route_base = "/find"

    @expose("/")
    def index(self) -> Response:
        """Pages whose name holds the text, then hits of the finders."""
        actor = current_actor()
        if actor.kind not in {"staff", "member"}:
            return sign_in_first()
        text = request.args.get("q", "").strip()[:60]
        hits = [*_pages(text), *_beginnings(text)] if text else [*_kept(actor), *_pages(text)]
        if len(text) >= 2:
            for finder in _finders:
                known = {hit.url for hit in hits}
                hits.extend(hit for hit in finder(text, actor)[:LIMIT] if hit.url not in known)
        return jsonify([{"label": hit.label, "url": hit.url, "kind": str(hit.kind), "note": hit.note, "icon": hit.icon} for hit in hits[:24]])


def _kept(actor: Actor) -> list[Hit]:
    """Pinned pages, then the records opened last: what the palette shows before anything is typed."""
    keeps = keeping.keeper()
    return [
        Hit(place.label, place.address, _("收藏") if place.pinned else _("最近"), place.kind, "star" if place.pinned else "clock")
        for place in (keeps.places(actor) if keeps else ())
    ]


def _beginnings(text: str) -> list[Hit]:
    """The forms for something new whose button says the text."""
    hits = []
    for view in current_app.extensions["appbuilder"].baseviews:
        if getattr(view, "create", None) and may(view, "add"):
            words = str(view.add_label or _("新建%(what)s", what=view.singular))
            hits += [Hit(words, view.url("add"), view.title, icon="plus")] if text.lower() in words.lower() else []
    return hits[:LIMIT]


def _pages(text: str) -> list[Hit]:
    lowered = text.lower()
    items = [item for item in visible_items() if lowered in str(item.label).lower()]
    return [Hit(str(item.label), url_for(item.endpoint), item.group, icon=item.icon) for item in items[:LIMIT]]
