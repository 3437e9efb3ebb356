"""Listings and their reviewers: what goes to the desk by policy, what waits beside the version on sale, and what a decision does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations.cases import needs_review, open_case, withdraw_case
from app.kernel.audit.operations import append
from app.kernel.listings.flows import OFFERED
from app.kernel.listings.kinds import ListingKind, kind_of, listing_kinds
from app.kernel.listings.search import forget, index
from app.kernel.parties.models import Merchant

POLICY = system("policy")


class NothingToWithdraw(Refusal):
    """No change of the listing waits for a reviewer."""

    code = "listing.no_change_waits"
    status = 409
    sentence = _l("没有等待审核的改动")


class ChangeIsGone(Refusal):
    """A refused change is not kept: there is nothing to hand in as it is."""

    code = "listing.change_is_gone"
    status = 409
    sentence = _l("没通过的改动不保留，在售的还是原来的版本；请改好再提交")


def submit_listing(subject: Any, *, actor: Actor, now: datetime) -> None:
    """A draft or refused listing waits for a reviewer with an open case, or is on sale where policy asks for no review."""
    kind = kind_of(subject)
    values = kind.values_of(subject)
    asked = _policy_asks(kind, subject, values, now)
    move(subject, "submit", actor=actor, now=now)
    if asked:
        _open_case(kind, subject, values, actor, now)
    else:
        move(subject, "approve", actor=POLICY, now=now)


def change_listing(subject: Any, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> bool:
    """The listing has these reviewed fields, or waits to have them; True when they stand at once.

    On or off sale, a version that policy wants seen waits beside the approved one, which stays on sale; a change after a change joins it. What
    policy lets pass stands at once, but is compared with the version approved last, so that small steps add up. A draft simply changes, an open case
    sees the newest version, a refused listing is handed in again.
    """
    kind = kind_of(subject)
    wanted = {**kind.values_of(subject), **subject.proposed, **values}
    if must_wait(subject, wanted, now=now):
        subject.proposed = wanted
        append("listing.change_proposed", subject, actor=actor, now=now)
        _open_case(kind, subject, wanted, actor, now)
        db.session.flush()
        return False
    _drop_proposal(kind, subject, actor, now)
    kind.put(subject, wanted)
    after_change(subject, actor=actor, now=now)
    return True


def must_wait(subject: Any, values: Mapping[str, Any], *, now: datetime) -> bool:
    """True when the listing is offered and policy wants a reviewer to see these fields of it first."""
    return subject.status in OFFERED and values != subject.approved_as and _policy_asks(kind_of(subject), subject, values, now)


def after_change(subject: Any, *, actor: Actor, now: datetime) -> None:
    """The listing has changed in place: an open case sees the newest version, a refused one is handed in again."""
    kind = kind_of(subject)
    values = kind.values_of(subject)
    db.session.flush()
    if subject.status == "rejected" and values != subject.approved_as:
        submit_listing(subject, actor=actor, now=now)
    elif subject.status == "pending":
        _open_case(kind, subject, values, actor, now)
    if subject.status == "on_sale":
        index(subject, now=now)


def withdraw_change(subject: Any, *, actor: Actor, now: datetime) -> None:
    """The change that waits is dropped; what is on sale stays. Refuses NothingToWithdraw."""
    if not subject.proposed:
        raise NothingToWithdraw
    _drop_proposal(kind_of(subject), subject, actor, now)


def forget_listing(subject: Any, *, actor: Actor, now: datetime) -> None:
    """The listing goes: nobody needs to decide on it, nobody finds it."""
    withdraw_case(kind_of(subject).kind, subject, actor=actor, now=now)
    forget(subject)


def _drop_proposal(kind: ListingKind, subject: Any, actor: Actor, now: datetime) -> None:
    if not subject.proposed:
        return
    subject.proposed = {}
    with elevated():
        withdraw_case(kind.kind, subject, actor=actor, now=now)
    append("listing.change_withdrawn", subject, actor=actor, now=now)
    db.session.flush()


def _policy_asks(kind: ListingKind, subject: Any, values: Mapping[str, Any], now: datetime) -> bool:
    with elevated():
        return needs_review(
            kind.kind, get(Merchant, subject.merchant_id), snapshot=kind.words_of(values), changed=kind.changed(subject.approved_as, values),
            is_new=not subject.approved_as, now=now,
        )


def _open_case(kind: ListingKind, subject: Any, values: Mapping[str, Any], actor: Actor, now: datetime) -> Case:
    with elevated():
        words = kind.words_of(values)
        return open_case(kind.kind, subject, words, label=kind.label(subject), merchant_id=subject.merchant_id, actor=actor, now=now)


# ---- what the review desk calls --------------------------------------------------------------------------------------

def approve_listing(case: Case, *, actor: Actor, now: datetime) -> None:
    """The desk's yes: the listing is on sale, or the change that waited is what is on sale."""
    kind, subject = _subject(case)
    if subject.status == "pending":
        move(subject, "approve", actor=actor, now=now)
        return
    wanted = subject.proposed
    subject.proposed = {}
    kind.put(subject, wanted)
    db.session.flush()
    subject.approved_as, subject.refusal = kind.values_of(subject), ""
    append("listing.change_approved", subject, actor=actor, now=now)
    if subject.status == "on_sale":
        index(subject, now=now)


def reject_listing(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """The desk's no, with its reason; a change that waited is dropped, and what was approved before stays on sale."""
    _, subject = _subject(case)
    if subject.status == "pending":
        move(subject, "reject", actor=actor, now=now, reason=reason)
        return
    subject.proposed, subject.refusal = {}, reason[:200]
    append("listing.change_rejected", subject, actor=actor, now=now, reason=reason)
    publish("happened", act=f"{type(subject).__flow__.name}.change_rejected", record=subject, reason=reason, actor=actor, now=now)


def recall_listing(case: Case, *, actor: Actor, now: datetime, reason: str) -> None:
    """A sample found the approval wrong: a listing that is still offered goes back to the desk."""
    _, subject = _subject(case)
    if subject.status in OFFERED:
        move(subject, "recall", actor=actor, now=now, reason=reason)


def appeal_listing(case: Case, *, actor: Actor, now: datetime) -> Case:
    """The refused listing goes to the desk as it is, whatever the policy. Refuses ChangeIsGone where only a change was refused."""
    kind, subject = _subject(case)
    if subject.status in OFFERED:
        raise ChangeIsGone
    move(subject, "submit", actor=actor, now=now)
    return _open_case(kind, subject, kind.values_of(subject), actor, now)


def _subject(case: Case) -> tuple[ListingKind, Any]:
    kind = listing_kinds()[case.kind]
    return kind, lock(kind.model, case.subject_id)
