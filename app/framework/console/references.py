"""Which records name which, read from the keys of everything that has a page: so each page leads to what it names, and to what names it.

A column names the record that its foreign key points to. A column without one (`order_id` in a journal) names what the same word names everywhere
else; and where a column beside it tells of what (`subject_type` beside `subject_id`), it names a record of the table that this says: by the table's
name, or by what the model calls itself (`__subject__`). A package that adds a table with a page gets its links, and everybody else's to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Index, PrimaryKeyConstraint, UniqueConstraint, and_, inspect, literal, select, union_all
from sqlalchemy import func as sql

from app.extensions import db
from app.framework.console.columns import Column, Lead
from app.framework.console.filters import Filter, PartyFilter
from app.framework.console.page import may
from app.framework.console.seeing import hidden_names
from app.framework.identity import current_actor

BOOKKEEPING = "_by_fk"  # FAB's own columns: who wrote the row, which its timeline says
COUNT_UP_TO = 99  # a chip tells one from many; the list behind it counts


@dataclass(frozen=True)
class Reference:
    """The records of `view` name a record of `table` by `attribute`; by several tables' keys where another attribute, the `teller`, says `word` for it."""

    view: Any
    attribute: str
    table: str
    teller: str = ""
    word: str = ""

    @property
    def name(self) -> str:
        """The word in the address of the list that is filtered by it."""
        return self.stem if self.teller else self.attribute

    @property
    def stem(self) -> str:
        """What the columns about it are called: `merchant` for `merchant_id` and `merchant.name`."""
        return self.attribute.removesuffix("_id")

    def written(self, key: int) -> str:
        """A key as it stands in an address."""
        return f"{self.word}:{key}" if self.teller else str(key)

    def condition(self, key: int) -> ColumnElement[bool]:
        """The row names the record with that key."""
        names: ColumnElement[bool] = getattr(self.view.model, self.attribute) == key
        return and_(getattr(self.view.model, self.teller) == self.word, names) if self.teller else names

    def key_in(self, record: Any) -> int | None:
        """The key that the record names; None when it names none, or one of another table."""
        named: int | None = getattr(record, self.attribute)
        return named if not self.teller or getattr(record, self.teller) == self.word else None

    @property
    def label(self) -> Any:
        """What the pages of the view call the record that is named; empty where they have no word for it."""
        for column in (*self.view.facts, *self.view.list_columns):
            if column.name == self.attribute or column.name.partition(".")[0] == self.stem:
                return column.label
        return ""

    @property
    def hidden(self) -> bool:
        """True when the reader does not see in that view whom its records name."""
        names = hidden_names(self.view.name, current_actor().roles)
        return any(name in {self.attribute, self.stem} or name.startswith(f"{self.stem}.") for name in names)


@dataclass(frozen=True)
class SubjectFilter(PartyFilter):
    """A record of one of several tables, written as `order:17`: rows in which it is the subject."""

    choices: Mapping[str, Reference] = field(default_factory=dict)

    def words(self, model: Any, value: str) -> str:
        """The record's own label."""
        reference, key = self._read(value)
        return references().name_of(reference, key) or f"#{key}"

    def condition(self, model: Any, value: str) -> ColumnElement[bool]:
        """The row names that record."""
        reference, key = self._read(value)
        return reference.condition(key)

    def _read(self, value: str) -> tuple[Reference, int]:
        word, _colon, key = value.partition(":")
        if word not in self.choices or not key.isdecimal() or len(key) > 18:
            raise self.bad(value)
        return self.choices[word], int(key)


