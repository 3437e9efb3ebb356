"""A trial: every fee that an order would bear at a moment, reckoned by the same functions that freeze fees on orders. Amounts in fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.kernel.commission.models import FeeLine
from app.kernel.commission.operations.freezing import ALL_OF_A_LINE
from app.kernel.commission.presenting import arithmetic_words, base_words, rate_words, whole_rate_words
from app.kernel.commission.queries import versions_at
from app.kernel.commission.rules import METHODS, charged_ppm, fee_per_line, rate_of
from app.kernel.orders.rules import LineDraft, Price, price


@dataclass(frozen=True)
class TrialFee:
    """A fee of the trial. `amount` is None for what orders do not bear: prices by the period, and fees on an amount that only the trade knows."""

    title: str
    kind: str
    version_id: int
    rule: str
    method: Any
    base_words: str
    base: int | None
    amount: int | None
    arithmetic: str
    payer: str
    payee: str


def trial_price(*, goods: int, merchant_discount: int, platform_discount: int, delivery: int) -> Price:
    """An order of one line of goods and its delivery; `goods` is the list price of all pieces."""
    drafts = [LineDraft("goods", goods), LineDraft("delivery", delivery, kind="delivery")]
    return price(drafts, merchant_discount=merchant_discount, platform_discount=platform_discount)


def try_fees(trade: str, merchant_id: int, order_kind: str, cost: Price, pieces: int, now: datetime) -> list[TrialFee]:
    """Each fee of the trade that has a rule for such an order of the merchant placed at `now`; nothing is stored."""
    bases = cost.bases()
    found = versions_at(trade, merchant_id, now, order_kind)
    return [_tried(version, bases, pieces) for _kind, version in sorted(found.items())]


def _tried(version: Any, bases: Mapping[str, list[int]], pieces: int) -> TrialFee:
    label = f"{version.title} v{version.number}"
    named = (version.kind_title, version.kind, version.id, label, METHODS[version.method])
    if version.method == "per_period" or version.base not in bases:
        return TrialFee(*named, "", None, None, rate_words(version, version.period), version.payer, version.payee)
    parts, rate, units = bases[version.base], rate_of(version), [pieces, 0]
    charged = fee_per_line(parts, rate, volume=version.volume, units=units)
    amount = sum(min(fee, most) for fee, most in zip(charged, bases[ALL_OF_A_LINE], strict=True))
    whole = FeeLine(
        base=sum(parts), ppm=charged_ppm(sum(parts), rate, version.volume), units=pieces if version.method == "per_unit" else 0,
        volume=version.volume if version.method == "volume_tiers" else None, amount=amount, adjusted=0,
    )
    words = arithmetic_words(whole, version, [whole])
    return TrialFee(*named, base_words(version), whole.base, amount, words or whole_rate_words(version), version.payer, version.payee)
