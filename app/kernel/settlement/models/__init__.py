"""The tables of settlement: policies, cycles, statements with their lines."""

from app.kernel.settlement.models.policies import POLICY_FLOW, Policy
from app.kernel.settlement.models.statements import STATEMENT_FLOW, Cycle, Statement, StatementLine

__all__ = ["POLICY_FLOW", "STATEMENT_FLOW", "Cycle", "Policy", "Statement", "StatementLine"]