@dataclass
class References:
    """The references of all views, by the view that names and by the table that is named."""

    of: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)
    to: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)
    views: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def filters_of(self, view: Any, asked: Container[str]) -> tuple[Filter, ...]:
        """Of the records that the view's rows may name and that the list has no filter of its own for: a filter for each that is `asked` for."""
        own = {each.name for each in view.filters}
        found = [each for each in self.of.get(view.name, ()) if each.name in asked and each.name not in own and not each.hidden]
        told: dict[str, dict[str, Reference]] = defaultdict(dict)
        for each in found:
            if each.teller:
                told[each.name][each.word] = each
        return (
            *(PartyFilter(each.attribute, each.label or each.attribute, named=partial(self.name_of, each)) for each in found if not each.teller),
            *(SubjectFilter(name, _l("对象"), choices=choices) for name, choices in told.items()),
        )

    def name_of(self, reference: Reference, key: int) -> str | None:
        """How the record with that key is called; None for a reader who may not open it."""
        found = self.named(reference, key)
        return found[0].label_of(found[1]) if found else None

    def model_of(self, table: str) -> Any:
        """The class whose rows the table holds: the orders of all trades, where a trade's order is named."""
        return next(mapper.class_ for mapper in inspect(self.views[table][0].model).iterate_to_root() if mapper.local_table.name == table)

    def named(self, reference: Reference, key: int) -> tuple[Any, Any] | None:
        """(view, record) of the record that is named, in a view that the reader may open it in."""
        views = [view for view in self.views[reference.table] if may(view, "show")]
        record = db.session.get(self.model_of(reference.table), key) if views else None
        return next(((view, record) for view in views if isinstance(record, view.model) and view.holds(record)), None)


def references_of(views: Iterable[Any]) -> References:
    """Read from the mappings of the views' models."""
    views = list(views)
    tables: dict[str, list[Any]] = defaultdict(list)
    for view in views:
        for table in inspect(view.model).tables:
            tables[table.name].append(view)
    words = _words(views)
    columns = [(view, column) for view in views for table in inspect(view.model).tables for column in table.columns]
    found = [each for view, column in columns for each in _of_column(view, column, tables, words)]
    of, to = defaultdict(list), defaultdict(list)
    for each in found:
        of[each.view.name].append(each)
        if each.view.counted and leads_an_index(each):
            to[each.table].append(each)
    return References(_frozen(of), _frozen(to), _frozen(tables))


def leads_an_index(reference: Reference) -> bool:
    """True when the rows that name a record are found without reading the others: only then are they counted on its page."""
    column = inspect(reference.view.model).get_property(reference.attribute).columns[0]
    table = column.table
    keys = [list(each.columns) for each in table.constraints if isinstance(each, (PrimaryKeyConstraint, UniqueConstraint))]
    indexes = [[getattr(part, "name", "") for part in each.expressions] for each in table.indexes if _of_all_that_name(each, column)]
    wanted = [[column.name], *([[reference.teller, column.name]] if reference.teller else [])]
    return any(columns and columns[0] is column for columns in keys) or any(names[:len(each)] == each for names in indexes for each in wanted)


def _of_all_that_name(index: Index, column: Any) -> bool:
    """False for an index of some rows only, unless it leaves out those that name nothing."""
    where = index.dialect_options["postgresql"]["where"]
    return where is None or str(where).lower() == f"{column.name} is not null"


def _frozen(found: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(each) for name, each in found.items()}


def _of_column(view: Any, column: Any, tables: Mapping[str, Sequence[Any]], words: Mapping[str, str]) -> list[Reference]:
    """What the column names: a record of one table, of several where another column tells which, or none."""
    if column.primary_key or column.name.endswith(BOOKKEEPING):
        return []
    attribute, stem = inspect(view.model).get_property_by_column(column).key, column.name.removesuffix("_id")
    teller = next((name for name in (f"{stem}_type", f"{stem}_kind") if stem != column.name and name in column.table.columns), "")
    if not teller:
        name = _table_named(column, words)
        return [Reference(view, attribute, name)] if name in tables else []
    others = {_table_named(each, words) for each in column.table.columns}
    return [Reference(view, attribute, name, teller, word_of(name, named[0])) for name, named in tables.items() if name not in others]


