"""Money comes in: a customer pays for an order, the channel takes its fee."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.kernel.ledger.accounts import cost, escrow
from app.kernel.ledger.values import AccountRef, Entry, OrderRef, Posting, Share, credit, debit, debit_all, total


def order_paid(
    order: OrderRef, *, payment: str, paid: Sequence[Share], subsidies: Mapping[str, int], paid_at: datetime, rule_versions: Iterable[int] = (),
) -> Posting:
    """The customer has paid for the order, and the platform stands in for its own coupons.

    | debit | credit |
    |---|---|
    | clearing (or wallet, points) `paid`; cost:coupon_subsidy `subsidies` | escrow of the trade |

    `payment` is the provider's transaction number: one of them makes one ledger transaction. 8700 paid with a platform
    coupon of 800 → escrow 9500. A wallet that holds too little is refused (NotEnough).
    """
    given = [Share(cost(kind), amount) for kind, amount in subsidies.items()]
    entries = [*debit_all(paid), *debit_all(given), credit(escrow(order.trade), total(paid) + total(given))]
    return Posting.about(order, "order_paid", payment, paid_at, entries, rule_versions)


def channel_fee(
    order: OrderRef | None, *, source: str, clearing: AccountRef, amount: int, charged_at: datetime
) -> Posting:
    """The channel keeps its fee for a payment; with a negative `amount` it gives the fee of a refund back.

    | debit | credit |
    |---|---|
    | cost:channel_fee 52 | clearing 52 |

    `source` is the number of the payment or refund that the callback or the fund bill names.
    """
    entries: list[Entry] = [debit(cost("channel_fee"), amount), credit(clearing, amount)]
    if order is None:
        return Posting("channel_fee", source, charged_at, tuple(entries))
    return Posting.about(order, "channel_fee", source, charged_at, entries)
