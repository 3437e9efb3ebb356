"""Write to the ledger: post, reverse, hold balances, close days. All of it goes through functions of the database.

A refusal changes nothing and leaves the transaction usable. What cannot happen by a person's doing (an unbalanced
posting) is a ValueError: a mistake in code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.errors import NotFound, Refusal
from app.core.money import Fen
from app.core.periods import business_day
from app.extensions import db
from app.kernel.ledger.accounts import BOOKS, merchant_available, merchant_deposit, merchant_receivable, merchant_reserve
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.ledger.queries import balance, transaction_with_entries
from app.kernel.ledger.rules import imbalance, merged, waterfall
from app.kernel.ledger.values import AccountRef, Entry, Posting, Share


class OtherContent(Refusal):
    """The same kind and key were posted before with other amounts or accounts."""

    code = "ledger.other_content"
    status = 409
    sentence = _l("这笔账已经记过，内容不同：%(kind)s %(key)s")


class NotEnough(Refusal):
    """An account would fall below its floor."""

    code = "ledger.not_enough"
    status = 409
    sentence = _l("“%(book)s”余额不够")


class DayNotOver(Refusal):
    """A day can be closed when it is over in Shanghai."""

    code = "ledger.day_not_over"
    status = 409
    sentence = _l("%(day)s 还没过完，不能关账")


SOME = 2_000  # postings in one round trip
BLOCK = 20_000  # transactions that a block holds: a second or so to hash

_POST = text(
    "SELECT posted_id, problem, short_of FROM ledger_post(:kind, :key, :event_at, :now, :addresses, :amounts, CAST(:order_id AS bigint),"
    " :trade, CAST(:merchant_id AS bigint), CAST(:reverses AS bigint), :rule_versions, :maker, CAST(:checker AS text), :memo)"
).bindparams(
    bindparam("addresses", type_=ARRAY(Text)), bindparam("amounts", type_=ARRAY(BigInteger)), bindparam("rule_versions", type_=ARRAY(BigInteger)),
)
# One round trip for many postings; each goes through the same function of the database, one after the other in their order.
_POST_ALL = text(
    """
    SELECT posting.ordinality, posted.posted_id, posted.problem, posted.short_of
    FROM jsonb_array_elements(CAST(:postings AS jsonb)) WITH ORDINALITY AS posting
    CROSS JOIN LATERAL jsonb_to_record(posting.value) AS it (
        kind text, key text, event_at timestamptz, addresses text[], amounts bigint[], order_id bigint, trade text, merchant_id bigint, reverses bigint,
        rule_versions bigint[], maker text, checker text, memo text)
    CROSS JOIN LATERAL ledger_post(it.kind, it.key, it.event_at, :now, it.addresses, it.amounts, it.order_id, it.trade, it.merchant_id, it.reverses,
        it.rule_versions, it.maker, it.checker, it.memo) AS posted
    ORDER BY posting.ordinality
    """
)
_HOLD = text("SELECT address, posted FROM ledger_hold(:addresses)").bindparams(bindparam("addresses", type_=ARRAY(Text)))


def post(posting: Posting, now: datetime) -> int:
    """The posting is in the ledger when the caller commits; returns the id of its transaction.

    Posted before with the same content: the first id, and nothing changes. Entries on one account are merged first.
    Refuses with OtherContent (409) and NotEnough (409).
    """
    row = db.session.execute(_POST, {**_values(posting), "now": now}).one()
    return _posted(posting, row)


def post_all(postings: Iterable[Posting], now: datetime) -> list[int]:
    """All the postings are in the ledger, as if each had been posted in turn; returns the ids of their transactions in that order.

    Refuses as `post` does; then the caller must not commit, for those before the refused one are written.
    """
    wanted = list(postings)
    ids: list[int] = []
    for start in range(0, len(wanted), SOME):
        some = wanted[start:start + SOME]
        content = json.dumps([{**_values(each), "event_at": each.event_at.isoformat()} for each in some])
        rows = db.session.execute(_POST_ALL, {"postings": content, "now": now}).all()
        ids += [_posted(posting, row) for posting, row in zip(some, rows, strict=True)]
    return ids


def _values(posting: Posting) -> dict[str, Any]:
    entries = merged(posting.entries)
    lacking = imbalance(entries)
    if lacking or len(entries) < 2:
        raise ValueError(f"{posting.kind} {posting.key} does not balance: {lacking or 'fewer than two entries'}")
    return {
        "kind": posting.kind, "key": posting.key, "event_at": posting.event_at,
        "addresses": [entry.account.address for entry in entries], "amounts": [entry.amount for entry in entries],
        "order_id": posting.order_id, "trade": posting.trade, "merchant_id": posting.merchant_id, "reverses": posting.reverses,
        "rule_versions": list(posting.rule_versions), "maker": posting.maker, "checker": posting.checker, "memo": posting.memo,
    }


def _posted(posting: Posting, row: Any) -> int:
    if row.problem == "other_content":
        raise OtherContent(kind=posting.kind, key=posting.key)
    if row.problem == "not_enough":
        raise NotEnough(book=BOOKS[AccountRef.parse(row.short_of).book].title)
    return int(row.posted_id)


def reverse(transaction_id: int, *, maker: str, checker: str, memo: str, now: datetime) -> int:
    """A transaction that undoes `transaction_id` entry by entry and names it; returns its id, the first one when repeated.

    `maker` and `checker` are two people (the database refuses the same). Refuses with NotFound and NotEnough.
    """
    original = transaction_with_entries(transaction_id)
    if original is None:
        raise NotFound
    return post(
        Posting(
            kind="reversal", key=str(transaction_id), event_at=now, reverses=transaction_id, order_id=original.order_id, trade=original.trade,
            merchant_id=original.merchant_id, maker=maker, checker=checker, memo=memo,
            entries=tuple(Entry(entry.account.ref, -entry.amount) for entry in original.entries),
        ),
        now,
    )


def reverse_named(kind: str, key: str, *, maker: str, checker: str, memo: str, now: datetime) -> int | None:
    """The posting of that kind and key is undone as `reverse` does; None when nobody posted it."""
    posted = db.session.scalar(select(LedgerTransaction.id).where(LedgerTransaction.kind == kind, LedgerTransaction.key == key))
    return None if posted is None else reverse(posted, maker=maker, checker=checker, memo=memo, now=now)


def with_people(posting: Posting, *, maker: str, checker: str | None = None) -> Posting:
    """The same posting in the name of the people who made and checked it."""
    return replace(posting, maker=maker, checker=checker)


def hold_balances(accounts: Sequence[AccountRef]) -> dict[AccountRef, int]:
    """The live balances in fen, locked in the order of accounts until the transaction ends.

    Only for accounts with a floor; one that was never used is opened and holds zero.
    """
    by_address = {account.address: account for account in accounts}
    rows = db.session.execute(_HOLD, {"addresses": list(by_address)}).all()
    return {by_address[row.address]: row.posted for row in rows}


def take_from_merchant(merchant_id: int, amount: int) -> list[Share]:
    """Who pays `amount` fen of a refund after settlement: available, then reserve, then deposit, then we advance it.

    Locks the balances, so that the shares can be posted in this transaction and never fail on a floor.
    """
    sources = [merchant_available(merchant_id), merchant_reserve(merchant_id), merchant_deposit(merchant_id)]
    return waterfall(amount, sources, hold_balances(sources), merchant_receivable(merchant_id))


def take_from_available(merchant_id: int, amount: int) -> list[Share]:
    """Who pays `amount` fen that the platform is due of a merchant at once: available, then it is owed to us. Locks the balance; nothing for zero."""
    source = merchant_available(merchant_id)
    return waterfall(amount, [source], hold_balances([source]), merchant_receivable(merchant_id)) if amount else []


def give_to_merchant(merchant_id: int, amount: int) -> list[Share]:
    """Whose `amount` fen are that come back to a merchant: first what it owes us grows less, the rest is available to it. Locks what is available."""
    own, owed = merchant_available(merchant_id), merchant_receivable(merchant_id)
    hold_balances([own])
    return waterfall(amount, [owed], {owed: Fen(max(-balance(owed), 0))}, own) if amount else []


def close_day(day: date, *, by: str, now: datetime) -> bool:
    """From the commit on nothing is booked on `day` or before; False when it was closed already.

    Waits for postings in flight, and new ones wait for us: commit at once. Refuses with DayNotOver.
    """
    if day >= business_day(now):
        raise DayNotOver(day=day.isoformat())
    return bool(db.session.execute(text("SELECT ledger_close_day(:day, :by)"), {"day": day, "by": by}).scalar_one())


def snapshot_day(day: date) -> int:
    """Keep the end-of-day balances of accounts without a floor, so that later reads start there; how many were kept.

    The day must be closed by a committed transaction. Safe to repeat.
    """
    return int(db.session.execute(text("SELECT ledger_snapshot_day(:day)"), {"day": day}).scalar_one())


def seal_block(now: datetime) -> int:
    """The oldest committed transactions outside the chain are its next block, `BLOCK` of them or somewhat more; how many, 0 for none."""
    return int(db.session.execute(text("SELECT ledger_seal(:now, :most)"), {"now": now, "most": BLOCK}).scalar_one())
