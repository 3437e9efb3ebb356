"""A company's monthly account: charged by orders (`order_paid`), lowered by refunds, paid by bank, written off."""

from __future__ import annotations

from datetime import date, datetime

from app.kernel.ledger.accounts import bank, cost, refund_payable
from app.kernel.ledger.values import AccountRef, OrderRef, Posting, credit, debit


def refunded_to_account(order: OrderRef, *, refund: str, customer_id: int, receivable: AccountRef, amount: int, at: datetime) -> Posting:
    """What an account paid for an order lowers what the company owes, or stands there as its credit.

    | debit | credit |
    |---|---|
    | customer refund_payable 3080 | company account_receivable 3080 |
    """
    return Posting.about(order, "refunded_to_account", refund, at, [debit(refund_payable(customer_id), amount), credit(receivable, amount)])


def account_paid(
    *, receipt: int, receivable: AccountRef, amount: int, reference: str, received_on: date, maker: str, checker: str, at: datetime,
) -> Posting:
    """The company's transfer arrived at our bank; two people saw the bank's reference.

    | debit | credit |
    |---|---|
    | bank 500000 | company account_receivable 500000 |
    """
    memo = f"{reference} {received_on:%Y-%m-%d}"
    return Posting("account_paid", str(receipt), at, (debit(bank(), amount), credit(receivable, amount)), maker=maker, checker=checker, memo=memo)


def account_written_off(*, receipt: int, receivable: AccountRef, amount: int, maker: str, checker: str, memo: str, at: datetime) -> Posting:
    """Two people gave up hope: what is left of a statement is our loss.

    | debit | credit |
    |---|---|
    | cost:bad_debt 120000 | company account_receivable 120000 |
    """
    entries = debit(cost("bad_debt"), amount), credit(receivable, amount)
    return Posting("account_written_off", str(receipt), at, entries, maker=maker, checker=checker, memo=memo)
