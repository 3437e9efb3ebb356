"""The ledger's clockwork: proofs every hour, the closing of yesterday every night."""

from __future__ import annotations

import logging
from datetime import timedelta

from app.core.actors import system
from app.core.clock import now as clock_now
from app.core.periods import business_day
from app.framework.database import transaction
from app.kernel.ledger.models import LedgerProofRun
from app.kernel.ledger.operations import BLOCK, close_day, seal_block, snapshot_day
from app.kernel.ledger.proofs.runs import SYSTEM, begin_run, go_on

log = logging.getLogger(__name__)


def check_proofs() -> None:
    """Seal what is committed, then check every proof and keep the result; a finding is logged as an error, which alarms."""
    seal_ledger()
    with transaction(SYSTEM):
        run = begin_run(by=SYSTEM.name, now=clock_now())
        run_id = run.id
    check_asked_proofs(run_id)


def check_asked_proofs(run_id: int) -> None:
    """Check what a run lacks, proof by proof, so that a page can show how far it is."""
    go_on(run_id, clock_now())
    with transaction(SYSTEM) as session:
        for detail in session.get_one(LedgerProofRun, run_id).details:
            log.error("proof does not hold", extra={"proof": detail.proof, "subject": detail.subject, "found": detail.found})


def seal_ledger() -> None:
    """Chain everything that is certainly committed into blocks, one transaction a block."""
    while True:
        with transaction(system("ledger")):
            if seal_block(clock_now()) < BLOCK:
                return


def close_yesterday() -> None:
    """Close the day that ended in Shanghai, then keep its balances. Two transactions: postings wait only for the first."""
    now = clock_now()
    yesterday = business_day(now) - timedelta(days=1)
    with transaction(system("ledger")):
        close_day(yesterday, by="system:ledger", now=now)
    with transaction(system("ledger")):
        snapshot_day(yesterday)
