"""Correct what was matched or settled wrongly: a pair is taken apart, two sides are matched by hand, a settled break is opened again. Two people.

A signed day and a closed month stay as they are. Whatever is corrected, the day is compared again, so that pairs, breaks, suspense, and postings are
what they would have been, had people known it from the start.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, is_maker, maker_name
from app.kernel.ledger.operations import reverse_named
from app.kernel.ledger.queries import transaction_with_entries
from app.kernel.payments.models import BillLine, Payment, Refund
from app.kernel.reconciliation.matching_sql import plain_record
from app.kernel.reconciliation.models import UNSETTLED, ReconBreak, ReconCorrection, ReconDay, ReconPair
from app.kernel.reconciliation.models.corrections import JOIN, PART, REOPEN
from app.kernel.reconciliation.operations.comparing import DaySigned, compare_day
from app.kernel.reconciliation.operations.keeping import settle_day
from app.kernel.reconciliation.operations.months import hold_account, month_of

SYSTEM = system("reconciliation")
PAYOUT = "payout"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('recon_correction'))")


class OwnCorrection(SamePerson):
    """Whoever proposed a correction may not approve it."""

    code = "recon.own_correction"
    sentence = _l("自己提出的更正要由另一个人复核")


class NotCompared(Refusal):
    """Nobody compared that day, so that nothing of it is matched."""

    code = "recon.not_compared"
    status = 409
    sentence = _l("%(day)s 还没有比对")


class NotMatched(Refusal):
    """No line of that number stands in the day's bills and is matched with a record of ours."""

    code = "recon.not_matched"
    status = 409
    sentence = _l("%(day)s 的账单里没有已经对上的“%(number)s”")


class NotTheSame(Refusal):
    """Two breaks are one thing when one is a line without a record, the other a record without a line, of one kind and amount."""

    code = "recon.not_the_same"
    status = 409
    sentence = _l("这两条对不上：要一条只有渠道有、一条只有我们有，种类和金额相同，都还没了结")


class AlreadyProposed(Refusal):
    """A correction of the same line or break waits for its second person."""

    code = "recon.already_proposed"
    status = 409
    sentence = _l("这一条已经有更正在等复核")


def propose_parting(day: date, number: str, *, reason: str, actor: Actor, now: datetime) -> ReconCorrection:
    """The line of the day's bills with this number (ours or the channel's) and its record are proposed to be no pair.

    Refuses with NotCompared, DaySigned, MonthClosed, NotMatched, AlreadyProposed.
    """
    record = db.session.scalars(select(ReconDay).where(ReconDay.day == day).order_by(ReconDay.id).limit(1)).one_or_none()
    if record is None:
        raise NotCompared(field="day", day=day.isoformat())
    _refuse_signed([record])
    line, kind, key, amount = _matched(record, number.strip())
    _refuse_signed(_own_days(record, kind, key))
    return _propose(ReconCorrection(
        what=PART, day_id=record.id, bill_id=line.bill_id, row=line.row, kind=kind, record_id=key, our_number=line.number,
        channel_number=line.channel_number, amount=amount, reason=reason, made_by=maker_name(actor),
    ), actor=actor, now=now)


def propose_joining(found: ReconBreak, *, actor: Actor, now: datetime, other: str, reason: str) -> None:
    """Effect of `join`: this break and the one numbered `other` are proposed to be the two sides of one thing. Refuses as `propose_parting` does, and with
    NotTheSame."""
    second = db.session.scalars(select(ReconBreak).where(ReconBreak.number == other.strip())).one_or_none()
    if second is None:
        raise NotTheSame(field="other")
    theirs, ours = (found, second) if found.record_id is None else (second, found)
    _refuse_different(theirs, ours)
    _refuse_signed([get(ReconDay, each.day_id) for each in (theirs, ours)])
    _propose(ReconCorrection(
        what=JOIN, day_id=theirs.day_id, bill_id=theirs.bill_id, row=theirs.row, kind=ours.record_kind, record_id=ours.record_id,
        our_number=ours.our_number, channel_number=theirs.channel_number, amount=abs(theirs.effect), break_id=theirs.id, other_id=ours.id, reason=reason,
        made_by=maker_name(actor),
    ), actor=actor, now=now)


