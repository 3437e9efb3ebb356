"""What the clock does with coupons."""

from __future__ import annotations

from app.core.actors import system
from app.core.clock import now
from app.framework.database import transaction
from app.kernel.marketing.operations import BATCH, end_what_is_over


def end_coupons() -> int:
    """Copies whose time is over expire, coupons whose period is over end; return how many."""
    moment, done, last = now(), 0, BATCH
    while last >= BATCH:
        with transaction(system("marketing")):
            last = end_what_is_over(moment)
        done += last
    return done
