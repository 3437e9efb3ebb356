"""Which version of which rule counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.errors import Refusal
from app.core.periods import local
from app.extensions import db
from app.framework.database import elevated
from app.kernel.commission.models import FeeLine


class NoRule(Refusal):
    """The trade has no approved rule for a fee it must charge: nothing is sold until finance sets one."""

    code = "commission.no_rule"
    status = 409
    sentence = _l("“%(kind)s”没有生效的费率，联系平台财务")


class NotFixed(Refusal):
    """The fee depends on an order: it has no price of its own."""

    code = "commission.not_fixed"
    status = 409
    sentence = _l("“%(kind)s”按订单计费，没有固定价格")


# A merchant's category is what its admitted application says.
_VERSIONS = text(
    """
    SELECT DISTINCT ON (r.kind) r.kind, r.title, v.id, v.number, v.base, v.method, v.ppm, v.fen, v.tiers, v.marginal, v.least_fen, v.most_fen,
           k.title AS kind_title, k.payer, k.payee, k.income, k.tax_class, k.period, COALESCE(volume.volume, 0) AS volume
    FROM fee_rule r
    JOIN fee_kind k ON k.trade = r.trade AND k.kind = r.kind
    JOIN fee_rule_version v ON v.rule_id = r.id
    LEFT JOIN party_merchant m ON m.id = :merchant_id
    LEFT JOIN fee_volume volume ON volume.rule_version_id = v.id AND volume.merchant_id = :merchant_id AND volume.month = :month
    WHERE r.trade = :trade AND v.status = 'approved' AND v.valid @> CAST(:now AS timestamptz)
      AND (v.merchant_id IS NULL OR v.merchant_id = :merchant_id)
      AND r.order_kind IN ('', :order_kind)
      AND (r.from_minute IS NULL OR r.from_minute <= :minute AND :minute < r.to_minute)
      AND (r.new_days IS NULL OR m.created_at > CAST(:now AS timestamptz) - make_interval(days => r.new_days))
      AND (r.category = '' OR r.category = (
          SELECT a.category FROM approval_application a WHERE a.merchant_id = :merchant_id AND a.trade = :trade AND a.status = 'approved'
          ORDER BY a.id DESC LIMIT 1))
    ORDER BY r.kind, r.rank, v.merchant_id NULLS LAST
    """
)


@dataclass(frozen=True)
class FixedPrice:
    """A price by the period: the version that sets it, fen for each `period` (day, week, month, year, once), who pays whom, what it is in the books."""

    version_id: int
    label: str
    title: str
    fen: int
    period: str
    payer: str
    payee: str
    income: str
    tax_class: str


def month_of(moment: datetime) -> date:
    """The first day of the Shanghai month in which `moment` falls."""
    return local(moment).date().replace(day=1)


def versions_at(trade: str, merchant_id: int, now: datetime, order_kind: str = "") -> Mapping[str, Any]:
    """Kind of fee → the version that prices an order of `order_kind` placed by the merchant's customer at `now`, in one query.

    The first rule in the operator's order whose conditions hold and that has an approved, valid version for the merchant; of its versions the
    merchant's own goes before everybody's.
    """
    there = local(now)
    with elevated():
        rows = db.session.execute(_VERSIONS, {
            "trade": trade, "merchant_id": merchant_id, "now": now, "order_kind": order_kind, "minute": there.hour * 60 + there.minute, "month": month_of(now),
        })
        return {row.kind: row for row in rows}


def price_of(trade: str, kind: str, merchant_id: int, now: datetime) -> FixedPrice:
    """What a fee with a price of its own (annual, entry, membership, pin) costs the merchant at `now`; 0 stands for nobody in particular.

    Raises NoRule when no approved version is valid for it, NotFixed for a fee that is reckoned on orders.
    """
    row = versions_at(trade, merchant_id, now).get(kind)
    if row is None:
        raise NoRule(kind=kind)
    if row.method not in {"per_period", "per_order", "per_unit"}:
        raise NotFixed(kind=gettext(row.kind_title))
    return FixedPrice(
        row.id, f"{row.title} v{row.number}", row.kind_title, row.fen, row.period, row.payer, row.payee, row.income, row.tax_class,
    )


def lines_of_order(order_id: int, kind: str) -> list[FeeLine]:
    """An order's fee lines of one kind, in order of its lines."""
    return list(db.session.scalars(select(FeeLine).where(FeeLine.order_id == order_id, FeeLine.kind == kind).order_by(FeeLine.order_line_id)))
