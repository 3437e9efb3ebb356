"""Customers report what should not be on sale."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.extensions import db
from app.framework.database import elevated, get, save
from app.kernel.audit.operations import append
from app.kernel.listings.flows import OFFERED
from app.kernel.listings.kinds import listing_kinds
from app.kernel.listings.models import REASONS, ListingReport


class AlreadyReported(Refusal):
    """The customer's report of the listing is open."""

    code = "report.already"
    status = 409
    sentence = _l("你已经举报过，平台正在处理")


class ReasonUnknown(Refusal):
    """No such reason."""

    code = "report.reason_unknown"
    status = 422
    sentence = _l("请从列表里选举报原因")


def report_listing(kind: str, subject_id: int, *, reason: str, words: str, actor: Actor, now: datetime) -> ListingReport:
    """Staff have an open report about a listing that customers see. Refuses NotFound for what is not offered, ReasonUnknown, AlreadyReported."""
    if reason not in REASONS:
        raise ReasonUnknown(field="reason")
    found = listing_kinds().get(kind)
    if found is None:
        raise NotFound
    with elevated():
        subject = get(found.model, subject_id)
        if subject.status not in OFFERED:
            raise NotFound
        report = ListingReport(
            kind=kind, trade=found.trade, subject_id=subject_id, subject_label=found.label(subject)[:200], merchant_id=subject.merchant_id,
            customer_id=actor.id, reason=reason, words=words, reported_at=now,
        )
        try:
            with db.session.begin_nested():
                save(report)
        except IntegrityError as twice:
            raise AlreadyReported from twice
        append("listing_report.opened", report, actor=actor, now=now)
        return report
