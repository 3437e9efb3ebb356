"""The clockwork of points: what was not used in time expires in the night."""

from __future__ import annotations

from app.core.actors import system
from app.core.clock import now as clock_now
from app.framework.database import transaction
from app.kernel.loyalty.operations.adjusting import expire_lots

BATCH = 200


def expire_points() -> None:
    """Every lot whose day is over, a transaction for each batch."""
    done = BATCH
    while done == BATCH:
        with transaction(system("loyalty")):
            done = expire_lots(clock_now(), most=BATCH)
