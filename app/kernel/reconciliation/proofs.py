"""Proofs of reconciliation: suspense is the unsettled breaks, and every line of a compared bill is used once."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class SuspenseIsTheUnsettledBreaks(SqlProof):
    """Proof 6, for reconciliation: the balance of recon_suspense is the sum of the breaks that nobody has settled."""

    name = "reconciliation.suspense"
    title = _l("对账挂账等于未了结差异之和")
    violations = """
        SELECT 'recon_suspense' AS subject, breaks.amount AS expected, held.amount AS found
        FROM (SELECT coalesce(sum(effect), 0) AS amount FROM recon_break WHERE status <> 'closed') AS breaks
        CROSS JOIN (
            SELECT coalesce(sum(e.amount), 0) AS amount FROM ledger_entry AS e JOIN ledger_account AS a ON a.id = e.account_id
            WHERE a.book = 'recon_suspense'
        ) AS held
        WHERE breaks.amount <> held.amount
    """


class EveryLineIsUsed(SqlProof):
    """Proof 9, for trade bills: each line of a compared bill has one pair, or a break that names it."""

    name = "reconciliation.lines"
    title = _l("比对过的账单，每一行要么对上，要么有差异")
    violations = """
        SELECT day.day AS subject, day.lines AS expected, used.rows AS found
        FROM recon_day AS day
        CROSS JOIN LATERAL (
            SELECT count(*) AS rows FROM (
                SELECT row FROM recon_pair WHERE day_id = day.id UNION SELECT row FROM recon_break WHERE day_id = day.id AND row IS NOT NULL
            ) AS each
        ) AS used
        WHERE used.rows <> day.lines
    """


RECONCILIATION_PROOFS = (SuspenseIsTheUnsettledBreaks, EveryLineIsUsed)
