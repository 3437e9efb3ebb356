"""The clockwork of accounts: periods that are over are billed, and late payers are reminded."""

from __future__ import annotations

from app.core.clock import now as clock_now
from app.core.periods import business_day
from app.framework.database import transaction
from app.kernel.credit.operations.statements import SYSTEM, accounts_to_bill, bill_account, chase


def bill_accounts() -> None:
    """A statement for every account whose period is over, a transaction for each. Safe to run twice."""
    with transaction(SYSTEM):
        waiting = accounts_to_bill(business_day(clock_now()))
    for account_id in waiting:
        with transaction(SYSTEM):
            bill_account(account_id, now=clock_now())


def chase_accounts() -> None:
    """Late payers are reminded, and suspended when they stay late."""
    with transaction(SYSTEM):
        chase(clock_now())
