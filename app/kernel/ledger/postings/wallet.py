"""Stored value: filled by the channel, spent on orders (`order_paid`), given back to the parts that it came from, or unspent to who paid it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.kernel.ledger.accounts import merchant_receivable, refund_payable, revenue, wallet_shares
from app.kernel.ledger.values import AccountRef, OrderRef, Posting, Share, credit, credit_all, debit, debit_all


def wallet_topped_up(
    *, payment: str, merchant_id: int, trade: str, customer_id: int, issuer: str, clearing: AccountRef, amount: int, gift: int, fee: int, fee_kind: str,
    rule_versions: Sequence[int], paid_at: datetime,
) -> Posting:
    """The customer paid 100.00 and has 110.00 at the merchant, who bears the gift and the platform's fee out of what it earns next.

    | debit | credit |
    |---|---|
    | clearing 10000 | customer wallet_principal 10000 |
    | merchant receivable 1200 | customer wallet_bonus 1000, revenue:stored_value_commission 200 |
    """
    entries = [debit(clearing, amount), *credit_all(share for share in wallet_shares(customer_id, issuer, amount, amount + gift) if share.amount)]
    if gift + fee:
        entries.append(debit(merchant_receivable(merchant_id), gift + fee))
    if fee:
        entries.append(credit(revenue(fee_kind), fee))
    return Posting("wallet_topped_up", payment, paid_at, tuple(entries), trade=trade, merchant_id=merchant_id, rule_versions=tuple(rule_versions))


def refunded_to_wallet(order: OrderRef, *, refund: str, customer_id: int, parts: Sequence[Share], amount: int, at: datetime) -> Posting:
    """What a wallet paid goes back to the parts that it came from.

    | debit | credit |
    |---|---|
    | customer refund_payable 3333 | customer wallet_principal 3030, wallet_bonus 303 |
    """
    return Posting.about(order, "refunded_to_wallet", refund, at, [debit(refund_payable(customer_id), amount), *credit_all(parts)])


def wallet_given_back(
    *, refund: str, merchant_id: int, trade: str, customer_id: int, issuer: str, principal: int, gift: int, fee: int, fee_kind: str,
    to_merchant: Sequence[Share], maker: str, checker: str | None, at: datetime,
) -> Posting:
    """A customer takes 60.00 that it never spent back; the gift of 6.00 lapses, and who bore it and the platform's fee on those 60.00 has both again.

    | debit | credit |
    |---|---|
    | customer wallet_principal 6000 | customer refund_payable 6000 |
    | customer wallet_bonus 600, revenue:stored_value_commission 120 | merchant receivable 720 (what it does not owe: available) |
    """
    parts = wallet_shares(customer_id, issuer, principal, principal + gift)
    entries = [*debit_all(share for share in parts if share.amount), credit(refund_payable(customer_id), principal), *credit_all(to_merchant)]
    if fee:
        entries.append(debit(revenue(fee_kind), fee))
    return Posting("wallet_given_back", refund, at, tuple(entries), trade=trade, merchant_id=merchant_id, maker=maker, checker=checker)
