"""Reads of sharings: what each owner has of a payment, what is on its way, what the channel will release by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.framework.settings import value_of
from app.kernel.payments.models import Payment, Refund
from app.kernel.sharing.models import ENDED, ShareAccount, ShareCall, ShareLine, ShareReturn, Sharing

QUIET = timedelta(minutes=10)
RUNNING = ("created", "submitted")


def sharing_of(payment_id: int) -> Sharing | None:
    """The sharing of a payment, if a merchant took it itself."""
    return db.session.scalars(select(Sharing).where(Sharing.payment_id == payment_id)).one_or_none()


def sharings_of_subject(subject_type: str, subject_id: int) -> Sequence[int]:
    """Keys of the sharings of an order or another subject, oldest first."""
    statement = select(Sharing.id).where(Sharing.subject_type == subject_type, Sharing.subject_id == subject_id).order_by(Sharing.id)
    return db.session.scalars(statement).all()


def shared_lines(sharing_id: int) -> list[tuple[ShareLine, int]]:
    """The parts that arrived, oldest first, and what each still holds after returns, in fen."""
    back = (
        select(ShareReturn.line_id, func.sum(ShareReturn.amount).label("amount"))
        .where(ShareReturn.sharing_id == sharing_id, ShareReturn.status.in_((*RUNNING, "done"))).group_by(ShareReturn.line_id).subquery()
    )
    rows = db.session.execute(
        select(ShareLine, func.coalesce(back.c.amount, 0)).join(ShareCall).outerjoin(back, back.c.line_id == ShareLine.id)
        .where(ShareCall.sharing_id == sharing_id, ShareLine.result == "SUCCESS").order_by(ShareLine.id)
    )
    return [(line, line.amount - int(returned)) for line, returned in rows]


def shared_by_owner(sharing_id: int) -> dict[tuple[str, int], int]:
    """What each owner has, less what is coming back, in fen."""
    found: dict[tuple[str, int], int] = {}
    for line, held in shared_lines(sharing_id):
        owner = line.owner_kind, line.owner_id
        found[owner] = found.get(owner, 0) + held
    return found


def call_underway(sharing_id: int) -> ShareCall | None:
    """The request that has no end yet: there is one at most."""
    statement = select(ShareCall).where(ShareCall.sharing_id == sharing_id, ShareCall.status.in_(RUNNING)).order_by(ShareCall.id).limit(1)
    return db.session.scalars(statement).one_or_none()


def returns_without_end(sharing_id: int) -> int:
    """How many returns are on their way, or failed and nobody has replaced them."""
    statement = select(func.count()).where(ShareReturn.sharing_id == sharing_id, ShareReturn.status.in_((*RUNNING, "failed")))
    return int(db.session.scalar(statement) or 0)


def calls_made(sharing_id: int) -> int:
    """How many requests the channel has counted, at most."""
    return int(db.session.scalar(select(func.count()).where(ShareCall.sharing_id == sharing_id)) or 0)


def refunded_by_channel(payment_id: int, *, asked: bool = False) -> int:
    """What of a payment the channel has given back, or with `asked` is to give back, in fen."""
    states = ("created", "submitted", "abnormal", "succeeded") if asked else ("succeeded",)
    statement = select(func.coalesce(func.sum(Refund.amount), 0)).where(Refund.payment_id == payment_id, Refund.status.in_(states))
    return int(db.session.scalar(statement) or 0)


def agreed_ppm(merchant_id: int, sub_merchant: str) -> int | None:
    """How much of a payment the merchant agreed to share at most, by its newest approved account."""
    statement = (
        select(ShareAccount.most_ppm)
        .where(ShareAccount.merchant_id == merchant_id, ShareAccount.sub_merchant == sub_merchant, ShareAccount.status == "approved")
        .order_by(ShareAccount.id.desc()).limit(1)
    )
    return db.session.scalar(statement)


def waiting_refunds(payment_id: int) -> Sequence[int]:
    """Keys of the payment's refunds that were not sent yet."""
    return db.session.scalars(select(Refund.id).where(Refund.payment_id == payment_id, Refund.status == "created").order_by(Refund.id)).all()


def ended_freezes(now: datetime, limit: int = 500) -> Sequence[int]:
    """Keys of sharings whose money the channel has released by itself, and of which nobody here has taken note."""
    statement = select(Sharing.id).where(Sharing.frozen_until <= now, Sharing.status.not_in(ENDED)).order_by(Sharing.frozen_until).limit(limit)
    return db.session.scalars(statement).all()


def ending_freezes(now: datetime) -> Sequence[Sharing]:
    """Sharings that are not ended and whose freeze ends within the days of the alarm, the nearest first."""
    until = now + timedelta(days=value_of("sharing.alarm_days"))
    statement = select(Sharing).where(Sharing.frozen_until <= until, Sharing.status.not_in((*ENDED, "finishing"))).order_by(Sharing.frozen_until, Sharing.id)
    return db.session.scalars(statement).all()


def frozen_sharings(limit: int = 1000) -> Sequence[Sharing]:
    """Everything that the channel still holds, the nearest end first."""
    statement = select(Sharing).where(Sharing.status.not_in(ENDED)).order_by(Sharing.frozen_until, Sharing.id).limit(limit)
    return db.session.scalars(statement).all()


def quiet_calls(now: datetime, limit: int = 200) -> Sequence[int]:
    """Keys of requests of which nothing was heard for ten minutes."""
    statement = select(ShareCall.id).where(ShareCall.status.in_(RUNNING), ShareCall.updated_at < now - QUIET).order_by(ShareCall.id).limit(limit)
    return db.session.scalars(statement).all()


def quiet_returns(now: datetime, limit: int = 200) -> Sequence[int]:
    """Keys of returns of which nothing was heard for ten minutes."""
    statement = select(ShareReturn.id).where(ShareReturn.status.in_(RUNNING), ShareReturn.updated_at < now - QUIET).order_by(ShareReturn.id).limit(limit)
    return db.session.scalars(statement).all()


def quiet_sharings(now: datetime, limit: int = 200) -> Sequence[int]:
    """Keys of sharings that somebody should be working on, and nobody was for ten minutes."""
    due = (Sharing.status.in_(("sharing", "finishing"))) | ((Sharing.status == "shared") & Sharing.released_at.is_not(None))
    return db.session.scalars(select(Sharing.id).where(due, Sharing.updated_at < now - QUIET).order_by(Sharing.id).limit(limit)).all()


def stuck_sharings(actor: Actor) -> int:
    """How many sharings wait for a person, within the actor's rows."""
    return db.session.scalar(select(func.count()).select_from(Sharing).where(Sharing.status == "stuck")) or 0


def proposed_sharings(actor: Actor) -> int:
    """How many sharings wait for a second person to give them up."""
    return db.session.scalar(select(func.count()).select_from(Sharing).where(Sharing.status == "proposed")) or 0


def failed_returns(actor: Actor) -> int:
    """How many returns failed and keep a refund waiting."""
    return db.session.scalar(select(func.count()).select_from(ShareReturn).where(ShareReturn.status == "failed")) or 0


def waiting_accounts(actor: Actor) -> int:
    """How many changes of a funds model wait for a second person."""
    return db.session.scalar(select(func.count()).select_from(ShareAccount).where(ShareAccount.status == "draft")) or 0


def paid_for(sharing: Sharing) -> Payment:
    """The payment that is shared."""
    return db.session.get_one(Payment, sharing.payment_id)
