"""The tables of the ledger. The application reads them; only the functions of schema.sql write them.

`merchant_id` and `customer_id` of an account are computed by the database from its owner, so that ownership is declared
here as everywhere; entries, balances, and snapshots belong to whom their account belongs to.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.framework.access import STAFF_ONLY, owned, reference
from app.framework.database import Moment
from app.kernel.ledger.accounts import BOOKS
from app.kernel.ledger.values import AccountRef

ADDRESS = (
    "rtrim(owner_kind || '/' || owner_id::text || '/' || book || '/' || asset || '/' || trade || '/' || label, '/')"
)


class LedgerBook(Model):
    """A kind of account; `floor` is the least that an account of the book may hold, in fen (null: no live balance)."""

    __tablename__ = "ledger_book"
    __access__ = reference()
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    floor: Mapped[int | None] = mapped_column(BigInteger)


class LedgerAccount(Model):
    """An account of one owner in one book and asset. Opened by its first posting, never changed, never deleted."""

    __tablename__ = "ledger_account"
    __access__ = owned("merchant_id", customer="customer_id")
    __table_args__ = (
        UniqueConstraint("address"),
        CheckConstraint("concat(owner_kind, book, asset, trade, label) !~ '/'", name="no_slash"),
        CheckConstraint("owner_kind ~ '^[a-z_]+$' AND asset ~ '^[A-Z]{3}$'", name="named"),
        Index("ix_ledger_account_owner", "owner_kind", "owner_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    owner_kind: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    book: Mapped[str] = mapped_column(ForeignKey("ledger_book.name"))
    asset: Mapped[str] = mapped_column(Text)
    trade: Mapped[str] = mapped_column(Text, server_default="")
    label: Mapped[str] = mapped_column(Text, server_default="")
    floor: Mapped[int | None] = mapped_column(BigInteger)
    address: Mapped[str] = mapped_column(Text, Computed(ADDRESS, persisted=True))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, Computed("CASE WHEN owner_kind = 'merchant' THEN owner_id END", persisted=True))
    customer_id: Mapped[int | None] = mapped_column(BigInteger, Computed("CASE WHEN owner_kind = 'customer' THEN owner_id END", persisted=True))

    @property
    def ref(self) -> AccountRef:
        """The account as postings name it."""
        return AccountRef(self.owner_kind, self.owner_id, self.book, self.asset, self.trade, self.label)

    @property
    def title(self) -> Any:
        """The book's word for people."""
        return BOOKS[self.book].title


class OfAnAccount:
    """A row that belongs to whom its account belongs to."""

    __access__ = owned("merchant_id", customer="customer_id")
    account_id: Any

    @hybrid_property
    def merchant_id(self) -> int | None:
        """The merchant that owns the account, if one does."""
        return self.account.merchant_id  # type: ignore[attr-defined]

    @merchant_id.inplace.expression
    @classmethod
    def _merchant_of_account(cls) -> Any:
        return select(LedgerAccount.merchant_id).where(LedgerAccount.id == cls.account_id).scalar_subquery()

    @hybrid_property
    def customer_id(self) -> int | None:
        """The customer that owns the account, if one does."""
        return self.account.customer_id  # type: ignore[attr-defined]

    @customer_id.inplace.expression
    @classmethod
    def _customer_of_account(cls) -> Any:
        return select(LedgerAccount.customer_id).where(LedgerAccount.id == cls.account_id).scalar_subquery()


