"""Ask the channel to share, heed what it says, finish. Every request keeps its number; no answer means that nobody knows: it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock, outside, save
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.audit.operations import append
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.sharing import share_done
from app.kernel.parties.models import Merchant
from app.kernel.payments.channels.factory import account, channel
from app.kernel.payments.channels.interface import ChannelRefused, ChannelUnavailable
from app.kernel.payments.channels.wechat_sharing import ChannelShare, SharedPart, ShareReceiver
from app.kernel.payments.operations.anomalies import note_anomaly, resolve_anomalies
from app.kernel.sharing.claims import claims_of
from app.kernel.sharing.models import ShareCall, ShareLine, Sharing
from app.kernel.sharing.models import ShareReceiver as KnownReceiver
from app.kernel.sharing.operations.opening import SHARER
from app.kernel.sharing.operations.settling import into, part_number, settle
from app.kernel.sharing.queries import (
    call_underway,
    calls_made,
    paid_for,
    refunded_by_channel,
    returns_without_end,
    shared_by_owner,
    waiting_refunds,
)
from app.kernel.sharing.rules import Claim, Limits, Plan, plan, still_claimed

ASK_SOON, ASK_LATER = timedelta(seconds=10), timedelta(minutes=1)
UNKNOWN_THERE = "RESOURCE_NOT_EXISTS"
RELATIONS = {"platform": "SERVICE_PROVIDER", "merchant": "PARTNER"}
PLATFORM_NAME = "平台"


class ShareDiffers(Refusal):
    """The channel's word about a request is not ours."""

    code = "sharing.differs"
    status = 409
    sentence = _l("渠道说的分账和我们记的不一致（渠道 / 我们）：%(differences)s")


@dataclass(frozen=True)
class _Asked:
    """What a request says, taken before the call."""

    sub_merchant: str
    transaction_id: str
    number: str
    receivers: tuple[ShareReceiver, ...]
    strangers: tuple[tuple[str, str, str], ...]  # account, name, relation of those that the channel does not know yet


def share(sharing_id: int, *, actor: Actor, now: datetime) -> None:
    """Plan what is left to share, ask for one request of it, and heed the answer; the next request follows in a job of its own. Safe to repeat.

    Commits before it calls. While a return is under way nothing is shared.
    """
    with elevated():
        call = _next_call(sharing_id, now)
        asked = _asked(call) if call is not None else None
    if call is None or asked is None:
        return
    key = call.id
    with outside():
        outcome = _call(asked)
    if isinstance(outcome, ChannelShare):
        with elevated():
            _remember(asked, now)
        heed_share(outcome, actor=actor, now=now)
    else:
        _not_accepted(key, outcome, now=now)


def _next_call(sharing_id: int, now: datetime) -> ShareCall | None:
    """The request to send: one that was made and not sent, else the first of a plan. None when there is nothing to send."""
    sharing = lock(Sharing, sharing_id)
    if sharing.status != "sharing":
        return None
    call = call_underway(sharing.id)
    if call is not None:
        return call if call.status == "created" else None
    if returns_without_end(sharing.id):
        return None
    claims = claims_of(sharing)
    sharing.claimed = sum(claim.amount for claim in claims)
    found = _plan(sharing, claims, now)
    _name_unshared(sharing, found)
    if not found.calls:
        move(sharing, "complete", actor=SHARER, now=now)
        resolve_anomalies(about=f"share_stuck:{sharing.number}", now=now, why=sharing.number)
        settle(sharing, now=now)
        _go_on(sharing)
        return None
    place = calls_made(sharing.id) + 1
    call = save(ShareCall(number=f"{sharing.number}C{place:02d}", sharing_id=sharing.id, asked_at=now))
    for seq, part in enumerate(found.calls[0], start=1):
        save(ShareLine(
            call_id=call.id, seq=seq, owner_kind=part.claim.owner_kind, owner_id=part.claim.owner_id, account=part.account, what=part.claim.what,
            amount=part.amount,
        ))
    return call


def _plan(sharing: Sharing, claims: Sequence[Claim], now: datetime) -> Plan:
    limits = Limits(
        amount=sharing.amount, fee=sharing.fee, refunded=refunded_by_channel(sharing.payment_id, asked=True), shared=sharing.shared,
        calls=calls_made(sharing.id), most_ppm=sharing.most_ppm, frozen_until=sharing.frozen_until,
    )
    left = still_claimed(claims, shared_by_owner(sharing.id))
    return plan(left, {claim.owner: _account_of(claim) for claim in left}, limits, now)


