"""The side bar: lines from the manifests, those the role may see; what waits behind them is asked for afterwards."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, current_app, jsonify, request, url_for
from flask_appbuilder.menu import Menu

from app.framework.console.page import Page, expose
from app.framework.identity import current_actor
from app.framework.manifest import Manifest, MenuItem

PLAIN_UP_TO = 16  # lines; a short menu needs no folding


class FlatMenu(Menu):
    """FAB's menu without its doubling of names: each name once, in linear time."""

    def get_flat_name_list(self, menu: Any = None, result: Any = None) -> list[str]:
        """The names of all entries, depth first."""
        names: list[str] = []
        for item in self.menu if menu is None else menu:
            names.append(item.name)
            names.extend(self.get_flat_name_list(item.childs) if item.childs else [])
        return names


@dataclass(frozen=True)
class Line:
    """One line as it is drawn."""

    item: MenuItem
    url: str
    current: bool


@dataclass
class Group:
    """Lines under one heading; `fold` when the menu is long, `open` when it holds the page one is on."""

    title: str
    lines: list[Line] = field(default_factory=list)
    fold: bool = False

    @property
    def open(self) -> bool:
        """True when the current page is in here."""
        return any(line.current for line in self.lines)


def items_of(manifests: Iterable[Manifest]) -> tuple[MenuItem, ...]:
    """The menu lines of all manifests, in order."""
    lines = [item for manifest in manifests for item in manifest.menu]
    return tuple(sorted(lines, key=lambda item: item.order))


def in_groups(items: Sequence[MenuItem], of_trades: Container[str]) -> list[MenuItem]:
    """The lines group by group, in the order in which the groups first appear; groups of trades alone stand together, where the first of them does.

    `of_trades` holds the endpoints of the lines that trades bring. Within a request: the words of a group tell it from others.
    """
    begins: dict[str, int] = {}
    shared = {str(item.group) for item in items if item.endpoint not in of_trades}
    for place, item in enumerate(items):
        begins.setdefault(str(item.group), place)
    trades = min((place for group, place in begins.items() if group not in shared), default=0)

    def place_of(item: MenuItem) -> tuple[int, int]:
        begin = begins[str(item.group)]
        return (begin if str(item.group) in shared else trades, begin)

    return sorted(items, key=place_of)


def visible_items() -> list[MenuItem]:
    """The lines that the actor may open, in order."""
    lines: list[MenuItem] = current_app.extensions["console"].lines_of(current_actor().roles)
    return lines


def side_bar() -> list[Group]:
    """The groups of the side bar for the actor of this request."""
    groups: dict[str, Group] = {}
    items, here = visible_items(), current_endpoint()
    for item in items:
        line = Line(item, url_for(item.endpoint), item.endpoint == here)
        groups.setdefault(str(item.group), Group(str(item.group), fold=len(items) > PLAIN_UP_TO)).lines.append(line)
    return list(groups.values())


def current_endpoint() -> str:
    """The menu line of this page: its own endpoint, or the list of the same view."""
    endpoint = request.endpoint or ""
    known = {item.endpoint for item in visible_items()}
    if endpoint in known:
        return endpoint
    view = endpoint.rpartition(".")[0]
    return next((candidate for candidate in known if candidate.rpartition(".")[0] == view), "")


class MenuView(Page):
    """`/menu/badges`: how many wait behind each line, asked by the page once it stands, so no page waits for counts."""

    name = "menu"
    route_base = "/menu"

    @expose("/badges")
    def badges(self) -> Response:
        """Endpoint → count, for the lines that the actor sees; lines behind which nothing waits are left out."""
        actor = current_actor()
        counts = {item.endpoint: item.badge(actor) for item in visible_items() if item.badge}
        return jsonify({endpoint: number for endpoint, number in counts.items() if number})
