"""What became of a payment: its statement or withdrawal follows, one payee's failure leaves the others alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.core.money import parse_yuan
from app.extensions import db
from app.framework.database import get
from app.framework.flow import move
from app.framework.spreadsheets.reading import Limits, read_table
from app.kernel.approvals.operations.cases import for_platform
from app.kernel.settlement.models import Payout, PayoutBatch, Statement, Withdrawal
from app.kernel.settlement.operations.batches import go_on

HEADS = {"number": "付款号", "amount": "金额", "result": "结果", "reference": "流水号", "reason": "原因"}
RESULTS = {"成功": "mark_paid", "失败": "mark_failed", "退汇": "mark_returned"}
LIMITS = Limits(rows=5_001)


class HeadsMissing(Refusal):
    """The file lacks a column."""

    code = "settlement.heads_missing"
    status = 422
    sentence = _l("结果文件第一行要有这几列：%(heads)s")


class UnknownResult(Refusal):
    """The result is none of the three."""

    code = "settlement.unknown_result"
    status = 422
    sentence = _l("结果只能写：成功、失败、退汇")


class OtherAmount(Refusal):
    """The bank says another amount than we gave."""

    code = "settlement.other_amount"
    status = 422
    sentence = _l("金额和付款单不一致")


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row of the bank's file; `problem` is empty when it was taken."""

    row: int
    number: str
    problem: str = ""


def note_sent(payout: Payout, *, actor: Actor, now: datetime) -> None:
    """Effect of `send`: the money is in transit. Refuses LessThanOwed when the party has less by now."""
    payout.sent_at = now
    move(_subject(payout), "submit", actor=for_platform(actor), now=now)


def note_dropped(payout: Payout, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `drop`: the statement is carried, so that the rest comes with the next one."""
    payout.problem, payout.settled_at = reason, now
    subject = _subject(payout)
    if isinstance(subject, Statement) and subject.status == "approved":
        move(subject, "carry", actor=for_platform(actor), now=now)


def note_paid(payout: Payout, *, actor: Actor, now: datetime, reference: str) -> None:
    """Effect of `mark_paid` and `succeed`: the payee has it."""
    payout.reference, payout.settled_at = reference, now
    move(_subject(payout), "mark_paid", actor=for_platform(actor), now=now, reference=reference)
    go_on(payout.batch_id, now=now)


def note_failed(payout: Payout, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `mark_failed` and `fail`: the money is the party's again."""
    payout.problem, payout.settled_at = reason, now
    move(_subject(payout), "mark_failed", actor=for_platform(actor), now=now, reason=reason)
    go_on(payout.batch_id, now=now)


def note_returned(payout: Payout, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `mark_returned`: it came back after it had arrived, as a new transaction."""
    payout.problem, payout.settled_at = reason, now
    move(_subject(payout), "mark_returned", actor=for_platform(actor), now=now, reason=reason)


def take_results(batch: PayoutBatch, content: bytes, *, actor: Actor, now: datetime) -> list[RowOutcome]:
    """The bank's answers, a row a payment, each taken or refused by itself; a row that was taken before changes nothing.

    Refuses HeadsMissing, NotASpreadsheet, SpreadsheetTooLarge for the whole file.
    """
    outcomes = []
    for at, row in _rows(content):
        try:
            with db.session.begin_nested():
                _take(batch, row, actor=actor, now=now)
            outcomes.append(RowOutcome(at, row["number"]))
        except Refusal as refusal:
            outcomes.append(RowOutcome(at, row["number"], str(refusal)))
    return outcomes


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    table = read_table(content, LIMITS)
    heads = table[0] if table else []
    if not {HEADS["number"], HEADS["result"]} <= set(heads):
        raise HeadsMissing(field="file", heads="、".join(HEADS.values()))
    places = {name: heads.index(head) for name, head in HEADS.items() if head in heads}
    for at, cells in enumerate(table[1:], start=2):
        row = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        if row["number"] and row["result"]:
            yield at, {**dict.fromkeys(HEADS, ""), **row}


def _take(batch: PayoutBatch, row: dict[str, str], *, actor: Actor, now: datetime) -> None:
    payout = db.session.scalars(
        select(Payout).where(Payout.batch_id == batch.id, Payout.number == row["number"], Payout.status.not_in(("cancelled", "dropped")))
    ).one_or_none()
    if payout is None:
        raise NotFound
    if row["result"] not in RESULTS:
        raise UnknownResult
    if row["amount"] and parse_yuan(row["amount"]) != payout.amount:
        raise OtherAmount
    step = Payout.__flow__[RESULTS[row["result"]]]  # type: ignore[attr-defined]
    if payout.status == step.target:
        return
    said = {"reference": row["reference"][:64]} if step.target == "paid" else {"reason": row["reason"][:200] or _("银行没有写原因")}
    move(payout, step.name, actor=actor, now=now, **said)


def _subject(payout: Payout) -> Statement | Withdrawal:
    return get(Statement, payout.statement_id) if payout.statement_id else get(Withdrawal, payout.withdrawal_id)
