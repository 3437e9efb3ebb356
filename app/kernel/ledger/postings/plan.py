"""What a party buys of the platform: paid, earned day by day, given back for the days that are left.

`revenue` and `deferred` have one account per kind of fee: entry_fee, annual_fee, membership, placement.
"""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import deferred, merchant_available, revenue
from app.kernel.ledger.values import AccountRef, Posting, credit, debit


def charge_paid(
    *, key: str, source: AccountRef, into: AccountRef, amount: int, trade: str, merchant_id: int | None, rule_version: int | None, at: datetime,
) -> Posting:
    """A charge is paid, from a merchant's balance or through the channel.

    | debit | credit |
    |---|---|
    | merchant available (or clearing) 120000 | deferred:annual_fee 120000 (or revenue:entry_fee, or merchant deposit) |

    `key` is the provider's payment, or the charge's number when it comes from the balance. Refused (NotEnough) when that holds less.
    """
    entries = debit(source, amount), credit(into, amount)
    versions = (rule_version,) if rule_version else ()
    return Posting("charge_paid", key, at, entries, trade=trade, merchant_id=merchant_id, rule_versions=versions)


def day_earned(*, key: str, kind: str, amount: int, trade: str, merchant_id: int | None, at: datetime) -> Posting:
    """A day of what was paid in advance is over.

    | debit | credit |
    |---|---|
    | deferred:annual_fee 329 | revenue:annual_fee 329 |

    `key` is the charge's number and the day.
    """
    return Posting("day_earned", key, at, (debit(deferred(kind), amount), credit(revenue(kind), amount)), trade=trade, merchant_id=merchant_id)


def charge_given_back(
    *, key: str, kind: str, to: AccountRef, amount: int, trade: str, merchant_id: int | None, maker: str, checker: str | None, at: datetime,
) -> Posting:
    """The days that are left go back to whoever paid: into a merchant's available, or owed to a customer.

    | debit | credit |
    |---|---|
    | deferred:annual_fee 60000 | merchant available (or customer refund_payable) 60000 |
    """
    entries = debit(deferred(kind), amount), credit(to, amount)
    return Posting("charge_given_back", key, at, entries, trade=trade, merchant_id=merchant_id, maker=maker, checker=checker)


def surplus_of_merchant(*, payment: str, merchant_id: int, clearing: AccountRef, amount: int, at: datetime) -> Posting:
    """A merchant paid for something that was paid or closed already: it has the money available.

    | debit | credit |
    |---|---|
    | clearing 120000 | merchant available 120000 |
    """
    return Posting("surplus_received", payment, at, (debit(clearing, amount), credit(merchant_available(merchant_id), amount)), merchant_id=merchant_id)
