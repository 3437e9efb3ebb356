"""Proofs of reconciliation: suspense is the unsettled breaks, every line of a compared bill is used, a closed month is signed."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.ledger.proofs import MOST_FINDINGS, Finding, Proof, SqlProof
from app.kernel.reconciliation.matching_sql import odd_lines_and_records, odd_movements
from app.kernel.reconciliation.models import ReconBreak, ReconDay, ReconPair
from app.kernel.reconciliation.operations.comparing import share_differences


class SuspenseIsTheUnsettledBreaks(SqlProof):
    """Proof 6, for reconciliation: the balance of recon_suspense is the sum of the breaks that nobody has settled."""

    name = "reconciliation.suspense"
    number = 6
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


class EveryLineIsUsed(Proof):
    """Proof 9, for bills: each line of a compared bill is a plain pair, a pair that was kept, or named by a break. Signed days do not change."""

    name = "reconciliation.lines"
    number = 9
    title = _l("比对过的账单，每一行要么对上，要么有差异")

    def check(self, session: Session) -> list[Finding]:
        """The lines of unsigned days that nothing explains."""
        found: list[Finding] = []
        for day in session.scalars(select(ReconDay).where(ReconDay.status != "signed").order_by(ReconDay.day)):
            used = {(bill, row) for table in (ReconPair, ReconBreak) for bill, row in session.execute(
                select(table.bill_id, table.row).where(table.day_id == day.id, table.row.is_not(None))
            )}
            found += [
                Finding(f"{day.label} {place}", "1", "0") for place, bill, row in _odd_rows(day) if (bill, row) not in used
            ]
        return found[:MOST_FINDINGS]


def _odd_rows(day: ReconDay) -> Iterator[tuple[str, int | None, int]]:
    """The lines of a day's bills that are no plain pair."""
    lines, _ = odd_lines_and_records(day.bill_id, day.id, day.day, day.account_number, day.fee_ppm)
    yield from ((f"trade:{each.row}", day.bill_id, each.row) for each in lines)
    if day.fund_bill_id is not None:
        movements, _ = odd_movements(day.fund_bill_id, day.bill_id)
        yield from ((f"fund:{each.row}", day.fund_bill_id, each.row) for each in movements)
    yield from ((f"sharing:{each.line.row}", day.sharing_bill_id, each.line.row) for each in share_differences(day) if each.line)


class BillsHaveTheirLines(SqlProof):
    """The lines of a compared bill are as many as it says; only what is unsigned can be wrong."""

    name = "reconciliation.bill_lines"
    number = 9
    title = _l("比对过的账单，行数和存下的行一样多")
    violations = """
        SELECT concat(bill.day, ' ', bill.kind) AS subject, bill.rows AS expected, kept.lines AS found
        FROM recon_day AS day JOIN pay_bill AS bill ON bill.id IN (day.bill_id, day.fund_bill_id, day.sharing_bill_id)
        CROSS JOIN LATERAL (SELECT count(*) AS lines FROM pay_bill_line WHERE bill_id = bill.id) AS kept
        WHERE day.status <> 'signed' AND kept.lines <> bill.rows
    """


class ClosedMonthsAreSigned(SqlProof):
    """A closed month has no unsigned day, and the ledger has closed its last day."""

    name = "reconciliation.months"
    number = 9
    title = _l("已关账的月份，每天都签过字，账本也已关到月末")
    violations = """
        SELECT to_char(month.month, 'YYYY-MM') AS subject, 'signed' AS expected, coalesce(day.day::text, 'ledger open') AS found
        FROM recon_month AS month
        LEFT JOIN recon_day AS day ON day.account_number = month.account_number AND day.status <> 'signed'
            AND day.day >= month.month AND day.day < month.month + interval '1 month'
        WHERE month.status = 'closed' AND (day.id IS NOT NULL
            OR NOT EXISTS (SELECT 1 FROM ledger_day WHERE ledger_day.day >= month.month + interval '1 month' - interval '1 day'))
    """


RECONCILIATION_PROOFS = (SuspenseIsTheUnsettledBreaks, EveryLineIsUsed, BillsHaveTheirLines, ClosedMonthsAreSigned)
