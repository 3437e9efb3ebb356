"""What the settlement desk shows of a cycle: its statements with what is wrong, how far they are, and the payments under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text

from app.core.flows import State
from app.extensions import db
from app.kernel.parties.models import Merchant
from app.kernel.settlement.models import PayeeAccount, Payout, PayoutBatch, Statement

STEPS = (
    (("draft",), _l("草稿")), (("confirming", "disputed"), _l("商户确认")), (("frozen",), _l("审批")), (("approved",), _l("做付款批次")),
    (("submitted",), _l("付款")), (("failed", "returned"), _l("处理失败")),
)
PAGE = 20
HAS_ACCOUNT = select(PayeeAccount.id).where(
    PayeeAccount.owner_kind == "merchant", PayeeAccount.owner_id == Statement.merchant_id, PayeeAccount.status == "approved"
).correlate(Statement).exists()

_DIFFERING = text(
    """
    SELECT statement.number FROM settle_statement AS statement
    LEFT JOIN ledger_account AS account
      ON account.owner_kind = 'merchant' AND account.owner_id = statement.merchant_id AND account.book = 'available' AND account.asset = 'CNY'
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(entry.amount), 0) AS balance FROM ledger_entry AS entry JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
        WHERE entry.account_id = account.id AND fact.tx < statement.watermark
    ) AS ledger
    WHERE statement.cycle_id = :cycle AND statement.closing <> ledger.balance ORDER BY statement.id
    """
)


@dataclass(frozen=True)
class Row:
    """A statement on the desk and what stands against paying it, as a chip."""

    id: int
    payee: str
    opening: int
    earned: int
    refunded: int
    fees: int
    closing: int
    payable: int
    mark: State


def differing(cycle_id: int) -> list[str]:
    """Numbers of the cycle's statements whose closing balance is not the ledger's at the watermark, normally none."""
    return list(db.session.scalars(_DIFFERING, {"cycle": cycle_id}))


def desk_rows(cycle_id: int, wrong: Sequence[str], *, problems: bool, after: int = 0) -> list[Row]:
    """Statements of a cycle by number, those with a problem only when asked for, at most a page and one after the statement `after`."""
    rows = select(Statement, Merchant.name, HAS_ACCOUNT).join(Merchant, Merchant.id == Statement.merchant_id).where(Statement.cycle_id == cycle_id)
    if problems:
        rows = rows.where(_bad(wrong))
    found = db.session.execute(rows.where(Statement.id > after).order_by(Statement.id).limit(PAGE + 1))
    return [
        Row(
            each.id, name, each.opening, each.earned, each.refunded, each.fees, each.closing, each.payable, _mark(each, each.number in wrong, bool(paid_to)),
        ) for each, name, paid_to in found
    ]


def problems_of(cycle_id: int, wrong: Sequence[str]) -> int:
    """How many statements of the cycle somebody must look at."""
    return int(db.session.scalar(select(func.count()).select_from(Statement).where(Statement.cycle_id == cycle_id, _bad(wrong))) or 0)


def _bad(wrong: Sequence[str]) -> Any:
    unpaid = (Statement.payable > 0) & Statement.status.not_in(("submitted", "paid", "carried"))
    return Statement.status.in_(("failed", "returned", "disputed")) | Statement.number.in_(wrong) | (~HAS_ACCOUNT & unpaid)


def _mark(statement: Statement, wrong: bool, has_account: bool) -> State:
    """The chip of the row: the worst of what stands against paying it, else that it is right."""
    states = Statement.__flow__  # type: ignore[attr-defined]
    if wrong:
        return State("wrong", _l("与账本不一致"), "bad")
    if statement.status in {"failed", "returned", "disputed", "carried", "submitted", "paid"}:
        return states.state(statement.status)
    if statement.payable and not has_account:
        return State("no_account", _l("没有收款账户"), "bad")
    if not statement.payable:
        return State("carried_on", _l("结转下期"), "mute")
    return State("right", _l("核对无误"), "ok")


def step_of(states: Mapping[str, Any]) -> int:
    """The step at which the cycle stands: the first one that still has statements; past the last when all are paid or carried."""
    return next((at for at, (names, _label) in enumerate(STEPS) if any(name in states for name in names)), len(STEPS))


@dataclass(frozen=True)
class BatchRow:
    """A batch under way: how many of its payments have a result, how many are in doubt."""

    id: int
    number: str
    status: str
    rows: int
    total: int
    settled: int
    unknown: int

    @property
    def percent(self) -> int:
        """Settled payments in percent."""
        return 100 * self.settled // self.rows


def batches_underway(limit: int = 6) -> list[BatchRow]:
    """The newest batches that are not cancelled, those under way first."""
    settled = func.count(Payout.id).filter(Payout.status.not_in(("waiting", "sent", "unknown")))
    rows = (
        select(PayoutBatch, settled, func.count(Payout.id).filter(Payout.status == "unknown")).join(Payout, Payout.batch_id == PayoutBatch.id)
        .where(PayoutBatch.status != "cancelled").group_by(PayoutBatch.id).order_by(PayoutBatch.status == "done", PayoutBatch.id.desc()).limit(limit)
    )
    return [BatchRow(each.id, each.number, each.status, each.rows, each.total, done, unknown) for each, done, unknown in db.session.execute(rows)]


def payouts_to_look_at(limit: int = 8) -> list[Payout]:
    """Payments that failed, came back, or are in doubt, and whose statement still waits for somebody; newest first."""
    waiting = select(Statement.id).where(Statement.id == Payout.statement_id, Statement.status.in_(("failed", "returned")))
    wanted = select(Payout).where((Payout.status == "unknown") | (Payout.status.in_(("failed", "returned")) & waiting.exists()))
    return list(db.session.scalars(wanted.order_by(Payout.id.desc()).limit(limit)))
