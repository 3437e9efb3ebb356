"""Before a refund goes to the channel, what others got of it comes back: asked for once a refund, by a number that the channel returns once."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock, outside, save
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.sharing import share_returned
from app.kernel.payments.channels.factory import channel
from app.kernel.payments.channels.interface import ChannelRefused, ChannelUnavailable
from app.kernel.payments.channels.wechat_sharing import ChannelReturn
from app.kernel.payments.models import Refund
from app.kernel.payments.operations.anomalies import note_anomaly
from app.kernel.sharing.claims import claims_of
from app.kernel.sharing.models import ShareCall, ShareLine, ShareReturn, Sharing
from app.kernel.sharing.operations.opening import SHARER
from app.kernel.sharing.operations.settling import out_of, settle
from app.kernel.sharing.queries import call_underway, paid_for, returns_without_end, shared_by_owner, shared_lines, sharing_of, waiting_refunds
from app.kernel.sharing.rules import excess, take_back

ASK_SOON, ASK_LATER = timedelta(seconds=10), timedelta(minutes=1)
UNKNOWN_THERE, TIMED_OUT = "RESOURCE_NOT_EXISTS", "TIME_OUT_CLOSED"
MOST_TRIES = 3


class ReturnDiffers(Refusal):
    """The channel's word about a return is not ours."""

    code = "sharing.return_differs"
    status = 409
    sentence = _l("渠道说的回退和我们记的不一致（渠道 / 我们）：%(differences)s")


def wait_for_return(refund: Refund, actor: Actor, now: datetime) -> bool:
    """Gate of refunds: True while a request to share or a return is under way, and when this refund makes one necessary, which is asked for."""
    with elevated():
        found = sharing_of(refund.payment_id)
        if found is None:
            return False
        sharing = lock(Sharing, found.id)
        if call_underway(sharing.id) or returns_without_end(sharing.id):
            return True
        claims = claims_of(sharing)
        sharing.claimed = sum(claim.amount for claim in claims)
        beyond = excess(claims, shared_by_owner(sharing.id))
        held = shared_lines(sharing.id)
        for owner, amount in beyond.items():
            parts = [(line.id, fen) for line, fen in held if (line.owner_kind, line.owner_id) == owner]
            for line_id, fen in take_back(amount, parts):
                ask_return(sharing, line_id, fen, refund.id, now=now)
        db.session.flush()
        return bool(beyond)


def ask_return(sharing: Sharing, line_id: int, amount: int, refund_id: int, *, tries: int = 1, now: datetime) -> ShareReturn:
    """A return with its number, on its way as soon as this commits."""
    place = (db.session.scalar(select(func.count()).where(ShareReturn.sharing_id == sharing.id)) or 0) + 1
    back = save(ShareReturn(
        number=f"{sharing.number}B{place:02d}", sharing_id=sharing.id, line_id=line_id, refund_id=refund_id, amount=amount, tries=tries, asked_at=now,
    ))
    enqueue("send_share_return", return_id=back.id)
    return back


def send_return(return_id: int, *, actor: Actor, now: datetime) -> None:
    """Ask the channel for the return, with the number it has had from the start. Safe to repeat; commits before it calls."""
    back = get(ShareReturn, return_id)
    if back.status != "created":
        return
    sharing, line = get(Sharing, back.sharing_id), get(ShareLine, back.line_id)
    share_number, refund_number = get(ShareCall, line.call_id).number, get(Refund, back.refund_id).number
    asked = (sharing.sub_merchant, share_number, back.number, line.account, back.amount, refund_number)
    with outside():
        outcome = _call(*asked)
    if isinstance(outcome, ChannelReturn):
        heed_return(outcome, actor=actor, now=now)
        return
    with elevated():
        sharing, back = lock(Sharing, get(ShareReturn, return_id).sharing_id), lock(ShareReturn, return_id)
        if back.status != "created":
            return
        back.problem = str(outcome)[:200]
        db.session.flush()
        if isinstance(outcome, ChannelUnavailable):
            enqueue("ask_about_share_return", at=now + ASK_SOON, return_id=return_id)
        else:
            _fail(sharing, back, back.problem, now)