def propose_reopening(found: ReconBreak, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `reopen`: the settled break is proposed to be opened again. Refuses with DaySigned, MonthClosed, AlreadyProposed."""
    _refuse_signed([get(ReconDay, found.day_id)])
    _propose(ReconCorrection(
        what=REOPEN, day_id=found.day_id, bill_id=found.bill_id, row=found.row, kind=found.record_kind, record_id=found.record_id,
        our_number=found.our_number, channel_number=found.channel_number, amount=abs(found.effect), break_id=found.id, reason=reason,
        made_by=maker_name(actor),
    ), actor=actor, now=now)


def carry_out(correction: ReconCorrection, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: it is done, and what it touches is compared again.

    Refuses with OwnCorrection, DaySigned, MonthClosed, and with NotMatched, NotTheSame, WrongState when it is no longer what was proposed.
    """
    if is_maker(correction.made_by, actor):
        raise OwnCorrection
    approve_as_second(correction, actor=actor, now=now)
    with elevated():
        day = get(ReconDay, correction.day_id)
        hold_account(day.account_number)
        {PART: _part, JOIN: _join, REOPEN: _reopen}[correction.what](correction, day, actor=actor, now=now)


def _part(correction: ReconCorrection, day: ReconDay, *, actor: Actor, now: datetime) -> None:
    days = _own_days(day, correction.kind, correction.record_id)
    _refuse_signed([day, *days])
    of_line = ReconPair.bill_id == correction.bill_id, ReconPair.row == correction.row
    kept = db.session.scalars(select(ReconPair).where(*of_line).order_by(ReconPair.id)).all()
    if not kept and _plain(day, _line(correction), parted=True) != correction.record_id:
        raise NotMatched(day=day.label, number=correction.our_number)
    for pair in kept:
        sent = transaction_with_entries(pair.record_id) if pair.kind == PAYOUT and pair.record_id else None
        if sent is not None:
            reverse_named(
                "payout_by_channel", sent.key, maker=correction.made_by, checker=maker_name(actor), memo=correction.reason, now=now,
            )
    db.session.execute(delete(ReconPair).where(*of_line))
    _compare_again([day, *days], actor=actor, now=now)


def _join(correction: ReconCorrection, day: ReconDay, *, actor: Actor, now: datetime) -> None:
    theirs, ours = (lock(ReconBreak, key) for key in sorted((correction.break_id or 0, correction.other_id or 0)))
    if theirs.id != correction.break_id:
        theirs, ours = ours, theirs
    _refuse_different(theirs, ours)
    days = [day] if ours.day_id == day.id else [day, get(ReconDay, ours.day_id)]
    _refuse_signed(days)
    apart = select(ReconCorrection).where(
        ReconCorrection.bill_id == correction.bill_id, ReconCorrection.row == correction.row, ReconCorrection.kind == correction.kind,
        ReconCorrection.record_id == correction.record_id, ReconCorrection.what == PART, ReconCorrection.status == "approved",
    )
    for each in db.session.scalars(apart):
        move(each, "end", actor=SYSTEM, now=now)
    db.session.execute(insert(ReconPair).values(
        day_id=day.id, bill_id=correction.bill_id, row=correction.row, kind=correction.kind, record_id=correction.record_id, amount=correction.amount,
        how="people",
    ))
    _compare_again(days, actor=actor, now=now)


def _reopen(correction: ReconCorrection, day: ReconDay, *, actor: Actor, now: datetime) -> None:
    _refuse_signed([day])
    move(
        lock(ReconBreak, correction.break_id), "reappear", actor=SYSTEM, now=now, maker=correction.made_by, checker=maker_name(actor),
        reason=correction.reason,
    )
    settle_day(lock(ReconDay, day.id), now=now)


def _propose(correction: ReconCorrection, *, actor: Actor, now: datetime) -> ReconCorrection:
    waits = ReconCorrection.status == "draft"
    same = (
        ReconCorrection.break_id.in_([correction.break_id, correction.other_id]) | ReconCorrection.other_id.in_([correction.break_id, correction.other_id])
        if correction.break_id else (ReconCorrection.bill_id == correction.bill_id) & (ReconCorrection.row == correction.row)
    )
    db.session.execute(_ONE_AT_A_TIME)
    if db.session.scalars(select(ReconCorrection.id).where(waits, same)).first():
        raise AlreadyProposed
    save(correction)
    append("recon_correction.proposed", correction, actor=actor, now=now, reason=correction.reason, changes={"what": [None, correction.what]})
    publish("happened", act="recon_correction.proposed", record=correction, reason=correction.reason, actor=actor, now=now)
    return correction


def _refuse_signed(days: Iterable[ReconDay]) -> None:
    """Refuses with DaySigned for a day that somebody signed, MonthClosed for one whose month is closed."""
    for each in days:
        month_of(each.day, each.account_number)
        if each.status == "signed":
            raise DaySigned(day=each.label)


def _refuse_different(theirs: ReconBreak, ours: ReconBreak) -> None:
    one_sided = theirs.one_sided and ours.one_sided and theirs.row is not None and theirs.record_id is None and ours.record_id is not None
    if (
        not one_sided or ours.row is not None or theirs.effect != -ours.effect or theirs.kind.rpartition("_")[2] != ours.record_kind
        or theirs.status not in UNSETTLED or ours.status not in UNSETTLED
    ):
        raise NotTheSame(field="other")


def _own_days(day: ReconDay, kind: str, key: int | None) -> list[ReconDay]:
    """The compared day on which our record was finished, where that is another one: its other side is missing there."""
    at = None
    if kind == "payment":
        at = db.session.scalar(select(Payment.paid_at).where(Payment.id == key))
    elif kind == "refund":
        at = db.session.scalar(select(Refund.succeeded_at).where(Refund.id == key))
    if at is None or business_day(at) == day.day:
        return []
    own = select(ReconDay).where(ReconDay.account_number == day.account_number, ReconDay.day == business_day(at))
    return list(db.session.scalars(own))


def _compare_again(days: Iterable[ReconDay], *, actor: Actor, now: datetime) -> None:
    db.session.flush()
    for each in sorted(days, key=lambda each: each.day):
        compare_day(each.day, each.account_number, actor=actor, now=now)


def _matched(record: ReconDay, number: str) -> tuple[BillLine, str, int | None, int]:
    """The line of the day's bills with that number, and the kind, key, and fen of what it is matched with."""
    named = (BillLine.number == number) | (BillLine.channel_number == number)
    bills = [bill for bill in (record.bill_id, record.fund_bill_id) if bill]
    lines = db.session.scalars(select(BillLine).where(BillLine.bill_id.in_(bills), named).order_by(BillLine.bill_id, BillLine.row)).all()
    for line in lines:
        kept = db.session.scalars(select(ReconPair).where(ReconPair.bill_id == line.bill_id, ReconPair.row == line.row).order_by(ReconPair.id)).all()
        wanted = [pair for pair in kept if pair.kind != "fund"]
        if wanted:
            one = wanted[0]
            return line, one.kind, None if one.kind == PAYOUT else one.record_id, sum(pair.amount for pair in wanted)
        key = _plain(record, line) if line.bill_id == record.bill_id else None
        if key is not None:
            return line, line.kind, key, line.amount
    raise NotMatched(field="number", day=record.label, number=number)


def _plain(record: ReconDay, line: BillLine, *, parted: bool = False) -> int | None:
    """The key of the record with which the line is a plain pair, or would be had nobody `parted` them."""
    if line.kind not in {"payment", "refund"}:
        return None
    return plain_record(line.bill_id, record.id, record.day, record.account_number, record.fee_ppm, line, parted=parted)


def _line(correction: ReconCorrection) -> BillLine:
    return db.session.get_one(BillLine, (correction.bill_id, correction.row))
