"""Reads of settlement: balances at a watermark, what waits, totals of a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text

from app.extensions import db
from app.framework.database import elevated
from app.kernel.commission.models import FeeRuleVersion
from app.kernel.exports.models import ExportTask
from app.kernel.ledger.accounts import (
    bank,
    merchant_available,
    merchant_pending,
    merchant_receivable,
    merchant_reserve,
    merchant_withdrawing,
)
from app.kernel.ledger.queries import balances
from app.kernel.ledger.values import AccountRef
from app.kernel.orders.models import Order
from app.kernel.plans.standing import Standing
from app.kernel.settlement.models import Cycle, Dispute, Invoice, PayeeAccount, Payout, PayoutBatch, Statement, StatementLine, Withdrawal
from app.kernel.settlement.models.disputes import OPEN

_BELOW = text(
    """
    SELECT COALESCE(sum(entry.amount), 0)::bigint
    FROM ledger_account AS account
    JOIN ledger_entry AS entry ON entry.account_id = account.id
    JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
    WHERE account.address = :address AND fact.tx < :watermark
    """
)


@dataclass(frozen=True)
class Wallet:
    """What a merchant has, in fen: inside the hold, to be paid, kept in reserve, on its way to the bank, advanced by us (≤ 0)."""

    pending: int
    available: int
    reserve: int
    withdrawing: int
    receivable: int


@dataclass(frozen=True)
class Totals:
    """Sums of the statements of a cycle in fen, how many there are, and how many lines."""

    statements: int
    lines: int
    opening: int
    earned: int
    refunded: int
    fees: int
    adjusted: int
    paid: int
    closing: int
    payable: int


def available_below(merchant_id: int, watermark: int) -> int:
    """The merchant's available balance over the ledger transactions below the watermark, in fen: from the entries, not from a kept balance."""
    return int(db.session.execute(_BELOW, {"address": merchant_available(merchant_id).address, "watermark": watermark}).scalar_one())


def wallet_of(merchant_id: int) -> Wallet:
    """The merchant's balances at present."""
    accounts = [book(merchant_id) for book in (merchant_pending, merchant_available, merchant_reserve, merchant_withdrawing, merchant_receivable)]
    found = balances(accounts)
    return Wallet(*(int(found[account]) for account in accounts))


def totals_of(*conditions: Any) -> Totals:
    """The sums of the statements that fulfil the conditions."""
    names = ("opening", "earned", "refunded", "fees", "adjusted", "paid", "closing", "payable")
    columns = [func.coalesce(func.sum(getattr(Statement, name)), 0) for name in ("lines_count", *names)]
    row = db.session.execute(select(func.count(), *columns).select_from(Statement).where(*conditions)).one()
    return Totals(*(int(value) for value in row))


def states_of(cycle_id: int) -> dict[str, tuple[int, int]]:
    """State → (how many statements of the cycle stand there, what they pay in fen)."""
    statement = (
        select(Statement.status, func.count(), func.coalesce(func.sum(Statement.payable), 0))
        .where(Statement.cycle_id == cycle_id).group_by(Statement.status)
    )
    return {status: (count, int(payable)) for status, count, payable in db.session.execute(statement)}


def latest_cycles(limit: int = 14) -> list[Cycle]:
    """The newest cycles."""
    return list(db.session.scalars(select(Cycle).order_by(Cycle.day.desc(), Cycle.id.desc()).limit(limit)))


def waiting_statements(_: Any = None) -> int:
    """Statements that wait for finance: to freeze, to answer, to approve, to pay, to settle after a failure."""
    waiting = ("draft", "disputed", "frozen", "approved", "failed", "returned")
    return int(db.session.scalar(select(func.count()).select_from(Statement).where(Statement.status.in_(waiting))) or 0)


def statement_of_transaction(transaction_id: int, merchant_id: int) -> int | None:
    """The id of the merchant's statement on which a ledger transaction stands."""
    return db.session.scalar(
        select(StatementLine.statement_id).where(StatementLine.transaction_id == transaction_id, StatementLine.merchant_id == merchant_id)
    )


def rule_labels(versions: list[int]) -> str:
    """The fee rule versions of a line in words: `点餐佣金 v12`. A merchant too reads which rules priced its orders."""
    if not versions:
        return ""
    with elevated():
        found = db.session.scalars(select(FeeRuleVersion).where(FeeRuleVersion.id.in_(versions)).order_by(FeeRuleVersion.id))
        return "、".join(version.label for version in found)


def orders_numbered(number: str) -> list[int]:
    """The order of that number, for the ledger's search."""
    return list(db.session.scalars(select(Order.id).where(Order.number == number.upper())))


