"""Write the audit; seal it; check the chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import inspect, text

from app.core.actors import Actor, system
from app.core.clock import now as clock_now
from app.core.flows import Flow, Move
from app.extensions import db
from app.framework.database import transaction
from app.framework.observability import request_id
from app.kernel.audit.models import AuditEntry


def append(
    action: str, subject: Any, *, actor: Actor, now: datetime, reason: str = "", changes: dict[str, Any] | None = None
) -> AuditEntry:
    """Append one act on `subject` (a mapped record) to the audit, in this transaction."""
    key = inspect(subject).identity
    entry = AuditEntry(
        at=now, action=action, subject_type=table_of(subject), subject_id=key[0] if key else None,
        subject_label=str(getattr(subject, "label", ""))[:200], merchant_id=_owner(subject, "merchant"), customer_id=_owner(subject, "customer"),
        actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name[:80], reason=reason, changes=changes or {},
        address=actor.address, request_id=request_id(),
    )
    db.session.add(entry)
    return entry


def record_act(
    action: str, *, table: str, label: str, actor: Actor, now: datetime, key: int | None = None, reason: str = "", changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one act on something that is no mapped record of its own: a schedule, a run of a job."""
    entry = AuditEntry(
        at=now, action=action, subject_type=table, subject_id=key, subject_label=label[:200], actor_kind=actor.kind, actor_id=actor.id,
        actor_name=actor.name[:80], reason=reason, changes=changes or {}, address=actor.address, request_id=request_id(),
    )
    db.session.add(entry)
    return entry


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Field → [before, after] for the fields that differ; values must be JSON."""
    return {key: [before.get(key), after.get(key)] for key in {*before, *after} if before.get(key) != after.get(key)}


def record_move(*, record: Any, flow: Flow, move: Move, before: str, actor: Actor, now: datetime, answers: dict[str, Any]) -> None:
    """Handler of `record_moved`: a change of state becomes a line of the timeline, with its reason."""
    changes = {"status": [before, record.status]} if before != record.status else {}
    append(f"{flow.name}.{move.name}", record, actor=actor, now=now, reason=str(answers.get("reason") or ""), changes=changes)


def table_of(subject: Any) -> str:
    """The table that names a record in the audit: of a joined inheritance, the base."""
    return str(type(subject).__mapper__.base_mapper.local_table.name)


def _owner(subject: Any, side: str) -> int | None:
    access = getattr(type(subject), "__access__", None)
    column = getattr(access, side, None)
    return getattr(subject, column) if column else None


_TEXT = """
    SELECT count(*) AS entries, encode(sha256(convert_to(:previous || coalesce(string_agg(
        concat_ws('|', e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.action, e.subject_type, e.subject_id, e.subject_label,
        e.merchant_id, e.customer_id, e.actor_kind, e.actor_id, e.actor_name, e.reason, e.changes, e.address, e.request_id),
        E'\\n' ORDER BY e.id), ''), 'UTF8')), 'hex') AS hash
    FROM audit_entry e WHERE e.tx >= :from_tx AND e.tx < :until_tx
"""


def seal_audit() -> int:
    """Chain everything that is certainly committed into a new block; return how many entries it holds.

    The watermark is the oldest transaction still running, so an entry in flight waits for the next block.
    """
    with transaction(system("audit")) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audit_block'))"))
        last = session.execute(text("SELECT until_tx, hash FROM audit_block ORDER BY id DESC LIMIT 1")).one_or_none()
        until = session.execute(text("SELECT baiye_tx_below()")).scalar_one()
        from_tx, previous = (last.until_tx, last.hash) if last else (0, "0" * 64)
        made = session.execute(text(_TEXT), {"previous": previous, "from_tx": from_tx, "until_tx": until}).one()
        if made.entries:
            session.execute(
                text(
                    "INSERT INTO audit_block (from_tx, until_tx, entries, previous_hash, hash, sealed_at)"
                    " VALUES (:from_tx, :until_tx, :entries, :previous, :hash, :sealed_at)"
                ),
                {"from_tx": from_tx, "until_tx": until, "entries": made.entries, "previous": previous, "hash": made.hash, "sealed_at": clock_now()},
            )
        return int(made.entries)


def broken_blocks() -> list[int]:
    """Ids of the blocks whose entries, or whose predecessor, no longer give their hash; empty when nobody tampered."""
    previous, broken = "0" * 64, []
    for block in db.session.execute(text("SELECT * FROM audit_block ORDER BY id")).all():
        made = db.session.execute(text(_TEXT), {"previous": previous, "from_tx": block.from_tx, "until_tx": block.until_tx}).one()
        if made.hash != block.hash or made.entries != block.entries or block.previous_hash != previous:
            broken.append(block.id)
        previous = block.hash
    return broken
