"""The clockwork of settlement: holds end every hour, yesterday is closed every night."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from flask import current_app

from app.core.actors import Actor, system
from app.core.clock import now as clock_now
from app.core.errors import Refusal
from app.core.periods import business_day
from app.framework.database import transaction
from app.kernel.settlement.operations import sending
from app.kernel.settlement.operations.batches import go_on
from app.kernel.settlement.operations.closing import draft_statements, open_cycle, unfinished_cycles
from app.kernel.settlement.operations.confirming import confirm_silent
from app.kernel.settlement.operations.offsets import offset_advances
from app.kernel.settlement.operations.release import release_due, release_reserves

log = logging.getLogger(__name__)

BATCH = 200
SYSTEM = system("settlement")


def release_holds() -> None:
    """Release everything that is due, a transaction for each batch, so that orders are locked for moments only."""
    actor = system("settlement")
    done = BATCH
    while done == BATCH:
        with transaction(actor):
            done = release_due(clock_now(), most=BATCH)
    with transaction(actor):
        release_reserves(clock_now(), most=5 * BATCH)


def close_cycle(trade: str, day: date, *, actor: Actor, now: datetime) -> None:
    """The trade's cycle of `day` is closed and all its statements are written, after any that was left unfinished before.

    Advances are offset first, in a transaction of their own, so that they lie below the watermark. Opens its own transactions.
    """
    with transaction(actor):
        offset_advances(now)
    with transaction(actor):
        open_cycle(trade, day, actor=actor, now=now)
    with transaction(actor):
        waiting = [cycle.id for cycle in unfinished_cycles(trade)]
    for cycle_id in waiting:
        written = 1
        while written:
            with transaction(actor):
                written = draft_statements(cycle_id, actor=actor, now=now)


def send_batch(batch_id: int) -> None:
    """Give every waiting payment of an approved batch, a transaction for each. Safe to run twice, on two machines, and after a death."""
    sent = True
    while sent:
        with transaction(SYSTEM):
            payout = sending.send_next(batch_id, now=clock_now())
            sent, through_channel = payout is not None, payout is not None and payout.method == "wechat" and payout.status == "sent"
            key = payout.id if payout else 0
        if through_channel:
            with transaction(SYSTEM):
                sending.transfer(key, now=clock_now())
    with transaction(SYSTEM):
        go_on(batch_id, now=clock_now())


def follow_payouts() -> None:
    """Batches that a dead worker left are taken up; the channel is asked about every payment of which nothing final was heard."""
    with transaction(SYSTEM):
        batches, quiet = sending.unfinished_batches(), sending.quiet_payouts(clock_now())
    for batch_id in batches:
        try:
            send_batch(batch_id)
        except Refusal as refusal:
            log.error("batch waits", extra={"batch": batch_id, "why": refusal.code})
    for payout_id in quiet:
        with transaction(SYSTEM):
            sending.ask_about(payout_id, now=clock_now())


def confirm_statements() -> None:
    """Statements whose merchant said nothing in time are confirmed, a transaction for each batch."""
    done = BATCH
    while done == BATCH:
        with transaction(SYSTEM):
            done = confirm_silent(clock_now(), most=BATCH)


def close_cycles(trade: str = "", day: str = "") -> None:
    """Close a day (yesterday unless said) for one trade or for all; one trade's refusal does not stop the others."""
    now = clock_now()
    closing = date.fromisoformat(day) if day else business_day(now) - timedelta(days=1)
    trades = [trade] if trade else [manifest.name for manifest in current_app.extensions["manifests"] if manifest.fees]
    release_holds()
    for each in trades:
        try:
            close_cycle(each, closing, actor=system("settlement"), now=now)
        except Refusal as refusal:
            log.error("cycle not closed", extra={"trade": each, "day": closing.isoformat(), "why": refusal.code})
