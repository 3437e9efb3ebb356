"""Fees are frozen on an order when it is placed, and its volume is counted when it is completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated
from app.kernel.commission.models import FeeLine
from app.kernel.commission.queries import NoRule, month_of, versions_at
from app.kernel.commission.rules import charged_ppm, fee_per_line, rate_of

ALL_OF_A_LINE = "after_merchant_coupon_with_delivery"


class NoBase(Refusal):
    """The version is reckoned on something that an order of this trade does not have."""

    code = "commission.no_base"
    status = 409
    sentence = _l("“%(kind)s”的计费基数或方法不能用在订单上，联系平台财务")


@dataclass(frozen=True)
class Fee:
    """A fee of one line, reckoned and not yet written: `place` is the line's among those it was reckoned for, counted from 0. Its other fields are those of
    a FeeLine."""

    place: int
    merchant_id: int | None
    kind: str
    rule_version_id: int
    rule_label: str
    base: int
    ppm: int
    units: int
    volume: int | None
    amount: int
    payer: str
    payee: str
    income: str
    tax_class: str


def reckon_fees(
    trade: str, merchant_id: int, kinds: Sequence[str], bases: Mapping[str, Sequence[int]], *, units: Sequence[int] = (), order_kind: str = "", now: datetime,
) -> list[Fee]:
    """The fees of an order's lines: each kind's rule that is valid now for such an order.

    `bases` maps the name of a base to fen per line, `units` says pieces per line. All fees of a line together never exceed what it brings. What the
    platform itself pays comes out of the amount that the trade states, its margin, and what is taken on that amount is taken on the rest of it: so
    put it first in `kinds`. Refuses NoRule, and NoBase for a version that orders cannot bear.
    """
    versions = versions_at(trade, merchant_id, now, order_kind)
    room, stated = list(bases[ALL_OF_A_LINE]), list(bases.get("amount", ()))
    fees: list[Fee] = []
    for kind in kinds:
        version = versions.get(kind)
        if version is None:
            raise NoRule(kind=kind)
        if version.base not in bases or version.method == "per_period":
            raise NoBase(kind=version.title)
        base, ours = stated if version.base == "amount" else bases[version.base], bool(stated) and version.payer == "platform"
        limits = [min(each) for each in zip(room, stated, strict=True)] if ours else room
        amounts = [min(amount, left) for amount, left in zip(_amounts(version, base, units), limits, strict=True)]
        room = [left - amount for left, amount in zip(room, amounts, strict=True)]
        fees += _fees(version, amounts, base, units, merchant_id)
        if ours:
            stated = [left - amount for left, amount in zip(stated, amounts, strict=True)]
    return fees


def freeze_fees(
    order_id: int, order_number: str, trade: str, merchant_id: int, kinds: Sequence[str], bases: Mapping[str, Sequence[int]],
    line_ids: Sequence[int], *, units: Sequence[int] = (), order_kind: str = "", now: datetime,
) -> list[FeeLine]:
    """Write the fees of lines that stand, as `reckon_fees` reckons them, frozen for good."""
    lines = []
    for fee in reckon_fees(trade, merchant_id, kinds, bases, units=units, order_kind=order_kind, now=now):
        values = asdict(fee)
        line_id = line_ids[values.pop("place")]
        lines.append(FeeLine(order_id=order_id, order_number=order_number, order_line_id=line_id, trade=trade, adjusted=0, returned=0, frozen_at=now, **values))
    db.session.add_all(lines)
    return lines


def _amounts(version: Any, bases: Sequence[int], units: Sequence[int]) -> Sequence[int]:
    return fee_per_line(bases, rate_of(version), volume=version.volume, units=units)


def _fees(version: Any, amounts: Sequence[int], bases: Sequence[int], units: Sequence[int], merchant_id: int) -> list[Fee]:
    """One kind's fee for each line."""
    ppm = charged_ppm(sum(bases), rate_of(version), version.volume)
    counted = units if version.method == "per_unit" else [0] * len(amounts)
    volume = version.volume if version.method == "volume_tiers" else None
    return [
        Fee(
            place=place, merchant_id=None if version.payer == "supplier" else merchant_id, kind=version.kind, rule_version_id=version.id,
            rule_label=f"{version.title} v{version.number}", base=base, ppm=ppm, units=pieces, volume=volume, amount=amount, payer=version.payer,
            payee=version.payee, income=version.income, tax_class=version.tax_class,
        )
        for place, (base, pieces, amount) in enumerate(zip(bases, counted, amounts, strict=True))
    ]


_COUNT = text(
    """
    INSERT INTO fee_volume (rule_version_id, merchant_id, month, volume)
    SELECT rule_version_id, merchant_id, :month, sum(base) FROM fee_line WHERE order_id = :order_id AND volume IS NOT NULL
    GROUP BY rule_version_id, merchant_id ORDER BY rule_version_id
    ON CONFLICT (rule_version_id, merchant_id, month) DO UPDATE SET volume = fee_volume.volume + excluded.volume
    """
)


def count_volume(*, order: Any, now: datetime) -> None:
    """Handler of `order_completed`: the order's base belongs to the month in which it was completed, for fees that go by volume."""
    with elevated():
        db.session.execute(_COUNT, {"order_id": order.id, "month": month_of(now)})
