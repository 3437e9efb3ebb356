"""Compare a day, keep what differs in suspense, settle it by two people, sign the day. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.periods import business_day, day_range
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.reconciliation import break_matched, break_opened, break_resolved
from app.kernel.payments.models import ChannelBill, Payment, Refund
from app.kernel.payments.operations.bills import import_bill
from app.kernel.payments.rules import read_bill
from app.kernel.reconciliation.models import UNSETTLED, ReconBreak, ReconDay, ReconPair
from app.kernel.reconciliation.rules import PAID, Comparison, Difference, Kind, Line, Ours, Pair, bill_lines, compare, resolution_for

SYSTEM = system("reconciliation")
WINDOW = timedelta(days=1)  # movements near midnight stand on different days on the two sides
DUE_IN = timedelta(days=3)
SLICE = 5_000

Value = TypeVar("Value", int, str)


class DaySigned(Refusal):
    """A signed day is not compared again."""

    code = "recon.signed"
    status = 409
    sentence = _l("%(day)s 已经签字，不再比对")


class OwnProposal(SamePerson):
    """Whoever proposed how to settle a break may not approve it."""

    code = "recon.own_proposal"
    sentence = _l("自己提出的处理要由另一个人复核")


def compare_day(day: date, account_number: str, *, actor: Actor, now: datetime) -> ReconDay:
    """The day's trade bill and our records are compared: new pairs and breaks are kept, breaks that are none any more are closed.

    Run again, it changes nothing unless one of the sides did. Without a bill the day has no lines: the channel had no movement.
    Refuses with DaySigned.
    """
    with elevated():
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": f"recon/{account_number}"})
        record = db.session.scalars(select(ReconDay).where(ReconDay.account_number == account_number, ReconDay.day == day)).one_or_none()
        if record is not None and record.status == "signed":
            raise DaySigned(day=day.isoformat())
        bill = db.session.scalars(
            select(ChannelBill).where(ChannelBill.account_number == account_number, ChannelBill.kind == "trade", ChannelBill.day == day)
        ).one_or_none()
        lines = bill_lines(read_bill(bill.content).rows) if bill else []
        if record is None:
            record = save(ReconDay(day=day, account_number=account_number, channel=bill.channel if bill else "wechat", compared_at=now))
        found = compare(lines, _ours(lines, day, account_number, record.id), day, value_of("reconciliation.fee_ppm"))
        _keep_pairs(record, found.pairs)
        _keep_breaks(record, found, actor=actor, now=now)
        _sum_up(record, bill, lines, now)
        _settle(record, actor=actor, now=now)
    return record


def _ours(lines: list[Line], day: date, account_number: str, day_id: int) -> list[Ours]:
    """What may belong to the lines: booked around the day, or named by a line; less what is paired with a line of another day."""
    began, ended = day_range(day)
    between = began - WINDOW, ended + WINDOW
    payments = select(Payment.id, Payment.number, Payment.channel_number, Payment.amount, Payment.status == "paid", Payment.paid_at)
    refunds = select(Refund.id, Refund.number, Refund.channel_number, Refund.amount, Refund.status == "succeeded", Refund.succeeded_at)
    sides: tuple[tuple[Kind, type[Payment] | type[Refund], Any, Any], ...] = (
        ("payment", Payment, payments.where(Payment.account_number == account_number), Payment.paid_at),
        ("refund", Refund, refunds.join(Payment, Payment.id == Refund.payment_id).where(Payment.account_number == account_number), Refund.succeeded_at),
    )
    found: list[Ours] = []
    for kind, model, rows, moment in sides:
        named = [each for line in lines if line.kind == kind for each in (line.number, line.channel_number)]
        wanted = [rows.where(moment >= between[0], moment < between[1])]
        wanted += [rows.where(model.number.in_(names) | model.channel_number.in_(names)) for names in _slices(named)]
        records = {
            key: Ours(kind, key, number, theirs, amount, booked, business_day(at) if at else None)
            for each in wanted for key, number, theirs, amount, booked, at in db.session.execute(each)
        }
        elsewhere = select(ReconPair.record_id).where(ReconPair.kind == kind, ReconPair.day_id != day_id)
        for keys in _slices(records):
            for paired in db.session.scalars(elsewhere.where(ReconPair.record_id.in_(keys))):
                del records[paired]
        found += records.values()
    return found


def _slices(values: Iterable[Value]) -> list[list[Value]]:
    """The values that are not empty, once each, in pieces that a statement can carry."""
    ordered = sorted({each for each in values if each})
    return [ordered[start:start + SLICE] for start in range(0, len(ordered), SLICE)]


def _keep_pairs(record: ReconDay, pairs: Iterable[Pair]) -> None:
    rows = [
        {"day_id": record.id, "row": each.line.row, "kind": each.ours.kind, "record_id": each.ours.key, "amount": each.ours.amount, "how": each.how}
        for each in pairs
    ]
    for start in range(0, len(rows), SLICE):
        db.session.execute(insert(ReconPair).values(rows[start:start + SLICE]).on_conflict_do_nothing(index_elements=["day_id", "row"]))


def _keep_breaks(record: ReconDay, found: Comparison, *, actor: Actor, now: datetime) -> None:
    known = {each.number: each for each in db.session.scalars(select(ReconBreak).where(ReconBreak.day_id == record.id))}
    wanted = {_number(record, each): each for each in found.differences}
    for number, difference in wanted.items():
        if number not in known:
            _open(record, number, difference, actor=actor, now=now)
    for number, kept in known.items():
        if number not in wanted and kept.status in UNSETTLED:
            move(kept, "match", actor=SYSTEM, now=now)
    late = [each.ours for each in found.pairs if each.how == "window"]
    for kept in [each for ours in late for each in _missing(ours, record.id)]:
        other = move(kept, "match", actor=SYSTEM, now=now)
        _settle(lock(ReconDay, other.day_id), actor=actor, now=now)


def _number(record: ReconDay, difference: Difference) -> str:
    """What a difference is called whenever the day is compared: the day, the account, where it was seen, and its kind."""
    place = f"L{difference.line.row}" if difference.line else f"{difference.ours.kind[0].upper()}{difference.ours.key}" if difference.ours else ""
    return f"{record.day:%Y%m%d}-{record.account_number[-4:]}-{place}-{difference.kind}"


def _open(record: ReconDay, number: str, difference: Difference, *, actor: Actor, now: datetime) -> None:
    line, ours = difference.line, difference.ours
    kept = save(ReconBreak(
        number=number, day_id=record.id, kind=difference.kind, row=line.row if line else None,
        our_number=ours.number if ours else line.number if line else "", channel_number=(line.channel_number if line else ours and ours.channel_number) or "",
        record_kind=ours.kind if ours else "", record_id=ours.key if ours else None, theirs=line.amount if line else None,
        ours=ours.amount if ours and ours.booked else None, effect=difference.effect, due_on=business_day(now) + DUE_IN,
    ))
    if kept.effect:
        post(break_opened(number=number, clearing=record.clearing_account, effect=kept.effect, found_at=now), now)
    append("recon_break.found", kept, actor=actor, now=now, changes={"effect": [None, kept.effect]})


def _missing(ours: Ours, day_id: int) -> list[ReconBreak]:
    """Breaks of other days that say that this record has no line."""
    statement = select(ReconBreak).where(
        ReconBreak.record_kind == ours.kind, ReconBreak.record_id == ours.key, ReconBreak.day_id != day_id, ReconBreak.row.is_(None),
        ReconBreak.status.in_(UNSETTLED),
    )
    return list(db.session.scalars(statement))


def _sum_up(record: ReconDay, bill: ChannelBill | None, lines: list[Line], now: datetime) -> None:
    """What both sides say of the day, and how many lines have their record."""
    began, ended = day_range(record.day)
    record.bill_id, record.lines, record.compared_at = bill.id if bill else None, len(lines), now
    record.theirs_in = sum(line.amount for line in lines if line.kind == "payment" and line.state == PAID)
    record.theirs_out = sum(line.amount for line in lines if line.kind == "refund")
    record.matched = db.session.scalar(select(func.count()).select_from(ReconPair).where(ReconPair.day_id == record.id)) or 0
    mine = Payment.account_number == record.account_number
    record.ours_in = db.session.scalar(
        select(func.coalesce(func.sum(Payment.amount), 0)).where(mine, Payment.status == "paid", Payment.paid_at >= began, Payment.paid_at < ended)
    ) or 0
    back = select(func.coalesce(func.sum(Refund.amount), 0)).join(Payment, Payment.id == Refund.payment_id)
    record.ours_out = db.session.scalar(
        back.where(mine, Refund.status == "succeeded", Refund.succeeded_at >= began, Refund.succeeded_at < ended)
    ) or 0
    db.session.flush()


def _settle(record: ReconDay, *, actor: Actor, now: datetime) -> None:
    """A day without unsettled breaks is even; one that has some again is not."""
    db.session.flush()
    unsettled = db.session.scalar(
        select(func.count()).select_from(ReconBreak).where(ReconBreak.day_id == record.id, ReconBreak.status.in_(UNSETTLED))
    )
    wanted = {"open": "settle", "even": "reopen"}.get(record.status)
    if wanted and (record.status == "open") != bool(unsettled):
        move(record, wanted, actor=SYSTEM, now=now)


# ---- moves -----------------------------------------------------------------------------------------------------------

def take(record: ReconBreak, *, actor: Actor, now: datetime) -> None:
    """Effect of `take`: the break has somebody who looks into it."""
    record.owner = maker_name(actor)


def propose(record: ReconBreak, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `propose`: what was found out, and where the money goes; a second person decides."""
    record.resolution, record.explanation, record.proposed_by = resolution_for(record.effect), reason, maker_name(actor)
    record.owner = record.owner or maker_name(actor)


