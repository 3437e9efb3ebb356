"""What the moves of listings and reports do beside changing the state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.actors import Actor
from app.framework.database import elevated, lock
from app.framework.flow import move
from app.kernel.approvals.operations.cases import for_platform, open_case, withdraw_case
from app.kernel.listings.flows import OFFERED
from app.kernel.listings.kinds import kind_of, listing_kinds
from app.kernel.listings.models import ListingReport
from app.kernel.listings.search import forget, index


def on_submitted(subject: Any, **_: Any) -> None:
    """What was said against the last version is answered by this one."""
    subject.refusal = ""


def on_approved(subject: Any, *, now: datetime, **_: Any) -> None:
    """What stands is what was approved, and customers find it."""
    subject.approved_as, subject.refusal = kind_of(subject).values_of(subject), ""
    index(subject, now=now)


def on_view(subject: Any, *, now: datetime, **_: Any) -> None:
    """Customers find it."""
    index(subject, now=now)


def off_view(subject: Any, **_: Any) -> None:
    """Customers do not find it."""
    forget(subject)


def on_rejected(subject: Any, *, reason: str = "", **_: Any) -> None:
    """The merchant reads why."""
    subject.refusal = reason[:200]


def on_recalled(subject: Any, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The platform wants to see it again: it is off sale with an open case; a change that waited goes with it."""
    kind = kind_of(subject)
    forget(subject)
    with elevated():
        if subject.proposed:
            withdraw_case(kind.kind, subject, actor=actor, now=now)
            subject.proposed = {}
        words = kind.words_of(kind.values_of(subject))
        open_case(kind.kind, subject, words, label=kind.label(subject), merchant_id=subject.merchant_id, actor=actor, now=now)


def on_upheld(report: ListingReport, *, actor: Actor, now: datetime, answer: str = "", **_: Any) -> None:
    """The listing goes back to the review desk at once; one that is off already stays as it is."""
    _decided(report, answer, actor, now)
    subject = lock(listing_kinds()[report.kind].model, report.subject_id)
    if subject.status in OFFERED:
        move(subject, "recall", actor=for_platform(actor), now=now, reason=answer)


def on_dismissed(report: ListingReport, *, actor: Actor, now: datetime, answer: str = "", **_: Any) -> None:
    """Nothing happens to the listing."""
    _decided(report, answer, actor, now)


def _decided(report: ListingReport, answer: str, actor: Actor, now: datetime) -> None:
    report.answer, report.decided_by, report.decided_at = answer[:200], actor.name, now
