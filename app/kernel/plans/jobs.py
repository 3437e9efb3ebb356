"""The clock of plans: days are earned, subscriptions end, deposits go back, unpaid orders are dropped, hits are counted."""

from __future__ import annotations

from app.core.actors import system
from app.core.clock import now as clock_now
from app.framework.database import transaction
from app.kernel.plans.operations.charging import drop_unpaid
from app.kernel.plans.operations.deferring import release_due
from app.kernel.plans.operations.deposits import return_due
from app.kernel.plans.operations.placements import count_hits, end_due
from app.kernel.plans.operations.subscribing import expire_due, remind_due

BATCH, HITS = 200, 20_000
CLOCK = system("clock")


def earn_days() -> None:
    """Every day that is over is earned, also those of a time when this did not run; a transaction for each batch."""
    done = BATCH
    while done == BATCH:
        with transaction(CLOCK):
            done = release_due(clock_now(), most=BATCH)


def end_plans() -> None:
    """What is over ends: subscriptions, advertisements; owners are reminded; deposits whose time has come go back."""
    with transaction(CLOCK):
        end_due(clock_now())
    done = BATCH
    while done == BATCH:
        with transaction(CLOCK):
            done = expire_due(clock_now(), most=BATCH)
    with transaction(CLOCK):
        remind_due(clock_now())
    with transaction(CLOCK):
        return_due(clock_now())


def drop_unpaid_charges() -> None:
    """What was not paid in time is cancelled."""
    with transaction(CLOCK):
        drop_unpaid(clock_now())


def count_advertisements() -> None:
    """What was shown and opened since the last minute is counted."""
    done = HITS
    while done == HITS:
        with transaction(CLOCK):
            done = count_hits(most=HITS)
