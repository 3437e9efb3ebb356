"""A batch of payments: put together by one person, approved by another, each payment given once. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.proofs import proofs_hold
from app.kernel.settlement.models import PayeeAccount, Payout, PayoutBatch, Statement, Withdrawal
from app.kernel.settlement.models.payouts import UNSETTLED
from app.kernel.settlement.models.statements import payout_number
from app.kernel.settlement.operations.underway import MAKING

SYSTEM = system("settlement")
MOST = 1_000  # payments of a batch


class NothingToPay(Refusal):
    """No approved statement and no withdrawal waits, or none with an account to pay to."""

    code = "settlement.nothing_to_pay"
    status = 409
    sentence = _l("没有可付的：账单要审批过，收款方要有批准的收款账户")


class ProofsFail(Refusal):
    """The latest check of the proofs found something, or there was none: nothing is paid."""

    code = "settlement.proofs_fail"
    status = 409
    sentence = _l("账实核对没有通过，暂停付款；先在“账实核对”里查清")


class OwnBatch(SamePerson):
    """Whoever put a batch together may not approve it."""

    code = "settlement.own_batch"
    sentence = _l("自己做的付款批次要由另一个人批准")


@dataclass(frozen=True)
class Due:
    """A payment that could be made: of what, to which account, how much arrives."""

    number: str
    amount: int
    account: PayeeAccount
    statement_id: int | None = None
    withdrawal_id: int | None = None


def make_batch(*, actor: Actor, now: datetime, most: int = MOST) -> PayoutBatch:
    """A draft of what is due and has an account, oldest first, at most `most` payments. Refuses NothingToPay.

    Batches are made one after the other, so that nothing stands in two of them; the database says so too.
    """
    db.session.execute(MAKING)
    due = payments_due()[:most]
    if not due:
        raise NothingToPay
    sequence = db.session.scalar(text("SELECT nextval('settle_batch_number')")) or 0
    batch = save(PayoutBatch(number=order_number("P", sequence, now), rows=len(due), total=sum(each.amount for each in due), made_by=maker_name(actor)))
    db.session.add_all(
        Payout(
            number=each.number, batch_id=batch.id, statement_id=each.statement_id, withdrawal_id=each.withdrawal_id, account_id=each.account.id,
            payee=each.account.holder, method=each.account.method, amount=each.amount,
        ) for each in due
    )
    db.session.flush()
    append("settle_batch.made", batch, actor=actor, now=now, changes={"rows": [None, batch.rows], "total": [None, batch.total]})
    return batch


def payments_due() -> list[Due]:
    """Approved statements and withdrawals ready for payment that stand in no batch and whose party has an account, oldest first."""
    with elevated():
        statements = db.session.execute(
            select(Statement, PayeeAccount)
            .join(PayeeAccount, (PayeeAccount.owner_kind == "merchant") & (PayeeAccount.owner_id == Statement.merchant_id))
            .where(
                Statement.status == "approved", Statement.payable > 0, PayeeAccount.status == "approved",
                ~select(Payout.id).where(Payout.statement_id == Statement.id, Payout.status.in_(UNSETTLED)).exists(),
            ).order_by(Statement.id)
        ).all()
        withdrawals = db.session.execute(
            select(Withdrawal, PayeeAccount).join(PayeeAccount, PayeeAccount.id == Withdrawal.account_id).where(
                Withdrawal.status == "ready",
                ~select(Payout.id).where(Payout.withdrawal_id == Withdrawal.id, Payout.status.in_(UNSETTLED)).exists(),
            ).order_by(Withdrawal.id)
        ).all()
    return [
        *(Due(payout_number(each.number, each.attempts + 1), each.payable, account, statement_id=each.id) for each, account in statements),
        *(Due(each.number, each.arrives, account, withdrawal_id=each.id) for each, account in withdrawals),
    ]


def approve(batch: PayoutBatch, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the payments are given one by one from the queue. Refuses OwnBatch, ProofsFail."""
    if is_maker(batch.made_by, actor):
        raise OwnBatch
    batch.approved_by, batch.approved_at = maker_name(actor), now
    if not proofs_hold():
        raise ProofsFail
    enqueue("send_batch", batch_id=batch.id, key=f"send_batch/{batch.id}")


def cancel(batch: PayoutBatch, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `cancel`: what stood in it may stand in another one."""
    for payout in _payouts(batch.id):
        move(payout, "cancel", actor=SYSTEM, now=now)


def go_on(batch_id: int, *, now: datetime) -> PayoutBatch:
    """The batch is sent when no payment waits, and done when none is on its way. Safe to repeat."""
    batch = lock(PayoutBatch, batch_id)
    found = dict(db.session.execute(select(Payout.status, func.count()).where(Payout.batch_id == batch_id).group_by(Payout.status)).tuples().all())
    if batch.status == "sending" and "waiting" not in found:
        batch = move(batch, "finish_sending", actor=SYSTEM, now=now)
    if batch.status == "sent" and not found.keys() & set(UNSETTLED):
        batch = move(batch, "complete", actor=SYSTEM, now=now)
    return batch


def _payouts(batch_id: int) -> Iterable[Payout]:
    return list(db.session.scalars(select(Payout).where(Payout.batch_id == batch_id).order_by(Payout.id)))
