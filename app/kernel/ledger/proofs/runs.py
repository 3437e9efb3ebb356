"""Check the proofs, keep what was found, say whether settlement may pay.

A run is begun, each proof is checked, the run is finished: in one transaction (`run_proofs`), or one transaction a proof
by the queue (`go_on`), so that a page can show how far it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from app.core.actors import Actor, system
from app.core.errors import NotFound
from app.extensions import db
from app.framework.database import elevated, lock, transaction
from app.framework.events import publish
from app.framework.queue import enqueue
from app.kernel.governance.operations import maker_name
from app.kernel.ledger.models import LedgerProofFinding, LedgerProofResult, LedgerProofRun
from app.kernel.ledger.proofs.base import Finding, Proof

SYSTEM = system("proofs")
GIVEN_UP = timedelta(hours=2)  # a run that is not finished by then broke off: nobody waits for it any more


def all_proofs() -> list[Proof]:
    """One of every proof that the application's manifests name, by number, then in their order."""
    found = [check() for manifest in current_app.extensions["manifests"] for check in manifest.checks if issubclass(check, Proof)]
    return sorted(found, key=lambda proof: proof.number)


def proof_named(name: str) -> Proof:
    """The proof of that name; raises NotFound."""
    for proof in all_proofs():
        if proof.name == name:
            return proof
    raise NotFound


def check_all(session: Session) -> list[tuple[Proof, list[Finding]]]:
    """Every proof with its findings. Nothing is stored."""
    return [(proof, proof.check(session)) for proof in all_proofs()]


def begin_run(only: str = "", *, by: str, now: datetime) -> LedgerProofRun:
    """A run of all proofs, or of the one called `only`, that nobody has worked on; flushes. Raises NotFound for a name that is none."""
    wanted = 1 if only and proof_named(only) else len(all_proofs())
    run = LedgerProofRun(started_at=now, milliseconds=0, proofs=wanted, findings=0, only=only, asked_by=by)
    db.session.add(run)
    db.session.flush()
    return run


def ask_run(only: str = "", *, actor: Actor, now: datetime) -> LedgerProofRun:
    """The queue checks all proofs, or the one called `only`; a run of the same that is under way serves as well. Raises NotFound."""
    underway = run_underway(LedgerProofRun.only == only, now=now)
    if underway is not None:
        return underway
    run = begin_run(only, by=maker_name(actor), now=now)
    enqueue("check_asked_proofs", run_id=run.id)
    return run


def go_on(run_id: int, now: datetime) -> None:
    """Check what the run lacks, one transaction a proof, then finish it. Safe to call twice."""
    with transaction(SYSTEM):
        run = db.session.get_one(LedgerProofRun, run_id)
        done = {result.proof for result in run.results}
        names = [proof.name for proof in _of_run(run) if proof.name not in done]
    for name in names:
        with transaction(SYSTEM):
            _check(db.session.get_one(LedgerProofRun, run_id), proof_named(name))
    with transaction(SYSTEM):
        finish_run(lock(LedgerProofRun, run_id), now=now)


def run_proofs(now: datetime) -> LedgerProofRun:
    """Check all proofs at once and keep the result; flushes, the caller commits. `now` is when the run began (UTC)."""
    with elevated():
        run = begin_run(by=SYSTEM.name, now=now)
        for proof in _of_run(run):
            _check(run, proof)
        finish_run(run, now=now)
    return run


def finish_run(run: LedgerProofRun, *, now: datetime) -> None:
    """The run counts from here on. When it turned what held before, or the other way round, finance is told."""
    if run.finished_at is not None:
        return
    held = proofs_hold_or_unknown()
    run.findings, run.milliseconds = len(run.details), sum(result.milliseconds for result in run.results)
    run.finished_at = now + timedelta(milliseconds=run.milliseconds)
    db.session.flush()
    holds = proofs_hold_or_unknown()
    if held != holds:
        publish("happened", act="ledger_proofs.resolved" if holds else "ledger_proofs.failed", record=run, reason="", actor=SYSTEM, now=now)


def _of_run(run: LedgerProofRun) -> Sequence[Proof]:
    return [proof_named(run.only)] if run.only else all_proofs()


def _check(run: LedgerProofRun, proof: Proof) -> None:
    db.session.execute(text("SET LOCAL statement_timeout = '10min'"))
    clock = time.monotonic()
    findings = proof.check(db.session())
    run.results.append(LedgerProofResult(proof=proof.name, findings=len(findings), milliseconds=round((time.monotonic() - clock) * 1000)))
    run.details += [
        LedgerProofFinding(proof=proof.name, subject=each.subject, expected=each.expected, found=each.found) for each in findings
    ]
    db.session.flush()


def latest_run() -> LedgerProofRun | None:
    """The last finished check of all proofs, if there was one."""
    newest = LedgerProofRun.started_at.desc(), LedgerProofRun.id.desc()
    return db.session.scalars(select(LedgerProofRun).where(*_WHOLE).order_by(*newest).limit(1)).one_or_none()


def run_underway(*where: ColumnElement[bool], now: datetime) -> LedgerProofRun | None:
    """The newest run that is asked for and not finished."""
    statement = select(LedgerProofRun).where(LedgerProofRun.finished_at.is_(None), LedgerProofRun.started_at > now - GIVEN_UP, *where)
    return db.session.scalars(statement.order_by(LedgerProofRun.id.desc()).limit(1)).one_or_none()


def proofs_hold() -> bool:
    """True when there was a check of all proofs, the latest one found nothing, and no check of a single one since found anything.

    What settlement asks before it pays.
    """
    run = latest_run()
    return run is not None and run.findings == 0 and not _found_since(run)


def proofs_hold_or_unknown() -> bool:
    """False only when something is known to be wrong."""
    run = latest_run()
    return run is None or (run.findings == 0 and not _found_since(run))


def open_findings() -> int:
    """How much is known to be wrong: what the latest check of all proofs found, and checks of single ones since."""
    run = latest_run()
    return run.findings + _found_since(run) if run else 0


def _found_since(run: LedgerProofRun) -> int:
    later = select(func.sum(LedgerProofRun.findings)).where(LedgerProofRun.only != "", LedgerProofRun.finished_at.is_not(None), LedgerProofRun.id > run.id)
    return int(db.session.scalar(later) or 0)


_WHOLE = (LedgerProofRun.only == "", LedgerProofRun.finished_at.is_not(None))


def assert_proofs_hold() -> None:
    """Raise AssertionError with every finding, unless all proofs hold. For tests, in any application context."""
    with elevated():
        results = check_all(db.session())
    assert not any(findings for _, findings in results), "\n" + table(results)


def report(now: datetime) -> int:
    """Check and keep the result, print a line for each proof and finding; 1 when something was found. The caller commits."""
    run = run_proofs(now)
    by_name: dict[str, list[Finding]] = {}
    for detail in run.details:
        by_name.setdefault(detail.proof, []).append(Finding(detail.subject, detail.expected, detail.found))
    print(table((proof, by_name.get(proof.name, [])) for proof in all_proofs()))
    print(f"{run.proofs} proofs, {run.findings} findings, {run.milliseconds} ms")
    return int(run.findings > 0)


def table(results: Iterable[tuple[Proof, list[Finding]]]) -> str:
    """One line a proof, and below it one line a finding."""
    lines = []
    for proof, findings in results:
        lines.append(f"{'ok  ' if not findings else 'FAIL'}  {proof.number:>2} {proof.name:<34}  {proof.title}")
        lines += [f"      {finding.subject}: expected {finding.expected}, found {finding.found}" for finding in findings]
    return "\n".join(lines)
