"""A month that is over is adjusted by its volume, merchant by merchant, once."""

from __future__ import annotations

from collections.abc import Sequence
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
from app.kernel.commission.rules import borne_by_month, rate_of
from app.kernel.ledger.operations import post, take_from_merchant
from app.kernel.ledger.postings.adjustment import fee_charged_at_months_end, fee_given_back_at_months_end
from app.kernel.pricing.models import FeeAdjustment


class MonthNotOver(Refusal):
    """A month is adjusted when it is over in Shanghai."""

    code = "pricing.month_not_over"
    status = 409
    sentence = _l("%(month)s 还没过完，不能做月末调整")


_WAITING = """
    WITH waiting AS (
        SELECT counted.rule_version_id, counted.merchant_id FROM fee_volume counted
        WHERE counted.month = :month AND NOT EXISTS (
            SELECT 1 FROM fee_adjustment done
            WHERE done.rule_version_id = counted.rule_version_id AND done.merchant_id = counted.merchant_id AND done.month = :month)
        ORDER BY counted.merchant_id, counted.rule_version_id LIMIT :most
    )
"""
_OF_MONTH = """
    JOIN fee_line line ON line.rule_version_id = waiting.rule_version_id AND line.merchant_id = waiting.merchant_id AND line.volume IS NOT NULL
    JOIN order_order o ON o.id = line.order_id AND o.completed_at >= :begins AND o.completed_at < :ends
"""
# Refunds lock an order's lines in this order too; whoever comes second sees what the first one did.
_LOCKED = text(f"""{_WAITING}, held AS MATERIALIZED (
        SELECT waiting.merchant_id, waiting.rule_version_id FROM waiting {_OF_MONTH} ORDER BY line.order_line_id, line.kind FOR UPDATE OF line
    )
    SELECT DISTINCT merchant_id, rule_version_id FROM held ORDER BY merchant_id, rule_version_id
""")  # noqa: S608 # nosec B608: constants of this file only
# What each line of a merchant's month bore and was charged, of a version that goes by volume, without what went back: a line whose money was
# refunded in part counts for the part that stayed. Its room is what it brings beside its other fees.
_LINES = text(f"""
    SELECT line.id, line.order_id, line.amount - line.returned AS charged,
           line.base - CASE WHEN part.payable = 0 THEN 0 ELSE (2 * line.base * part.refunded + part.payable) / (2 * part.payable) END AS base,
           greatest(0, part.payable - part.refunded + part.subsidy - part.subsidy_returned - (
               SELECT COALESCE(sum(other.amount + other.adjusted - other.returned), 0)::bigint FROM fee_line other
               WHERE other.order_id = line.order_id AND other.order_line_id = line.order_line_id AND other.id <> line.id)) AS room
    FROM (SELECT CAST(:version AS bigint) AS rule_version_id, CAST(:merchant AS bigint) AS merchant_id) AS waiting {_OF_MONTH}
    JOIN order_line part ON part.id = line.order_line_id
    ORDER BY line.id
""")  # noqa: S608 # nosec B608: constants of this file only
_ADJUSTED = text("""
    UPDATE fee_line SET adjusted = given.adjusted
    FROM unnest(CAST(:lines AS bigint[]), CAST(:parts AS bigint[])) AS given (id, adjusted)
    WHERE fee_line.id = given.id AND given.adjusted <> 0
""")
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('fee_adjustment'))")


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def adjust_month(month: date, *, now: datetime, most: int = 200) -> int:
    """The next `most` merchants have paid, or got back, the difference to what their volume of that month bears; returns how many were left.

    `month` is its first day. Each line says its part of the difference, so that a refund that comes later gives back what the line bears in the end.
    Two who run it at once take turns; what is done stays done. Refuses MonthNotOver.
    """
    if month >= month_of(now):
        raise MonthNotOver(month=f"{month:%Y-%m}")
    db.session.execute(_ONE_AT_A_TIME)
    stretch = {"begins": day_start(month), "ends": day_start(next_month(month))}
    rows = db.session.execute(_LOCKED, {**stretch, "month": month, "most": most}).all()
    for row in rows:
        lines = db.session.execute(_LINES, {**stretch, "version": row.rule_version_id, "merchant": row.merchant_id}).all()
        _adjust(row.merchant_id, get(FeeRuleVersion, row.rule_version_id), lines, month, now)
    return len(rows)


def _adjust(merchant_id: int, version: FeeRuleVersion, lines: Sequence[Any], month: date, now: datetime) -> None:
    bases, charged = [line.base for line in lines], sum(line.charged for line in lines)
    borne = borne_by_month(bases, [line.room for line in lines], rate_of(version))
    amount = sum(borne) - charged
    named: dict[str, Any] = {
        "merchant_id": merchant_id, "kind": version.rule.kind, "trade": version.rule.trade, "rule_version": version.id,
        "number": f"{month:%Y-%m}/{merchant_id}/{version.id}", "at": now,
    }
    posted = None
    if amount > 0:
        posted = post(fee_charged_at_months_end(from_merchant=take_from_merchant(merchant_id, amount), **named), now)
    elif amount < 0:
        posted = post(fee_given_back_at_months_end(amount=-amount, **named), now)
    parts = [part - line.charged for line, part in zip(lines, borne, strict=True)]
    db.session.execute(_ADJUSTED, {"lines": [line.id for line in lines], "parts": parts})
    save(FeeAdjustment(
        rule_version_id=version.id, merchant_id=merchant_id, trade=version.rule.trade, kind=version.rule.kind,
        rule_label=f"{version.rule.title} v{version.number}", month=month, orders=len({line.order_id for line in lines}), volume=sum(bases),
        charged=charged, due=charged + amount, amount=amount, transaction_id=posted, made_at=now,
    ))