def _account_of(claim: Claim) -> str:
    if claim.owner_kind == "platform":
        return account().merchant_id
    return (get(Merchant, claim.owner_id).sub_merchant_number or "") if claim.owner_kind == "merchant" else ""


def _name_unshared(sharing: Sharing, found: Plan) -> None:
    """What can never be shared is named; the merchant will owe it."""
    sharing.unshared = sum(each.amount for each in found.unshared)
    sharing.unshared_why = found.unshared[0].why if found.unshared else ""
    db.session.flush()


def _asked(call: ShareCall) -> _Asked:
    sharing = get(Sharing, call.sharing_id)
    lines = db.session.scalars(select(ShareLine).where(ShareLine.call_id == call.id).order_by(ShareLine.seq)).all()
    known = set(db.session.scalars(select(KnownReceiver.account).where(KnownReceiver.sub_merchant == sharing.sub_merchant)))
    return _Asked(
        sharing.sub_merchant, sharing.transaction_id, call.number,
        tuple(ShareReceiver(line.account, line.amount, f"{paid_for(sharing).number} {line.what}") for line in lines),
        tuple((line.account, _name_of(line), RELATIONS[line.owner_kind]) for line in lines if line.account not in known),
    )


def _name_of(line: ShareLine) -> str:
    return get(Merchant, line.owner_id).name if line.owner_kind == "merchant" else PLATFORM_NAME


def _call(asked: _Asked) -> ChannelShare | ChannelUnavailable | ChannelRefused:
    sharing = channel().sharing
    try:
        for number, name, relation in asked.strangers:
            sharing.add_receiver(asked.sub_merchant, number, name, relation)
        return sharing.share(asked.sub_merchant, asked.transaction_id, asked.number, asked.receivers)
    except (ChannelUnavailable, ChannelRefused) as problem:
        return problem


def _remember(asked: _Asked, now: datetime) -> None:
    for number, _, _ in asked.strangers:
        db.session.execute(insert(KnownReceiver).values(sub_merchant=asked.sub_merchant, account=number, added_at=now).on_conflict_do_nothing())


def _not_accepted(call_id: int, problem: ChannelUnavailable | ChannelRefused, *, now: datetime) -> None:
    with elevated():
        sharing = lock(Sharing, get(ShareCall, call_id).sharing_id)
        call = lock(ShareCall, call_id)
        if call.status != "created":
            return
        call.problem = sharing.problem = str(problem)[:200]
        if isinstance(problem, ChannelUnavailable):
            enqueue("ask_about_share", at=now + ASK_SOON, call_id=call_id)
            db.session.flush()
            return
        move(call, "refuse", actor=SHARER, now=now, reason=call.problem)
        _stick(sharing, call.problem, now)


def heed_share(told: ChannelShare, *, actor: Actor, now: datetime) -> None:
    """The request is here what it is at the channel: each part that arrived is booked, once. Refuses ShareDiffers; then nothing changed."""
    with elevated():
        key = db.session.execute(select(ShareCall.id, ShareCall.sharing_id).where(ShareCall.number == told.number)).one()
        sharing, call = lock(Sharing, key.sharing_id), lock(ShareCall, key.id)
        if call.status == "done":
            return
        lines = list(db.session.scalars(select(ShareLine).where(ShareLine.call_id == call.id).order_by(ShareLine.seq)))
        _compare(sharing, call, lines, told)
        call.channel_number, call.problem = told.order_id, ""
        if told.state != "FINISHED":
            if call.status == "created":
                move(call, "submit", actor=actor, now=now)
                for pause in (ASK_SOON, ASK_LATER):
                    enqueue("ask_about_share", at=now + pause, call_id=call.id)
            return
        for line, part in zip(lines, told.parts, strict=True):
            _end(sharing, call, line, part, now)
        move(call, "end", actor=actor, now=now)
        closed = [line for line in lines if line.result == "CLOSED"]
        if closed:
            _stick(sharing, f"{closed[0].account}: {closed[0].reason}", now)
        else:
            sharing.problem = ""
            enqueue("share_payment", sharing_id=sharing.id)
        settle(sharing, now=now)
        _go_on(sharing)


def _compare(sharing: Sharing, call: ShareCall, lines: Sequence[ShareLine], told: ChannelShare) -> None:
    pairs = {
        "transaction_id": (told.transaction_id, sharing.transaction_id), "order_id": (told.order_id, call.channel_number or told.order_id),
        "receivers": ([(part.account, part.amount_fen) for part in told.parts], [(line.account, line.amount) for line in lines]),
    }
    differences = [f"{name} {theirs} / {ours}" for name, (theirs, ours) in pairs.items() if theirs != ours]
    if differences:
        raise ShareDiffers(differences="; ".join(differences))


