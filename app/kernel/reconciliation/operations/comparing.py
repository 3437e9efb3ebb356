"""Compare a day: the trade bill with our payments and refunds, the fund bill with both and with our payouts. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import business_day, day_range
from app.extensions import db
from app.framework.database import elevated, save
from app.framework.settings import value_of
from app.kernel.ledger.queries import payouts_sent
from app.kernel.payments.models import BillLine, ChannelBill, Payment, Refund
from app.kernel.payments.operations.bills import import_bill, keep_lines
from app.kernel.reconciliation.matching_sql import fee_lines, numbers_in, odd_lines_and_records, odd_movements, shares_named, shares_of_day, sums_of
from app.kernel.reconciliation.models import ReconCorrection, ReconDay, ReconPair
from app.kernel.reconciliation.models.corrections import PART
from app.kernel.reconciliation.operations.keeping import Found, keep, settle_day
from app.kernel.reconciliation.operations.months import hold_account, month_of
from app.kernel.reconciliation.rules.fund import FundComparison, FundFacts, Movement, Payout, compare_funds
from app.kernel.reconciliation.rules.shares import ShareDifference, SharedLine, compare_shares
from app.kernel.reconciliation.rules.trade import ByPeople, Comparison, Kind, Line, Ours, compare

WINDOW = timedelta(days=1)  # movements near midnight stand on different days on the two sides
SLICE = 5_000

Value = TypeVar("Value", int, str)


class DaySigned(Refusal):
    """A signed day is not compared again."""

    code = "recon.signed"
    status = 409
    sentence = _l("%(day)s 已经签字，不再比对")


def compare_day(day: date, account_number: str, *, actor: Actor, now: datetime) -> ReconDay:
    """The day's bills and our records are compared: new pairs and breaks are kept, breaks that are none any more are closed.

    Run again, it changes nothing unless one of the sides did. Without a bill the day has no lines: the channel had no movement.
    Refuses with DaySigned, MonthClosed.
    """
    with elevated():
        hold_account(account_number)
        record = db.session.scalars(select(ReconDay).where(ReconDay.account_number == account_number, ReconDay.day == day)).one_or_none()
        if record is not None and record.status == "signed":
            raise DaySigned(day=day.isoformat())
        month_of(day, account_number)
        bills = _bills_of(account_number, day)
        if record is None:
            record = save(ReconDay(day=day, account_number=account_number, channel="wechat", fee_ppm=0, compared_at=now))
        record.fee_ppm, record.compared_at = value_of("reconciliation.fee_ppm"), now
        record.bill_id, record.fund_bill_id, record.sharing_bill_id = (
            bills[kind].id if kind in bills else None for kind in ("trade", "fund", "sharing")
        )
        db.session.flush()
        found = _found(record, bills)
        keep(record, found, actor=actor, now=now)
        _sum_up(record, found)
        settle_day(record, now=now)
    return record


def _bills_of(account_number: str, day: date) -> dict[str, ChannelBill]:
    """The bills of a day by kind, each with its lines."""
    bills = db.session.scalars(select(ChannelBill).where(ChannelBill.account_number == account_number, ChannelBill.day == day))
    found = {each.kind: each for each in bills}
    for bill in found.values():
        keep_lines(bill)
    return found


def _found(record: ReconDay, bills: dict[str, ChannelBill]) -> Found:
    """All passes over a day."""
    lines, lonely = odd_lines_and_records(record.bill_id, record.id, record.day, record.account_number, record.fee_ppm)
    by_people = decided(record)
    named = _named(lines, record, by_people)
    ours = {(each.kind, each.key): each for each in (*named, *lonely)}
    free = {(each.kind, each.key) for each in lonely}
    taken = {key for key, each in ours.items() if each.booked and each.day == record.day and key not in free}
    trade = compare(lines, ours.values(), record.day, record.fee_ppm, taken, by_people)
    funds = FundComparison()
    if "fund" in bills:
        missing = [each.ours for each in trade.differences if each.line is None and each.ours is not None]
        funds = _funds(record, bills["fund"], missing)
        kept = [each for each in trade.differences if each.line or not each.ours or (each.ours.kind, each.ours.key) not in funds.excused]
        trade = Comparison(trade.pairs, tuple(kept))
    return Found(trade, funds, len(lines), share_differences(record))


def decided(record: ReconDay) -> ByPeople:
    """What people took apart and matched by hand of the day's trade bill."""
    parted = select(ReconCorrection.row, ReconCorrection.kind, ReconCorrection.record_id).where(
        ReconCorrection.bill_id == record.bill_id, ReconCorrection.what == PART, ReconCorrection.status == "approved",
    )
    joined = select(ReconPair.row, ReconPair.kind, ReconPair.record_id).where(ReconPair.bill_id == record.bill_id, ReconPair.how == "people")
    return ByPeople(
        frozenset((row, kind, key) for row, kind, key in db.session.execute(parted)),
        {row: (kind, key) for row, kind, key in db.session.execute(joined)},
    )


