"""Wrong codes are counted by cashier and by store; too many lock both for a while and raise an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import local
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.events import publish
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.redemption.models import RedeemStore, RedeemTries

WINDOW = timedelta(minutes=10)
STORE_TIMES = 4  # a store has several cashiers: it takes so many times what one of them may try

_COUNT = text(
    """
    INSERT INTO redeem_tries (who, since, count) VALUES (:who, :now, 1)
    ON CONFLICT (who) DO UPDATE SET
        since = CASE WHEN redeem_tries.since < :begins THEN :now ELSE redeem_tries.since END,
        count = CASE WHEN redeem_tries.since < :begins THEN 1 ELSE redeem_tries.count + 1 END
    RETURNING count
    """
)
_LOCK = text("UPDATE redeem_tries SET locked_until = :until, count = 0 WHERE who = :who")


class TooManyTries(Refusal):
    """The cashier, or the store, has typed too many codes that do not exist."""

    code = "redeem.too_many_tries"
    status = 429
    sentence = _l("输错的券码太多，%(until)s 之后再试；着急就请店长核对")


def refuse_locked(store_id: int, *, actor: Actor, now: datetime) -> None:
    """Raises TooManyTries while the cashier or the store is locked."""
    with elevated():
        names = select(RedeemTries.locked_until).where(RedeemTries.who.in_(_names(store_id, actor)), RedeemTries.locked_until > now)
        until = max((each for each in db.session.scalars(names) if each), default=None)
    if until:
        raise TooManyTries(field="code", until=f"{local(until):%H:%M}")


def count_wrong(store_id: int, *, actor: Actor, now: datetime) -> None:
    """A code that does not exist was tried: counted in a transaction of its own, so that the refusal does not undo it."""
    db.session.rollback()
    clerk, store = _names(store_id, actor)
    limit = value_of("redemption.tries")
    with elevated():
        for who, most in ((clerk, limit), (store, limit * STORE_TIMES)):
            count = db.session.execute(_COUNT, {"who": who, "now": now, "begins": now - WINDOW}).scalar_one()
            if count >= most:
                until = now + timedelta(minutes=value_of("redemption.locked_for"))
                db.session.execute(_LOCK, {"who": who, "until": until})
                _alarm(get(RedeemStore, store_id), actor=actor, now=now)
        db.session.commit()


def _alarm(store: RedeemStore, *, actor: Actor, now: datetime) -> None:
    reason = str(_l("%(name)s 连续输错券码", name=actor.name))
    append("redeem_store.locked", store, actor=actor, now=now, reason=reason)
    publish("happened", act="redeem_store.locked", record=store, reason=reason, actor=actor, now=now)


def _names(store_id: int, actor: Actor) -> tuple[Any, Any]:
    return f"clerk:{actor.id}", f"store:{store_id}"
