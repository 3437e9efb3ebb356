"""Jobs of upkeep."""

from __future__ import annotations

from app.core.actors import system
from app.core.clock import now
from app.framework.database import transaction
from app.kernel.upkeep.operations import rescue_stalled_runs


def rescue_stalled() -> int:
    """Put the runs of dead workers back into the queue; return how many."""
    with transaction(system("clock")):
        return rescue_stalled_runs(now())