def parted_movements(record: ReconDay) -> frozenset[int]:
    """Rows of the day's fund bill that people took from their payouts."""
    return frozenset(db.session.scalars(select(ReconCorrection.row).where(
        ReconCorrection.bill_id == record.fund_bill_id, ReconCorrection.what == PART, ReconCorrection.status == "approved",
    )))


def _named(lines: Iterable[Line], record: ReconDay, by_people: ByPeople) -> list[Ours]:
    """Records that a line names by their number or the channel's, or that people gave it, less what belongs to a line of another day."""
    payments = select(Payment.id, Payment.number, Payment.channel_number, Payment.amount, Payment.status == "paid", Payment.paid_at)
    refunds = select(Refund.id, Refund.number, Refund.channel_number, Refund.amount, Refund.status == "succeeded", Refund.succeeded_at)
    sides: tuple[tuple[Kind, type[Payment] | type[Refund], Any], ...] = (
        ("payment", Payment, payments.where(Payment.account_number == record.account_number)),
        ("refund", Refund, refunds.join(Payment, Payment.id == Refund.payment_id).where(Payment.account_number == record.account_number)),
    )
    found: list[Ours] = []
    for kind, model, rows in sides:
        mine = [line for line in lines if line.kind == kind]
        given = {key for of, key in by_people.joined.values() if of == kind}
        named = [
            *(model.number.in_(some) for some in _slices(each.number for each in mine)),
            *(model.channel_number.in_(some) for some in _slices(each.channel_number for each in mine)),
            *(model.id.in_(some) for some in _slices(given)),
        ]
        records = {
            key: Ours(kind, key, number, theirs, amount, booked, business_day(at) if at else None, at)
            for condition in named for key, number, theirs, amount, booked, at in db.session.execute(rows.where(condition))
        }
        for key in _paired_elsewhere(kind, records, record) - given:
            del records[key]
        found += records.values()
    return found


def _paired_elsewhere(kind: str, records: dict[int, Ours], record: ReconDay) -> set[int]:
    """Which of the records belong to a line of another day: kept as a pair, or plainly so on the record's own day."""
    pairs = select(ReconPair.record_id).where(ReconPair.kind == kind, ReconPair.day_id != record.id)
    found = {key for keys in _slices(records) for key in db.session.scalars(pairs.where(ReconPair.record_id.in_(keys))) if key is not None}
    others = {each.number: each for each in records.values() if each.booked and each.day not in {None, record.day}}
    plain = (
        select(BillLine.number, ReconDay.day).join(ReconDay, ReconDay.bill_id == BillLine.bill_id)
        .where(ReconDay.account_number == record.account_number, ReconDay.day.in_({each.day for each in others.values()}), BillLine.kind == kind)
    )
    for names in _slices(others):
        for number, day in db.session.execute(plain.where(BillLine.number.in_(names))):
            if others[number].day == day:
                found.add(others[number].key)
    return found


def _slices(values: Iterable[Value | None]) -> list[list[Value]]:
    """The values that are not empty, once each, in pieces that a statement can carry."""
    ordered = sorted({each for each in values if each})
    return [ordered[start:start + SLICE] for start in range(0, len(ordered), SLICE)]


def _funds(record: ReconDay, bill: ChannelBill, missing: list[Ours]) -> FundComparison:
    """The fund bill of the day; `missing` are our records that the trade bill lacks."""
    movements, lines = odd_movements(bill.id, record.bill_id)
    wanted = {("payment" if each.kind == "fee" else each.kind, each.channel_number) for each in movements}
    facts = FundFacts(
        lines=tuple(lines), fee_lines=tuple(fee_lines(record.bill_id, movements)), lonely=tuple(missing),
        around=numbers_in(_around(record, "trade"), wanted),
        moved_around=numbers_in(_around(record, "fund"), {(each.kind, each.channel_number) for each in lines}),
        payouts=tuple(_payouts(record.day, movements)), gap=_gap(bill),
        shares=shares_named([each.number for each in movements if each.kind == "share"], record.account_number), parted=parted_movements(record),
    )
    return compare_funds(movements, facts)


