"""What we advanced for a merchant, as a statement shows it: before, more, paid back, after; and each advance, oldest first. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.extensions import db
from app.kernel.ledger.accounts import merchant_receivable
from app.kernel.settlement.models import Statement

_MOVED = text(
    """
    SELECT fact.id, fact.kind, fact.order_id, COALESCE(o.number, '') AS order_number, fact.trade, fact.event_at, fact.tx, entry.amount
    FROM ledger_account AS account
    JOIN ledger_entry AS entry ON entry.account_id = account.id JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
    LEFT JOIN order_order AS o ON o.id = fact.order_id
    WHERE account.address = :address AND fact.tx < :watermark ORDER BY fact.id
    """
)
_EARLIER = text("SELECT COALESCE(max(watermark), 0) FROM settle_statement WHERE merchant_id = :merchant AND id < :statement")


@dataclass(frozen=True)
class Advance:
    """What we paid for the merchant in one transaction, and how much of it is paid back."""

    transaction_id: int
    order_id: int | None
    order_number: str
    trade: str
    event_at: datetime
    amount: int
    paid_back: int

    @property
    def left(self) -> int:
        """Fen still owed of it."""
        return self.amount - self.paid_back


@dataclass(frozen=True)
class Debts:
    """opening + advanced − paid_back = closing; `advances` are those that were open in the statement's time."""

    opening: int
    advanced: int
    paid_back: int
    closing: int
    advances: Sequence[Advance]


def oldest_first(amounts: Iterable[int], paid_back: int) -> list[int]:
    """How much of each advance, oldest first, is paid back by `paid_back` in all."""
    parts = []
    for amount in amounts:
        parts.append(min(amount, paid_back))
        paid_back -= parts[-1]
    return parts


def debts_of(statement: Statement) -> Debts:
    """The merchant's advances at the statement's watermark, from the entries: the same whenever it is asked."""
    rows = db.session.execute(_MOVED, {"address": merchant_receivable(statement.merchant_id).address, "watermark": statement.watermark}).all()
    earlier = int(db.session.execute(_EARLIER, {"merchant": statement.merchant_id, "statement": statement.id}).scalar_one())
    lent, back = [row for row in rows if row.amount < 0], sum(row.amount for row in rows if row.amount > 0)
    back_before = sum(row.amount for row in rows if row.amount > 0 and row.tx < earlier)
    settled, settled_before = oldest_first((-row.amount for row in lent), back), oldest_first((-row.amount for row in lent), back_before)
    opening = -sum(row.amount for row in rows if row.tx < earlier)
    advanced = -sum(row.amount for row in lent if row.tx >= earlier)
    return Debts(opening, advanced, back - back_before, opening + advanced - (back - back_before), [
        Advance(row.id, row.order_id, row.order_number, row.trade, row.event_at, -row.amount, part)
        for row, part, before in zip(lent, settled, settled_before, strict=True) if before < -row.amount
    ])
