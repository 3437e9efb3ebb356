"""Reads of the ledger. Balances are fen, credit positive; days are business days of Shanghai."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Text, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload, selectinload

from app.core.money import Fen
from app.extensions import db
from app.kernel.ledger.models import LedgerAccount, LedgerDay, LedgerEntry, LedgerTransaction
from app.kernel.ledger.values import AccountRef

# The live balance where there is one; else the last snapshot not after `until`, and the entries since, by a function
# that reads them as a range of the index (migration 0035).
_BALANCES = text(
    """
    SELECT account.address, CASE
        WHEN kept.account_id IS NOT NULL AND CAST(:until AS date) IS NULL THEN kept.posted
        ELSE COALESCE(snapshot.balance, 0) + COALESCE(tail.moved, 0) END AS balance
    FROM ledger_account AS account
    LEFT JOIN ledger_balance AS kept ON kept.account_id = account.id
    LEFT JOIN LATERAL (
        SELECT day, balance FROM ledger_snapshot
        WHERE account_id = account.id AND (CAST(:until AS date) IS NULL OR day <= CAST(:until AS date)) ORDER BY day DESC LIMIT 1
    ) AS snapshot ON true
    LEFT JOIN LATERAL (
        SELECT ledger_moved(account.id, COALESCE(snapshot.day, '-infinity'), COALESCE(CAST(:until AS date), 'infinity')) AS moved
        WHERE kept.account_id IS NULL OR CAST(:until AS date) IS NOT NULL
    ) AS tail ON true
    WHERE account.address = ANY (:addresses)
    """
).bindparams(bindparam("addresses", type_=ARRAY(Text)))


@dataclass(frozen=True)
class TrialLine:
    """The balance of all accounts of one book and asset, debit and credit told apart as an accountant reads them."""

    book: str
    asset: str
    accounts: int
    debit: Fen
    credit: Fen


def balances(accounts: Iterable[AccountRef], until: date | None = None) -> dict[AccountRef, Fen]:
    """The balance of each account, at the end of day `until` or at present; zero for one that does not exist (or is foreign)."""
    by_address = {account.address: account for account in accounts}
    found = dict.fromkeys(by_address.values(), Fen(0))
    for row in db.session.execute(_BALANCES, {"addresses": list(by_address), "until": until}):
        found[by_address[row.address]] = Fen(row.balance)
    return found


def balance(account: AccountRef, until: date | None = None) -> Fen:
    """The balance of the account, at the end of day `until` or at present."""
    return balances([account], until)[account]


def account_of(ref: AccountRef) -> LedgerAccount | None:
    """The stored account, if anything was ever posted to it."""
    return db.session.scalars(select(LedgerAccount).where(LedgerAccount.address == ref.address)).one_or_none()


def transaction_with_entries(transaction_id: int) -> LedgerTransaction | None:
    """A transaction, its entries in order, and their accounts."""
    statement = (
        select(LedgerTransaction).where(LedgerTransaction.id == transaction_id)
        .options(selectinload(LedgerTransaction.entries).joinedload(LedgerEntry.account))
    )
    return db.session.scalars(statement).one_or_none()


def transactions_of_order(order_id: int) -> list[LedgerTransaction]:
    """Every transaction about the order, oldest first, with entries and accounts: an order has tens at most."""
    statement = (
        select(LedgerTransaction).where(LedgerTransaction.order_id == order_id).order_by(LedgerTransaction.id)
        .options(selectinload(LedgerTransaction.entries).joinedload(LedgerEntry.account))
    )
    return list(db.session.scalars(statement))


def entries_of_order(order_id: int) -> list[LedgerEntry]:
    """Every entry about the order, oldest first."""
    return [entry for transaction in transactions_of_order(order_id) for entry in transaction.entries]


def entries_of_transaction(transaction_id: int) -> list[LedgerEntry]:
    """The entries of one transaction in their order; empty when there is none."""
    transaction = transaction_with_entries(transaction_id)
    return transaction.entries if transaction else []


def entries_of_account(account: AccountRef, *, before: tuple[date, int] | None = None, limit: int = 50) -> list[LedgerEntry]:
    """The latest entries of the account, newest first. `before` is (booked_on, transaction_id) of the last one seen."""
    statement = (
        select(LedgerEntry).join(LedgerEntry.account).where(LedgerAccount.address == account.address)
        .order_by(LedgerEntry.booked_on.desc(), LedgerEntry.transaction_id.desc()).limit(limit)
        .options(joinedload(LedgerEntry.transaction))
    )
    if before:
        statement = statement.where(tuple_(LedgerEntry.booked_on, LedgerEntry.transaction_id) < before)
    return list(db.session.scalars(statement))


@dataclass(frozen=True)
class SentPayout:
    """A payout that was submitted: the transaction, our number, fen, whether anything has told its end since, and when it was sent."""

    transaction_id: int
    number: str
    amount: int
    proven: bool
    sent_at: datetime


_PAYOUTS = text(
    """
    SELECT sent.id, sent.key, sent.event_at, (SELECT sum(amount) FROM ledger_entry WHERE transaction_id = sent.id AND amount > 0)::bigint AS amount,
           EXISTS (SELECT 1 FROM ledger_transaction AS told
                   WHERE told.key = sent.key AND told.kind IN ('payout_paid', 'payout_failed', 'payout_returned', 'payout_by_channel')) AS proven
    FROM ledger_transaction AS sent
    WHERE sent.kind = 'payout_submitted'
      AND (sent.event_at >= :began AND sent.event_at < :ended OR EXISTS (SELECT 1 FROM unnest(:numbers) AS named WHERE starts_with(sent.key, named)))
    ORDER BY sent.id
    """
).bindparams(bindparam("numbers", type_=ARRAY(Text)))


def payouts_sent(numbers: Iterable[str], began: datetime, ended: datetime) -> list[SentPayout]:
    """Payouts that were submitted within the half-open time, and those whose number begins with one of `numbers`."""
    rows = db.session.execute(_PAYOUTS, {"numbers": sorted(numbers), "began": began, "ended": ended})
    return [SentPayout(row.id, row.key, row.amount, row.proven, row.event_at) for row in rows]


def last_closed_day() -> date | None:
    """The latest closed day, if any."""
    return db.session.scalar(select(func.max(LedgerDay.day)))
