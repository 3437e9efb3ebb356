"""Filters that nobody declared: a list can be narrowed by what it shows, in every package alike."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, DateTime, inspect
from sqlalchemy.sql.type_api import TypeEngine

from app.framework.console.columns import Column
from app.framework.console.filters import ChoiceFilter, DateFilter, Filter, FlagFilter


def filters_of(view: Any) -> tuple[Filter, ...]:
    """What the view declares, then one for each thing that its list shows and the database holds: a state, a yes or no, a value of a few, a time that
    it can be sorted by, and the trade of records that may be of several."""
    stored = {each.key: each.columns[0].type for each in inspect(view.model).column_attrs}
    declared = {each.column for each in view.filters}
    shown = [column for column in view.list_columns if column.name in stored and column.name not in declared and column.value is None]
    found = [_filter_of(view, column, stored[column.name]) for column in shown]
    trades = [_trade_filter()] if "trade" in stored and "trade" not in declared and inspect(view.model).polymorphic_identity is None else []
    return (*view.filters, *(each for each in (*found, *trades) if each))


def _filter_of(view: Any, column: Column, kind: TypeEngine[Any]) -> Filter | None:
    if column.kind == "state" and view.flow():
        return ChoiceFilter(column.name)
    if column.choices is not None:
        return ChoiceFilter(column.name, choices={value: words for value, words in column.choices.items() if value not in {"", None}})
    if column.kind == "flag" and isinstance(kind, Boolean):
        return FlagFilter(column.name)
    if column.sort and isinstance(kind, (Date, DateTime)):
        return DateFilter(column.name, days=not isinstance(kind, DateTime))
    return None


def trades() -> dict[str, Any]:
    """Name → title of the trades that are switched on."""
    return {manifest.name: manifest.title for manifest in current_app.extensions["manifests"] if manifest.documents}


def _trade_filter() -> Filter | None:
    return ChoiceFilter("trade", _l("行业"), choices=trades()) if len(trades()) > 1 else None
