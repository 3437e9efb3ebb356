"""Points (asset PTS): given, spent, given back, taken back, expired. What they pay for is money, and stands in `order_paid`."""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import points, points_issued, refund_payable
from app.kernel.ledger.values import Entry, OrderRef, Posting, Share, credit, debit


def points_given(
    kind: str, *, key: str, order: OrderRef | None, customer_id: int, issuer: str, amount: int, at: datetime, maker: str = "system",
    checker: str | None = None, memo: str = "",
) -> Posting:
    """Points are the customer's: earned with an order, or granted by two people.

    | debit (PTS) | credit (PTS) |
    |---|---|
    | points_issued 38 | customer points 38 |
    """
    entries = debit(points_issued(issuer), amount), credit(points(customer_id, issuer), amount)
    return _posting(kind, key, order, entries, at, maker, checker, memo)


def points_taken(
    kind: str, *, key: str, order: OrderRef | None, customer_id: int, issuer: str, amount: int, at: datetime, maker: str = "system",
    checker: str | None = None, memo: str = "",
) -> Posting:
    """Points are the customer's no more: spent, expired, taken back with a refund, or deducted by two people.

    | debit (PTS) | credit (PTS) |
    |---|---|
    | customer points 38 | points_issued 38 |

    Refused (NotEnough) when the customer has fewer.
    """
    entries = debit(points(customer_id, issuer), amount), credit(points_issued(issuer), amount)
    return _posting(kind, key, order, entries, at, maker, checker, memo)


def refunded_to_points(
    order: OrderRef, *, refund: str, customer_id: int, issuer: str, bearer: Share, amount: int, back: int, at: datetime,
) -> Posting:
    """What points paid comes back as points, and whoever bore them has the money back.

    | debit | credit |
    |---|---|
    | customer refund_payable 300 | cost:points_cost 300 (the platform's points), or merchant receivable 300 (the merchant's) |
    | points_issued 300 PTS | customer points 300 PTS |
    """
    entries: list[Entry] = [debit(refund_payable(customer_id), amount), credit(bearer.account, amount)]
    if back:
        entries += [debit(points_issued(issuer), back), credit(points(customer_id, issuer), back)]
    return Posting.about(order, "refunded_to_points", refund, at, entries)


def _posting(
    kind: str, key: str, order: OrderRef | None, entries: tuple[Entry, ...], at: datetime, maker: str, checker: str | None, memo: str,
) -> Posting:
    about = order or OrderRef(None, "")
    return Posting(
        kind, key, at, entries, order_id=about.order_id, trade=about.trade, merchant_id=about.merchant_id, maker=maker, checker=checker, memo=memo
    )
