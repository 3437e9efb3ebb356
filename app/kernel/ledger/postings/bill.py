"""A day of the channel's fund bill: what was in clearing is in our balance at the channel, less its fees."""

from __future__ import annotations

from datetime import datetime

from app.kernel.ledger.accounts import cost, unidentified_receipt
from app.kernel.ledger.values import AccountRef, Posting, credit, debit


def fund_bill_booked(
    *, bill: str, balance: AccountRef, clearing: AccountRef, received: int, refunded: int, fees: int, others: int, ended_at: datetime
) -> Posting:
    """The ledger's mirror of the channel balance stands where the bill's last line does.

    | debit | credit |
    |---|---|
    | channel_balance 5586, cost:channel_fee 34 | clearing 5620 (8700 received − 3080 refunded) |

    `fees` are net of those that came back with refunds; `others` is what the bill moved for reasons we do not know (negative:
    it went out), and waits in unidentified_receipt for a person. `bill` names account and day: one of them is one transaction.
    """
    cleared = received - refunded
    entries = (
        credit(clearing, cleared), debit(cost("channel_fee"), fees), credit(unidentified_receipt(), others), debit(balance, cleared - fees + others),
    )
    return Posting("fund_bill", bill, ended_at, entries)
