"""What a party got of each order, and the fee lines that say why: read off the ledger, so it serves whoever has an account of income. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text

from app.extensions import db
from app.framework.database import elevated
from app.kernel.commission.models import FeeLine
from app.kernel.settlement.payees import Payee


@dataclass(frozen=True)
class Earned:
    """An order of which the party got something: at its completion `earned`, of which `given_back` went with refunds; `mark` is its place in the list."""

    mark: int
    order_id: int
    number: str
    trade: str
    completed_at: datetime
    released_at: datetime | None
    earned: int
    given_back: int
    fees: Sequence[FeeLine]


# The completions that stand on the party's pending account, newest first; then what each order's completion and refunds did to all its accounts.
_EARNED = text(
    """
    WITH own AS (SELECT id FROM ledger_account WHERE owner_kind = :kind AND owner_id = :id AND asset = 'CNY'),
    done AS (
        SELECT DISTINCT fact.id, fact.order_id FROM ledger_entry AS entry JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
        WHERE entry.account_id IN (SELECT id FROM own) AND entry.booked_on BETWEEN :first AND :last AND fact.kind = 'order_completed'
          AND fact.id < :before AND fact.order_id IS NOT NULL
        ORDER BY fact.id DESC LIMIT :most
    )
    SELECT done.id AS mark, o.id AS order_id, o.number, o.trade, o.completed_at, o.released_at,
           COALESCE(sum(entry.amount) FILTER (WHERE fact.kind = 'order_completed'), 0)::bigint AS earned,
           COALESCE(-sum(entry.amount) FILTER (WHERE fact.kind = 'refund_promised'), 0)::bigint AS given_back
    FROM done JOIN order_order AS o ON o.id = done.order_id
    JOIN ledger_transaction AS fact ON fact.order_id = o.id AND fact.kind IN ('order_completed', 'refund_promised')
    JOIN ledger_entry AS entry ON entry.transaction_id = fact.id AND entry.account_id IN (SELECT id FROM own)
    GROUP BY done.id, o.id ORDER BY done.id DESC
    """
)


def earned_by_order(payee: Payee, first: date, last: date, *, before: int | None = None, most: int = 50) -> list[Earned]:
    """Orders completed on these days, the latest first, from behind the place `before` on."""
    with elevated():
        rows = db.session.execute(_EARNED, {
            "kind": payee.kind, "id": payee.id, "first": first, "last": last, "before": before or 2**62, "most": most,
        }).all()
        fees = _fees(payee, [row.order_id for row in rows])
        return [Earned(*row, fees=[fee for fee in fees if fee.order_id == row.order_id]) for row in rows]


def _fees(payee: Payee, orders: Sequence[int]) -> Sequence[FeeLine]:
    """The fees that the party bears of its orders; those that it is paid by, when it is a person."""
    own: Any = FeeLine.merchant_id == payee.id if payee.kind == "merchant" else FeeLine.payee == payee.kind
    asked = select(FeeLine).where(FeeLine.order_id.in_(orders), own).order_by(FeeLine.order_id, FeeLine.order_line_id, FeeLine.kind)
    return db.session.scalars(asked).all() if orders else []
