"""The library of reasons and the review policies, as staff keep them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import random_code
from app.extensions import db
from app.framework.database import save
from app.kernel.approvals.models import RejectReason, ReviewPolicy
from app.kernel.audit.operations import append, differences


class PolicyExists(Refusal):
    """A kind has one policy."""

    code = "policy.exists"
    status = 409
    sentence = _l("这一类已有审核策略，去改它")


def add_reason(
    *, sentence: str, sentence_en: str = "", kind: str = "", position: int = 0, active: bool = True, actor: Actor, now: datetime,
) -> RejectReason:
    """A sentence more to choose from."""
    reason = save(RejectReason(
        kind=kind, code=random_code(8).lower(), sentence=sentence, sentence_en=sentence_en, position=position, active=active,
        created_at=now, updated_at=now,
    ))
    append("reason.added", reason, actor=actor, now=now)
    return reason


def change_reason(reason: RejectReason, *, actor: Actor, now: datetime, **values: Any) -> RejectReason:
    """Other words or place, or no longer offered; cases keep the words they were decided with."""
    return _change("reason.changed", reason, values, actor, now)


def set_policy(
    *, kind: str, mode: str, minutes: int, young_days: int, words: list[str], sample_ppm: int = 50_000, actor: Actor, now: datetime,
) -> ReviewPolicy:
    """What is reviewed of a kind, and how soon, in place of the kind's own defaults."""
    if db.session.scalars(select(ReviewPolicy.id).where(ReviewPolicy.kind == kind)).first():
        raise PolicyExists(field="kind")
    policy = save(ReviewPolicy(
        kind=kind, mode=mode, minutes=minutes, young_days=young_days, words=words, sample_ppm=sample_ppm, created_at=now, updated_at=now,
    ))
    append("policy.set", policy, actor=actor, now=now)
    return policy


def change_policy(policy: ReviewPolicy, *, actor: Actor, now: datetime, **values: Any) -> ReviewPolicy:
    """Another policy from the next submission on."""
    return _change("policy.changed", policy, values, actor, now)


def _change(action: str, record: Any, values: dict[str, Any], actor: Actor, now: datetime) -> Any:
    before = {name: getattr(record, name) for name in values}
    for name, value in values.items():
        setattr(record, name, value)
    append(action, record, actor=actor, now=now, changes=differences(before, values))
    db.session.flush()
    return record
