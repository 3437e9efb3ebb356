"""Ways to pay that are no machine of another firm (a wallet, points, a monthly account): what pays, and where a refund goes.

Packages above register theirs; payments and refunds ask here by the name that stands in `Payment.channel`. Amounts in fen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.values import Share


@dataclass(frozen=True)
class Tender:
    """A way to pay. `sources(payment)` are the accounts that pay and the fen of each; `give_back(payment, refund, now)` posts what a refund returns
    to where it came from. Where the parts of a refund tie, the lower `rank` gets the odd fen. `in_hand` says that the merchant holds the money (cash):
    a refund waits for a person who hands it back."""

    name: str
    rank: int
    sources: Callable[[Any], Sequence[Share]]
    give_back: Callable[[Any, Any, datetime], None]
    in_hand: bool = False


CHANNELS = {"wechat": _l("微信支付"), "wallet": _l("储值"), "account": _l("月结账户"), "points": _l("积分"), "cash": _l("现金")}
LAST = 90  # the rank of the channels of other firms
_tenders: dict[str, Tender] = {}


def register(tender: Tender) -> None:
    """Payments whose channel is `tender.name` are paid and refunded as it says."""
    _tenders[tender.name] = tender


def tender_of(channel: str) -> Tender | None:
    """The way to pay of that name; None for a channel of another firm."""
    return _tenders.get(channel)


def channels_in_hand() -> set[str]:
    """The ways to pay whose money the merchant holds."""
    return {name for name, tender in _tenders.items() if tender.in_hand}


def rank_of(channel: str) -> int:
    """Where the channel stands in the fixed order of refunds."""
    tender = _tenders.get(channel)
    return tender.rank if tender else LAST
