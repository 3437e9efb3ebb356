"""Cash: taken for orders into the merchant's drawer (`order_paid`), the merchant's own once the order is completed, handed back from the drawer.

`cash_held` is what lies in drawers (held for us, so ≤ 0 but for a surplus), `cash_own` what of it the merchant has earned. Nothing of it is ever paid out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.kernel.ledger.accounts import cash_held, cash_own, cost, escrow, refund_payable
from app.kernel.ledger.values import OrderRef, Posting, Share, credit, credit_all, debit, debit_all, total


def cash_order_completed(
    order: OrderRef, *, cash: int, payees: Sequence[Share], from_merchant: Sequence[Share], revenues: Sequence[Share], completed_at: datetime,
    rule_versions: Iterable[int] = (),
) -> Posting:
    """The merchant has earned the cash that it holds; what the platform's fees lack in the rest of the order is taken from the merchant.

    | debit | credit |
    |---|---|
    | escrow 4300 | merchant cash_own 4300 |
    | merchant 344: available, then receivable | revenue:commission 344 |

    An order paid 1000 in cash and 3300 otherwise: escrow 4300 → cash_own 1000, merchant pending 2956, revenue:commission 344.
    """
    held = cash + total(payees) + total(revenues) - total(from_merchant)
    entries = [
        debit(escrow(order.trade), held), *debit_all(from_merchant), credit(cash_own(order.merchant_id or 0), cash), *credit_all(payees), *credit_all(revenues),
    ]
    return Posting.about(order, "order_completed", str(order.order_id), completed_at, entries, rule_versions)


def cash_refund_after_completion(
    order: OrderRef, *, refund: str, to_customers: Mapping[int, int], subsidies: Mapping[str, int], cash: int, from_merchant: Sequence[Share],
    to_merchant: Sequence[Share], revenues: Sequence[Share], refunded_at: datetime,
) -> Posting:
    """The merchant bears the cash part out of its drawer; the fees that come back with it are given to the merchant.

    | debit | credit |
    |---|---|
    | merchant cash_own 4300 | customer refund_payable 4300 |
    | revenue:commission 344 | merchant available 344 |
    | pending or available, for what was not paid in cash | cost:coupon_subsidy |
    """
    owed = [Share(refund_payable(key), amount) for key, amount in to_customers.items()]
    given = [Share(cost(kind), amount) for kind, amount in subsidies.items()]
    entries = [
        debit(cash_own(order.merchant_id or 0), cash), *debit_all(from_merchant), *debit_all(revenues), *credit_all(owed), *credit_all(given),
        *credit_all(to_merchant),
    ]
    return Posting.about(order, "refund_promised", refund, refunded_at, entries)


def refunded_in_cash(order: OrderRef, *, refund: str, customer_id: int, amount: int, at: datetime) -> Posting:
    """The cashier handed it to the customer out of the drawer.

    | debit | credit |
    |---|---|
    | customer refund_payable 4300 | merchant cash_held 4300 |
    """
    entries = [debit(refund_payable(customer_id), amount), credit(cash_held(order.merchant_id or 0), amount)]
    return Posting.about(order, "refunded_in_cash", refund, at, entries)


def cash_counted(*, shift: str, merchant_id: int, difference: int, maker: str, memo: str, at: datetime) -> Posting:
    """A drawer was counted and held more (or, with a negative `difference`, less) than its shift says; the merchant has or bears it.

    | debit | credit |
    |---|---|
    | merchant cash_held 500 | merchant cash_own 500 |
    """
    entries = debit(cash_held(merchant_id), difference), credit(cash_own(merchant_id), difference)
    return Posting("cash_counted", shift, at, entries, merchant_id=merchant_id, maker=maker, memo=memo)
