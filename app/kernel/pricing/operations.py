"""A month that is over is adjusted by its volume, merchant by merchant, once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.core.errors import Refusal
from app.core.periods import day_start
from app.extensions import db
from app.framework.database import get, save
from app.kernel.commission.models import FeeRuleVersion
from app.kernel.commission.queries import month_of
from app.kernel.commission.rules import month_adjustment, rate_of
from app.kernel.ledger.operations import post, take_from_merchant
from app.kernel.ledger.postings.adjustment import fee_charged_at_months_end, fee_given_back_at_months_end
from app.kernel.pricing.models import FeeAdjustment


class MonthNotOver(Refusal):
    """A month is adjusted when it is over in Shanghai."""

    code = "pricing.month_not_over"
    status = 409
    sentence = _l("%(month)s 还没过完，不能做月末调整")


# What a merchant's orders completed in the month bore and were charged, of versions that go by volume, without what went back: a line whose
# money was refunded in part counts for the part that stayed.
_VOLUMES = text(
    """
    WITH waiting AS (
        SELECT counted.rule_version_id, counted.merchant_id FROM fee_volume counted
        WHERE counted.month = :month AND NOT EXISTS (
            SELECT 1 FROM fee_adjustment done
            WHERE done.rule_version_id = counted.rule_version_id AND done.merchant_id = counted.merchant_id AND done.month = :month)
        ORDER BY counted.merchant_id, counted.rule_version_id LIMIT :most
    )
    SELECT waiting.rule_version_id, waiting.merchant_id, count(DISTINCT o.id) AS orders,
           sum(line.base - CASE WHEN part.payable = 0 THEN 0 ELSE (2 * line.base * part.refunded + part.payable) / (2 * part.payable) END)::bigint AS volume,
           sum(line.amount - line.returned)::bigint AS charged
    FROM waiting
    JOIN fee_line line ON line.rule_version_id = waiting.rule_version_id AND line.merchant_id = waiting.merchant_id AND line.volume IS NOT NULL
    JOIN order_order o ON o.id = line.order_id AND o.completed_at >= :begins AND o.completed_at < :ends
    JOIN order_line part ON part.id = line.order_line_id
    GROUP BY waiting.rule_version_id, waiting.merchant_id ORDER BY waiting.merchant_id, waiting.rule_version_id
    """
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('fee_adjustment'))")


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def adjust_month(month: date, *, now: datetime, most: int = 200) -> int:
    """The next `most` merchants have paid, or got back, the difference to what their volume of that month bears; returns how many were left.

    `month` is its first day. Two who run it at once take turns; what is done stays done. Refuses MonthNotOver.
    """
    if month >= month_of(now):
        raise MonthNotOver(month=f"{month:%Y-%m}")
    db.session.execute(_ONE_AT_A_TIME)
    rows = db.session.execute(_VOLUMES, {
        "begins": day_start(month), "ends": day_start(next_month(month)), "month": month, "most": most,
    }).all()
    for row in rows:
        _adjust(row, month, now)
    return len(rows)


def _adjust(row: Any, month: date, now: datetime) -> None:
    version = get(FeeRuleVersion, row.rule_version_id)
    amount = month_adjustment(row.volume, row.charged, rate_of(version))
    named: dict[str, Any] = {
        "merchant_id": row.merchant_id, "kind": version.rule.kind, "trade": version.rule.trade, "rule_version": version.id,
        "number": f"{month:%Y-%m}/{row.merchant_id}/{version.id}", "at": now,
    }
    posted = None
    if amount > 0:
        posted = post(fee_charged_at_months_end(from_merchant=take_from_merchant(row.merchant_id, amount), **named), now)
    elif amount < 0:
        posted = post(fee_given_back_at_months_end(amount=-amount, **named), now)
    save(FeeAdjustment(
        rule_version_id=version.id, merchant_id=row.merchant_id, trade=version.rule.trade, kind=version.rule.kind,
        rule_label=f"{version.rule.title} v{version.number}", month=month, orders=row.orders, volume=row.volume, charged=row.charged,
        due=row.charged + amount, amount=amount, transaction_id=posted, made_at=now,
    ))
