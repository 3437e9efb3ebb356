"""What the platform earned from a merchant, net of what went back with refunds: by fee lines, for invoices. Amounts in fen."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select, text

from app.core.periods import day_start
from app.extensions import db
from app.kernel.settlement.models import Invoice
from app.kernel.settlement.models.invoices import STANDING

_EARNED = text(
    """
    SELECT COALESCE(sum(fee) FILTER (WHERE at >= :begins AND at < :ends), 0)::bigint AS month, COALESCE(sum(fee), 0)::bigint AS ever
    FROM (
        SELECT line.amount + line.adjusted - line.returned AS fee, o.completed_at AS at
        FROM fee_line AS line JOIN order_order AS o ON o.id = line.order_id
        WHERE line.merchant_id = :merchant AND line.payer = 'merchant' AND line.payee = 'platform' AND o.completed_at IS NOT NULL
        UNION ALL SELECT fee, paid_at FROM settle_withdrawal WHERE merchant_id = :merchant AND status = 'paid' AND fee > 0
    ) AS charged
    """
)


def fees_to_invoice(merchant_id: int, first: date) -> int:
    """Fees of the orders completed in the month beginning on `first`, as its end adjusted them, and of its withdrawals, that can be invoiced.

    Never more than all fees ever, less what is invoiced; may be negative. So refunds of an invoiced month lower the invoices of the months after it.
    """
    invoiced = select(func.coalesce(func.sum(Invoice.amount), 0), func.count().filter(Invoice.month == first)).where(
        Invoice.merchant_id == merchant_id, Invoice.status.in_(STANDING)
    )
    row = db.session.execute(_EARNED, {"merchant": merchant_id, "begins": day_start(first), "ends": day_start(next_month(first))}).one()
    total, asked = db.session.execute(invoiced).one()
    return 0 if asked else min(int(row.month), int(row.ever) - int(total))


def next_month(first: date) -> date:
    """The first day of the month after the one that begins on `first`."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(first: date) -> date:
    """The first day of the month before the one that begins on `first`."""
    return (first - timedelta(days=1)).replace(day=1)
