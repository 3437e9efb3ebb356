"""Accounts and who may charge them; statements, their lines, and what was paid or written off."""

from app.kernel.credit.models.accounts import ACCOUNT_FLOW, LIMIT_FLOW, CreditAccount, CreditMember, LimitChange
from app.kernel.credit.models.statements import RECEIPT_FLOW, STATEMENT_FLOW, CreditLine, CreditReceipt, CreditStatement

__all__ = [
    "ACCOUNT_FLOW", "LIMIT_FLOW", "RECEIPT_FLOW", "STATEMENT_FLOW", "CreditAccount", "CreditLine", "CreditMember", "CreditReceipt", "CreditStatement",
    "LimitChange",
]
