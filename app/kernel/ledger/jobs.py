"""The ledger's clockwork: proofs every hour, the closing of yesterday every night."""

from __future__ import annotations

import logging
from datetime import timedelta

from app.core.actors import system
from app.core.clock import now as clock_now
from app.core.periods import business_day
from app.framework.database import transaction
from app.kernel.ledger.operations import close_day, snapshot_day
from app.kernel.ledger.proofs import run_proofs

log = logging.getLogger(__name__)


def check_proofs() -> None:
    """Check every proof and keep the result; a finding is logged as an error, which alarms."""
    with transaction(system("proofs")):
        run = run_proofs(clock_now())
        for detail in run.details:
            log.error("proof does not hold", extra={"proof": detail.proof, "subject": detail.subject, "found": detail.found})


def close_yesterday() -> None:
    """Close the day that ended in Shanghai, then keep its balances. Two transactions: postings wait only for the first."""
    now = clock_now()
    yesterday = business_day(now) - timedelta(days=1)
    with transaction(system("ledger")):
        close_day(yesterday, by="system:ledger", now=now)
    with transaction(system("ledger")):
        snapshot_day(yesterday)
