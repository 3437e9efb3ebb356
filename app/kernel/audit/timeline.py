"""The audit of a record as its timeline: acts in words, states by their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app

from app.framework.console.columns import Difference, TimelineItem
from app.kernel.audit.models import AuditEntry
from app.kernel.audit.queries import timeline_of


def timeline_items(record: Any) -> list[TimelineItem]:
    """What happened to the record, newest first."""
    return [_item(entry) for entry in timeline_of(record)]


def act_in_words(action: str) -> Any:
    """`dining_order.accept` as the flow's word for the move, other acts by the words of the manifests, else the code itself."""
    flow_name, _, move_name = action.partition(".")
    for manifest in current_app.extensions["manifests"]:
        if action in manifest.words:
            return manifest.words[action]
        for flow in manifest.flows:
            if flow.name == flow_name:
                return next((move.label for move in flow.moves if move.name == move_name), action)
    return action


def _item(entry: AuditEntry) -> TimelineItem:
    flow = next((flow for manifest in current_app.extensions["manifests"] for flow in manifest.flows if entry.action.startswith(f"{flow.name}.")), None)
    states: Mapping[str, Any] = {state.name: state.label for state in flow.states} if flow else {}
    tone = flow.index[entry.changes["status"][1]].tone if flow and entry.changes.get("status", ["", ""])[1] in flow.index else ""
    differences = tuple(
        Difference(field, states.get(before, before), states.get(after, after))
        for field, (before, after) in entry.changes.items() if field != "status"
    )
    return TimelineItem(entry.at, entry.actor_name, act_in_words(entry.action), entry.reason, differences, bad=tone == "bad")
