"""What the clock does with deals: those that are over end, groups that did not fill give everything back."""

from __future__ import annotations

from sqlalchemy import select

from app.core.actors import system
from app.core.clock import now
from app.extensions import db
from app.framework.database import lock, transaction
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.marketing.deals.models import Deal, Grab, Team
from app.kernel.marketing.deals.operations import end_what_is_over

BATCH = 500
CLOCK = system("clock")


def end_deals() -> int:
    """Deals whose period is over end; return how many."""
    with transaction(CLOCK):
        return end_what_is_over(now(), most=BATCH)


def close_groups() -> int:
    """Groups whose time is over have failed, and each of their orders goes back; return how many orders did.

    Each step is a transaction of its own: stopped anywhere, the next run goes on with what is left. Publishes
    `group_failed(order_id=, trade=, actor=, now=)` for each order that still has a seat; the trade's handler refunds and closes it, and that gives the
    seat back.
    """
    moment = now()
    with transaction(CLOCK):
        late = list(db.session.scalars(select(Team.id).where(Team.status == "open", Team.closes_at <= moment).order_by(Team.id).limit(BATCH)))
    for key in late:
        with transaction(CLOCK):
            deal_id = db.session.get_one(Team, key).deal_id
            lock(Deal, deal_id)
            if lock(Team, key).status == "open":
                move(db.session.get_one(Team, key), "time_out", actor=CLOCK, now=moment)
    with transaction(CLOCK):
        left = db.session.execute(
            select(Grab.order_id, Grab.trade).join(Team, Team.id == Grab.group_id).where(Team.status == "failed", Grab.status != "released")
            .order_by(Grab.id).limit(BATCH)
        ).all()
    for order_id, trade in left:
        with transaction(CLOCK):
            publish("group_failed", order_id=order_id, trade=trade, actor=CLOCK, now=moment)
    return len(left)
