"""The tables of settlement: policies, cycles, statements with lines and disputes, accounts, withdrawals, batches of payments, invoices."""

from app.kernel.settlement.models.accounts import ACCOUNT_FLOW, PayeeAccount
from app.kernel.settlement.models.disputes import DISPUTE_FLOW, Dispute
from app.kernel.settlement.models.invoices import INVOICE_FLOW, Invoice
from app.kernel.settlement.models.payouts import BATCH_FLOW, PAYOUT_FLOW, Payout, PayoutBatch
from app.kernel.settlement.models.policies import POLICY_FLOW, Policy
from app.kernel.settlement.models.statements import STATEMENT_FLOW, Cycle, Statement, StatementLine
from app.kernel.settlement.models.withdrawals import WITHDRAWAL_FLOW, Withdrawal

__all__ = [
    "ACCOUNT_FLOW", "BATCH_FLOW", "DISPUTE_FLOW", "INVOICE_FLOW", "PAYOUT_FLOW", "POLICY_FLOW", "STATEMENT_FLOW", "WITHDRAWAL_FLOW",
    "Cycle", "Dispute", "Invoice", "PayeeAccount", "Payout", "PayoutBatch", "Policy", "Statement", "StatementLine", "Withdrawal",
]
