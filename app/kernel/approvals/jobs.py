"""Jobs of approvals: documents that expire, claims that were left lying."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from app.core.actors import system
from app.core.clock import now
from app.core.periods import business_day, day_range
from app.framework.database import transaction
from app.framework.settings import value_of
from app.kernel.approvals.models import Case, Document
from app.kernel.approvals.operations.documents import expire_document
from app.kernel.approvals.operations.reviewing import release_case
from app.kernel.approvals.operations.second_looks import sample_approvals


def watch_documents() -> int:
    """Expire what is past its last day, warn some days before, each document in a transaction of its own; return how many changed."""
    moment, actor = now(), system("documents")
    today = business_day(moment)
    with transaction(actor) as session:
        due = or_(
            (Document.status.in_(("valid", "expiring"))) & (Document.expires_on < today),
            (Document.status == "valid") & (Document.expires_on <= today + timedelta(days=value_of("approvals.warn_days"))),
        )
        keys = list(session.scalars(select(Document.id).where(due).order_by(Document.id)))
    changed = 0
    for key in keys:
        with transaction(actor):
            changed += expire_document(key, actor=actor, now=moment)
    return changed


def release_stale_claims() -> int:
    """Put cases whose reviewer left them lying back into the queue; return how many."""
    moment, actor = now(), system("review desk")
    with transaction(actor) as session:
        stale = select(Case.id).where(Case.status == "claimed", Case.claimed_until <= moment).order_by(Case.id).with_for_update(skip_locked=True)
        keys = list(session.scalars(stale))
        for key in keys:
            release_case(key, actor=actor, now=moment)
    return len(keys)


def sample_approved() -> int:
    """Put the policy's share of yesterday's approvals on the desk for a second look; return how many."""
    moment = now()
    begins, ends = day_range(business_day(moment) - timedelta(days=1))
    actor = system("review desk")
    with transaction(actor):
        return sample_approvals(begins, ends, actor=actor, now=moment)
