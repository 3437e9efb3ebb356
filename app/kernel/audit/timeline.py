"""The audit of a record as its timeline."""

from __future__ import annotations

from typing import Any

from app.framework.console.columns import Difference, TimelineItem
from app.kernel.audit.models import AuditEntry
from app.kernel.audit.operations import table_of
from app.kernel.audit.queries import timeline_of
from app.kernel.audit.words import act_in_words, changes_in_words, field_in_words, flow_of, person_in_words, value_in_words


def timeline_items(record: Any) -> list[TimelineItem]:
    """What happened to the record, newest first. A change of state is the act itself, so it is not repeated as a difference."""
    return [_item(entry) for entry in timeline_of(record)]


def _item(entry: AuditEntry) -> TimelineItem:
    flow, status = flow_of(entry.action), entry.changes.get("status", ["", ""])[1]
    tone = flow.index[status].tone if flow and status in flow.index else ""
    changes = zip(entry.changes, changes_in_words(entry), strict=True)
    differences = tuple(Difference(*words, field) for field, words in changes if field != "status")
    return TimelineItem(
        entry.at, person_in_words(entry.actor_name), act_in_words(entry.action), entry.reason, differences, bad=tone == "bad", key=entry.id,
        changes=entry.changes,
    )


def value_of_field(record: Any, field: str, value: Any) -> tuple[Any, str]:
    """The label of a record's field and a stored value of it, as its timeline writes them."""
    column = field_in_words(table_of(record), field)
    return column.label, value_in_words(column, value)
