"""Settle what differs: somebody looks into it, proposes, a second person approves; then the day is signed. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.framework.database import lock
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.operations import post, reverse_named
from app.kernel.ledger.postings.reconciliation import break_matched, break_opened, break_resolved
from app.kernel.reconciliation.models import ReconBreak, ReconDay
from app.kernel.reconciliation.operations.keeping import settle_day


class OwnProposal(SamePerson):
    """Whoever proposed how to settle a break may not approve it."""

    code = "recon.own_proposal"
    sentence = _l("自己提出的处理要由另一个人复核")


def take(record: ReconBreak, *, actor: Actor, now: datetime) -> None:
    """Effect of `take`: the break has somebody who looks into it."""
    record.owner = maker_name(actor)


class Settled(Refusal):
    """A break that is settled has no owner to change."""

    code = "recon.settled"
    status = 409
    sentence = _l("%(number)s 已经了结，不能再交给别人")


def assign(break_id: int, person_id: int, *, actor: Actor, now: datetime) -> ReconBreak:
    """The break is another person's to look into. Refuses with Settled."""
    record = lock(ReconBreak, break_id)
    if not record.waits:
        raise Settled(number=record.number)
    before, record.owner = record.owner, f"staff:{person_id}"
    append("recon_break.assigned", record, actor=actor, now=now, changes={"owner": [before, record.owner]})
    publish("happened", act="recon_break.assigned", record=record, reason="", actor=actor, now=now)
    return record


def propose(record: ReconBreak, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `propose`: what was found out, and where the money goes; a second person decides."""
    record.resolution, record.explanation, record.proposed_by = record.plan, reason, maker_name(actor)
    record.owner = record.owner or maker_name(actor)


def approve(record: ReconBreak, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the money leaves suspense for where it was proposed. Raises OwnProposal."""
    if is_maker(record.proposed_by, actor):
        raise OwnProposal
    record.approved_by, record.closed_at = maker_name(actor), now
    if record.effect:
        post(break_resolved(
            number=record.posting_key, effect=record.effect, resolution=record.resolution, maker=record.proposed_by or "", checker=record.approved_by,
            memo=record.explanation, resolved_at=now,
        ), now)
    settle_day(lock(ReconDay, record.day_id), now=now)


def send_back(record: ReconBreak, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `send_back`: nothing is proposed any more."""
    record.resolution, record.proposed_by = "", None


def take_back(record: ReconBreak, *, actor: Actor, now: datetime) -> None:
    """Effect of `match`: the other side came, so that nothing is left to explain."""
    record.resolution, record.closed_at, record.proposed_by = "matched", now, None
    if record.effect:
        source = record.source_account(lock(ReconDay, record.day_id))
        post(break_matched(number=record.posting_key, source=source, effect=record.effect, matched_at=now), now)


def reappear(record: ReconBreak, *, actor: Actor, now: datetime, maker: str = "", checker: str = "", reason: str = "") -> None:
    """Effect of `reappear`: the difference is there again and its money in suspense, however it had been settled.

    What two people had posted (`maker` and `checker` are the two who take it back) is reversed entry by entry; what had been matched is posted anew.
    """
    key = record.posting_key
    record.round += 1
    taken_back = maker and reverse_named("recon_break_resolved", key, maker=maker, checker=checker, memo=reason, now=now)
    if record.effect and not taken_back:
        source = record.source_account(lock(ReconDay, record.day_id))
        post(break_opened(number=record.posting_key, source=source, effect=record.effect, found_at=now), now)
    record.resolution, record.explanation, record.proposed_by, record.approved_by, record.closed_at = "", "", None, None, None


def sign(record: ReconDay, *, actor: Actor, now: datetime) -> None:
    """Effect of `sign`: somebody stands for the day."""
    record.signed_by, record.signed_at = maker_name(actor), now
