"""How books and accounts stand at the end of a day: the trial balance, the accounts of a book, an account page by page.

Accounts with a floor: the live balance less what came since the day. Accounts without one: the last snapshot not after the
day and the entries since. So the cost goes with how far back the day is, not with how long the ledger is. Amounts in fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import joinedload

from app.core.money import Fen
from app.extensions import db
from app.kernel.ledger.models import LedgerAccount, LedgerEntry, LedgerTransaction
from app.kernel.ledger.queries import TrialLine, balance

PAGE = 50
Order = Literal["account", "amount"]

_STANDING = """
    WITH later AS (
        SELECT account_id, sum(amount) AS moved FROM ledger_entry WHERE booked_on > CAST(:until AS date) GROUP BY account_id
    ), standing AS (
        SELECT account.id, account.book, account.asset,
               CASE WHEN kept.account_id IS NOT NULL THEN kept.posted - COALESCE(later.moved, 0)
                    ELSE COALESCE(snapshot.balance, 0) + COALESCE(tail.moved, 0) END::bigint AS balance
        FROM ledger_account AS account
        LEFT JOIN ledger_balance AS kept ON kept.account_id = account.id
        LEFT JOIN later ON later.account_id = account.id
        LEFT JOIN LATERAL (
            SELECT day, balance FROM ledger_snapshot
            WHERE account_id = account.id AND kept.account_id IS NULL AND day <= COALESCE(CAST(:until AS date), 'infinity')
            ORDER BY day DESC LIMIT 1
        ) AS snapshot ON true
        LEFT JOIN LATERAL (
            SELECT ledger_moved(account.id, COALESCE(snapshot.day, '-infinity'), COALESCE(CAST(:until AS date), 'infinity')) AS moved
            WHERE kept.account_id IS NULL
        ) AS tail ON true
        WHERE CAST(:book AS text) IS NULL OR account.book = :book
    )
"""
_BY_BOOK = """
    SELECT book, asset, count(*) AS accounts, COALESCE(sum(-balance) FILTER (WHERE balance < 0), 0)::bigint AS debit,
           COALESCE(sum(balance) FILTER (WHERE balance > 0), 0)::bigint AS credit
    FROM standing GROUP BY book, asset ORDER BY asset, book
"""
_BY_ACCOUNT = "SELECT id, balance FROM standing ORDER BY CASE WHEN :largest THEN abs(balance) END DESC, id LIMIT :limit OFFSET :offset"
_TRIAL, _ACCOUNTS = text(f"{_STANDING} {_BY_BOOK}"), text(f"{_STANDING} {_BY_ACCOUNT}")


@dataclass(frozen=True)
class Standing:
    """An account and its balance at the end of the day."""

    account: LedgerAccount
    balance: Fen


@dataclass(frozen=True)
class StatementPage:
    """A page of an account's entries from a day to a day, each with the balance after it; `opening` is before the first day."""

    opening: Fen
    closing: Fen
    credited: Fen
    debited: Fen
    count: int
    lines: list[tuple[LedgerEntry, Fen]]
    after: tuple[date, int] | None


def trial_balance(until: date | None = None) -> list[TrialLine]:
    """Every book and asset at the end of day `until` or at present, debits and credits; both columns have the same sum."""
    rows = db.session.execute(_TRIAL, {"until": until, "book": None})
    return [TrialLine(row.book, row.asset, row.accounts, Fen(row.debit), Fen(row.credit)) for row in rows]


def accounts_of_book(book: str, until: date | None = None, *, order: Order = "account", page: int = 0) -> list[Standing]:
    """The accounts of a book as they stand, `PAGE` + 1 at most: by account, or the largest amounts of either side first."""
    asked = {"until": until, "book": book, "largest": order == "amount", "limit": PAGE + 1, "offset": page * PAGE}
    rows = db.session.execute(_ACCOUNTS, asked).all()
    return _with_accounts(rows)


def platform_accounts(until: date | None = None) -> list[Standing]:
    """The accounts of the platform and its channels as they stand: some tens, whatever the number of parties."""
    accounts = db.session.scalars(
        select(LedgerAccount).where(LedgerAccount.owner_kind.in_(("platform", "channel"))).order_by(LedgerAccount.book, LedgerAccount.id)
    ).all()
    return [Standing(account, balance(account.ref, until)) for account in accounts]


def _with_accounts(rows: Any) -> list[Standing]:
    accounts = {each.id: each for each in db.session.scalars(select(LedgerAccount).where(LedgerAccount.id.in_([row.id for row in rows])))}
    return [Standing(accounts[row.id], Fen(row.balance)) for row in rows]


def statement_page(account: LedgerAccount, first_day: date, last_day: date, after: tuple[date, int] | None = None, limit: int = PAGE) -> StatementPage:
    """The account over the days, both included, entries oldest first, from behind `after` = (booked_on, transaction) of the last one seen."""
    within = (LedgerEntry.account_id == account.id, LedgerEntry.booked_on.between(first_day, last_day))
    place = tuple_(LedgerEntry.booked_on, LedgerEntry.transaction_id)
    count, credited, debited = db.session.execute(select(
        func.count(), func.coalesce(func.sum(LedgerEntry.amount).filter(LedgerEntry.amount > 0), 0),
        func.coalesce(-func.sum(LedgerEntry.amount).filter(LedgerEntry.amount < 0), 0),
    ).where(*within)).one()
    closing = balance(account.ref, last_day)
    opening = closing - int(credited) + int(debited)
    statement = select(LedgerEntry).where(*within).order_by(LedgerEntry.booked_on, LedgerEntry.transaction_id).limit(limit + 1)
    running = opening
    if after:
        seen = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(*within, place <= after)
        running += int(db.session.scalar(seen) or 0)
        statement = statement.where(place > after)
    entries = list(db.session.scalars(statement.options(joinedload(LedgerEntry.transaction))))
    lines = []
    for entry in entries[:limit]:
        running += entry.amount
        lines.append((entry, Fen(running)))
    more = (lines[-1][0].booked_on, lines[-1][0].transaction_id) if len(entries) > limit else None
    return StatementPage(Fen(opening), closing, Fen(int(credited)), Fen(int(debited)), count, lines, more)


def entries_of_amount(fen: int, first_day: date, last_day: date, limit: int = PAGE) -> list[LedgerEntry]:
    """Entries of exactly that many fen, on either side, booked within the days, newest first."""
    statement = (
        select(LedgerEntry).where(LedgerEntry.amount.in_((fen, -fen)), LedgerEntry.booked_on.between(first_day, last_day))
        .order_by(LedgerEntry.transaction_id.desc(), LedgerEntry.seq).limit(limit)
        .options(joinedload(LedgerEntry.transaction), joinedload(LedgerEntry.account))
    )
    return list(db.session.scalars(statement))


def entry_with_all(transaction_id: int, seq: int) -> LedgerEntry | None:
    """One entry with its transaction and account."""
    statement = select(LedgerEntry).where(LedgerEntry.transaction_id == transaction_id, LedgerEntry.seq == seq)
    return db.session.scalars(statement.options(joinedload(LedgerEntry.transaction), joinedload(LedgerEntry.account))).one_or_none()


def block_of(fact: LedgerTransaction) -> Any:
    """Id and hash of the block that seals the transaction, None while it waits for one."""
    return db.session.execute(
        text("SELECT id, hash FROM ledger_block WHERE from_tx <= :tx AND until_tx > :tx ORDER BY id LIMIT 1"), {"tx": fact.tx}
    ).one_or_none()
