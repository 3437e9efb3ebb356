"""What the channel tells us is kept first and obeyed afterwards, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import save
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.payments.channels.factory import channel
from app.kernel.payments.channels.interface import ChannelPayment, ChannelUnavailable
from app.kernel.payments.channels.wechat import CALLBACK_WINDOW
from app.kernel.payments.channels.wechat_answers import payment_from, refund_from
from app.kernel.payments.models import ChannelNotice, Payment
from app.kernel.payments.operations.anomalies import note_anomaly, resolve_anomalies
from app.kernel.payments.operations.paying import UnknownPayment, confirm_payment
from app.kernel.payments.operations.refunding import UnknownRefund, heed_refund

CHANNEL = system("wechat")
MOST_TRIES = 20
ASKED = "QUERY"  # the event type of an answer that we asked for and that disagrees with our books


class UnknownEvent(Refusal):
    """A notice of a kind that we do not know."""

    code = "payment.unknown_event"
    status = 422
    sentence = _l("不认识的渠道通知：%(event)s")


UNKNOWN = (UnknownPayment, UnknownRefund, UnknownEvent)


def store_notice(headers: Mapping[str, str], body: bytes, *, now: datetime) -> int:
    """The notice is kept, once for each of its ids; returns our key of it. Refuses with CallbackForged: then nothing is kept."""
    told = channel().read_callback(headers, body, now)
    subject = str(told.resource.get("out_refund_no") or told.resource.get("out_trade_no") or "")
    statement = insert(ChannelNotice).values(
        notify_id=told.notify_id, event_type=told.event_type, subject=subject[:64], received_at=now, body=body, resource=dict(told.resource),
        status=ChannelNotice.__flow__.first, tries=0, error="",
    ).on_conflict_do_nothing(index_elements=["notify_id"]).returning(ChannelNotice.id)
    stored = db.session.execute(statement).scalar_one_or_none()
    if stored is not None:
        return stored
    notice = db.session.scalars(select(ChannelNotice).where(ChannelNotice.notify_id == told.notify_id)).one()
    note_anomaly("replayed", told.notify_id, done="ignored", now=now, subject=subject, detail=told.event_type, notice=notice)
    return notice.id


def note_forged(headers: Mapping[str, str], address: str, *, now: datetime) -> None:
    """A callback that is not the channel's, or too old to be believed, is counted for its day and its sender; its content is not kept."""
    sent = headers.get("Wechatpay-Timestamp", "")
    old = sent.isascii() and sent.isdecimal() and len(sent) < 12 and abs(now.timestamp() - int(sent)) > CALLBACK_WINDOW.total_seconds()
    kind = "stale" if old else "forged"
    note_anomaly(kind, f"{business_day(now)}:{address}", done="refused", now=now, address=address, detail=address)


def obey_notice(notice_id: int, *, now: datetime) -> bool:
    """Do what a kept notice says and mark it handled; mark it failed, and change nothing else, when it cannot be right.

    False when somebody else has it in hand or it was obeyed before. Whatever is neither a Refusal nor an unreadable notice
    is raised: roll back, and count the try with `note_failed_try`.
    """
    waiting = select(ChannelNotice).where(ChannelNotice.id == notice_id, ChannelNotice.status == "received")
    notice = db.session.scalars(waiting.with_for_update(skip_locked=True)).one_or_none()
    if notice is None:
        return False
    notice.tries += 1
    try:
        with db.session.begin_nested():
            _do(notice.event_type, notice, now)
    except (Refusal, ChannelUnavailable) as wrong:
        _fail(notice, str(wrong), now, "unknown" if isinstance(wrong, UNKNOWN) else "differs")
    else:
        notice.error, notice.handled_at = "", now
        move(notice, "handle", actor=CHANNEL, now=now)
        resolve_anomalies(notice_id=notice.id, now=now, why=notice.subject)
    return True


def _do(event: str, notice: ChannelNotice, now: datetime) -> None:
    if event == "TRANSACTION.SUCCESS":
        confirm_payment(payment_from(notice.resource), actor=CHANNEL, now=now)
    elif event in {"REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"}:
        heed_refund(refund_from(notice.resource), actor=CHANNEL, now=now)
    elif event == ASKED:
        key = db.session.scalars(select(Payment.id).where(Payment.number == notice.subject)).one()
        enqueue("ask_about_payment", payment_id=key)
    else:
        raise UnknownEvent(event=event)


def _fail(notice: ChannelNotice, why: str, now: datetime, kind: str) -> None:
    notice.error = why
    move(notice, "fail", actor=CHANNEL, now=now, reason=why)
    note_anomaly(kind, notice.notify_id, done="not_booked", now=now, subject=notice.subject, amount=_told_amount(notice), detail=why, notice=notice)


def _told_amount(notice: ChannelNotice) -> int | None:
    """The fen that the channel names; None where it names none."""
    amount = notice.resource.get("amount")
    told = amount.get("refund", amount.get("total")) if isinstance(amount, dict) else notice.resource.get("amount_fen")
    return told if isinstance(told, int) else None


def note_failed_try(notice_id: int, why: str, *, now: datetime) -> None:
    """Count a try that broke; after `MOST_TRIES` the notice is failed and waits for a person."""
    waiting = select(ChannelNotice).where(ChannelNotice.id == notice_id, ChannelNotice.status == "received").with_for_update(skip_locked=True)
    notice = db.session.scalars(waiting).one_or_none()
    if notice is None:
        return
    notice.tries, notice.error = notice.tries + 1, why
    if notice.tries >= MOST_TRIES:
        _fail(notice, why, now, "stuck")


def obey_again(notice: ChannelNotice, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `retry`: the notice is obeyed by a job as soon as this commits."""
    notice.tries = 0
    enqueue("obey_notice", notice_id=notice.id)


def keep_disagreement(told: ChannelPayment, why: str, *, now: datetime) -> None:
    """An answer to our own question that we cannot believe waits for a person, once for each payment."""
    waiting = select(ChannelNotice.id).where(
        ChannelNotice.event_type == ASKED, ChannelNotice.subject == told.number, ChannelNotice.status != "handled"
    )
    if db.session.scalars(waiting).first() is not None:
        return
    resource = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(told).items()}
    notice = save(ChannelNotice(
        notify_id=f"query:{told.number}:{int(now.timestamp())}", event_type=ASKED, subject=told.number, received_at=now, body=b"", resource=resource
    ))
    _fail(notice, why, now, "differs")


def waiting_notices(limit: int = 500) -> list[int]:
    """Keys of what is kept and not obeyed, oldest first."""
    return list(db.session.scalars(select(ChannelNotice.id).where(ChannelNotice.status == "received").order_by(ChannelNotice.id).limit(limit)))