def _around(record: ReconDay, kind: str) -> list[int]:
    """The bills of that kind of the days around."""
    days = [record.day - WINDOW, record.day + WINDOW]
    statement = select(ChannelBill.id).where(
        ChannelBill.account_number == record.account_number, ChannelBill.kind == kind, ChannelBill.day.in_(days),
    )
    return list(db.session.scalars(statement))


def _payouts(day: date, movements: Iterable[Movement]) -> list[Payout]:
    """Payouts that the movements name, and those of the day that nothing has proven yet."""
    began, ended = day_range(day)
    numbers = {each.number for each in movements if each.kind in {"payout", "returned"} and each.number}
    return [
        Payout(each.transaction_id, each.number, each.amount, each.proven, began <= each.sent_at < ended, each.sent_at)
        for each in payouts_sent(numbers, began, ended)
    ]


def _gap(bill: ChannelBill) -> int:
    """What the account opens with beyond the close of the bill before."""
    before = select(ChannelBill.closing).where(
        ChannelBill.account_number == bill.account_number, ChannelBill.kind == "fund", ChannelBill.day < bill.day,
    ).order_by(ChannelBill.day.desc()).limit(1)
    return (bill.opening or 0) - (db.session.scalar(before) or 0)


def share_differences(record: ReconDay) -> list[ShareDifference]:
    """The sharing bill against what we shared and took back on the day; without one, that day's shares are what it lacks once the others are there."""
    if record.sharing_bill_id is None and record.bill_id is None:
        return []
    rows = db.session.scalars(select(BillLine).where(BillLine.bill_id == record.sharing_bill_id).order_by(BillLine.row))
    lines = [SharedLine(each.row, each.number, each.channel_number, each.amount, each.at) for each in rows]
    return compare_shares(lines, shares_of_day(record.day, record.account_number))


def _sum_up(record: ReconDay, found: Found) -> None:
    """What both sides say of the day, and how many lines have their record."""
    began, ended = day_range(record.day)
    record.lines, record.theirs_in, record.theirs_out = sums_of(record.bill_id) if record.bill_id else (0, 0, 0)
    record.matched = record.lines - found.odd_lines + len({each.line.row for each in found.trade.pairs})
    record.movements = db.session.scalar(select(func.count()).where(BillLine.bill_id == record.fund_bill_id)) or 0
    record.moved = record.movements - len({each.movement.row for each in found.funds.differences if each.movement})
    mine = Payment.account_number == record.account_number
    record.ours_in = db.session.scalar(
        select(func.coalesce(func.sum(Payment.amount), 0)).where(mine, Payment.status == "paid", Payment.paid_at >= began, Payment.paid_at < ended)
    ) or 0
    back = select(func.coalesce(func.sum(Refund.amount), 0)).join(Payment, Payment.id == Refund.payment_id)
    record.ours_out = db.session.scalar(
        back.where(mine, Refund.status == "succeeded", Refund.succeeded_at >= began, Refund.succeeded_at < ended)
    ) or 0
    db.session.flush()


def upload_bill(*, day: date, content: bytes, actor: Actor, now: datetime, kind: str = "trade") -> ReconDay:
    """A bill that a person brings is imported as a fetched one is, and the day compared. Raises what `import_bill` and `compare_day` raise."""
    bill = import_bill(day, kind, content, actor=actor, now=now)
    return compare_day(day, bill.account_number, actor=actor, now=now)


def compare_brought(*, bill: ChannelBill, actor: Actor, now: datetime) -> None:
    """Handler of `bill_brought`: its day is compared at once, when the trade bill is there, too. A signed day stays as it is."""
    trade = select(ChannelBill.id).where(ChannelBill.account_number == bill.account_number, ChannelBill.kind == "trade", ChannelBill.day == bill.day)
    signed = select(ReconDay.id).where(ReconDay.account_number == bill.account_number, ReconDay.day == bill.day, ReconDay.status == "signed")
    if db.session.scalar(trade) is not None and db.session.scalar(signed) is None:
        compare_day(bill.day, bill.account_number, actor=actor, now=now)
