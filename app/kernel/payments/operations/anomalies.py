"""Odd things are written down once, counted when they come again, and settled by a person or by what ends them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, system
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.governance.operations import maker_name
from app.kernel.payments.models import Anomaly, ChannelNotice, Payment, Refund

WATCH = system("payments")
HARMLESS = frozenset({"replayed", "stale"})


def note_anomaly(
    kind: str, about: str, *, done: str, now: datetime, subject: str = "", amount: int | None = None, detail: str = "", address: str = "",
    payment: Payment | None = None, refund: Refund | None = None, notice: ChannelNotice | None = None,
) -> Anomaly:
    """The odd thing stands in the queue; the same `about` again counts on. Who works the queue is told of the first time.

    Needs a scope that sees everything; two at once leave one row.
    """
    first = "harmless" if kind in HARMLESS else "open"
    values = {
        "key": f"{kind}:{about}"[:160], "kind": kind, "status": first, "subject": subject[:64], "amount": amount, "detail": detail[:500], "done": done,
        "address": address[:64], "payment_id": payment.id if payment else None, "refund_id": refund.id if refund else None,
        "notice_id": notice.id if notice else None, "times": 1, "first_at": now, "last_at": now, "answer": "",
        "created_at": now, "updated_at": now, "version": 1,
    }
    statement = insert(Anomaly).values(**values)
    kept = statement.on_conflict_do_update(index_elements=["key"], set_={
        "times": Anomaly.times + 1, "last_at": func.greatest(Anomaly.last_at, statement.excluded.last_at), "detail": statement.excluded.detail,
        "notice_id": func.coalesce(statement.excluded.notice_id, Anomaly.notice_id), "version": Anomaly.version + 1, "updated_at": literal(now),
    }).returning(Anomaly.id)
    found = get(Anomaly, db.session.execute(kept).scalar_one())
    db.session.refresh(found)
    if found.times == 1 and first == "open":
        publish("happened", act="pay_anomaly.found", record=found, reason=detail[:200], actor=WATCH, now=now)
    elif found.status == "settled" and first == "open":
        move(found, "reopen", actor=WATCH, now=now, reason=detail[:200])
    return found


def note_settled(anomaly: Anomaly, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """Effect of both ways to settle: who, when, and what was found."""
    anomaly.answer, anomaly.settled_by, anomaly.settled_at = reason, maker_name(actor), now


def resolve_anomalies(*, now: datetime, why: str, refund_id: int | None = None, notice_id: int | None = None, about: str = "") -> None:
    """What was odd about this refund, this notice, or what `about` names (kind and subject, as `note_anomaly` keeps them) is over."""
    column, key = (Anomaly.key, about) if about else (Anomaly.refund_id, refund_id) if refund_id is not None else (Anomaly.notice_id, notice_id)
    with elevated():
        for anomaly in db.session.scalars(select(Anomaly).where(column == key, Anomaly.status == "open").order_by(Anomaly.id)):
            move(anomaly, "resolve", actor=WATCH, now=now, reason=why)


def money_came_back(*, refund: Refund, actor: Actor, now: datetime) -> None:
    """Handler of `refund_succeeded`: a payment that nobody wanted is with its customer again."""
    resolve_anomalies(refund_id=refund.id, now=now, why=refund.number)
