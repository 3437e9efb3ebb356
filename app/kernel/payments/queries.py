"""Reads of payments, refunds, notices, and bills."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select

from app.core.actors import Actor
from app.core.periods import business_day
from app.extensions import db
from app.kernel.payments.models import Anomaly, ChannelBill, ChannelNotice, OtherWay, Payment, Refund
from app.kernel.payments.tenders import channels_in_hand

BILLS_KEPT = timedelta(days=90)  # the channel gives bills of three months
QUIET = timedelta(minutes=10)


def payments_of(subject_type: str, subject_id: int) -> list[Payment]:
    """Every payment of a subject, oldest first."""
    statement = select(Payment).where(Payment.subject_type == subject_type, Payment.subject_id == subject_id).order_by(Payment.id)
    return list(db.session.scalars(statement))


def refunds_of(payment: Payment) -> list[Refund]:
    """Every refund of a payment, oldest first."""
    return list(db.session.scalars(select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.id)))


def refunds_of_subject(subject_type: str, subject_id: int) -> list[Refund]:
    """Every refund of a subject, oldest first."""
    statement = select(Refund).where(Refund.subject_type == subject_type, Refund.subject_id == subject_id).order_by(Refund.id)
    return list(db.session.scalars(statement))


def parts_underway(origin: str) -> int:
    """How many refunds of that origin have not reached the customer."""
    statement = select(func.count()).select_from(Refund).where(
        Refund.origin == origin, Refund.status.not_in(("succeeded", "elsewhere")), Refund.replaced_at.is_(None)
    )
    return db.session.scalar(statement) or 0


def refunds_from(origin: str) -> list[Refund]:
    """All refunds of that origin, replaced ones too, in the order in which they were made."""
    return list(db.session.scalars(select(Refund).where(Refund.origin == origin).order_by(Refund.id)))


def overdue_payments(now: datetime, limit: int = 200) -> list[int]:
    """Keys of payments whose time is over and whose end nobody knows yet: the jobs that should have asked are lost."""
    statement = select(Payment.id).where(Payment.status == "created", Payment.expires_at < now - QUIET).order_by(Payment.expires_at).limit(limit)
    return list(db.session.scalars(statement))


def quiet_refunds(now: datetime, limit: int = 200) -> list[int]:
    """Keys of refunds without an end of which nothing was heard for ten minutes, longest silence first; not those that a person hands back."""
    statement = (
        select(Refund.id).join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.channel.not_in(channels_in_hand()))
        .where(Refund.status.in_(("created", "submitted", "abnormal")), Refund.send_at < now - QUIET, Refund.updated_at < now - QUIET)
        .order_by(Refund.updated_at).limit(limit)
    )
    return list(db.session.scalars(statement))


def stuck_refunds(actor: Actor) -> int:
    """How many refunds wait for a person, within the actor's rows."""
    stuck = or_(Refund.status == "abnormal", (Refund.status == "closed") & Refund.replaced_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(Refund).where(stuck)) or 0


def failed_notices(actor: Actor) -> int:
    """How many notices disagree with our books."""
    return db.session.scalar(select(func.count()).select_from(ChannelNotice).where(ChannelNotice.status == "failed")) or 0


def notices_about(number: str, limit: int = 5) -> list[ChannelNotice]:
    """What the channel told about a payment or refund of ours, newest first; nothing for no number."""
    if not number:
        return []
    return list(db.session.scalars(select(ChannelNotice).where(ChannelNotice.subject == number).order_by(ChannelNotice.id.desc()).limit(limit)))


def open_anomalies(actor: Actor) -> int:
    """How many odd things wait for a person."""
    return db.session.scalar(select(func.count()).select_from(Anomaly).where(Anomaly.status == "open")) or 0


def open_other_ways(actor: Actor) -> int:
    """How many refunds wait to be approved for, or paid by, bank."""
    return db.session.scalar(select(func.count()).select_from(OtherWay).where(OtherWay.status.in_(("draft", "approved")))) or 0


def newest_bill(account_number: str, kind: str) -> ChannelBill | None:
    """The bill of the latest day of that kind, if any was imported."""
    statement = select(ChannelBill).where(ChannelBill.account_number == account_number, ChannelBill.kind == kind)
    return db.session.scalars(statement.order_by(ChannelBill.day.desc()).limit(1)).one_or_none()


def days_without_bill(account_number: str, kind: str, now: datetime) -> list[date]:
    """The days from the newest bill, or from the first payment, up to yesterday, as far back as the channel keeps bills."""
    yesterday = business_day(now) - timedelta(days=1)
    newest = newest_bill(account_number, kind)
    if newest is not None:
        first = newest.day + timedelta(days=1)
    else:
        earliest = db.session.scalar(select(func.min(Payment.paid_at)).where(Payment.account_number == account_number))
        first = business_day(earliest) if earliest is not None else yesterday
    first = max(first, yesterday - BILLS_KEPT)
    return [first + timedelta(days=count) for count in range((yesterday - first).days + 1)]
