"""The proofs hold on a sound ledger, and each finds what a superuser who switched off the triggers has done."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.actors import EVERYTHING, system
from app.core.clock import at
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.manifest import Manifest
from app.kernel.ledger import jobs
from app.kernel.ledger.accounts import escrow, merchant_available
from app.kernel.ledger.manifest import manifest
from app.kernel.ledger.models import LedgerProofRun, LedgerSnapshot
from app.kernel.ledger.proofs import (
    Finding,
    KeptBalancesAreSums,
    Proof,
    TransactionsAreWhole,
    TrialBalanceIsZero,
    VersionsAreUnbroken,
    all_proofs,
    assert_proofs_hold,
    latest_run,
    proofs_hold,
    report,
    run_proofs,
)
from app.kernel.ledger.queries import balance, last_closed_day
from tests.kernel.ledger.conftest import NOON, booked, commit

SOME_HOT = "(SELECT id FROM ledger_account WHERE book = 'escrow')"
KEPT = "(SELECT id FROM ledger_account WHERE book = 'available')"
OF_KEPT = f"(SELECT transaction_id FROM ledger_entry WHERE account_id = {KEPT})"

TAMPERINGS: list[tuple[str, str, set[type[Proof]]]] = [
    ("an amount on a busy account", f"UPDATE ledger_entry SET amount = amount + 1 WHERE account_id = {SOME_HOT}",
     {TrialBalanceIsZero, TransactionsAreWhole}),
    ("both sides of a transaction", f"UPDATE ledger_entry SET amount = amount * 2 WHERE transaction_id IN {OF_KEPT}",
     {KeptBalancesAreSums, VersionsAreUnbroken}),
    ("an entry gone", f"DELETE FROM ledger_entry WHERE account_id = {KEPT} AND version = 1",
     {TrialBalanceIsZero, KeptBalancesAreSums, VersionsAreUnbroken, TransactionsAreWhole}),
    ("a transaction without its head", "DELETE FROM ledger_transaction WHERE key = '1'", {TransactionsAreWhole}),
    ("a transaction without entries", "DELETE FROM ledger_entry WHERE transaction_id = (SELECT id FROM ledger_transaction WHERE key = '2')",
     {TransactionsAreWhole}),
    ("a live balance", "UPDATE ledger_balance SET posted = posted + 1", {KeptBalancesAreSums}),
    ("a live balance gone", "DELETE FROM ledger_balance", {KeptBalancesAreSums}),
    ("a balance after an entry", "UPDATE ledger_entry SET balance_after = 7 WHERE version = 1", {VersionsAreUnbroken}),
    ("a gap in the versions", "UPDATE ledger_entry SET version = 9 WHERE version = 2", {VersionsAreUnbroken}),
    ("an entry moved to another day", f"UPDATE ledger_entry SET booked_on = booked_on + 1 WHERE account_id = {SOME_HOT}", {TransactionsAreWhole}),
    ("a snapshot", f"INSERT INTO ledger_snapshot SELECT id, current_date, 1 FROM ledger_account WHERE id = {SOME_HOT}", {KeptBalancesAreSums}),
    ("a floor", "UPDATE ledger_account SET floor = -5 WHERE book = 'available'", {KeptBalancesAreSums}),
]


@pytest.fixture(autouse=True)
def three_postings(unlimited: Flask) -> None:
    """A small sound ledger."""
    commit(booked("1", 500))
    commit(booked("2", 300, escrow("dining")))
    commit(booked("3", 40))


def test_the_proofs_hold_on_a_sound_ledger(unlimited: Flask) -> None:
    assert_proofs_hold()
    assert {type(proof) for proof in all_proofs()} >= {TrialBalanceIsZero, KeptBalancesAreSums, VersionsAreUnbroken, TransactionsAreWhole}


def test_each_proof_finds_what_a_superuser_did(as_superuser: Session) -> None:
    found = {}
    for name, tampering, _ in TAMPERINGS:
        as_superuser.execute(text("SET LOCAL session_replication_role = replica"))
        assert as_superuser.execute(text(tampering)).rowcount > 0  # type: ignore[attr-defined]
        found[name] = {proof for proof in manifest.checks if proof().check(as_superuser)}
        as_superuser.rollback()
    assert found == {name: proofs for name, _, proofs in TAMPERINGS}


class NeverHolds(Proof):
    """The negative control of the run."""

    name = "test.never"
    number = 4
    title = "never holds"

    def check(self, session: Session) -> list[Finding]:
        return [Finding("this", "that", "nothing")]


def test_a_run_is_kept_with_its_findings_and_says_whether_settlement_may_pay(
    unlimited: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert latest_run() is None and not proofs_hold()
    with transaction(system("test")):
        assert report(NOON) == 0
    enter_scope(EVERYTHING)
    assert proofs_hold()
    assert "ok     1 ledger.trial_balance" in capsys.readouterr().out
    monkeypatch.setitem(unlimited.extensions, "manifests", [manifest, Manifest("test", "test", checks=(NeverHolds,))])
    with transaction(system("test")):
        assert report(NOON) == 1
    enter_scope(EVERYTHING)
    assert not proofs_hold()
    assert "FAIL   4 test.never" in capsys.readouterr().out
    run = latest_run()
    assert run is not None
    assert (run.findings, [(detail.proof, detail.subject, detail.expected, detail.found) for detail in run.details]) == (
        1, [("test.never", "this", "that", "nothing")]
    )
    with pytest.raises(AssertionError, match="this: expected that, found nothing"):
        assert_proofs_hold()
    monkeypatch.undo()


def test_the_run_stores_nothing_until_the_caller_commits(unlimited: Flask) -> None:
    run_proofs(NOON)
    db.session.rollback()
    assert latest_run() is None


def test_the_jobs_check_hourly_and_close_yesterday_and_may_run_twice(unlimited: Flask) -> None:
    with at(NOON.replace(day=4)):
        for _ in range(2):
            jobs.close_yesterday()
            jobs.check_proofs()
    enter_scope(EVERYTHING)
    assert [run.findings for run in db.session.scalars(select(LedgerProofRun))] == [0, 0]
    assert last_closed_day() == NOON.date().replace(day=3)
    snapshots = {snapshot.account.ref: snapshot.balance for snapshot in db.session.scalars(select(LedgerSnapshot))}
    assert snapshots[escrow("dining")] == 300
    assert merchant_available(1) not in snapshots
    assert (balance(escrow("dining")), balance(merchant_available(1))) == (300, 540)
