"""The first page after signing in: what waits, today's figures, charts; the cards come from the manifests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from flask import Response, current_app, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.actors import Actor
from app.framework.console.formats import long_day
from app.framework.console.page import Page, sign_in_first
from app.framework.console.spans import LABELS, Span, span_named
from app.framework.identity import current_actor

WIDTH = 12  # columns of the grid
Tone = Literal["", "ok", "wait", "bad"]
URGENCY: dict[Tone, int] = {"bad": 0, "wait": 1, "": 2, "ok": 2}


@dataclass(frozen=True)
class TodoItem:
    """Something that waits: how many, what, how old or until when, and the list where it is worked off."""

    count: int
    title: Any
    note: Any
    url: str
    action: Any = ""
    tone: Tone = "wait"


@dataclass(frozen=True)
class Figure:
    """A figure with what it is compared with. `value` is written text or Markup; `change` in ppm, None when there is
    nothing to compare; `more_is_better` None keeps the change uncoloured."""

    label: Any
    value: Any
    url: str = ""
    unit: Any = ""
    note: Any = ""
    change: int | None = None
    more_is_better: bool | None = True


@dataclass(frozen=True)
class Chart:
    """Series over labels, drawn as bars (stacked, or each series beside the others, if so asked), lines, or a pie of the first series, with a
    table beside. Values in `unit`; money in yuan. `head` is over the labels, `links` lead from them to what is behind, `sums` stand below the
    series, `row_sums` behind them."""

    labels: Sequence[str]
    series: Sequence[tuple[Any, Sequence[float | None]]]
    unit: Any = ""
    shape: Literal["bar", "line", "pie", "table"] = "bar"
    summary: Any = ""
    head: Any = ""
    stacked: bool = False
    grouped: bool = False
    links: Sequence[str] = ()
    sums: Sequence[float | None] = ()
    row_sums: Sequence[float | None] = ()


@dataclass(frozen=True)
class Table:
    """Rows of written text under heads; `figures` are the right-aligned columns by index."""

    heads: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True)
class MoneyLine:
    """An amount in fen with its words; `strong` for the one that matters, `sum` for the last."""

    label: Any
    fen: int
    strong: bool = False
    sum: bool = False
    url: str = ""


class Card(ABC):
    """A card of the home page. Subclasses set `roles`, `kind`, `title`; `span` is its width in twelfths on a wide screen; `link` leads to the whole."""

    name: ClassVar[str] = ""
    roles: ClassVar[frozenset[str]] = frozenset()
    kind: ClassVar[Literal["todo", "figures", "chart", "table", "money"]] = "todo"
    title: ClassVar[Any] = ""
    span: ClassVar[int] = 6
    order: ClassVar[int] = 100
    link_label: ClassVar[Any] = ""
    endpoint: ClassVar[str] = ""

    @abstractmethod
    def content(self, actor: Actor, span: Span) -> Any:
        """A list of TodoItem (todo), Figure (figures), MoneyLine (money), or one Chart or Table; None hides the card."""


class HomeCard(Card):
    """A card about this moment."""

    @abstractmethod
    def load(self, actor: Actor, now: Any) -> Any:
        """What the card shows to `actor` at `now`."""

    def content(self, actor: Actor, span: Span) -> Any:
        """The same for every stretch of time."""
        return self.load(actor, span.ends)


class SpanCard(Card):
    """A card about the stretch of time that the reader picked: today, 7 or 30 days."""

    @abstractmethod
    def load_span(self, actor: Actor, span: Span) -> Any:
        """What the card shows to `actor` of `span`."""

    def content(self, actor: Actor, span: Span) -> Any:
        """Of that stretch."""
        return self.load_span(actor, span)


@dataclass(frozen=True)
class Filled:
    """A card, what it shows, and its width in twelfths once the row is filled."""

    card: Card
    content: Any
    span: int
    key: str


class Queue(HomeCard):
    """Everything that waits for the reader, whichever package it comes from, in one place above the rest, the pressing things on top."""

    name = "home.queue"
    title = _l("等你处理")
    span = WIDTH

    def __init__(self, items: Sequence[TodoItem]) -> None:
        self.items = sorted(items, key=lambda item: URGENCY[item.tone])

    def load(self, actor: Actor, now: Any) -> list[TodoItem]:
        """What the cards brought."""
        return self.items


class HomeView(Page):
    """`/`: to the sign-in page, or the home of one's role."""

    name = "home"
    route_base = ""
    title = _l("今天")
    icon = "home"

    @expose("/")
    def index(self) -> Response:
        """What waits for me, how today goes. Needs no right but being signed in."""
        actor = current_actor()
        if actor.kind not in {"staff", "member"}:
            return sign_in_first()
        now = clock.now()
        cards = sorted(current_app.extensions["console"].home, key=lambda card: card.order)
        span = span_named(request.args.get("span", ""), now)
        rights = current_app.extensions["console"].rights
        shown = [card for card in cards if card.roles & actor.roles and rights.in_trade(actor.roles, card.name)]
        spans = LABELS if any(isinstance(card, SpanCard) for card in shown) else {}
        return self.render("console/home.html", cards=_laid_out(_gathered(shown, actor, span)), day=long_day(now), span=span, spans=spans)


def _gathered(shown: Sequence[Card], actor: Actor, span: Span) -> list[tuple[Card, Any]]:
    """The cards that have something to show: first the queue of all to-dos, then the others."""
    loaded = [(card, content) for card in shown if (content := card.content(actor, span)) is not None]
    queue = Queue([item for card, items in loaded if card.kind == "todo" for item in items])
    first = [(queue, queue.items)] if any(card.kind == "todo" for card in shown) else []
    return [*first, *((card, content) for card, content in loaded if card.kind != "todo")]


def _laid_out(loaded: Sequence[tuple[Card, Any]]) -> list[Filled]:
    """Cards in rows of the grid; the last card of a row takes what is left of it."""
    spans: list[int] = []
    used = 0
    for card, _content_of in loaded:
        if used + card.span > WIDTH:
            spans[-1] += WIDTH - used
            used = 0
        spans.append(card.span)
        used = (used + card.span) % WIDTH
    if used:
        spans[-1] += WIDTH - used
    return [Filled(card, content, width, f"card-{number}") for number, ((card, content), width) in enumerate(zip(loaded, spans, strict=True))]
