"""The clock's part: holds that nobody confirmed go."""

from __future__ import annotations

from sqlalchemy import select

from app.core.actors import system
from app.core.clock import now
from app.extensions import db
from app.framework.database import transaction
from app.framework.events import publish
from app.kernel.bookings.models import Reservation
from app.kernel.bookings.operations import release


def release_lapsed_holds() -> int:
    """Holds whose time is over are free again; return how many. What held it hears `hold_lapsed(subject_type=, subject_id=, now=)` first, and may end
    itself, or keep the time by confirming it. Each in a transaction of its own."""
    moment, clock, gone = now(), system("clock"), 0
    with transaction(clock):
        lapsed = select(Reservation.id).where(Reservation.hold_until < moment, Reservation.released_at.is_(None))
        keys = list(db.session.scalars(lapsed.order_by(Reservation.hold_until).limit(500)))
    for key in keys:
        with transaction(clock):
            held = db.session.get_one(Reservation, key)
            publish("hold_lapsed", subject_type=held.subject_type, subject_id=held.subject_id, now=moment)
            db.session.refresh(held)
            if held.released_at is None and held.hold_until is not None:
                release(held, now=moment)
            gone += held.released_at is not None
    return gone