def exports_of(cycle_id: int, user_id: int | None) -> list[ExportTask]:
    """The person's spreadsheets of a cycle, newest first."""
    mine = (ExportTask.source == "settlement.cycle", ExportTask.arguments["id"].as_integer() == cycle_id, ExportTask.user_id == user_id)
    return list(db.session.scalars(select(ExportTask).where(*mine).order_by(ExportTask.id.desc()).limit(8)))


# ---- paying ------------------------------------------------------------------------------------------------------------

NOT_PAID_YET = ("draft", "confirming", "disputed", "frozen", "approved", "failed", "returned")


def account_in_force(owner_kind: str, owner_id: int) -> PayeeAccount | None:
    """The approved account of a party, if it has one."""
    mine = (PayeeAccount.owner_kind == owner_kind, PayeeAccount.owner_id == owner_id, PayeeAccount.status == "approved")
    return db.session.scalars(select(PayeeAccount).where(*mine)).one_or_none()


def accounts_of(owner_kind: str, owner_id: int) -> list[PayeeAccount]:
    """The accounts of a party, the newest first."""
    mine = (PayeeAccount.owner_kind == owner_kind, PayeeAccount.owner_id == owner_id)
    return list(db.session.scalars(select(PayeeAccount).where(*mine).order_by(PayeeAccount.id.desc()).limit(20)))


def account_proposed(owner_kind: str, owner_id: int) -> PayeeAccount | None:
    """The newest account of a party that waits for approval, if one does."""
    mine = (PayeeAccount.owner_kind == owner_kind, PayeeAccount.owner_id == owner_id, PayeeAccount.status == "draft")
    return db.session.scalars(select(PayeeAccount).where(*mine).order_by(PayeeAccount.id.desc()).limit(1)).first()


def promised_to(owner_kind: str, owner_id: int) -> int:
    """Fen that a party's statements are to pay and have not sent yet. Only merchants have statements."""
    if owner_kind != "merchant":
        return 0
    mine = (Statement.merchant_id == owner_id, Statement.status.in_(NOT_PAID_YET))
    return int(db.session.scalar(select(func.coalesce(func.sum(Statement.payable), 0)).where(*mine)) or 0)


def paid_from(number: str) -> AccountRef:
    """The account of ours that a payment left from: what we keep at the channel for transfers, or the bank's.

    The channel's operation account has no bill to compare with, so that it is booked as a bank account.
    """
    given = select(Payout.method).where(Payout.number == number, Payout.status.not_in(("cancelled", "dropped")))
    return bank("wechat") if db.session.scalar(given) == "wechat" else bank()


def waiting_withdrawals(_: Any = None) -> int:
    """Withdrawals that wait for a look."""
    return int(db.session.scalar(select(func.count()).select_from(Withdrawal).where(Withdrawal.status == "asked")) or 0)


def waiting_accounts(_: Any = None) -> int:
    """Accounts to pay to that wait for a look."""
    return int(db.session.scalar(select(func.count()).select_from(PayeeAccount).where(PayeeAccount.status == "draft")) or 0)


def open_batches(_: Any = None) -> int:
    """Batches that wait for approval or for results."""
    return int(db.session.scalar(select(func.count()).select_from(PayoutBatch).where(PayoutBatch.status.in_(("draft", "sending", "sent")))) or 0)


def open_disputes(_: Any = None) -> int:
    """Disputes that wait for an answer or for a second person."""
    return int(db.session.scalar(select(func.count()).select_from(Dispute).where(Dispute.status.in_(("open", "proposed")))) or 0)


def waiting_invoices(_: Any = None) -> int:
    """Invoices that merchants asked for."""
    return int(db.session.scalar(select(func.count()).select_from(Invoice).where(Invoice.status == "asked")) or 0)


def progress_of(batch_id: int) -> dict[str, tuple[int, int]]:
    """State → (how many payments of the batch stand there, fen)."""
    rows = select(Payout.status, func.count(), func.sum(Payout.amount)).where(Payout.batch_id == batch_id).group_by(Payout.status)
    return {status: (count, int(fen)) for status, count, fen in db.session.execute(rows)}


def disputes_standing(merchant_id: int) -> Standing:
    """The merchant's disputes of statements: how many are open, when the last one was answered."""
    row = db.session.execute(
        select(func.count().filter(Dispute.status.in_(OPEN)), func.max(Dispute.updated_at).filter(Dispute.status.not_in(OPEN)))
        .where(Dispute.merchant_id == merchant_id)
    ).one()
    return Standing(*row)
