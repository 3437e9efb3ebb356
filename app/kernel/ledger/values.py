"""The values of the ledger: an account's address, an entry, a posting. Amounts are integer fen, credit positive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.money import Fen


@dataclass(frozen=True, order=True)
class AccountRef:
    """Which account is meant. The database opens it when the first entry arrives.

    `owner_kind` and `owner_id` name the party (merchant 12, platform 0); `book` says what the money is there for and
    decides whether the balance has a floor; `trade` and `label` tell apart accounts of one book.
    """

    owner_kind: str
    owner_id: int
    book: str
    asset: str = "CNY"
    trade: str = ""
    label: str = ""

    @property
    def address(self) -> str:
        """`merchant/12/available/CNY`: the account's unique name in the database; empty parts at the end are left out."""
        parts = (self.owner_kind, str(self.owner_id), self.book, self.asset, self.trade, self.label)
        return "/".join(parts).rstrip("/")

    @classmethod
    def parse(cls, address: str) -> AccountRef:
        """The account that an address names."""
        owner_kind, owner_id, book, asset, *more = address.split("/")
        return cls(owner_kind, int(owner_id), book, asset, *more)


@dataclass(frozen=True)
class Entry:
    """One line of a posting: `amount` fen credited to the account, or debited when negative; never zero."""

    account: AccountRef
    amount: int


@dataclass(frozen=True)
class Share:
    """A part of a sum and the account it belongs to or comes from; `amount` is never negative, the posting gives the sign."""

    account: AccountRef
    amount: int


@dataclass(frozen=True)
class OrderRef:
    """The order that a posting is about: written on the transaction, so that every entry can be traced to it. None for what is no order."""

    order_id: int | None
    trade: str
    merchant_id: int | None = None


@dataclass(frozen=True)
class Posting:
    """A business fact about to become one ledger transaction.

    `kind` and `key` together happen once: the same content again is the first transaction, other content is refused.
    `event_at` is when it happened (UTC); the booked day is chosen by the ledger. `maker` and `checker` are two people.
    """

    kind: str
    key: str
    event_at: datetime
    entries: tuple[Entry, ...]
    order_id: int | None = None
    trade: str = ""
    merchant_id: int | None = None
    reverses: int | None = None
    rule_versions: tuple[int, ...] = ()
    maker: str = "system"
    checker: str | None = None
    memo: str = ""

    @classmethod
    def about(
        cls, order: OrderRef, kind: str, key: str, event_at: datetime, entries: Iterable[Entry], rule_versions: Iterable[int] = (),
        memo: str = "",
    ) -> Posting:
        """A posting about an order."""
        return cls(
            kind=kind, key=key, event_at=event_at, entries=tuple(entries), order_id=order.order_id, trade=order.trade,
            merchant_id=order.merchant_id, rule_versions=tuple(rule_versions), memo=memo,
        )


def debit(account: AccountRef, amount: int) -> Entry:
    """An entry that takes `amount` fen from the account."""
    return Entry(account, -amount)


def credit(account: AccountRef, amount: int) -> Entry:
    """An entry that gives `amount` fen to the account."""
    return Entry(account, amount)


def debit_all(shares: Iterable[Share]) -> list[Entry]:
    """Debit every share."""
    return [debit(share.account, share.amount) for share in shares]


def credit_all(shares: Iterable[Share]) -> list[Entry]:
    """Credit every share."""
    return [credit(share.account, share.amount) for share in shares]


def total(shares: Iterable[Share]) -> Fen:
    """What the shares add up to, in fen."""
    return Fen(sum(share.amount for share in shares))
