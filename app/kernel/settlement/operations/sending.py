"""Give the payments of a batch, one database transaction each: another machine takes the next one, a dead one leaves at most one in doubt.

A payment is `sent` before anybody outside hears of it. From then on it is asked about and never given again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.actors import system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import get, lock, outside
from app.framework.flow import move
from app.kernel.ledger.proofs import proofs_hold
from app.kernel.payments.channels.factory import channel
from app.kernel.payments.channels.interface import ChannelRefused, ChannelTransfer, ChannelUnavailable
from app.kernel.settlement.models import PayeeAccount, Payout, PayoutBatch
from app.kernel.settlement.operations.accounts import number_of
from app.kernel.settlement.operations.batches import ProofsFail

SYSTEM = system("settlement")
QUIET = timedelta(minutes=1)  # how long an answer may take before it is asked for
NEVER_ARRIVED = timedelta(minutes=10)  # a payment that the channel does not know so long after it was given never reached it
ENDED = frozenset({"FAIL", "CANCELLED"})


def send_next(batch_id: int, *, now: datetime) -> Payout | None:
    """The next waiting payment of the batch is sent, or dropped with the reason why it cannot be; None when none waits.

    One that another machine works on is left to it. Refuses ProofsFail while the proofs fail: then the batch waits.
    """
    if db.session.get_one(PayoutBatch, batch_id).status != "sending":
        return None
    waiting = select(Payout).where(Payout.batch_id == batch_id, Payout.status == "waiting").order_by(Payout.id).limit(1)
    payout = db.session.scalars(waiting.with_for_update(skip_locked=True, of=Payout)).one_or_none()
    if payout is None:
        return None
    if not proofs_hold():
        raise ProofsFail
    try:
        with db.session.begin_nested():
            return move(payout, "send", actor=SYSTEM, now=now)
    except Refusal as refusal:
        return move(payout, "drop", actor=SYSTEM, now=now, reason=str(refusal)[:200])


def transfer(payout_id: int, *, now: datetime) -> None:
    """Tell the channel of a payment that was just sent; without a clear answer it is unknown and will be asked about."""
    payout = get(Payout, payout_id)
    number, amount, payee, openid = payout.number, payout.amount, payout.payee, number_of(get(PayeeAccount, payout.account_id))
    told: ChannelTransfer | ChannelRefused | None
    with outside():
        try:
            told = channel().transfer(number, amount, openid, payee, _("结算款 %(number)s", number=number))
        except ChannelRefused as refused:
            told = refused
        except ChannelUnavailable:
            told = None
    payout = lock(Payout, payout_id)
    if payout.status != "sent":
        return
    if told is None:
        move(payout, "lose", actor=SYSTEM, now=now)
    elif isinstance(told, ChannelRefused):
        move(payout, "fail", actor=SYSTEM, now=now, reason=told.message[:200] or told.code)
    else:
        _heard(payout, told, now)


def ask_about(payout_id: int, *, now: datetime) -> None:
    """Ask the channel what became of a payment. One that it never heard of has failed; without an answer nothing changes."""
    number = get(Payout, payout_id).number
    told: ChannelTransfer | None = None
    with outside():
        try:
            told, unheard = channel().query_transfer(number), False
        except ChannelRefused as refused:
            unheard = refused.code == "NOT_FOUND"
        except ChannelUnavailable:
            return
    payout = lock(Payout, payout_id)
    if payout.status not in {"sent", "unknown"}:
        return
    if told is not None:
        _heard(payout, told, now)
    elif unheard and payout.sent_at and now - payout.sent_at > NEVER_ARRIVED:
        move(payout, "fail", actor=SYSTEM, now=now, reason=_("渠道没有收到这笔付款"))


def _heard(payout: Payout, told: ChannelTransfer, now: datetime) -> None:
    if told.state == "SUCCESS":
        move(payout, "succeed", actor=SYSTEM, now=now, reference=told.transfer_id)
    elif told.state in ENDED:
        move(payout, "fail", actor=SYSTEM, now=now, reason=told.reason[:200] or told.state)


def quiet_payouts(now: datetime) -> list[int]:
    """Payments through the channel of which nothing final was heard for a while."""
    quiet = select(Payout.id).where(Payout.method == "wechat", Payout.status.in_(("sent", "unknown")), Payout.sent_at < now - QUIET)
    return list(db.session.scalars(quiet.order_by(Payout.id)))


def unfinished_batches() -> list[int]:
    """Batches that are being sent: a worker that died left them so."""
    return list(db.session.scalars(select(PayoutBatch.id).where(PayoutBatch.status == "sending").order_by(PayoutBatch.id)))
