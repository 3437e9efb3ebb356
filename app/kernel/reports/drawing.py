"""A report drawn: one grouped statement over the list's own conditions, in the reader's rows; what does not fit is summed, never lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, Select, String, case, cast, func, inspect, literal_column, null, select

from app.core import clock
from app.core.errors import Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.filters import ChoiceFilter, DateFilter, FlagFilter
from app.framework.console.formats import text_of
from app.framework.console.home import Chart
from app.framework.console.listing import EVERYTHING, Listing, filter_named
from app.kernel.reports.rules import GROUPS, SERIES, Grouping, Measure, groupings, measures

SHANGHAI: Any = literal_column("'Asia/Shanghai'")


class Undrawable(Refusal):
    """The list has no such column, or the reader does not see it."""

    code = "report.column"
    status = 422
    sentence = _l("这张列表没有可用的“%(name)s”，换一个分组或数值")


@dataclass(frozen=True)
class Spec:
    """What a report asks of a list."""

    group: Grouping
    series: Grouping | None
    measure: Measure
    shape: str


@dataclass(frozen=True)
class Group:
    """A group of one side of the table: its rank, its stored value, and how it is called."""

    rank: int
    value: Any
    label: str


def spec_of(listing: Listing, *, group_by: str, series: str, measure: str, shape: str) -> Spec:
    """The report on this list. Raises Undrawable, naming the field, for what the reader's list does not have."""
    ways, figures = groupings(listing.model, listing.seen.list_columns), measures(listing.model, listing.seen.list_columns)
    for field, name, offered in (("group_by", group_by, ways), ("series", series, {"": None, **ways}), ("measure", measure, figures)):
        if name not in offered:
            raise Undrawable(field=field, name=name)
    return Spec(ways[group_by], ways.get(series), figures[measure], shape)


def draw(listing: Listing, spec: Spec, title: str) -> Chart:
    """The figures of the report as a chart with its table; times in order, other groups by weight, each leading to its rows."""
    rows = db.session.execute(statement(listing, spec)).all()
    groups = _filled(_groups(rows, "g", listing, spec.group, GROUPS), spec.group)
    series = _groups(rows, "s", listing, spec.series, SERIES) if spec.series else []
    cells = {(row.g_rank, row.s_rank): (row.rows, row.total) for row in rows}
    columns: list[list[int | None]] = [[each.rank] for each in series] or [[None]]
    names = [each.label for each in series] or [spec.measure.label]

    def figure(group: Group | None, ranks: list[int | None]) -> float | int | None:
        found = [
            pair for (g_rank, s_rank), pair in cells.items()
            if (group is None or g_rank == group.rank) and (ranks == [None] or s_rank in ranks)
        ]
        return spec.measure.figure(sum(pair[0] for pair in found), sum(pair[1] for pair in found))

    everything: list[int | None] = [None]
    return Chart(
        labels=[each.label for each in groups], series=[(name, [figure(group, ranks) for group in groups]) for name, ranks in zip(names, columns, strict=True)],
        unit=_("元") if spec.measure.money else "", shape=spec.shape, summary=title, head=spec.group.label, stacked=bool(series) and not spec.measure.average,  # type: ignore[arg-type] # one of SHAPES
        links=[_link(listing, spec.group, group) for group in groups],
        sums=[*(figure(None, ranks) for ranks in columns), *([figure(None, everything)] if series else [])],
        row_sums=[figure(group, everything) for group in groups] if series else (),
    )


def statement(listing: Listing, spec: Spec) -> Select[Any]:
    """Rows (g, g_label, g_rank, s, s_label, s_rank, rows, total): at most GROUPS by SERIES of them, all that is beyond in rank GROUPS + 1 or SERIES + 1."""
    group, group_label = _expressions(listing.model, spec.group)
    series, series_label = _expressions(listing.model, spec.series) if spec.series else (cast(null(), String), cast(null(), String))
    measured = getattr(listing.model, spec.measure.column.name) if spec.measure.column else literal_column("0")
    cells = select(
        group.label("g"), group_label.label("g_label"), series.label("s"), series_label.label("s_label"),
        func.count().label("rows"), func.coalesce(func.sum(measured), 0).label("total"),
    ).where(*listing.conditions)
    for relationship in dict.fromkeys(filter(None, (_joined(listing.model, spec.group), _joined(listing.model, spec.series)))):
        cells = cells.outerjoin(relationship)
    found = cells.group_by("g", "g_label", "s", "s_label").subquery()
    weight = found.c.total if spec.measure.column else found.c.rows
    weighed = select(
        found, func.sum(weight).over(partition_by=(found.c.g, found.c.g_label)).label("g_weight"),
        func.sum(weight).over(partition_by=(found.c.s, found.c.s_label)).label("s_weight"),
    ).subquery()
    ranked = select(
        weighed, _rank(weighed, "g", spec.group).label("g_at"), _rank(weighed, "s", spec.series).label("s_at"),
    ).subquery()
    g_rank, s_rank = func.least(ranked.c.g_at, GROUPS + 1), func.least(ranked.c.s_at, SERIES + 1)
    kept = [case((rank <= most, ranked.c[name])) for rank, most, name in (
        (ranked.c.g_at, GROUPS, "g"), (ranked.c.g_at, GROUPS, "g_label"), (ranked.c.s_at, SERIES, "s"), (ranked.c.s_at, SERIES, "s_label"),
    )]
    return select(
        kept[0].label("g"), kept[1].label("g_label"), g_rank.label("g_rank"), kept[2].label("s"), kept[3].label("s_label"), s_rank.label("s_rank"),
        func.sum(ranked.c.rows).label("rows"), func.sum(ranked.c.total).label("total"),
    ).group_by(literal_column("1"), literal_column("2"), literal_column("3"), literal_column("4"), literal_column("5"), literal_column("6"))


