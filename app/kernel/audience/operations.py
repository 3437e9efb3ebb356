"""Keep patrons in step with their orders, group them, and write to a group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.flow import move
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.aftersales.models import RefundCase
from app.kernel.approvals.rules import RISK_WORDS, risk_words_in
from app.kernel.audience.models import Broadcast, Delivery, Patron, Segment
from app.kernel.audience.queries import patrons_in
from app.kernel.audit.operations import append, differences
from app.kernel.inbox.operations import leave_message
from app.kernel.orders.models import Order

KIND = "audience.broadcast"
CLOCK = system("audience")
AT_ONCE = 200
_KEEP = text("""
    INSERT INTO audience_patron (merchant_id, customer_id, name, phone_masked, orders, spent, first_at, last_at, tags, note, created_at, updated_at, version)
    SELECT o.merchant_id, o.customer_id, max(c.name), max(c.phone_masked), count(*), sum(o.paid + o.platform_discount - o.refunded), min(o.placed_at),
           max(o.placed_at), '{}', '', :now, :now, 1
    FROM order_order AS o JOIN party_customer AS c ON c.id = o.customer_id
    WHERE o.customer_id = :customer AND o.merchant_id = :merchant AND o.completed_at IS NOT NULL
    GROUP BY o.merchant_id, o.customer_id
    ON CONFLICT (merchant_id, customer_id) DO UPDATE SET name = excluded.name, phone_masked = excluded.phone_masked, orders = excluded.orders,
        spent = excluded.spent, first_at = excluded.first_at, last_at = excluded.last_at, updated_at = excluded.updated_at
""")


class SegmentNameTaken(Refusal):
    """The merchant has a segment of that name."""

    code = "segment.name_taken"
    status = 409
    sentence = _l("已经有一个叫“%(name)s”的分组")


class BroadcastHasRiskWords(Refusal):
    """What goes to customers holds no words that a reviewer would stop."""

    code = "broadcast.risk_words"
    status = 422
    sentence = _l("不能写“%(words)s”，换一种说法")


class TooManyTags(Refusal):
    """A handful of short tags."""

    code = "patron.tags"
    status = 422
    sentence = _l("最多 8 个标签，每个最多 12 个字")


# ---- patrons ---------------------------------------------------------------------------------------------------------

def on_completed(*, order: Order, now: datetime) -> None:
    """Handler of `order_completed`: the customer is a patron of the merchant, with this order counted."""
    _keep(order, now)


def on_happened(*, record: Any, now: datetime, **_: Any) -> None:
    """Handler of `happened`: what goes back to a patron, by whatever decision, is not spent."""
    if isinstance(record, RefundCase):
        order = db.session.get_one(Order, record.order_id)
        if order.completed_at is not None:
            _keep(order, now)


def _keep(order: Order, now: datetime) -> None:
    db.session.flush()
    with elevated():
        db.session.execute(_KEEP, {"customer": order.customer_id, "merchant": order.merchant_id, "now": now})


def describe_patron(patron: Patron, *, tags: str, note: str, actor: Actor, now: datetime) -> Patron:
    """The merchant's own words about a customer; tags stand apart by spaces or commas. Refuses TooManyTags."""
    words = list(dict.fromkeys(tags.replace("，", " ").replace(",", " ").replace("、", " ").split()))
    if len(words) > 8 or any(len(word) > 12 for word in words):
        raise TooManyTags(field="tags")
    after = {"tags": words, "note": note.strip()}
    changes = differences({name: getattr(patron, name) for name in after}, after)
    if changes:
        append("audience_patron.described", patron, actor=actor, now=now, changes=changes)
        patron.tags, patron.note = words, note.strip()
        db.session.flush()
    return patron


def mute(merchant_id: int, *, muted: bool, actor: Actor, now: datetime) -> None:
    """The customer gets no broadcasts of the merchant, or gets them again; nothing happens to a customer who never bought there."""
    with elevated():
        own = select(Patron).where(Patron.merchant_id == merchant_id, Patron.customer_id == actor.id).with_for_update()
        patron = db.session.scalars(own).one_or_none()
        if patron is not None:
            patron.muted_at = now if muted else None
            append(f"audience_patron.{'muted' if muted else 'unmuted'}", patron, actor=actor, now=now)
            db.session.flush()


