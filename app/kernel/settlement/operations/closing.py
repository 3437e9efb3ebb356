"""Close a cycle: fix a watermark of the ledger, then write a statement for every merchant whose turn it is.

Each step is safe to repeat and to run on two machines: the cycle is unique, its row is locked while a batch is written, and
no ledger transaction stands on two statements of a merchant.
"""

from __future__ import annotations

import time
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import lock
from app.kernel.audit.operations import append
from app.kernel.settlement import statements_sql as sql
from app.kernel.settlement.models import Cycle, Policy, Statement
from app.kernel.settlement.rules import Terms, closes_on, payable_of, terms_on

ENTRIES = 200_000
PATIENCE = 3.0  # seconds to wait for postings in flight before the cut is made below them


class DayToCome(Refusal):
    """A cycle is closed when its day has begun at least."""

    code = "settlement.day_to_come"
    status = 422
    sentence = _l("%(day)s 还没到，不能结算")


class LaterCycleExists(Refusal):
    """Cycles of a trade follow each other."""

    code = "settlement.later_cycle"
    status = 409
    sentence = _l("已有更晚的结算期，%(day)s 不能再补")


def take_watermark(patience: float = PATIENCE) -> int:
    """A number below which every database transaction has ended; what is posted from here on lies above it.

    Waits up to `patience` seconds for those in flight, so that what was posted before the call lies below it; a transaction
    that takes longer is left, with all after it, to the next cycle. Call before the transaction writes anything.
    """
    target = db.session.scalars(sql.ABOVE).one()
    deadline = time.monotonic() + patience
    while (ended := db.session.scalars(sql.BELOW).one()) < target and time.monotonic() < deadline:
        time.sleep(0.02)
    return int(min(ended, target))


def open_cycle(trade: str, day: date, *, actor: Actor, now: datetime) -> Cycle:
    """The trade's cycle of that business day, opened with a watermark if there is none. Refuses DayToCome, LaterCycleExists."""
    found = _cycle(trade, day)
    if found:
        return found
    if day > business_day(now):
        raise DayToCome(day=day.isoformat())
    if db.session.scalar(select(Cycle.id).where(Cycle.trade == trade, Cycle.day > day).limit(1)):
        raise LaterCycleExists(day=day.isoformat())
    watermark = take_watermark()
    statement = insert(Cycle).values(
        number=f"ST-{trade.upper()}-{day:%Y%m%d}", trade=trade, day=day, watermark=watermark, started_at=now, version=1, created_at=now, updated_at=now
    ).on_conflict_do_nothing(index_elements=["trade", "day"]).returning(Cycle.id)
    opened = db.session.scalars(statement).one_or_none()
    cycle = _cycle(trade, day)
    if cycle is None:  # pragma: no cover - the insert above, or the one it waited for, made it
        raise RuntimeError(f"cycle {trade} {day} vanished")
    if opened:
        append("settle_cycle.opened", cycle, actor=actor, now=now, changes={"watermark": [None, watermark]})
    return cycle


def unfinished_cycles(trade: str) -> list[Cycle]:
    """Cycles of the trade whose statements are not all written, oldest first: they are finished in this order."""
    return list(db.session.scalars(select(Cycle).where(Cycle.trade == trade, Cycle.finished_at.is_(None)).order_by(Cycle.day)))


def draft_statements(cycle_id: int, *, actor: Actor, now: datetime, most: int = 1_000) -> int:
    """Write statements for the next merchants of the cycle; zero when all are written: then it is finished.

    At most `most` of them, and no more than have some `ENTRIES` movements together, so that a batch takes seconds.
    """
    cycle = lock(Cycle, cycle_id)
    if cycle.finished_at:
        return 0
    policies = list(db.session.scalars(select(Policy).where(Policy.status == "approved", Policy.trade == cycle.trade)))
    chosen = _next_merchants(cycle, policies, most)
    if not chosen:
        cycle.finished_at = now
        append("settle_cycle.closed", cycle, actor=actor, now=now)
        db.session.flush()
        return 0
    _write(cycle, chosen, now)
    return len(chosen)


def _next_merchants(cycle: Cycle, policies: list[Policy], most: int) -> dict[int, Terms]:
    """The next merchants, by id, whose turn it is and who have something to be told; empty when there are no more."""
    after = db.session.scalar(select(func.max(Statement.merchant_id)).where(Statement.cycle_id == cycle.id)) or 0
    chosen: dict[int, Terms] = {}
    seen = most
    while not chosen and seen == most:
        values = {"trade": cycle.trade, "watermark": cycle.watermark, "after": after, "most": most}
        rows = db.session.execute(sql.CANDIDATES, values).all()
        entries = 0
        for row in rows:
            if entries > ENTRIES:
                break
            terms = terms_on(policies, cycle.trade, row.merchant_id, cycle.day)
            owed = payable_of(row.closing, row.promised, row.paid, terms.minimum)
            if closes_on(terms.cycle, cycle.day) and (row.moved or owed):
                chosen[row.merchant_id], entries = terms, entries + row.entries
        seen, after = len(rows), rows[-1].merchant_id if rows else after
    return chosen


def _write(cycle: Cycle, chosen: dict[int, Terms], now: datetime) -> None:
    """Statements of these merchants (id → terms), their lines, their sums, in this order; the digest closes them."""
    values = {"cycle": cycle.id, "merchants": list(chosen), "now": now}
    db.session.execute(sql.STATEMENTS, {
        **values, "trade": cycle.trade, "day": cycle.day, "watermark": cycle.watermark, "prefix": f"S{cycle.day:%y%m%d}",
        "confirm_days": [terms.confirm_days for terms in chosen.values()],
    })
    db.session.execute(sql.PATIENT)
    db.session.execute(sql.LINES, values)
    db.session.execute(sql.SUMS, values)
    rows = db.session.execute(sql.OWED, values).all()
    payable = [payable_of(row.closing, row.promised, row.paid, chosen[row.merchant_id].minimum) for row in rows]
    db.session.execute(sql.SEAL, {"ids": [row.id for row in rows], "payable": payable})
    db.session.expire_all()


def _cycle(trade: str, day: date) -> Cycle | None:
    return db.session.scalars(select(Cycle).where(Cycle.trade == trade, Cycle.day == day)).one_or_none()
