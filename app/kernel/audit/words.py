"""What the audit says in words: acts, fields, values, and who acted when it was not a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.flows import Flow
from app.framework.console.columns import Column
from app.framework.console.formats import text_of
from app.framework.manifest import Manifest
from app.kernel.audit.models import AuditEntry

SYSTEM = {
    "clock": _l("定时任务"), "wechat": _l("微信支付"), "channel": _l("支付渠道"), "policy": _l("审核策略"), "documents": _l("证照巡检"),
    "review desk": _l("审核台"), "settlement": _l("结算任务"), "clean-up": _l("清理任务"), "price list": _l("默认价目"), "seed": _l("默认价目"),
    "price-list": _l("默认价目"), "ledger": _l("账本"), "proofs": _l("账实核对"), "audit": _l("审计"), "sync": _l("系统启动"), "demo": _l("演示"),
    "command line": _l("命令行"), "arrival": _l("到货核对"), "locks": _l("门锁"), "calendars": _l("渠道日历"),
}


def person_in_words(name: str | None) -> Any:
    """The name of a person as it is; of a part of the system in words, a package by its title."""
    return SYSTEM.get(name or "") or next((manifest.title for manifest in _manifests() if manifest.name == name), name)


def act_in_words(action: str) -> Any:
    """`dining_order.accept` as the flow's word for the move, other acts by the words of the manifests, else the code itself."""
    for manifest in _manifests():
        if action in manifest.words:
            return manifest.words[action]
    move_name = action.partition(".")[2]
    flow = flow_of(action)
    return next((move.label for move in flow.moves if move.name == move_name), action) if flow else action


def flow_of(action: str) -> Flow | None:
    """The flow that an act belongs to."""
    name = action.partition(".")[0]
    return next((flow for manifest in _manifests() for flow in manifest.flows if flow.name == name), None)


def changes_in_words(entry: AuditEntry) -> Iterator[tuple[Any, str, str]]:
    """(field, before, after) of each change of an act, as the record's page would say it."""
    flow = flow_of(entry.action)
    states: Mapping[str, Any] = {state.name: state.label for state in flow.states} if flow else {}
    for field, (before, after) in entry.changes.items():
        column = Column("status", _l("状态"), choices=states) if field == "status" else field_in_words(entry.subject_type, field)
        yield column.label, value_in_words(column, before), value_in_words(column, after)


def field_in_words(table: str, field: str) -> Column:
    """The column that names and formats a field: of the manifests, of the record's own page, else the bare name."""
    for manifest in _manifests():
        found = manifest.fields.get(f"{table}.{field}") or manifest.fields.get(field)
        if found:
            return found
    return next((column for column in _shown(table) if column.name == field and column.value is None), Column(field, field))


def value_in_words(column: Column, value: Any) -> str:
    """A stored value as text: lists joined, pairs named, nothing as an empty text.

    A column with a `value` function writes the stored value itself.
    """
    if value is not None and column.value is not None:
        return str(column.value(value))
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return "、".join(value_in_words(column, each) for each in value)
    if isinstance(value, dict):
        return "，".join(f"{key} {value_in_words(column, each)}" for key, each in value.items() if each not in (None, "", []))
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return text_of(column, value)


def _shown(table: str) -> Iterator[Column]:
    for view in current_app.extensions["appbuilder"].baseviews:
        model = getattr(view, "model", None)
        if model is not None and model.__mapper__.base_mapper.local_table.name == table:
            yield from (*view.facts, *view.list_columns)


def _manifests() -> list[Manifest]:
    found: list[Manifest] = current_app.extensions["manifests"]
    return found
