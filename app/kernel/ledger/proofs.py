"""Standing proofs: classes whose `check` looks at the whole store and returns what is wrong, normally nothing.

Packages name theirs in their manifest (`checks`). All of them run hourly, by `make proofs`, and after every test; while
the latest run has findings, settlement does not pay.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.extensions import db
from app.framework.database import elevated
from app.kernel.ledger.models import LedgerProofFinding, LedgerProofRun

MOST_FINDINGS = 100  # of one proof in one run: enough to see what happened, few enough to store


@dataclass(frozen=True)
class Finding:
    """What a proof found wrong: the thing, what it should be, what it is."""

    subject: str
    expected: str
    found: str


class Proof:
    """A statement about the store that must always be true. Subclasses set `name`, `title`, and say how to `check` it."""

    name: ClassVar[str]
    title: ClassVar[Any]

    def check(self, session: Session) -> list[Finding]:
        """Every violation, at most `MOST_FINDINGS`; empty when the proof holds. Changes nothing."""
        raise NotImplementedError


class SqlProof(Proof):
    """A proof that is one query of violations with the columns subject, expected, found."""

    violations: ClassVar[str]

    def check(self, session: Session) -> list[Finding]:
        """Run the query."""
        rows = session.execute(text(f"{self.violations} LIMIT {MOST_FINDINGS}"))  # nosec B608: constants of this code only
        return [Finding(str(row.subject), str(row.expected), str(row.found)) for row in rows]


class TrialBalanceIsZero(SqlProof):
    """Proof 1: all entries of an asset add up to zero."""

    name = "ledger.trial_balance"
    title = _l("试算平衡：每种资产借贷合计为零")
    violations = """
        SELECT account.asset AS subject, 0 AS expected, sum(entry.amount) AS found
        FROM ledger_entry AS entry LEFT JOIN ledger_account AS account ON account.id = entry.account_id
        GROUP BY account.asset HAVING sum(entry.amount) <> 0 OR account.asset IS NULL
    """


class KeptBalancesAreSums(SqlProof):
    """Proof 2: every live balance and every snapshot is the sum of its entries, and every account with a floor keeps one."""

    name = "ledger.kept_balances"
    title = _l("余额等于分录之和")
    violations = """
        SELECT * FROM (
            SELECT account.address AS subject, concat(COALESCE(sums.total, 0), ' (', COALESCE(sums.entries, 0), ')') AS expected,
                   COALESCE(concat(kept.posted, ' (', kept.version, ')'), '-') AS found
            FROM ledger_account AS account
            JOIN ledger_book AS book ON book.name = account.book
            LEFT JOIN ledger_balance AS kept ON kept.account_id = account.id
            LEFT JOIN (
                SELECT account_id, sum(amount) AS total, count(*) AS entries FROM ledger_entry WHERE version IS NOT NULL GROUP BY account_id
            ) AS sums ON sums.account_id = account.id
            WHERE account.floor IS DISTINCT FROM book.floor
               OR (account.floor IS NOT NULL AND (kept.posted, kept.version, kept.floor)
                   IS DISTINCT FROM (COALESCE(sums.total, 0)::bigint, COALESCE(sums.entries, 0), account.floor))
               OR kept.posted < kept.floor
            UNION ALL
            SELECT concat(account.address, ' ', snapshot.day), sums.total::text, snapshot.balance::text
            FROM ledger_snapshot AS snapshot JOIN ledger_account AS account ON account.id = snapshot.account_id
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(amount), 0) AS total FROM ledger_entry WHERE account_id = snapshot.account_id AND booked_on <= snapshot.day
            ) AS sums
            WHERE snapshot.day = (SELECT max(day) FROM ledger_snapshot AS latest WHERE latest.account_id = snapshot.account_id)
              AND sums.total <> snapshot.balance
        ) AS violation
    """


class VersionsAreUnbroken(SqlProof):
    """Proof 3: the entries of an account with a floor count 1, 2, 3 …, and each balance is the one before plus the amount."""

    name = "ledger.version_chain"
    title = _l("分录版本连续，逐笔余额相接")
    violations = """
        SELECT concat(account.address, ' @', chain.transaction_id) AS subject,
               concat(chain.position, ': ', chain.running) AS expected, concat(chain.version, ': ', chain.balance_after) AS found
        FROM (
            SELECT account_id, transaction_id, version, balance_after,
                   row_number() OVER line AS position, sum(amount) OVER line AS running
            FROM ledger_entry WHERE version IS NOT NULL WINDOW line AS (PARTITION BY account_id ORDER BY version)
        ) AS chain
        LEFT JOIN ledger_account AS account ON account.id = chain.account_id
        WHERE chain.version <> chain.position OR chain.balance_after <> chain.running
    """


class TransactionsAreWhole(SqlProof):
    """Proof 4: every transaction has the entries it counts, two at least, zero per asset, on its day; no entry lacks its transaction."""

    name = "ledger.whole_transactions"
    title = _l("每笔交易至少两条分录，且自身平衡")
    violations = """
        SELECT COALESCE(head.id, legs.transaction_id) AS subject, COALESCE(head.entry_count, 0) AS expected,
               concat(COALESCE(legs.entries, 0), ', ', COALESCE(legs.balanced, true)) AS found
        FROM ledger_transaction AS head
        FULL JOIN (
            SELECT transaction_id, sum(entries) AS entries, bool_and(total = 0) AS balanced, min(first_day) AS first_day, max(last_day) AS last_day
            FROM (
                SELECT entry.transaction_id, account.asset, count(*) AS entries, sum(entry.amount) AS total,
                       min(entry.booked_on) AS first_day, max(entry.booked_on) AS last_day
                FROM ledger_entry AS entry LEFT JOIN ledger_account AS account ON account.id = entry.account_id
                GROUP BY entry.transaction_id, account.asset
            ) AS per_asset GROUP BY transaction_id
        ) AS legs ON legs.transaction_id = head.id
        WHERE head.id IS NULL OR legs.transaction_id IS NULL OR NOT legs.balanced OR legs.entries < 2 OR legs.entries <> head.entry_count
           OR legs.first_day <> head.booked_on OR legs.last_day <> head.booked_on
    """


LEDGER_PROOFS = (TrialBalanceIsZero, KeptBalancesAreSums, VersionsAreUnbroken, TransactionsAreWhole)


def all_proofs() -> list[Proof]:
    """One of every proof that the application's manifests name, in their order."""
    return [check() for manifest in current_app.extensions["manifests"] for check in manifest.checks if issubclass(check, Proof)]


