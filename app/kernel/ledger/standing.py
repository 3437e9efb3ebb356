"""How books and accounts stand at the end of a day, or at a moment: the trial balance, the accounts of a book, an account page by page.

Accounts with a floor: the live balance less what came since the day. Accounts without one: the last snapshot not after the
day and the entries since. So the cost goes with how far back the day is, not with how long the ledger is. Amounts in fen.

A day counts by `booked_on`, so that a late fact of the day is in it. A moment counts by `recorded_at`, when the transaction that
wrote the entry began: it shows the books as somebody who looked then saw them, whatever day a fact belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import BigInteger, Select, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload

from app.core.money import Fen
from app.extensions import db
from app.kernel.ledger.models import LedgerAccount, LedgerDay, LedgerEntry, LedgerTransaction
from app.kernel.ledger.queries import TrialLine

PAGE = 50
Order = Literal["account", "amount"]
Until = date | datetime  # a day until its end, a moment to the instant
CLOSING = timedelta(hours=1)  # a day's closing takes seconds: what is recorded so long after it began is booked on a later day

_LATER_THAN_THE_DAY = "SELECT account_id, sum(amount) AS moved FROM ledger_entry WHERE booked_on > CAST(:until AS date) GROUP BY account_id"
_LATER_THAN_THE_MOMENT = """
        SELECT entry.account_id, sum(entry.amount) AS moved
        FROM ledger_entry AS entry JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
        WHERE entry.booked_on > COALESCE((SELECT max(day) FROM ledger_day WHERE closed_at <= CAST(:closed_by AS timestamptz)), '-infinity')
          AND fact.recorded_at > CAST(:moment AS timestamptz)
        GROUP BY entry.account_id
"""
_STANDING = """
    WITH later AS ({later}), standing AS (
        SELECT account.id, account.book, account.asset,
               CASE WHEN kept.account_id IS NOT NULL THEN kept.posted - COALESCE(later.moved, 0)
                    ELSE COALESCE(snapshot.balance, 0) + COALESCE(tail.moved, 0)
                         - CASE WHEN CAST(:until AS date) IS NULL THEN COALESCE(later.moved, 0) ELSE 0 END END::bigint AS balance
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
        WHERE (CAST(:book AS text) IS NULL OR account.book = :book)
          AND (CAST(:accounts AS bigint[]) IS NULL OR account.id = ANY (CAST(:accounts AS bigint[])))
    )
"""
_BY_BOOK = """
    SELECT book, asset, count(*) AS accounts, COALESCE(sum(-balance) FILTER (WHERE balance < 0), 0)::bigint AS debit,
           COALESCE(sum(balance) FILTER (WHERE balance > 0), 0)::bigint AS credit
    FROM standing GROUP BY book, asset ORDER BY asset, book
"""
_BY_ACCOUNT = "SELECT id, balance FROM standing ORDER BY CASE WHEN :largest THEN abs(balance) END DESC, id LIMIT :limit OFFSET :offset"
_BY_KEY = "SELECT id, balance FROM standing"


@dataclass(frozen=True)
class Standing:
    """An account and its balance then."""

    account: LedgerAccount
    balance: Fen


@dataclass(frozen=True)
class StatementPage:
    """A page of an account's entries over a stretch of time, each with the balance after it; `opening` is before its beginning."""

    opening: Fen
    closing: Fen
    credited: Fen
    debited: Fen
    count: int
    lines: list[tuple[LedgerEntry, Fen]]
    after: tuple[date, int] | None


def trial_balance(until: Until | None = None) -> list[TrialLine]:
    """Every book and asset at the end of day `until`, at that moment, or at present, debits and credits; both columns have the same sum."""
    rows = _standing(_BY_BOOK, until)
    return [TrialLine(row.book, row.asset, row.accounts, Fen(row.debit), Fen(row.credit)) for row in rows]


def accounts_of_book(book: str, until: Until | None = None, *, order: Order = "account", page: int = 0) -> list[Standing]:
    """The accounts of a book as they stand, `PAGE` + 1 at most: by account, or the largest amounts of either side first."""
    return _with_accounts(_standing(_BY_ACCOUNT, until, book=book, largest=order == "amount", limit=PAGE + 1, offset=page * PAGE))


