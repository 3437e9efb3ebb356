"""The merchant is asked before a statement is approved: it confirms, disputes, or says nothing until its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.actors import Actor, system
from app.extensions import db
from app.framework.flow import move
from app.kernel.governance.operations import maker_name
from app.kernel.settlement.models import Statement
from app.kernel.settlement.operations.approval import note_freeze

CLOCK = system("clock")


def ask_merchant(statement: Statement, *, actor: Actor, now: datetime) -> None:
    """Effect of `ask_merchant`: frozen, and the merchant's days begin. Refuses NotTheLedger."""
    statement.confirm_by = now + timedelta(days=statement.confirm_days)
    note_freeze(statement, actor=actor, now=now)


def note_confirmation(statement: Statement, *, actor: Actor, now: datetime) -> None:
    """Effect of `confirm`: who said yes; the clock when nobody did."""
    statement.confirmed_by, statement.confirmed_at = maker_name(actor), now


def confirm_silent(now: datetime, *, most: int = 200) -> int:
    """Statements whose merchant said nothing in time are confirmed by the clock; returns how many."""
    silent = select(Statement).where(Statement.status == "confirming", Statement.confirm_by <= now).order_by(Statement.id).limit(most)
    found = list(db.session.scalars(silent.with_for_update(skip_locked=True, of=Statement)))
    for statement in found:
        move(statement, "confirm", actor=CLOCK, now=now)
    return len(found)