def check_all(session: Session) -> list[tuple[Proof, list[Finding]]]:
    """Every proof with its findings. Nothing is stored."""
    return [(proof, proof.check(session)) for proof in all_proofs()]


def run_proofs(now: datetime) -> LedgerProofRun:
    """Check all proofs and keep the result; flushes, the caller commits. `now` is when the run began (UTC)."""
    with elevated():
        db.session.execute(text("SET LOCAL statement_timeout = '10min'"))
        clock = time.monotonic()
        results = check_all(db.session())
        run = LedgerProofRun(
            started_at=now, milliseconds=round((time.monotonic() - clock) * 1000), proofs=len(results),
            findings=sum(len(findings) for _, findings in results),
        )
        run.details = [
            LedgerProofFinding(proof=proof.name, subject=finding.subject, expected=finding.expected, found=finding.found)
            for proof, findings in results for finding in findings
        ]
        db.session.add(run)
        db.session.flush()
    return run


def latest_run() -> LedgerProofRun | None:
    """The last check, if there was one."""
    return db.session.scalars(select(LedgerProofRun).order_by(LedgerProofRun.started_at.desc(), LedgerProofRun.id.desc()).limit(1)).one_or_none()


def proofs_hold() -> bool:
    """True when there was a check and the latest one found nothing: what settlement asks before it pays."""
    run = latest_run()
    return run is not None and run.findings == 0


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
        lines.append(f"{'ok  ' if not findings else 'FAIL'}  {proof.name:<28}  {proof.title}")
        lines += [f"      {finding.subject}: expected {finding.expected}, found {finding.found}" for finding in findings]
    return "\n".join(lines)
