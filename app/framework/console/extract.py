"""The rows of a list for a spreadsheet: its filter, its columns, by position, in flat memory however many there are.

When every column is stored (own or of a related record) only those columns are read; else the records are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import QueryableAttribute, aliased

from app.core.flows import Flow
from app.extensions import db
from app.framework.console.columns import Column
from app.framework.console.formats import phone
from app.framework.console.listing import Listing
from app.framework.database import plain_rows
from app.framework.spreadsheets.cells import Field, Kind

Position = tuple[Any, Any]
KINDS: dict[str, Kind] = {"money": "money", "percent": "percent", "when": "when", "day": "day"}


class Extract:
    """What a spreadsheet takes from a list. `unmasked` leaves phone numbers whole; `names` picks columns, none means all that export."""

    def __init__(self, listing: Listing, *, unmasked: bool = False, names: Sequence[str] = ()) -> None:
        """Settle columns and how each value is written."""
        self.listing = listing
        self.columns = [each for each in exported(listing) if not names or each.name in names]
        flow = getattr(listing.model, "__flow__", None)
        self.fields = [field_of(column, flow, unmasked) for column in self.columns]
        self.title = str(listing.view.title)

    def count(self, most: int | None = None) -> int:
        """How many rows there are; stops counting above `most`."""
        rows = select(getattr(self.listing.model, self.listing.key)).where(*self.listing.conditions)
        return int(db.session.scalar(select(func.count()).select_from((rows.limit(most + 1) if most else rows).subquery())) or 0)

    def criteria(self) -> str:
        """The filter in words, for the head of the file."""
        listing = self.listing
        words = [str(listing.tab.label)] if listing.tab else []
        words += [_("搜索“%(text)s”", text=listing.text)] if listing.text else []
        words += [f"{each.label or listing.view.label_of_column(each.name)} {each.words(listing.model, value)}" for each, value in listing.filters]
        return "，".join(words) or _("全部")

    def batches(self, size: int, after: Position | None = None) -> Iterator[tuple[Sequence[Sequence[Any]], Position]]:
        """The stored values of `size` rows at a time, with the position behind them; begins after `after`."""
        statement, values = self._plan()
        rows: Sequence[Any]
        while True:
            page = self.listing.onward(statement, after, size)
            if values is None:
                rows = plain_rows(page)
                if rows:
                    after = (rows[-1][-2], rows[-1][-1])
                    yield rows, after  # type: ignore[misc] # a row is a sequence
            else:
                rows = db.session.scalars(page).unique().all()
                if rows:
                    after = self.listing.position_of(rows[-1])
                    yield [values(record) for record in rows], after  # type: ignore[misc] # as it was set
                for record in rows:
                    db.session.expunge(record)
            if len(rows) < size:
                return

    def _plan(self) -> tuple[Any, Callable[[Any], Sequence[Any]] | None]:
        """The statement, and how a record becomes values; None when the rows are the values."""
        listing = self.listing
        stored = self._stored()
        if stored is None:
            return listing.statement(), lambda record: [column.of(record) for column in self.columns]
        attributes, joins = stored
        statement = select(*attributes, getattr(listing.model, listing.sort).label("by_sort"), getattr(listing.model, listing.key).label("by_key"))
        for relationship in joins:
            statement = statement.outerjoin(relationship)
        return statement.where(*listing.conditions), None

    def _stored(self) -> tuple[list[Any], list[Any]] | None:
        """The database's columns and the joins to reach them; None when a value is computed in Python."""
        owners: dict[str, Any] = {"": self.listing.model}
        joins: list[Any] = []
        found: list[Any] = []
        for column in self.columns:
            path, _dot, name = column.name.rpartition(".")
            if column.value or not self._reach(path, owners, joins):
                return None
            attribute = getattr(owners[path], name, None)
            if not isinstance(attribute, QueryableAttribute) or name not in inspect(owners[path]).mapper.column_attrs:
                return None
            found.append(attribute.label(f"c{len(found)}"))
        return found, joins

    @staticmethod
    def _reach(path: str, owners: dict[str, Any], joins: list[Any]) -> bool:
        """Join the records at the dotted path, each once; False for what is no single record."""
        at = ""
        for step in filter(None, path.split(".")):
            further = f"{at}.{step}".lstrip(".")
            if further not in owners:
                relationships = inspect(owners[at]).mapper.relationships
                if step not in relationships or relationships[step].uselist:
                    return False
                target = aliased(relationships[step].mapper.class_)
                joins.append(getattr(owners[at], step).of_type(target))
                owners[further] = target
            at = further
        return True


def exported(listing: Listing) -> list[Column]:
    """The columns of the list, as the reader has chosen them, that a spreadsheet takes."""
    return [column for column in listing.columns if column.export and column.kind != "image"]


def field_of(column: Column, flow: Flow | None, unmasked: bool) -> Field:
    """Head, kind, and reading of a column: yuan in the head of money, words for states and choices, masked phones."""
    head = _("%(what)s（%(unit)s）", what=column.label, unit=_("元")) if column.kind == "money" else str(column.label)
    if column.choices is not None:
        return Field(head, read=_worded(column.choices))
    if column.kind == "state" and flow:
        return Field(head, read=_worded({state.name: state.label for state in flow.states}))
    if column.kind == "flag":
        yes, no = _("是"), _("否")
        return Field(head, read=lambda value: None if value is None else yes if value else no)
    if column.kind == "phone":
        return Field(head, read=lambda value: str(value) if unmasked else str(phone(value)) if value else None)
    return Field(head, KINDS.get(column.kind, "text"))


def _worded(labels: Any) -> Callable[[Any], Any]:
    """Stored value → its word in the reader's language, looked up once."""
    words = {value: str(label) for value, label in labels.items()}
    return lambda value: words.get(value, value)
