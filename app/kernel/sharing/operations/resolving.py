"""What people do with a sharing that stuck, and with a return that failed."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.database import elevated, lock
from app.framework.queue import enqueue
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.payments.operations.anomalies import resolve_anomalies
from app.kernel.sharing.models import ShareReturn, Sharing
from app.kernel.sharing.operations.returning import ask_return
from app.kernel.sharing.operations.settling import settle
from app.kernel.sharing.operations.sharing import note_given_up
from app.kernel.sharing.queries import waiting_refunds


class OwnGiveUp(SamePerson):
    """Whoever proposed to give a sharing up may not agree to it."""

    code = "sharing.own_give_up"
    sentence = _l("自己提出不分的要由另一个人复核")


def retry(sharing: Sharing, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Effect of `retry`: the channel did nothing of what it refused or closed, so that what is left is planned and asked for anew."""
    enqueue("share_payment", sharing_id=sharing.id)


def propose(sharing: Sharing, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `propose`: who would give up what is left, and why; another person decides."""
    sharing.proposal, sharing.proposed_by = reason, maker_name(actor)


def send_back(sharing: Sharing, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `send_back`: it is stuck as before."""
    sharing.proposal, sharing.proposed_by = "", None


def give_up(sharing: Sharing, *, actor: Actor, now: datetime) -> None:
    """Effect of `give_up`: what was not shared is the merchant's debt, taken from its later statements. Refuses OwnGiveUp."""
    if is_maker(sharing.proposed_by, actor):
        raise OwnGiveUp
    sharing.given_up_by = maker_name(actor)
    with elevated():
        note_given_up(sharing, actor=actor, now=now, reason=sharing.proposal)
        settle(sharing, now=now)
        resolve_anomalies(about=f"share_stuck:{sharing.number}", now=now, why=sharing.proposal)
        for refund_id in waiting_refunds(sharing.payment_id):
            enqueue("send_refund", refund_id=refund_id)
    if sharing.released_at is not None:
        enqueue("finish_sharing", sharing_id=sharing.id)


def replace_return(back: ShareReturn, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Effect of `replace`: the old number is spent, another return takes its place."""
    with elevated():
        ask_return(lock(Sharing, back.sharing_id), back.line_id, back.amount, back.refund_id, tries=back.tries + 1, now=now)
