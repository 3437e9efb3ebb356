"""Open, refresh, and withdraw review cases: what the owners of reviewable things call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import inspect, select

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import lock, save
from app.framework.flow import move
from app.kernel.approvals.models import Case
from app.kernel.approvals.queries import policy_of
from app.kernel.approvals.reviewables import reviewable
from app.kernel.approvals.rules import risk_words_in
from app.kernel.audit.operations import append, table_of
from app.kernel.parties.models import Merchant

OPEN = ("waiting", "claimed", "asked")


def needs_review(
    kind: str, merchant: Merchant, *, snapshot: Mapping[str, Any], changed: Iterable[str] = (), is_new: bool, now: datetime,
) -> bool:
    """Whether the policy of `kind` sends this version to a reviewer before it is shown.

    A risk word always does; new things do unless only risk words are reviewed; mode `all` sends everything, `new_merchants` what comes
    from a merchant younger than the policy's days, `changed_fields` what changes a watched name.
    """
    policy, found = policy_of(kind), reviewable(kind)
    if risk_words_in(snapshot, (*found.words, *policy.words)) or policy.mode == "all":
        return True
    if policy.mode == "new_merchants":
        return merchant.created_at > now - timedelta(days=policy.young_days)
    return policy.mode == "changed_fields" and (is_new or bool(found.watched & set(changed)))


def open_case(
    kind: str, subject: Any, snapshot: Mapping[str, Any], *, label: str, merchant_id: int | None, actor: Actor, now: datetime,
) -> Case:
    """A case for this version of `subject`, waiting for a reviewer. An open case of the subject takes the new version instead of a second one.

    The snapshot holds JSON values. A reviewer who has the older version in hand is refused with Conflict when deciding.
    """
    key = inspect(subject).identity[0]
    newest = select(Case.id).where(Case.kind == kind, Case.subject_id == key, Case.purpose != "sample").order_by(Case.id.desc()).limit(1)
    last_key = db.session.scalars(newest).first()
    last = lock(Case, last_key) if last_key is not None else None
    policy, found = policy_of(kind), reviewable(kind)
    facts = {
        "snapshot": dict(snapshot), "words": risk_words_in(snapshot, (*found.words, *policy.words)), "subject_label": label[:200],
        "submitted_at": now, "due_at": now + timedelta(minutes=policy.minutes),
    }
    if last is not None and last.status in OPEN:
        return _refresh(last, facts, actor, now)
    case = save(Case(
        kind=kind, trade=kind.partition(".")[0], merchant_id=merchant_id, subject_type=table_of(subject), subject_id=key,
        turn=last.turn + 1 if last else 1, previous=last.snapshot if last else {}, created_at=now, updated_at=now, **facts,
    ))
    append("case.opened", case, actor=actor, now=now)
    return case


def _refresh(case: Case, facts: dict[str, Any], actor: Actor, now: datetime) -> Case:
    if case.status == "asked":
        facts |= {"previous": case.snapshot, "turn": case.turn + 1, "claimed_by": None, "claimed_name": "", "claimed_until": None}
    for name, value in facts.items():
        setattr(case, name, value)
    if case.status == "asked":
        return move(case, "resubmit", actor=for_platform(actor), now=now)
    append("case.refreshed", case, actor=actor, now=now)
    db.session.flush()
    return case


def withdraw_case(kind: str, subject: Any, *, actor: Actor, now: datetime) -> Case | None:
    """Take the subject's open case off the desk; None when there is none."""
    key = inspect(subject).identity[0]
    own = (Case.kind == kind, Case.subject_id == key, Case.status.in_(OPEN), Case.purpose != "sample")
    found = db.session.scalars(select(Case.id).where(*own)).first()
    return move(lock(Case, found), "withdraw", actor=for_platform(actor), now=now) if found is not None else None


def for_platform(actor: Actor) -> Actor:
    """The actor as the platform's hand: moves that only the platform makes follow from what was done, under the person's name."""
    return replace(actor, roles=actor.roles | {"system"})
