"""Standing proofs: classes whose `check` looks at the whole store and returns what is wrong, normally nothing.

Packages name theirs in their manifest (`checks`). All of them run hourly, by `make proofs`, and after every test; while
the latest run has findings, settlement does not pay.
"""

from app.kernel.ledger.proofs.base import MOST_FINDINGS, STATEMENTS, Finding, Proof, SqlProof
from app.kernel.ledger.proofs.ledger import (
    LEDGER_PROOFS,
    BlocksAreChained,
    KeptBalancesAreSums,
    TransactionsAreWhole,
    TrialBalanceIsZero,
    VersionsAreUnbroken,
)
from app.kernel.ledger.proofs.runs import (
    all_proofs,
    ask_run,
    assert_proofs_hold,
    go_on,
    latest_run,
    open_findings,
    proof_named,
    proofs_hold,
    proofs_hold_or_unknown,
    report,
    run_proofs,
    run_underway,
)

__all__ = [
    "LEDGER_PROOFS", "MOST_FINDINGS", "STATEMENTS", "BlocksAreChained", "Finding", "KeptBalancesAreSums", "Proof", "SqlProof", "TransactionsAreWhole",
    "TrialBalanceIsZero", "VersionsAreUnbroken", "all_proofs", "ask_run", "assert_proofs_hold", "go_on", "latest_run", "open_findings",
    "proof_named", "proofs_hold", "proofs_hold_or_unknown", "report", "run_proofs", "run_underway",
]
