"""The console's list, record, form and moves for one model, declared once. Operations change; this only translates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Response, current_app, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, inspect, select

from app.core.errors import NotFound, Refusal
from app.core.flows import Flow, Move
from app.extensions import db
from app.framework.access import Access
from app.framework.console import export, keeping
from app.framework.console.changes import LARGEST_KEY
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.filters import Filter, PartyFilter
from app.framework.console.keeping import Desk
from app.framework.console.listing import SIZES, Listing, eager, filter_named
from app.framework.console.offering import filters_of
from app.framework.console.page import expose, may, page_access
from app.framework.console.putting_back import PuttingBack
from app.framework.console.references import named_by, naming, target_of
from app.framework.console.seeing import Seen, hidden_names, seen_of
from app.framework.console.table import Table

LINK_UP_TO = export.AT_ONCE  # rows of a list whose export is a link; larger ones are posted


class ConsoleView(PuttingBack):
    """A model's pages. Subclasses say `name`, `route_base`, `model`, `title`, `singular`, and columns; the rest is optional.

    `key_prefix` stands before the key in the numbers of records that keep none (`AP000142`), by which they are found.
    Rights: can_list, can_show, can_add (with `create`), can_edit (with `update`), can_export, and can_<move> for each move.
    `create(actor=, now=, **values)` and `update(record, actor=, now=, **values)` are operations; the form only parses.
    """

    subtitle: ClassVar[Any] = ""
    group: ClassVar[Any] = ""
    measure: ClassVar[Any] = _l("条")
    list_columns: ClassVar[tuple[Column, ...]] = ()
    search_columns: ClassVar[tuple[str, ...]] = ()
    search_hint: ClassVar[Any] = _l("搜索")
    filters: ClassVar[tuple[Filter, ...]] = ()
    tabs: ClassVar[tuple[Tab, ...]] = ()
    order: ClassVar[str] = "-id"
    page_size: ClassVar[int] = 25
    base: ClassVar[Callable[[Any], Any] | None] = None
    exports: ClassVar[bool] = True
    counted: ClassVar[bool] = True  # False for a journal: what names a record there is not counted on the record's page
    empty_title: ClassVar[Any] = ""
    empty_text: ClassVar[Any] = ""
    label: ClassVar[str] = "label"
    key_prefix: ClassVar[str] = ""
    facts: ClassVar[tuple[Column, ...]] = ()
    sections: ClassVar[tuple[Section, ...]] = ()
    related: ClassVar[tuple[Related, ...]] = ()
    actions: ClassVar[tuple[Action, ...]] = ()
    record_actions: ClassVar[tuple[Action, ...]] = ()
    show_timeline: ClassVar[bool] = True
    show_template: ClassVar[str] = "console/show.html"
    list_template: ClassVar[str] = "console/list.html"
    default_view = "list"

    def __init__(self) -> None:
        """Refuse a model that does not say whose rows it holds; leave out what is not declared."""
        if not isinstance(getattr(self.model, "__access__", None), Access):
            raise RuntimeError(f"{type(self).__name__} shows {self.model.__name__}, which does not say whose rows it holds")
        self.exclude_route_methods = self._closed()
        self.filters = filters_of(self)  # type: ignore[misc] # the class says the declared ones
        super().__init__()

    # ---- what exists -------------------------------------------------------------------------------------------------

    @classmethod
    def _closed(cls) -> set[str]:
        """Names of the functions that this view does not offer, because it declares nothing for them."""
        closed = set()
        closed |= set() if cls.create else {"add"}
        closed |= set() if cls.update else {"edit"}
        closed |= set() if cls.update and any(column.edit for column in cls.list_columns) else {"cell"}
        closed |= set() if cls.update and cls.revisable else {"put_back"}
        closed |= set() if cls.exports else {"export"}
        closed |= set() if cls.moves() else {"move", "bulk"}
        return closed

    @classmethod
    def methods(cls) -> frozenset[str]:
        """The rights of this view that are not moves."""
        return super().methods() - cls._closed()

    @classmethod
    def flow(cls) -> Flow | None:
        """The flow that owns the model's status, if it has one."""
        return getattr(cls.model, "__flow__", None)

    @classmethod
    def moves(cls) -> tuple[Move, ...]:
        """The moves of the flow."""
        flow = cls.flow()
        return flow.moves if flow else ()

    def seen(self) -> Seen:
        """What the actor of this request sees of this view; members of a merchant not whose the rows are, for all are theirs."""
        seen = seen_of(self, hidden_names(self.name, self.actor.roles))
        return seen.of_one_merchant(self.actor.roles) if self.actor.merchant_id else seen

    def label_of(self, record: Any) -> str:
        """How a record is called in titles and links."""
        return str(getattr(record, self.label, None) or f"{self.singular} {inspect(record).identity[0]}")

    def label_of_column(self, name: str) -> Any:
        """The label of a list column or fact with that name: what a filter without words of its own is called."""
        return next((column.label for column in (*self.list_columns, *self.facts) if column.name == name), name)

    def changeable(self, record: Any) -> bool:
        """False for a record that somebody with the right to edit may still not change; `update` refuses it as well."""
        return True

    def link_to(self, record: Any) -> str | None:
        """The record's page, None for somebody who may not open it."""
        return self.url("show", pk=inspect(record).identity[0]) if may(self, "show") else None

    def holds(self, record: Any) -> bool:
        """True when a record of the model, in the actor's scope, is one of this view's."""
        if self.base is None:
            return True
        key = inspect(self.model).primary_key[0]
        return bool(db.session.scalar(select(exists().where(key == inspect(record).identity[0], type(self).base(self.model)))))  # type: ignore[misc]

    def record(self, pk: int, columns: tuple[Column, ...] = ()) -> Any:
        """The record in the actor's scope and this view's `base`. Raises NotFound."""
        if pk > LARGEST_KEY:
            raise NotFound
        key = inspect(self.model).primary_key[0]
        statement = select(self.model).where(key == pk).options(*eager(self.model, columns))
        if self.base is not None:
            statement = statement.where(type(self).base(self.model))  # type: ignore[misc] # not bound to the view
        found = db.session.scalars(statement).unique().one_or_none()
        if found is None:
            raise NotFound
        return found

    # ---- list ----------------------------------------------------------------------------------------------------------

    @expose("/")
    @page_access("can_list")
    def list(self) -> Response:
        """One page of the list. Without a query, the saved view that the reader's role opens first."""
        desk = keeping.desk(self.name)
        first = self._first_view(desk) if desk and not set(request.args) - {"_l_"} else None
        if first:
            return redirect(first)  # type: ignore[return-value]
        listing = Listing(self, request.args, desk.columns if desk else ())
        rows, summary = listing.page()
        bulk_moves = [move for move in self.moves() if self._bulk(move) and self.may(move.name) and self.actor.may_act_as(move.roles)]
        edits = bool(self.update) and self.may("edit")
        return self.render(
            self.list_template, listing=listing, rows=rows, summary=summary, flow=self.flow(), sizes=SIZES, link_up_to=LINK_UP_TO,
            table=Table(self, listing.columns, self.flow(), ticks=bool(bulk_moves), opens=self.may("show"), edits=edits), bulk_moves=bulk_moves,
            buttons=[action for action in self.actions if self._offers(action)], **self._kept(desk),
        )

    def _kept(self, desk: Desk | None) -> dict[str, Any]:
        """The saved views of the list, the one in the address, and whom a view can be shared with."""
        keeps = keeping.keeper()
        here = request.args.get("saved", "")
        views = desk.views if desk else ()
        return {
            "desk": desk, "saved": next((each for each in views if str(each.id) == here), None), "sharing": keeps.sharing(self.actor) if keeps else (),
            "starter": bool(keeps and keeps.starter(self.actor)),
            "opens_first": any(each.opens_first and each.role in self.actor.roles for each in views),
        }

    def _first_view(self, desk: Desk) -> str | None:
        """The address of the view that opens first; None when there is none, or when the list no longer offers what it asks for."""
        first = next((each for each in desk.views if each.opens_first and each.role in self.actor.roles), None)
        if first is None:
            return None
        try:
            Listing(self, first.query)
        except Refusal:
            return None
        return self.url("list", **{**first.query, "saved": first.id})

    @staticmethod
    def _bulk(move: Move) -> bool:
        """Moves that ask about lines of one record or for a code cannot be made on many."""
        return all(ask.kind in {"text", "choice"} for ask in move.asks)

    @expose("/export/<shape>", methods=["GET", "POST"])
    @page_access("can_export")
    def export(self, shape: str) -> Response:
        """The filtered list as `csv` or `xlsx`; a POST may also put it into the queue, or ask for whole phone numbers."""
        posted, desk = request.method == "POST", keeping.desk(self.name)
        listing = Listing(self, request.args, desk.columns if desk else ())
        return export.answer(listing, shape, queue=posted, unmasked=posted and request.form.get("unmasked") == "1")

    def offers_unmasked(self) -> bool:
        """True when an export of this list could hold phone numbers that the actor may take out whole."""
        return any(column.kind == "phone" and column.export for column in self.seen().list_columns) and export.may_unmask()

    @expose("/look-up/<name>")
    @page_access("can_list")
    def look_up(self, name: str) -> Any:
        """Choices of a party filter, as JSON, in the actor's scope."""
        found = filter_named(self.seen().filters, name)
        if not isinstance(found, PartyFilter) or found.options is None:
            raise NotFound
        return [{"id": key, "label": label} for key, label in found.options(request.args.get("q", "").strip()[:60])[:20]]

    # ---- record ----------------------------------------------------------------------------------------------------------

    @expose("/<int:pk>")
    @page_access("can_show")
    def show(self, pk: int) -> Response:
        """The record: facts, sections, related lists, timeline, and the moves that are open."""
        seen = self.seen()
        record = self.record(pk, seen.facts)
        flow, keeps = self.flow(), keeping.keeper()
        if keeps:
            keeps.opened(self.actor, request.path, self.label_of(record), str(self.singular or self.title))
        related = self.related_lists(record)
        shown = [column for column in seen.facts if column.of(record) not in (None, "")]
        targets = {column.name: target_of(self, column, record) for column in shown}
        return self.render(
            self.show_template, record=record, flow=flow, shown=shown, targets=targets, named=named_by(self, record, targets.values()),
            naming=naming(self, record, [(each[1].name, each[0].column) for each in related]), page_title=self.label_of(record), moves=self.buttons(record),
            next_labels=flow.next_labels(record.status) if flow else [], actions=self._record_actions(record),
            sections=[section for section in seen.sections if section.when is None or section.when(record)], seen=seen,
            related=related, timeline=self.story(record) if self.show_timeline else None,
            desk=keeping.desk(), notes=keeps.notes(self.actor, record) if keeps else None,
        )

    def _record_actions(self, record: Any) -> list[Action]:  # type: ignore[valid-type] # `list` is a method here
        return [action for action in self.record_actions if self._offers(action) and (action.when is None or action.when(record))]

    def _offers(self, action: Action) -> bool:
        """A button is there for those who hold its right and may open the page that it leads to."""
        return self.may(action.method) and bool(current_app.extensions["console"].opens(action.endpoint, self.actor.roles))

    def related_lists(self, record: Any) -> Any:
        """(related, its view, first rows, address of all) for each related list, of this view or put here by a manifest, that the actor may see."""
        found = []
        for related in (*self.related, *(each for manifest in current_app.extensions["manifests"] for each in manifest.related.get(self.name, ()))):
            view = next((each for each in self.appbuilder.baseviews if isinstance(each, related.view)), None)
            if view is None or not may(view, "list"):
                continue
            key = inspect(record).identity[0]
            statement = select(view.model).where(getattr(view.model, related.column) == key).options(*eager(view.model, view.seen().list_columns))
            newest = getattr(view.model, inspect(view.model).primary_key[0].key).desc()
            rows = [*db.session.scalars(statement.order_by(newest).limit(related.limit + 1)).unique()]
            filtered = filter_named(view.seen().filters, related.column) is not None
            found.append((related, view, rows, view.url("list", **{related.column: key}) if filtered else None))
        return found


def view_named(name: str) -> ConsoleView:
    """The console view of that permission name. Raises NotFound."""
    views = current_app.extensions["appbuilder"].baseviews
    found = next((each for each in views if isinstance(each, ConsoleView) and each.name == name), None)
    if found is None:
        raise NotFound
    return found


def view_url(view: type[ConsoleView], method: str, **values: Any) -> str:
    """The address of a method of a view known by its class."""
    return url_for(f"{view.__name__}.{method}", **values)


def page_link(view: type[ConsoleView], key: int | None) -> str | None:
    """The address of the record's page in the view; None without a key, and for somebody who may not open it."""
    return view_url(view, "show", pk=key) if key and may(view, "show") else None