def _end(sharing: Sharing, call: ShareCall, line: ShareLine, part: SharedPart, now: datetime) -> None:
    line.detail_number, line.reason = part.detail_id, part.reason
    if part.result != "SUCCESS":
        line.result = "CLOSED"
        return
    line.result, line.done_at = "SUCCESS", part.finished_at or now
    sharing.shared += line.amount
    db.session.flush()
    post(share_done(
        paid_for(sharing).reference, part=part_number(call, line), theirs=sharing.clearing_account, into=into(line), shared_at=line.done_at,
    ), now)


def _stick(sharing: Sharing, problem: str, now: datetime) -> None:
    """A person has to look: the request was not taken, or a receiver got nothing."""
    sharing.problem = problem[:200]
    move(sharing, "stick", actor=SHARER, now=now, reason=sharing.problem)
    note_anomaly(
        "share_stuck", sharing.number, done="not_shared", now=now, subject=sharing.number, amount=sharing.open_amount, detail=sharing.problem,
        payment=paid_for(sharing),
    )


def _go_on(sharing: Sharing) -> None:
    """Whoever waited for this request may go: refunds of the payment, and the end of the sharing."""
    for refund_id in waiting_refunds(sharing.payment_id):
        enqueue("send_refund", refund_id=refund_id)
    if sharing.status == "shared" and sharing.released_at is not None:
        enqueue("finish_sharing", sharing_id=sharing.id)


def ask_about_share(call_id: int, *, actor: Actor, now: datetime) -> None:
    """The request is here what it is at the channel; one that never got there is sent again with its own number. Commits before it calls."""
    call = get(ShareCall, call_id)
    if call.status not in {"created", "submitted"}:
        return
    sharing = get(Sharing, call.sharing_id)
    named, key = (sharing.sub_merchant, sharing.transaction_id, call.number), sharing.id
    with outside():
        try:
            told = channel().sharing.query_share(*named)
        except ChannelRefused as refused:
            if refused.code != UNKNOWN_THERE:
                raise
            told = None
    if told is not None:
        heed_share(told, actor=actor, now=now)
    elif get(ShareCall, call_id).status == "created":
        enqueue("share_payment", sharing_id=key)


def finish(sharing_id: int, *, actor: Actor, now: datetime) -> None:
    """Nothing is left to share: the channel releases the rest to the merchant. Safe to repeat; the number is the same. Commits before it calls."""
    with elevated():
        sharing = lock(Sharing, sharing_id)
        if sharing.released_at is None or returns_without_end(sharing.id) or sharing.status not in {"shared", "finishing"}:
            return
        if sharing.status == "shared":
            sharing = move(sharing, "finish", actor=SHARER, now=now)
        asked = (sharing.sub_merchant, sharing.transaction_id, f"{sharing.number}F", sharing.number)
    with outside():
        outcome = _finish(*asked)
    with elevated():
        sharing = lock(Sharing, sharing_id)
        if sharing.status != "finishing":
            return
        if isinstance(outcome, ChannelShare):
            if outcome.state == "FINISHED":
                sharing.finished_at, sharing.problem = now, ""
                move(sharing, "end", actor=actor, now=now)
            else:
                enqueue("finish_sharing", at=now + ASK_SOON, sharing_id=sharing_id)
            return
        sharing.problem = str(outcome)[:200]
        db.session.flush()
        if isinstance(outcome, ChannelUnavailable):
            enqueue("finish_sharing", at=now + ASK_LATER, sharing_id=sharing_id)
        elif now >= sharing.frozen_until:
            sharing.finished_at = now
            move(sharing, "lapse", actor=SHARER, now=now, reason=sharing.problem)
        else:
            _stick(sharing, sharing.problem, now)


def _finish(*asked: str) -> ChannelShare | ChannelUnavailable | ChannelRefused:
    try:
        return channel().sharing.finish(*asked)
    except (ChannelUnavailable, ChannelRefused) as problem:
        return problem


def note_given_up(sharing: Sharing, *, actor: Actor, now: datetime, reason: str) -> None:
    """What was not shared is the merchant's debt from here on, by a person's decision."""
    amount = sharing.open_amount
    sharing.unshared, sharing.unshared_why = sharing.unshared + amount, "given_up"
    db.session.flush()
    append("sharing.given_up", sharing, actor=actor, now=now, reason=reason, changes={"unshared": [sharing.unshared - amount, sharing.unshared]})
