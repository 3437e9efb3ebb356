"""The clock's part of complaints: who stays silent has answered."""

from __future__ import annotations

from app.core.actors import system
from app.core.clock import now as clock_now
from app.framework.database import transaction
from app.kernel.complaints.operations.answering import expire

BATCH = 200


def end_silence() -> None:
    """Complaints whose time is over move on, a transaction for each batch."""
    done = BATCH
    while done == BATCH:
        with transaction(system("clock")):
            done = expire(clock_now(), most=BATCH)