def platform_accounts(until: Until | None = None) -> list[Standing]:
    """The accounts of the platform and its channels as they stand: some tens, whatever the number of parties."""
    accounts = db.session.scalars(
        select(LedgerAccount).where(LedgerAccount.owner_kind.in_(("platform", "channel"))).order_by(LedgerAccount.book, LedgerAccount.id)
    ).all()
    found = _balances([account.id for account in accounts], until)
    return [Standing(account, found[account.id]) for account in accounts]


def _balances(keys: list[int], until: Until | None) -> dict[int, Fen]:
    return {row.id: Fen(row.balance) for row in _standing(_BY_KEY, until, accounts=keys)}


def _standing(read: str, until: Until | None, **asked: Any) -> Any:
    """The rows that `read` makes of how accounts stand; a moment is what stands at present less all that was recorded after it."""
    moment = until if isinstance(until, datetime) else None
    statement = text(_STANDING.format(later=_LATER_THAN_THE_MOMENT if moment else _LATER_THAN_THE_DAY) + read)
    asked = {"book": None, "accounts": None, **asked, "until": None if moment else until}
    if moment:
        asked |= {"moment": moment, "closed_by": moment - CLOSING}
    return db.session.execute(statement.bindparams(bindparam("accounts", type_=ARRAY(BigInteger))), asked).all()


def _with_accounts(rows: Any) -> list[Standing]:
    accounts = {each.id: each for each in db.session.scalars(select(LedgerAccount).where(LedgerAccount.id.in_([row.id for row in rows])))}
    return [Standing(accounts[row.id], Fen(row.balance)) for row in rows]


def statement_page(account: LedgerAccount, first: Until, last: Until, after: tuple[date, int] | None = None, limit: int = PAGE) -> StatementPage:
    """The account from `first` to `last`, entries oldest first, from behind `after` = (booked_on, transaction) of the last one seen.

    Days are both included; of moments, what was recorded after the first and until the last.
    """
    place = tuple_(LedgerEntry.booked_on, LedgerEntry.transaction_id)
    count, credited, debited = db.session.execute(_between(select(
        func.count(), func.coalesce(func.sum(LedgerEntry.amount).filter(LedgerEntry.amount > 0), 0),
        func.coalesce(-func.sum(LedgerEntry.amount).filter(LedgerEntry.amount < 0), 0),
    ).select_from(LedgerEntry).where(LedgerEntry.account_id == account.id), first, last)).one()
    closing = _balances([account.id], last)[account.id]
    opening = closing - int(credited) + int(debited)
    statement = _between(select(LedgerEntry).where(LedgerEntry.account_id == account.id), first, last)
    running = opening
    if after:
        seen = _between(select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(LedgerEntry.account_id == account.id, place <= after), first, last)
        running += int(db.session.scalar(seen) or 0)
        statement = statement.where(place > after)
    statement = statement.order_by(LedgerEntry.booked_on, LedgerEntry.transaction_id).limit(limit + 1)
    entries = list(db.session.scalars(statement.options(joinedload(LedgerEntry.transaction))))
    lines = []
    for entry in entries[:limit]:
        running += entry.amount
        lines.append((entry, Fen(running)))
    more = (lines[-1][0].booked_on, lines[-1][0].transaction_id) if len(entries) > limit else None
    return StatementPage(Fen(opening), closing, Fen(int(credited)), Fen(int(debited)), count, lines, more)


def _between(statement: Select[Any], first: Until, last: Until) -> Select[Any]:
    """Of the entries that `statement` reads those from `first` to `last`."""
    if isinstance(first, datetime) or isinstance(last, datetime):
        statement = statement.join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
    if isinstance(first, datetime):
        closed = select(func.max(LedgerDay.day)).where(LedgerDay.closed_at <= first - CLOSING).scalar_subquery()
        statement = statement.where(LedgerTransaction.recorded_at > first, LedgerEntry.booked_on > func.coalesce(closed, date.min))
    else:
        statement = statement.where(LedgerEntry.booked_on >= first)
    until = LedgerTransaction.recorded_at if isinstance(last, datetime) else LedgerEntry.booked_on
    return statement.where(until <= last)


def entries_of_amount(fen: int, first: Until, last: Until, limit: int = PAGE) -> list[LedgerEntry]:
    """Entries of exactly that many fen, on either side, from `first` to `last`, newest first."""
    statement = (
        _between(select(LedgerEntry).where(LedgerEntry.amount.in_((fen, -fen))), first, last)
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