def _rank(weighed: Any, side: str, grouping: Grouping | None) -> Any:
    """Newest first for times, heaviest first for the rest; groups without a value last."""
    first = weighed.c[side].desc().nulls_last() if grouping and grouping.period else weighed.c[f"{side}_weight"].desc()
    return func.dense_rank().over(order_by=(first, weighed.c[f"{side}_label"].asc().nulls_last(), weighed.c[side].asc().nulls_last()))


def _expressions(model: Any, grouping: Grouping) -> tuple[Any, Any]:
    """What a group is known by, and what names it: the key and name of a related record, else the value twice."""
    first, dot, name = grouping.column.name.partition(".")
    if dot:
        relationship = inspect(model).mapper.relationships[first]
        key = next(iter(relationship.local_columns))
        return getattr(model, inspect(model).mapper.get_property_by_column(key).key), getattr(relationship.mapper.class_, name)
    column = getattr(model, first)
    if not grouping.period:
        return column, column
    day = column if grouping.column.kind == "day" else func.timezone(SHANGHAI, column)
    first_day = cast(func.date_trunc(literal_column(f"'{grouping.period}'"), day), Date)
    return first_day, first_day


def _joined(model: Any, grouping: Grouping | None) -> Any:
    first, dot, _name = grouping.column.name.partition(".") if grouping else ("", "", "")
    return getattr(model, first) if dot else None


def _groups(rows: Any, side: str, listing: Listing, grouping: Grouping, most: int) -> list[Group]:
    """The groups of one side by rank; times the other way round, oldest first."""
    found: dict[int, Group] = {}
    for row in rows:
        rank = getattr(row, f"{side}_rank")
        label = _beyond(grouping) if rank > most else _words(getattr(row, side), getattr(row, f"{side}_label"), listing, grouping)
        found.setdefault(rank, Group(rank, getattr(row, side), label))
    return [found[rank] for rank in sorted(found, reverse=bool(grouping.period))]


def _beyond(grouping: Grouping) -> str:
    return _("更早") if grouping.period else _("其他")


def _words(value: Any, label: Any, listing: Listing, grouping: Grouping) -> str:
    if value is None or label in (None, ""):
        return _("（空）")
    if grouping.period:
        return grouping.days_in_words(value)
    flow = getattr(listing.model, "__flow__", None)
    if grouping.column.kind == "state" and flow and label in flow.index:
        return str(flow.index[label].label)
    if grouping.column.kind == "flag":
        return _("是") if label else _("否")
    return text_of(grouping.column, label)


def _filled(groups: list[Group], grouping: Grouping) -> list[Group]:
    """Times without a gap: a day on which nothing happened is a nought, not a missing one."""
    days = {group.value: group for group in groups if isinstance(group.value, date)}
    if not grouping.period or len(days) < 2:
        return groups
    filled: list[Group] = []
    day, last, empty = min(days), max(days), -1
    while day <= last and len(filled) < GROUPS * 4:
        filled.append(days.get(day) or Group(empty, day, grouping.days_in_words(day)))
        day, empty = grouping.next_day(day), empty - 1
    if day <= last:
        return groups
    before = [group for group in groups if group.value is None and group.rank > GROUPS]
    return [*before, *filled, *(group for group in groups if group.value is None and group.rank <= GROUPS)]


def _link(listing: Listing, grouping: Grouping, group: Group) -> str:
    """The list with this group alone; empty where the list has no filter for it."""
    first, dot, _name = grouping.column.name.partition(".")
    found = filter_named(listing.seen.filters, f"{first}_id" if dot else first)
    if found is None or group.value is None:
        return ""
    value = _asked(found, grouping, group.value, listing.args)
    return listing.url(**{"view": listing.args.get("view") or EVERYTHING, found.name: value}) if value else ""


def _asked(found: Any, grouping: Grouping, value: Any, args: Mapping[str, str]) -> str:
    """The value of a filter in the address that finds the group, within what the report's own filter on it leaves."""
    if isinstance(found, DateFilter):
        if not grouping.period:
            return ""
        first, last = value, grouping.next_day(value) - timedelta(days=1)
        if args.get(found.name):
            earliest, latest = found.range(args[found.name], business_day(clock.now()))
            first, last = max(first, earliest), min(last, latest)
        return f"{first}..{last}" if first != last else str(first)
    if isinstance(found, FlagFilter):
        return "yes" if value else "no"
    if isinstance(found, ChoiceFilter):
        return str(value)
    return str(value) if found.shape == "party" else ""
