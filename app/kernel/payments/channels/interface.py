"""What every channel answers, in fen and aware times, and the three ways in which it may not.

The channel refused: nothing happened. The channel gave no answer: nobody knows, and the caller must query before it
does anything else. The channel is busy: nothing happened, and the same call may come again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PAID_STATES = frozenset({"SUCCESS", "REFUND"})


class ChannelUnavailable(Exception):
    """No answer one can rely on: a time-out, a 5xx, a signature not theirs. What happened is unknown until asked."""


class ChannelBusy(ChannelUnavailable):
    """Too many calls, or too soon after the last: nothing happened; the same call may come again later."""


class ChannelRefused(Exception):
    """The channel said no and did nothing. `code` is its own, such as ORDERPAID or RESOURCE_NOT_EXISTS."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Prepay:
    """A payment waiting for its payer. `client_parameters` are signed and go to the mini-program as they are."""

    prepay_id: str
    client_parameters: Mapping[str, str]


@dataclass(frozen=True)
class ChannelPayment:
    """A payment as the channel knows it. `state`: NOTPAY, SUCCESS, CLOSED, REFUND (paid, refunded at least in part).

    `sub_merchant` is the number of the sub-merchant that took it, empty where that is the merchant itself.
    """

    number: str
    state: str
    appid: str
    merchant_id: str
    amount_fen: int
    transaction_id: str | None
    payer_openid: str | None
    paid_at: datetime | None
    sub_merchant: str = ""

    @property
    def is_paid(self) -> bool:
        """Whether the payer's money has moved, be it refunded later or not."""
        return self.state in PAID_STATES


@dataclass(frozen=True)
class ChannelRefund:
    """A refund as the channel knows it. `state`: PROCESSING, SUCCESS, CLOSED, ABNORMAL.

    A callback does not tell `accepted_at`.
    """

    number: str
    refund_number: str
    refund_id: str
    transaction_id: str
    state: str
    amount_fen: int
    total_fen: int
    accepted_at: datetime | None
    succeeded_at: datetime | None


@dataclass(frozen=True)
class ChannelTransfer:
    """A transfer to a person as the channel knows it. `state`: ACCEPTED, WAIT_USER_CONFIRM, SUCCESS, FAIL and a few on the way.

    The answer to asking tells no amount. `reason` says in the channel's word why it failed.
    """

    number: str
    transfer_id: str
    state: str
    amount_fen: int | None
    reason: str


@dataclass(frozen=True)
class Callback:
    """A notification that is the channel's own. `resource` is opened; the same `notify_id` may come many times."""

    notify_id: str
    event_type: str
    resource: Mapping[str, Any]
