"""A merchant says what is wrong in a statement; finance answers, and what it grants comes as a correction. Amounts in fen."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.money import yuan
from app.extensions import db
from app.framework.database import lock, save
from app.framework.events import publish
from app.framework.flow import WrongState, move
from app.kernel.audit.operations import append
from app.kernel.files.operations import store_document
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.correction import statement_corrected
from app.kernel.settlement.models import Dispute, Statement, StatementLine
from app.kernel.settlement.models.disputes import OPEN

SYSTEM = system("settlement")


class NotOnTheStatement(Refusal):
    """No line of the statement has that order."""

    code = "settlement.not_on_the_statement"
    status = 422
    sentence = _l("这份账单里没有订单 %(order)s")


class NothingClaimed(Refusal):
    """A dispute says how much is missing."""

    code = "settlement.nothing_claimed"
    status = 422
    sentence = _l("写明少算了多少钱")


class MoreThanClaimed(Refusal):
    """Nobody is given more than it says it misses, or nothing."""

    code = "settlement.more_than_claimed"
    status = 422
    sentence = _l("补款要大于 0，最多 %(claimed)s；不补就选“维持原账”")


class OwnProposal(SamePerson):
    """Whoever proposed a correction may not approve it."""

    code = "settlement.own_correction"
    sentence = _l("自己提的补款要由另一个人复核")


def open_dispute(
    statement_id: int, *, order_number: str, claimed: int, reason: str, actor: Actor, now: datetime, evidence: tuple[BinaryIO, str] | None = None,
) -> Dispute:
    """The statement waits until every dispute of it is answered. `evidence` is a file and its name.

    Refuses WrongState once it was confirmed, NotOnTheStatement, NothingClaimed, and what the file's door refuses.
    """
    statement = lock(Statement, statement_id)
    if statement.status not in {"confirming", "disputed"}:
        flow = Statement.__flow__  # type: ignore[attr-defined]
        raise WrongState(state=str(flow.state(statement.status).label), move=str(flow["dispute"].label))
    order_number = order_number.strip().upper()
    if order_number and not db.session.scalar(
        select(StatementLine.id).where(StatementLine.statement_id == statement.id, StatementLine.order_number == order_number).limit(1)
    ):
        raise NotOnTheStatement(field="order_number", order=order_number)
    if claimed <= 0:
        raise NothingClaimed(field="claimed")
    stored = store_document(*evidence, actor=actor, now=now, merchant_id=statement.merchant_id, field="evidence") if evidence else None
    count = db.session.scalar(select(func.count()).select_from(Dispute).where(Dispute.statement_id == statement.id)) or 0
    dispute = save(Dispute(
        number=f"{statement.number}-Y{count + 1}", statement_id=statement.id, merchant_id=statement.merchant_id, order_number=order_number, claimed=claimed,
        reason=reason, evidence_id=stored.id if stored else None, opened_by=maker_name(actor),
    ))
    append("settle_dispute.opened", dispute, actor=actor, now=now, reason=reason[:200], changes={"claimed": [None, claimed]})
    if statement.status == "confirming":
        move(statement, "dispute", actor=SYSTEM, now=now)
    publish("happened", act="settle_dispute.opened", record=dispute, reason=reason[:200], actor=actor, now=now)
    return dispute


def propose(dispute: Dispute, *, actor: Actor, now: datetime, granted: int, answer: str) -> None:
    """Effect of `propose`: what finance would give; a second person decides. Refuses MoreThanClaimed."""
    if not 0 < granted <= dispute.claimed:
        raise MoreThanClaimed(field="granted", claimed=yuan(dispute.claimed))
    dispute.granted, dispute.answer, dispute.proposed_by = granted, answer, maker_name(actor)


def uphold(dispute: Dispute, *, actor: Actor, now: datetime) -> None:
    """Effect of `uphold`: the merchant has it available, so that its next statement shows it. Refuses OwnProposal."""
    if is_maker(dispute.proposed_by, actor):
        raise OwnProposal
    dispute.approved_by = maker_name(actor)
    post(statement_corrected(
        dispute=dispute.number, merchant_id=dispute.merchant_id, amount=dispute.granted, maker=dispute.proposed_by or "", checker=dispute.approved_by,
        memo=dispute.answer, at=now,
    ), now)
    _answered(dispute, now)


def reject(dispute: Dispute, *, actor: Actor, now: datetime, answer: str) -> None:
    """Effect of `reject`: the statement is right as it stands; the answer says why."""
    dispute.answer, dispute.proposed_by = answer, maker_name(actor)
    _answered(dispute, now)


def withdraw(dispute: Dispute, *, actor: Actor, now: datetime) -> None:
    """Effect of `withdraw`: the merchant has seen that it is right."""
    _answered(dispute, now)


def _answered(dispute: Dispute, now: datetime) -> None:
    """With the last answer the statement goes on to approval, unchanged."""
    statement = lock(Statement, dispute.statement_id)
    others = select(func.count()).select_from(Dispute).where(
        Dispute.statement_id == statement.id, Dispute.id != dispute.id, Dispute.status.in_(OPEN),
    )
    if statement.status == "disputed" and not db.session.scalar(others):
        move(statement, "settle_disputes", actor=SYSTEM, now=now)
