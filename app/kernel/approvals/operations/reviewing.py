"""What reviewers do with a case: claim, give back, decide. One reviewer has a case at a time, for a quarter of an hour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import lock
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations.cases import for_platform
from app.kernel.approvals.reviewables import reviewable
from app.kernel.approvals.rules import is_free
from app.kernel.audit.operations import append


class HeldByAnother(Refusal):
    """Another reviewer has the case in hand."""

    code = "case.held"
    status = 409
    sentence = _l("%(who)s 正在审这一件，换一件，或过一会儿再来")


class NotClaimed(Refusal):
    """A decision needs the case in one's own hands."""

    code = "case.not_claimed"
    status = 409
    sentence = _l("这一件不在你手里，先领取再决定")


class DecidedBefore(Refusal):
    """Samples and appeals are looked at by somebody else than who decided."""

    code = "case.decided_before"
    status = 409
    sentence = _l("上一次就是你决定的，这一件要换一个人看")


class CannotAsk(Refusal):
    """Things of this kind are approved or rejected, not asked about."""

    code = "case.cannot_ask"
    status = 409
    sentence = _l("这类审核件只能通过或驳回")


def claim_case(key: int, *, actor: Actor, now: datetime) -> Case:
    """The case in the hands of `actor` for fifteen minutes; claiming one's own again starts them afresh. Raises HeldByAnother, DecidedBefore."""
    case = lock(Case, key)
    if case.status == "claimed" and not is_free(case.claimed_by, case.claimed_until, actor.id, now):
        raise HeldByAnother(who=case.claimed_name)
    if case.barred_by is not None and case.barred_by == actor.id:
        raise DecidedBefore
    case.claimed_by, case.claimed_name, case.claimed_until = actor.id, actor.name[:80], now + timedelta(minutes=value_of("approvals.claim_minutes"))
    return move(case, "claim", actor=actor, now=now)


def claim_next(*, actor: Actor, now: datetime) -> Case | None:
    """The most urgent case that nobody has in hand, claimed; None when the queue is empty. Reviewers in a hurry never get the same one."""
    free = or_(Case.status == "waiting", (Case.status == "claimed") & (Case.claimed_until <= now))
    others = or_(Case.barred_by.is_(None), Case.barred_by != actor.id)
    statement = select(Case.id).where(free, others).order_by(Case.due_at, Case.id).limit(1).with_for_update(skip_locked=True)
    key = db.session.scalars(statement).first()
    return claim_case(key, actor=actor, now=now) if key is not None else None


def release_case(key: int, *, actor: Actor, now: datetime) -> Case:
    """Back into the queue. The holder may; anybody else only after the claim has timed out."""
    case = lock(Case, key)
    if not is_free(case.claimed_by, case.claimed_until, actor.id, now):
        raise HeldByAnother(who=case.claimed_name)
    case = move(case, "release", actor=actor, now=now)
    case.claimed_by, case.claimed_name, case.claimed_until = None, "", None
    return case


def decide(
    key: int, decision: str, *, actor: Actor, now: datetime, reason: str = "", codes: tuple[str, ...] = (), version: int | None = None,
) -> Case:
    """`approve`, `ask`, or `reject` a case in one's hands, and carry it out. `reason` is what the applicant reads; `codes` name its
    sentences in the library. Raises NotClaimed, Conflict when `version` is outdated, Invalid without a reason where one is needed."""
    case = lock(Case, key, version=version)
    if case.status == "claimed" and case.claimed_by != actor.id:
        raise NotClaimed
    if decision == "ask" and (reviewable(case.kind).ask is None or case.purpose == "sample"):
        raise CannotAsk
    if case.status == "claimed" and (decision == "approve" or reason):
        case.decided_by, case.decided_name, case.decided_at = actor.id, actor.name[:80], now
        case.reason, case.reason_code = reason[:500], ",".join(codes)[:120]
    return move(case, decision, actor=actor, now=now, reason=reason)


def reveal(key: int, *, actor: Actor, now: datetime) -> Mapping[str, str]:
    """The masked values of a case in one's hands, in full. Leaves a line in the audit."""
    case = lock(Case, key)
    found = reviewable(case.kind)
    if case.claimed_by != actor.id or case.status != "claimed" or found.reveal is None:
        raise NotClaimed
    append("case.revealed", case, actor=actor, now=now)
    return found.reveal(case)


def run_approve(case: Case, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `approve`: carry it out; a sample that is right changes nothing."""
    if case.purpose == "sample":
        return
    reviewable(case.kind).approve(case, actor=for_platform(actor), now=now)


def run_reject(case: Case, *, actor: Actor, now: datetime, reason: str, **_: Any) -> None:
    """Effect of `reject`; of a sample, that the subject comes back to the desk where its kind can."""
    if case.purpose == "sample":
        recall = reviewable(case.kind).recall
        if recall is not None:
            recall(case, actor=for_platform(actor), now=now, reason=reason)
        return
    reviewable(case.kind).reject(case, actor=for_platform(actor), now=now, reason=reason)


def run_ask(case: Case, *, actor: Actor, now: datetime, reason: str, **_: Any) -> None:
    """Effect of `ask`."""
    ask = reviewable(case.kind).ask
    if ask is None:
        raise CannotAsk
    ask(case, actor=for_platform(actor), now=now, reason=reason)
