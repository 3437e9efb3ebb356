"""The merchant answers, the customer accepts or asks the platform, and the clock does it for who stays silent. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, lock
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.aftersales.operations import amounts_of, refund_lines
from app.kernel.complaints.models import Complaint
from app.kernel.complaints.operations.holding import hold, let_go
from app.kernel.orders.models import Order

CLOCK = system("clock")


class GrantRefused(Refusal):
    """What is given back is nothing, or more than remains of the order."""

    code = "complaint.granted"
    status = 422
    sentence = _l("退款要大于零，最多 ¥%(most)s")


def check_grant(order: Order, granted: int) -> None:
    """Raises GrantRefused when the order does not hold as much."""
    if not 0 < granted <= order.remaining:
        raise GrantRefused(field="granted", most=f"{order.remaining / 100:.2f}")


def agree(complaint: Complaint, *, actor: Actor, now: datetime, granted: int, answer: str) -> None:
    """Effect of `agree`: the merchant gives back; from the limit on a second person of its own approves. Refuses GrantRefused."""
    order = lock(Order, complaint.order_id)
    check_grant(order, granted)
    complaint.granted, complaint.answer, complaint.bearer = granted, answer, "merchant"
    close(complaint, actor=actor, now=now)
    complaint.case_id = refund_lines(order, amounts_of(order, granted), reason=answer, actor=actor, now=now).id


def answer(complaint: Complaint, *, actor: Actor, now: datetime, answer: str) -> None:
    """Effect of `answer`: the customer reads it, and accepts or asks the platform in time."""
    complaint.answer = answer
    complaint.answer_by = now + timedelta(hours=value_of("complaints.accept_within"))


def escalate(complaint: Complaint, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `escalate` and `time_out`: the platform decides; what was released meanwhile is held as well."""
    hold(complaint, now=now)


def close(complaint: Complaint, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of whatever ends it: nothing is held any more."""
    complaint.closed_at = now
    let_go(complaint, now=now)


def expire(now: datetime, *, most: int = 200) -> int:
    """Complaints whose time is over: unanswered ones go to the platform, unconfirmed answers count as accepted. How many moved."""
    with elevated():
        due = select(Complaint).where(Complaint.status.in_(("open", "answered")), Complaint.answer_by <= now)
        found = list(db.session.scalars(due.order_by(Complaint.answer_by).limit(most).with_for_update(skip_locked=True)))
        for complaint in found:
            move(complaint, "time_out" if complaint.status == "open" else "accept", actor=CLOCK, now=now)
    return len(found)