class LedgerTransaction(Model):
    """A business fact that moved money. `kind` and `key` happen once; `tx` is the database transaction that wrote it."""

    __tablename__ = "ledger_transaction"
    __access__ = owned("merchant_id")
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        UniqueConstraint("reverses"),
        CheckConstraint("entry_count >= 2", name="two_entries"),
        CheckConstraint("checker <> maker", name="four_eyes"),
        Index("ix_ledger_transaction_tx", "tx"),
        Index("ix_ledger_transaction_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    event_at: Mapped[datetime] = mapped_column(Moment)
    booked_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    tx: Mapped[int] = mapped_column(BigInteger, server_default=text("baiye_tx()"))
    entry_count: Mapped[int] = mapped_column(SmallInteger)
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    trade: Mapped[str] = mapped_column(Text, server_default="")
    merchant_id: Mapped[int | None] = mapped_column(BigInteger)
    reverses: Mapped[int | None] = mapped_column(ForeignKey("ledger_transaction.id"))
    rule_versions: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    maker: Mapped[str] = mapped_column(Text)
    checker: Mapped[str | None] = mapped_column(Text)
    memo: Mapped[str] = mapped_column(Text, server_default="")

    entries: Mapped[list[LedgerEntry]] = relationship(
        primaryjoin=lambda: LedgerTransaction.id == foreign(LedgerEntry.transaction_id), viewonly=True, order_by=lambda: LedgerEntry.seq
    )


class LedgerEntry(OfAnAccount, Model):
    """One line of a transaction: `amount` fen, credit positive. Accounts with a floor also get `balance_after` and `version`.

    Transaction and account are checked by a trigger in place of foreign keys (schema.sql says why).
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint("seq >= 1", name="seq_from_one"),
        CheckConstraint("(version IS NULL) = (balance_after IS NULL)", name="version_with_balance"),
        Index("uq_ledger_entry_account_day", "account_id", "booked_on", "transaction_id", unique=True, postgresql_include=["amount"]),
        Index("ix_ledger_entry_booked", "booked_on", postgresql_using="brin"),
        Index("uq_ledger_entry_version", "account_id", "version", unique=True, postgresql_where=text("version IS NOT NULL")),
    )

    transaction_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    booked_on: Mapped[date] = mapped_column(Date)
    balance_after: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int | None] = mapped_column(BigInteger)

    account: Mapped[LedgerAccount] = relationship(primaryjoin=lambda: LedgerAccount.id == foreign(LedgerEntry.account_id), viewonly=True)
    transaction: Mapped[LedgerTransaction] = relationship(
        primaryjoin=lambda: LedgerTransaction.id == foreign(LedgerEntry.transaction_id), viewonly=True
    )


class LedgerBalance(OfAnAccount, Model):
    """The live balance of an account with a floor, and how many entries made it."""

    __tablename__ = "ledger_balance"
    __table_args__ = (CheckConstraint("posted >= floor", name="floor"), {"postgresql_with": {"fillfactor": "50"}})

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    posted: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    floor: Mapped[int] = mapped_column(BigInteger)

    account: Mapped[LedgerAccount] = relationship(viewonly=True)


class LedgerSnapshot(OfAnAccount, Model):
    """The balance of an account without a floor at the end of a closed day."""

    __tablename__ = "ledger_snapshot"

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    day: Mapped[date] = mapped_column(ForeignKey("ledger_day.day"), primary_key=True)
    balance: Mapped[int] = mapped_column(BigInteger)

    account: Mapped[LedgerAccount] = relationship(viewonly=True)


class LedgerDay(Model):
    """A closed day: nothing is booked on it, or on any day before it, any more."""

    __tablename__ = "ledger_day"
    __access__ = reference()
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    closed_by: Mapped[str] = mapped_column(Text)


class LedgerBlock(Model):
    """The transactions of the database transactions from `from_tx` up to, not including, `until_tx`, sealed after the block before."""

    __tablename__ = "ledger_block"
    __access__ = STAFF_ONLY
    __table_args__ = (UniqueConstraint("from_tx"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    from_tx: Mapped[int] = mapped_column(BigInteger)
    until_tx: Mapped[int] = mapped_column(BigInteger)
    transactions: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(Moment)


class LedgerProofRun(Model):
    """A check of all proofs, or of the one called `only`; it counts once it is finished, and holds when `findings` is zero."""

    __tablename__ = "ledger_proof_run"
    __access__ = STAFF_ONLY
    __table_args__ = (Index("ix_ledger_proof_run_started_at", "started_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    milliseconds: Mapped[int]
    proofs: Mapped[int]
    findings: Mapped[int]
    only: Mapped[str] = mapped_column(String(80), default="")
    asked_by: Mapped[str] = mapped_column(String(80))

    results: Mapped[list[LedgerProofResult]] = relationship(back_populates="run", order_by="LedgerProofResult.id")
    details: Mapped[list[LedgerProofFinding]] = relationship(back_populates="run", order_by="LedgerProofFinding.id")


class LedgerProofResult(Model):
    """How one proof of a run went: what it found, how long it took."""

    __tablename__ = "ledger_proof_result"
    __access__ = STAFF_ONLY
    __table_args__ = (UniqueConstraint("run_id", "proof"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("ledger_proof_run.id"))
    proof: Mapped[str] = mapped_column(String(80))
    findings: Mapped[int]
    milliseconds: Mapped[int]

    run: Mapped[LedgerProofRun] = relationship(back_populates="results")


class LedgerProofFinding(Model):
    """Something that a proof found wrong: which thing, what it should be and what it is."""

    __tablename__ = "ledger_proof_finding"
    __access__ = STAFF_ONLY
    __table_args__ = (Index("ix_ledger_proof_finding_run_id", "run_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("ledger_proof_run.id"))
    proof: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(Text)
    expected: Mapped[str] = mapped_column(Text)
    found: Mapped[str] = mapped_column(Text)

    run: Mapped[LedgerProofRun] = relationship(back_populates="details")