def approve(record: ReconBreak, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the money leaves suspense for where it was proposed. Raises OwnProposal."""
    if is_maker(record.proposed_by, actor):
        raise OwnProposal
    record.approved_by, record.closed_at = maker_name(actor), now
    if record.effect:
        post(break_resolved(
            number=record.number, effect=record.effect, maker=record.proposed_by or "", checker=record.approved_by, memo=record.explanation, resolved_at=now,
        ), now)
    _settle(lock(ReconDay, record.day_id), actor=actor, now=now)


def take_back(record: ReconBreak, *, actor: Actor, now: datetime) -> None:
    """Effect of `match`: the other side came, so that nothing is left to explain."""
    record.resolution, record.closed_at, record.proposed_by = "matched", now, None
    if record.effect:
        account = lock(ReconDay, record.day_id).clearing_account
        post(break_matched(number=record.number, clearing=account, effect=record.effect, matched_at=now), now)


def sign(record: ReconDay, *, actor: Actor, now: datetime) -> None:
    """Effect of `sign`: somebody stands for the day."""
    record.signed_by, record.signed_at = maker_name(actor), now


def upload_bill(*, day: date, content: bytes, actor: Actor, now: datetime) -> ReconDay:
    """A trade bill that a person brings is imported as a fetched one is, and the day compared. Raises what `import_bill` and `compare_day` raise."""
    bill = import_bill(day, "trade", content, actor=actor, now=now)
    return compare_day(day, bill.account_number, actor=actor, now=now)
