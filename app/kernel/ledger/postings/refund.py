"""Money goes back: promised to the customer at the right party's cost, then confirmed by the channel, or not.

A refund is promised first (three ways, by how far the order has come) and owed to the customer in `refund_payable`. Only
what the channel confirms leaves clearing. `to_customers` says how many fen are owed to which of those who paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.kernel.ledger.accounts import cost, escrow, refund_payable
from app.kernel.ledger.values import AccountRef, OrderRef, Posting, Share, credit, credit_all, debit, debit_all, total


def refund_before_completion(
    order: OrderRef, *, refund: str, to_customers: Mapping[int, int], subsidies: Mapping[str, int], refunded_at: datetime
) -> Posting:
    """Part or all of what the order holds in escrow is owed to the customer; the coupon's part returns to the platform.

    | debit | credit |
    |---|---|
    | escrow 3400 | customer refund_payable 3080, cost:coupon_subsidy 320 |
    """
    back = _back(to_customers, subsidies)
    entries = [debit(escrow(order.trade), total(back)), *credit_all(back)]
    return Posting.about(order, "refund_promised", refund, refunded_at, entries)


def refund_after_completion(
    order: OrderRef, *, refund: str, to_customers: Mapping[int, int], subsidies: Mapping[str, int], payees: Sequence[Share],
    revenues: Sequence[Share], refunded_at: datetime,
) -> Posting:
    """Those who have it pending, and the platform's fees, give back their part. Each share comes from where it stands.

    | debit | credit |
    |---|---|
    | merchant pending 2958, leader pending 170, revenue:commission 272 | customer refund_payable 3080, cost:coupon_subsidy 320 |
    """
    entries = [*debit_all(payees), *debit_all(revenues), *credit_all(_back(to_customers, subsidies))]
    return Posting.about(order, "refund_promised", refund, refunded_at, entries)


def refund_after_settlement(
    order: OrderRef, *, refund: str, to_customers: Mapping[int, int], subsidies: Mapping[str, int], from_merchant: Sequence[Share],
    payees: Sequence[Share], revenues: Sequence[Share], refunded_at: datetime,
) -> Posting:
    """The same once the merchant was paid: `from_merchant` are the shares that `operations.take_from_merchant` found.

    | debit | credit |
    |---|---|
    | merchant 2958: available, then reserve, then deposit, then receivable | customer refund_payable 3080 |
    | leader available 170, revenue:commission 272 | cost:coupon_subsidy 320 |
    """
    entries = [*debit_all(from_merchant), *debit_all(payees), *debit_all(revenues), *credit_all(_back(to_customers, subsidies))]
    return Posting.about(order, "refund_promised", refund, refunded_at, entries)


def surplus_refund(order: OrderRef, *, payment: str, customer_id: int, clearing: AccountRef, amount: int, received_at: datetime) -> Posting:
    """A payment nobody asked for (paid twice, paid after closing) arrived and is owed back as a whole.

    | debit | credit |
    |---|---|
    | clearing 8700 | customer refund_payable 8700 |
    """
    entries = [debit(clearing, amount), credit(refund_payable(customer_id), amount)]
    return Posting.about(order, "surplus_received", payment, received_at, entries)


def refund_confirmed(order: OrderRef, *, refund: str, customer_id: int, clearing: AccountRef, amount: int, confirmed_at: datetime) -> Posting:
    """The channel says that the customer has the money.

    | debit | credit |
    |---|---|
    | customer refund_payable 3080 | clearing 3080 |

    Never more than was promised: `refund_payable` has a floor.
    """
    entries = [debit(refund_payable(customer_id), amount), credit(clearing, amount)]
    return Posting.about(order, "refund_confirmed", refund, confirmed_at, entries)


def refund_failed(order: OrderRef, *, refund: str, customer_id: int, amount: int, paid_into: AccountRef, failed_at: datetime) -> Posting:
    """The channel cannot refund to where it came from (account closed); it is paid another way.

    | debit | credit |
    |---|---|
    | customer refund_payable 3080 | `paid_into` 3080: the customer's wallet, or payout_in_transit for a transfer by hand |
    """
    entries = [debit(refund_payable(customer_id), amount), credit(paid_into, amount)]
    return Posting.about(order, "refund_failed", refund, failed_at, entries)


def _back(to_customers: Mapping[int, int], subsidies: Mapping[str, int]) -> list[Share]:
    """What leaves the order: the money of those who paid (customer → fen), and the platform's own coupons."""
    owed = [Share(refund_payable(key), amount) for key, amount in to_customers.items()]
    return [*owed, *(Share(cost(kind), amount) for kind, amount in subsidies.items())]
