"""The tables of settlement: policies, cycles, statements with their lines, and exports."""

from app.kernel.settlement.models.exports import Export
from app.kernel.settlement.models.policies import POLICY_FLOW, Policy
from app.kernel.settlement.models.statements import STATEMENT_FLOW, Cycle, Statement, StatementLine

__all__ = ["POLICY_FLOW", "STATEMENT_FLOW", "Cycle", "Export", "Policy", "Statement", "StatementLine"]