def word_of(table: str, view: Any) -> str:
    """What columns that name records of several tables call those of this one: what its model says, or its own name."""
    return next((vars(each).get("__subject__", "") for each in view.model.__mro__ if vars(each).get("__tablename__") == table), "") or table


def _table_named(column: Any, words: Mapping[str, str]) -> str:
    """The table whose key the column holds, by a foreign key to it or by its name; empty for any other column."""
    for key in column.foreign_keys:
        if key.column.primary_key:
            return str(key.column.table.name)
    return "" if column.foreign_keys else words.get(column.name, "")


def _words(views: Iterable[Any]) -> dict[str, str]:
    """Column name → the one table that all foreign keys of columns with that name point to."""
    found: dict[str, set[str]] = defaultdict(set)
    for view in views:
        for table in inspect(view.model).tables:
            for column in table.columns:
                if column.name.endswith("_id"):
                    found[column.name] |= {key.column.table.name for key in column.foreign_keys if key.column.primary_key}
    return {name: tables.pop() for name, tables in found.items() if len(tables) == 1}


def references() -> References:
    """Those of this application."""
    found: References = current_app.extensions["console"].references
    return found


def target_of(view: Any, column: Column, record: Any) -> str | None:
    """Where a fact leads: where it says, or to the record that it is an attribute of; None for a reader who may not open that."""
    if column.to:
        return column.to(record)
    step = column.name.partition(".")[0].removesuffix("_id")
    reference = next((each for each in references().of.get(view.name, ()) if each.stem == step and each.key_in(record)), None)
    if reference is None or reference.hidden:
        return None
    other = references().named(reference, reference.key_in(record) or 0)
    return other[0].link_to(other[1]) if other else None


def named_by(view: Any, record: Any, told: Iterable[str | None]) -> list[Lead]:
    """The records that `record` names and the reader may open, except those whose pages are among `told`, where its facts lead anyway."""
    seen: set[str | None] = set(told)
    found: list[Lead] = []
    for reference in references().of.get(view.name, ()):
        key = reference.key_in(record)
        if key is None or reference.hidden:
            continue
        other = references().named(reference, key)
        address = other[0].link_to(other[1]) if other else None
        if address and address not in seen:
            seen.add(address)
            found.append(Lead(reference.label or other[0].singular or other[0].title, other[0].label_of(other[1]), address))  # type: ignore[index]
    return found + _led(record)


def _led(record: Any) -> list[Lead]:
    """The ways that packages say of themselves, where no key of a page's record does."""
    ways = [way for manifest in current_app.extensions["manifests"] for model, said in manifest.leads.items() if isinstance(record, model) for way in said]
    return [lead for way in ways for lead in way(record)]


def naming(view: Any, record: Any, told: Iterable[tuple[str, str]] = ()) -> list[Lead]:
    """The lists of what names `record`, those that the reader may open and that hold something, but for the (view, attribute) pairs of `told`.

    One statement counts them all, each as far as a chip says.
    """
    key, left = inspect(record).identity[0], set(told)
    tables = {table.name for table in inspect(view.model).tables}
    asked = [
        each for name in sorted(tables) for each in references().to.get(name, ())
        if (each.view.name, each.attribute) not in left and may(each.view, "list") and not each.hidden
    ]
    if not asked:
        return []
    counts: dict[int, int] = dict(db.session.execute(union_all(*(_count(place, each, key) for place, each in enumerate(asked)))).tuples().all())
    views = [each.view.name for each in asked]
    return [
        Lead(
            each.view.title, f"{each.label}" if views.count(each.view.name) > 1 else "", each.view.url("list", **{each.name: each.written(key)}),
            counts[place],
        )
        for place, each in enumerate(asked) if counts[place]
    ]


def _count(place: int, reference: Reference, key: int) -> Any:
    view = reference.view
    rows = select(literal(1)).select_from(view.model).where(reference.condition(key))
    if view.base is not None:
        rows = rows.where(type(view).base(view.model))
    return select(literal(place), sql.count()).select_from(rows.limit(COUNT_UP_TO + 1).subquery())
