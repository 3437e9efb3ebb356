"""What each payee earned in a quarter by category of income: the report that the tax authority wants of a platform. Amounts in fen.

By orders completed in the quarter, in Shanghai; refunds are those of these orders, made until the report is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.core.periods import day_start
from app.extensions import db

FIRM, PERSON = "firm", "person"
PAYEES = {FIRM: _l("单位"), PERSON: _l("个人")}
CATEGORIES = {"goods": _l("商品和服务"), "delivery": _l("配送服务"), "packing": _l("包装服务")}

_EARNED = text(
    """
    SELECT merchant.id AS merchant_id, merchant.code, COALESCE(paper.company, merchant.name) AS name, COALESCE(paper.credit_code, '') AS credit_code,
           sold.category, sold.orders, sold.earned, sold.refunded
    FROM (
        SELECT o.merchant_id, CASE WHEN line.kind IN ('delivery', 'packing') THEN line.kind ELSE 'goods' END AS category,
               count(DISTINCT o.id) AS orders, sum(line.payable + line.subsidy)::bigint AS earned,
               sum(line.refunded + line.subsidy_returned)::bigint AS refunded
        FROM order_order AS o JOIN order_line AS line ON line.order_id = o.id
        WHERE o.completed_at >= :begins AND o.completed_at < :ends GROUP BY 1, 2
    ) AS sold
    JOIN party_merchant AS merchant ON merchant.id = sold.merchant_id
    LEFT JOIN LATERAL (
        SELECT company, credit_code FROM approval_application AS application
        WHERE application.merchant_id = merchant.id AND application.status = 'approved' ORDER BY application.decided_at DESC NULLS LAST LIMIT 1
    ) AS paper ON true
    WHERE sold.earned <> 0
    ORDER BY merchant.id, array_position(ARRAY['goods', 'delivery', 'packing'], sold.category)
    """
)


@dataclass(frozen=True)
class Income:
    """A payee's income of one category: how many orders, earned before refunds, refunded, what is left; fen."""

    merchant_id: int
    code: str
    name: str
    credit_code: str
    payee: str
    category: str
    orders: int
    earned: int
    refunded: int

    @property
    def net(self) -> int:
        """Earned less refunded."""
        return self.earned - self.refunded


def quarter_of(day: date) -> date:
    """The first day of the quarter in which `day` falls."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def quarter_before(first: date) -> date:
    """The first day of the quarter before."""
    return date(first.year - 1, 10, 1) if first.month == 1 else date(first.year, first.month - 3, 1)


def quarter_after(first: date) -> date:
    """The first day of the quarter after."""
    return date(first.year + 1, 1, 1) if first.month == 10 else date(first.year, first.month + 3, 1)


def quarter_name(first: date) -> str:
    """`2026Q4`."""
    return f"{first.year}Q{(first.month + 2) // 3}"


def payee_kind(credit_code: str) -> str:
    """A firm has a credit code that begins with 91 or another registry's; individual businesses (92) and persons without one count as persons."""
    return PERSON if not credit_code or credit_code.startswith("92") else FIRM


def income_of(first: date) -> Sequence[Income]:
    """Every payee and category of the quarter that begins on `first`, by payee. Sees every merchant."""
    rows = db.session.execute(_EARNED, {"begins": day_start(first), "ends": day_start(quarter_after(first))})
    return [
        Income(row.merchant_id, row.code, row.name, row.credit_code, payee_kind(row.credit_code), row.category, row.orders, row.earned, row.refunded)
        for row in rows
    ]
