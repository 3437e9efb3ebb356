"""Leave messages, push them as far as customers agreed, and count what they agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import elevated, save
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.inbox.models import Consent, CustomerMessage
from app.kernel.inbox.rules import fitting, not_at_night

AT_MOST = 100


def leave_message(
    customer_id: int, *, kind: str, title: str, words: str, page: str = "", merchant_id: int | None = None, template: str = "",
    data: Mapping[str, str] | None = None, now: datetime,
) -> CustomerMessage:
    """The customer has it unread; with a `template` of WeChat's it is pushed too, when the customer agreed to one of its kind, and not at night.

    Runs elevated.
    """
    message = CustomerMessage(
        customer_id=customer_id, merchant_id=merchant_id, kind=kind, title=title[:120], words=words[:600], page=page[:200], sent_at=now,
    )
    if template and _take_consent(customer_id, kind):
        message.push, message.push_template, message.push_data = "waiting", template, fitting(data or {})
    save(message)
    if message.push:
        at = not_at_night(now, value_of("inbox.quiet_from"), value_of("inbox.quiet_until"))
        enqueue("push_message", at=at, message_id=message.id)
    return message


def agree(kinds: Mapping[str, int], *, actor: Actor, now: datetime) -> None:
    """The customer agreed to so many more messages of each kind; a hundred are kept at most."""
    for kind, more in sorted(kinds.items()):
        statement = insert(Consent).values(customer_id=actor.id, kind=kind, remaining=min(more, AT_MOST), created_at=now, updated_at=now, version=1)
        total = Consent.remaining + statement.excluded.remaining
        with elevated():
            db.session.execute(statement.on_conflict_do_update(
                index_elements=["customer_id", "kind"], set_={"remaining": db.func.least(total, AT_MOST), "updated_at": now},
            ))


def mark_read(customer_id: int, message_id: int | None, *, now: datetime) -> int:
    """The customer's message is read, or all of them; how many were not before."""
    mine = update(CustomerMessage).where(CustomerMessage.customer_id == customer_id, CustomerMessage.read_at.is_(None))
    if message_id is not None:
        mine = mine.where(CustomerMessage.id == message_id)
    with elevated():
        return int(db.session.execute(mine.values(read_at=now).execution_options(synchronize_session=False)).rowcount)


def _take_consent(customer_id: int, kind: str) -> bool:
    """One agreed message less, if there was one; two messages at once take two."""
    own = (Consent.customer_id == customer_id, Consent.kind == kind, Consent.remaining > 0)
    taken = update(Consent).where(*own).values(remaining=Consent.remaining - 1).execution_options(synchronize_session=False)
    return bool(db.session.execute(taken).rowcount)
