"""What the review desk calls about the creatives of advertisements."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.database import lock
from app.framework.flow import move
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations.cases import for_platform
from app.kernel.approvals.reviewables import Fact, Paper, Presentation, Reviewable
from app.kernel.files.links import public_address
from app.kernel.plans.models import Booking
from app.kernel.plans.operations.placements import REVIEW

FIELDS = {"title": _l("标题"), "link": _l("点开去哪里"), "slot": _l("广告位"), "image": _l("图片")}


def approve_creative(case: Case, *, actor: Actor, now: datetime) -> None:
    """The desk's yes: it stands on its days."""
    move(lock(Booking, case.subject_id), "approve", actor=for_platform(actor), now=now)


def reject_creative(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """The desk's no, with its reason."""
    move(lock(Booking, case.subject_id), "reject", actor=for_platform(actor), now=now, reason=reason)


def present_creative(case: Case) -> Presentation:
    """Title, link, and picture as they were handed in."""
    facts = tuple(Fact(label, case.snapshot.get(name, ""), name=name) for name, label in FIELDS.items() if name != "image")
    paper = Paper(_l("图片"), address=public_address(case.snapshot.get("image")) or "", caption=case.snapshot.get("title", ""))
    return Presentation(sections=((_l("广告素材"), facts),), papers=(paper,))


CREATIVE_REVIEW = Reviewable(
    REVIEW, _l("广告素材"), approve=approve_creative, reject=reject_creative, present=present_creative, fields=FIELDS, minutes=240,
    link=lambda case: f"/ad-bookings/{case.subject_id}",
)
