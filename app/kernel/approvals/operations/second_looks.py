"""A second look at a decision by another reviewer: samples of what was approved, appeals against what was rejected."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.kernel.approvals.models import Case
from app.kernel.approvals.queries import policy_of
from app.kernel.approvals.reviewables import reviewable, reviewables
from app.kernel.audit.operations import append

MILLION = 1_000_000


class NotRejected(Refusal):
    """Only a rejection can be appealed against, and only while it stands."""

    code = "case.not_rejected"
    status = 409
    sentence = _l("只有未通过的结果可以申诉，这一件现在不是")


class AppealedBefore(Refusal):
    """An appeal was heard; what is left is to change what was asked for and hand it in again."""

    code = "case.appealed_before"
    status = 409
    sentence = _l("这个结果已经申诉过一次；按理由改好后重新提交")


def sample_approvals(begins: datetime, ends: datetime, *, actor: Actor, now: datetime) -> int:
    """Of the cases that people approved in [begins, ends), the policy's share waits for a second look; returns how many were added.

    Which ones is decided by a hash of the case's key, so that nobody can foresee it by the order of work and a second run adds nothing.
    """
    again = aliased(Case)
    seen = select(again.id).where(again.about_id == Case.id, again.purpose == "sample").exists()
    statement = select(Case).where(
        Case.status == "approved", Case.purpose == "review", Case.decided_by.is_not(None), Case.decided_at >= begins, Case.decided_at < ends, ~seen,
    )
    shares = {kind: policy_of(kind) for kind in reviewables()}
    chosen = [case for case in db.session.scalars(statement.order_by(Case.id)) if case.kind in shares and in_sample(case.id, shares[case.kind].sample_ppm)]
    for case in chosen:
        sample = save(_second(case, "sample", now, minutes=24 * 60))
        append("case.sampled", sample, actor=actor, now=now)
    return len(chosen)


def in_sample(key: int, ppm: int) -> bool:
    """True for about `ppm` of a million keys, the same ones each time."""
    return int.from_bytes(hashlib.sha256(f"sample {key}".encode()).digest()[:8]) % MILLION < ppm


def appeal(rejected: Case, plea: str, *, actor: Actor, now: datetime) -> Case:
    """The rejected subject waits for another reviewer as it is, with the applicant's reasons; once for each rejection.

    Raises Invalid without reasons, NotRejected, AppealedBefore, and what handing the subject in raises.
    """
    if not plea.strip():
        raise Invalid(errors=[{"field": "plea", "code": "required", "message": str(_l("写明为什么觉得不该驳回"))}])
    with elevated():
        rejected = lock(Case, rejected.id)
    again = reviewable(rejected.kind).again
    if rejected.status != "rejected" or again is None:
        raise NotRejected
    if rejected.purpose == "appeal":
        raise AppealedBefore
    case: Case = again(rejected, actor=actor, now=now)
    case.purpose, case.about_id, case.barred_by, case.plea = "appeal", rejected.id, rejected.decided_by, plea.strip()[:500]
    append("case.appealed", case, actor=actor, now=now, reason=case.plea)
    db.session.flush()
    return case


def _second(case: Case, purpose: str, now: datetime, minutes: int) -> Case:
    return Case(
        kind=case.kind, trade=case.trade, merchant_id=case.merchant_id, subject_type=case.subject_type, subject_id=case.subject_id,
        subject_label=case.subject_label, turn=case.turn, purpose=purpose, about_id=case.id, barred_by=case.decided_by, snapshot=case.snapshot,
        previous=case.previous, words=case.words, submitted_at=now, due_at=now + timedelta(minutes=minutes), created_at=now, updated_at=now,
    )
