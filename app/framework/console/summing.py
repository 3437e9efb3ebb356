"""What all rows of a list come to: their number, their sums, and how many each tab has, as one row that costs little however many they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Float, String, Subquery, bindparam, case, cast, func, inspect, literal_column, select, text, true
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.sql.util import find_tables

from app.framework.console.columns import Column, Tab

COUNT_UP_TO = 10_000
TAB_COUNT_UP_TO = 999  # each tab is counted on each page, so only as far as a glance tells more from less


@dataclass
class Summary:
    """How many rows the filter finds: exactly up to 10,000, `capped` beyond, where `count` is an estimate or 10,000; sums in fen unless it is
    capped; counts of the tabs."""

    count: int
    capped: bool
    totals: list[tuple[Column, int]] = field(default_factory=list)
    tabs: dict[str, int] = field(default_factory=dict)


class Summing:
    """The query of a summary. `row` is one row: the number of rows, or more than 10,000; their sums, where they are not more; the tabs' counts.

    With `estimate` there is no condition that would make the table's own estimate wrong: a large one is taken at its word, not counted.
    """

    def __init__(
        self, model: Any, key: str, conditions: Sequence[ColumnElement[bool]], base: Sequence[ColumnElement[bool]], columns: Sequence[Column],
        tabs: Sequence[Tab], of_tab: Callable[[Tab], list[ColumnElement[bool]]], *, estimate: bool,
    ) -> None:
        self.model, self.key, self.tabs = model, key, tabs
        self.summed = [column for column in columns if column.total]
        names = [column.name for column in self.summed]
        counted = select(func.count()).select_from(self._rows(conditions, [], COUNT_UP_TO)).scalar_subquery()
        number = select((self._unless_large(counted) if estimate else counted).label("rows")).cte("counted")
        few = select(number.c.rows).scalar_subquery() <= as_written(COUNT_UP_TO)
        added = self._rows([*conditions], names, COUNT_UP_TO, only_if=few)
        sums = select(*(func.sum(added.c[name]).label(f"sum_{place}") for place, name in enumerate(names))).select_from(added).subquery()
        tabbed = [self._tab([*base, *of_tab(tab)]).label(f"tab_{place}") for place, tab in enumerate(tabs)]
        whole = number.join(sums, true()) if names else number
        self.row = select(number.c.rows, *(sums.c if names else ()), *tabbed).select_from(whole).cte("summary")

    def of(self, row: Sequence[Any]) -> Summary:
        """The summary that the row says."""
        capped = row[0] > COUNT_UP_TO
        totals = [] if capped else [(column, int(row[1 + place] or 0)) for place, column in enumerate(self.summed)]
        counts = {tab.name: row[1 + len(self.summed) + place] for place, tab in enumerate(self.tabs)}
        return Summary(COUNT_UP_TO if row[0] == COUNT_UP_TO + 1 else int(row[0]), capped, totals, counts)

    def _unless_large(self, counted: Any) -> Any:
        """PostgreSQL's own estimate of the table's rows where it is well above what is counted, else the count."""
        table = inspect(self.model).local_table.name
        estimate = select(cast(literal_column("reltuples"), Float)).select_from(text("pg_class")).where(
            literal_column("oid") == cast(as_written(table, String()), REGCLASS),
        ).scalar_subquery()
        return case((estimate > as_written(2 * COUNT_UP_TO), estimate), else_=counted)

    def _tab(self, conditions: Sequence[ColumnElement[bool]]) -> Any:
        return select(func.count()).select_from(self._rows(conditions, [], TAB_COUNT_UP_TO)).scalar_subquery()

    def _rows(
        self, conditions: Sequence[ColumnElement[bool]], names: Sequence[str], limit: int, only_if: ColumnElement[bool] | None = None,
    ) -> Subquery:
        """The first rows that meet the conditions, one more than `limit`: of the common table alone where a model is joined to one and nothing
        else is asked, for the join would cost more than all the rest of the page."""
        mapper, conditions = inspect(self.model), list(conditions)
        base = mapper.base_mapper
        asked = {table for each in [*conditions, *(getattr(self.model, name) for name in names)] for table in tables_of(each)}
        if base is not mapper and base.polymorphic_on is not None and asked <= {base.local_table}:
            kinds = [each.polymorphic_identity for each in mapper.self_and_descendants]
            conditions.append(base.polymorphic_on.in_(as_written(kinds, base.polymorphic_on.type)))
            mapper = base
        columns = [getattr(mapper.class_, name) for name in names] or [literal_column("1")]  # no column, so that an index may be all that is read
        return select(*columns).select_from(mapper.class_).where(*conditions, *([] if only_if is None else [only_if])).limit(as_written(limit + 1)).subquery()


def as_written(value: Any, kind: Any = None) -> Any:
    """A value of our own that stands in the statement as it is. As a parameter it is unknown to a kept plan, which then prepares for a tenth of
    all rows where 26 are wanted, and for the usual state where a rare one is looked for."""
    return bindparam(None, value, kind, expanding=isinstance(value, (list, tuple)), literal_execute=True)


def tables_of(clause: ColumnElement[Any]) -> set[Any]:
    """The tables whose columns a condition reads, also inside its subqueries."""
    return set(find_tables(clause, check_columns=True, include_selects=True, include_aliases=True, include_joins=True))