# ---- segments --------------------------------------------------------------------------------------------------------

def save_segment(*, segment: Segment | None = None, merchant_id: int = 0, actor: Actor, now: datetime, **rules: Any) -> Segment:
    """The segment is as `rules` say. Refuses SegmentNameTaken."""
    before = {name: getattr(segment, name) for name in rules} if segment else {}
    found = segment or Segment(merchant_id=merchant_id)
    for name, value in rules.items():
        setattr(found, name, value)
    try:
        with db.session.begin_nested():
            save(found)
    except IntegrityError as twice:
        raise SegmentNameTaken(field="name", name=rules["name"]) from twice
    append("audience_segment.changed" if segment else "audience_segment.added", found, actor=actor, now=now, changes=differences(before, rules))
    return found


# ---- broadcasts ------------------------------------------------------------------------------------------------------

def draft_broadcast(*, merchant_id: int, segment_id: int, title: str, words: str, page: str = "", actor: Actor, now: datetime) -> Broadcast:
    """A message waits to be sent. Refuses BroadcastHasRiskWords."""
    found = risk_words_in({"title": title, "words": words}, RISK_WORDS)
    if found:
        raise BroadcastHasRiskWords(field="words", words="、".join(found))
    made = save(Broadcast(merchant_id=merchant_id, segment_id=segment_id, title=title, words=words, page=page, made_by=actor.name))
    append("audience_broadcast.drafted", made, actor=actor, now=now)
    return made


def on_send(broadcast: Broadcast, *, now: datetime, **_: Any) -> None:
    """It goes out from the queue, a few hundred customers at a time."""
    broadcast.begun_at = now
    enqueue("send_broadcast", broadcast_id=broadcast.id)


def send_some(broadcast_id: int, *, now: datetime) -> int:
    """The next customers of the segment have the message, or are skipped: they want none, or had enough this week. How many were looked at; with none
    left the broadcast is sent. Whoever got it does not get it twice, also when a worker dies in the middle."""
    broadcast = lock(Broadcast, broadcast_id)
    if broadcast.status != "sending":
        return 0
    segment = db.session.get_one(Segment, broadcast.segment_id)
    begun = broadcast.begun_at or now
    done = select(Delivery.customer_id).where(Delivery.broadcast_id == broadcast.id)
    statement = select(Patron).where(*patrons_in(segment, begun), Patron.customer_id.not_in(done)).order_by(Patron.id).limit(AT_ONCE)
    patrons = db.session.scalars(statement).all()
    weary = _weary(broadcast, [patron.customer_id for patron in patrons], now)
    for patron in patrons:
        wanted = patron.muted_at is None and patron.customer_id not in weary
        message = leave_message(
            patron.customer_id, kind=KIND, title=broadcast.title, words=broadcast.words, page=broadcast.page, merchant_id=broadcast.merchant_id, now=now,
        ) if wanted else None
        db.session.add(Delivery(
            broadcast_id=broadcast.id, merchant_id=broadcast.merchant_id, customer_id=patron.customer_id, message_id=message.id if message else None, at=now,
        ))
        broadcast.reached, broadcast.skipped = broadcast.reached + wanted, broadcast.skipped + (not wanted)
    db.session.flush()
    if not patrons:
        move(broadcast, "finish", actor=CLOCK, now=now)
    return len(patrons)


def _weary(broadcast: Broadcast, customers: Sequence[int], now: datetime) -> set[int]:
    """Those of the customers whom the merchant has written to often enough in the last seven days."""
    statement = select(Delivery.customer_id).where(
        Delivery.merchant_id == broadcast.merchant_id, Delivery.customer_id.in_(customers), Delivery.message_id.is_not(None),
        Delivery.at > now - timedelta(days=7),
    )
    often = statement.group_by(Delivery.customer_id).having(func.count() >= value_of("audience.weekly"))
    return set(db.session.scalars(often))