def _call(*asked: str | int) -> ChannelReturn | ChannelUnavailable | ChannelRefused:
    try:
        return channel().sharing.take_back(*asked)
    except (ChannelUnavailable, ChannelRefused) as problem:
        return problem


def heed_return(told: ChannelReturn, *, actor: Actor, now: datetime) -> None:
    """The return is here what it is at the channel; what came back is booked, once, and the refund goes on. Refuses ReturnDiffers."""
    with elevated():
        key = db.session.execute(select(ShareReturn.id, ShareReturn.sharing_id).where(ShareReturn.number == told.number)).one()
        sharing, back = lock(Sharing, key.sharing_id), lock(ShareReturn, key.id)
        if back.status not in {"created", "submitted"}:
            return
        line = get(ShareLine, back.line_id)
        _compare(back, line, told)
        back.channel_number = told.return_id
        if told.state == "SUCCESS":
            _succeed(sharing, back, line, told, actor=actor, now=now)
        elif told.state == "FAILED":
            back.problem = told.reason[:200]
            db.session.flush()
            _fail(sharing, back, told.reason, now)
        elif back.status == "created":
            back.problem = ""
            move(back, "submit", actor=actor, now=now)
            for pause in (ASK_SOON, ASK_LATER):
                enqueue("ask_about_share_return", at=now + pause, return_id=back.id)


def _compare(back: ShareReturn, line: ShareLine, told: ChannelReturn) -> None:
    pairs = {
        "amount": (told.amount_fen, back.amount), "return_mchid": (told.account, line.account),
        "return_id": (told.return_id, back.channel_number or told.return_id),
    }
    differences = [f"{name} {theirs} / {ours}" for name, (theirs, ours) in pairs.items() if theirs != ours]
    if differences:
        raise ReturnDiffers(differences="; ".join(differences))


def _succeed(sharing: Sharing, back: ShareReturn, line: ShareLine, told: ChannelReturn, *, actor: Actor, now: datetime) -> None:
    back.done_at, back.problem = told.finished_at or now, ""
    back = move(back, "end", actor=actor, now=now)
    sharing.shared -= back.amount
    db.session.flush()
    post(share_returned(
        paid_for(sharing).reference, number=back.number, theirs=sharing.clearing_account, out_of=out_of(line, back.amount), returned_at=back.done_at or now,
    ), now)
    settle(sharing, now=now)
    if not returns_without_end(sharing.id):
        for refund_id in waiting_refunds(sharing.payment_id):
            enqueue("send_refund", refund_id=refund_id)
        if sharing.status == "sharing":
            enqueue("share_payment", sharing_id=sharing.id)
        elif sharing.status == "shared" and sharing.released_at is not None:
            enqueue("finish_sharing", sharing_id=sharing.id)


def _fail(sharing: Sharing, back: ShareReturn, why: str, now: datetime) -> None:
    """The channel gave nothing back. One that ran out of time gets another number by itself, a few times; every other waits for a person."""
    back = move(back, "fail", actor=SHARER, now=now, reason=why[:200])
    if why == TIMED_OUT and back.tries < MOST_TRIES:
        move(back, "replace", actor=SHARER, now=now, reason=why)
        return
    note_anomaly(
        "return_stuck", back.number, done="refund_waits", now=now, subject=back.number, amount=back.amount, detail=why, payment=paid_for(sharing),
        refund=get(Refund, back.refund_id),
    )


def ask_about_return(return_id: int, *, actor: Actor, now: datetime) -> None:
    """The return is here what it is at the channel; one that never got there is sent again with its own number. Commits before it calls."""
    back = get(ShareReturn, return_id)
    if back.status not in {"created", "submitted"}:
        return
    line, sharing = get(ShareLine, back.line_id), get(Sharing, back.sharing_id)
    named = (sharing.sub_merchant, get(ShareCall, line.call_id).number, back.number)
    with outside():
        try:
            told = channel().sharing.query_return(*named)
        except ChannelRefused as refused:
            if refused.code != UNKNOWN_THERE:
                raise
            told = None
    if told is not None:
        heed_return(told, actor=actor, now=now)
    elif get(ShareReturn, return_id).status == "created":
        enqueue("send_share_return", return_id=return_id)
