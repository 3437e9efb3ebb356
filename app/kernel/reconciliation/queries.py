"""Which days wait to be compared, how old the breaks are, and what a month lacks before it can be closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, literal_column, select

from app.core.periods import business_day, day_start
from app.extensions import db
from app.kernel.payments.models import ChannelBill, Payment, Refund
from app.kernel.reconciliation.models import UNSETTLED, ReconBreak, ReconCorrection, ReconDay, ReconMonth

ZONE: ColumnElement[str] = literal_column("'Asia/Shanghai'")  # no parameter, so that one may group by the same expression
LOOK_BACK = timedelta(days=30)
AGES = ((1, _l("1 天内"), "ok"), (3, _l("2–3 天"), "wait"), (7, _l("4–7 天"), "hold"), (None, _l("7 天以上"), "bad"))


@dataclass(frozen=True)
class Age:
    """Unsettled breaks of about one age: up to `days` old (None: older than all others), how many, and their money in fen."""

    days: int | None
    title: Any
    tone: str
    count: int
    money: int


@dataclass(frozen=True)
class Missing:
    """A day that keeps its month open, and why."""

    day: date
    day_id: int | None
    why: Any


def days_to_compare(account_number: str, now: datetime) -> list[date]:
    """Days of the last month that nobody signed and that have a bill, or movements of ours and no bill though a later day has one: the channel was
    asked and had none. Oldest first."""
    since = business_day(now) - LOOK_BACK
    signed = set(db.session.scalars(select(ReconDay.day).where(ReconDay.account_number == account_number, ReconDay.status == "signed")))
    billed = set(db.session.scalars(
        select(ChannelBill.day).where(ChannelBill.account_number == account_number, ChannelBill.kind == "trade", ChannelBill.day >= since)
    ))
    if not billed:
        return []
    others = select(ChannelBill.day).where(ChannelBill.account_number == account_number, ChannelBill.day.between(since, max(billed)))
    return sorted((billed | set(db.session.scalars(others)) | _days_of_movement(account_number, since, max(billed))) - signed)


def _days_of_movement(account_number: str, first: date, until: date) -> set[date]:
    """Business days from `first` to before `until` on which a payment or a refund of ours was finished."""
    began, ended = day_start(first), day_start(until)
    paid, back = _day_of(Payment.paid_at), _day_of(Refund.succeeded_at)
    payments = select(paid).where(Payment.account_number == account_number, Payment.paid_at >= began, Payment.paid_at < ended).distinct()
    refunds = (
        select(back).join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.account_number == account_number, Refund.succeeded_at >= began, Refund.succeeded_at < ended).distinct()
    )
    return {*db.session.scalars(payments), *db.session.scalars(refunds)}


def _day_of(moment: Any) -> Any:
    return func.date(func.timezone(ZONE, moment))


def last_day_of(month: date) -> date:
    """The last day of the month that begins on `month`."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def missing_days(record: ReconMonth) -> list[Missing]:
    """Days of the month that have a bill or movements and are not signed, in order."""
    last = last_day_of(record.month)
    billed = select(ChannelBill.day).where(ChannelBill.account_number == record.account_number, ChannelBill.day.between(record.month, last))
    days = {
        each.day: each for each in db.session.scalars(
            select(ReconDay).where(ReconDay.account_number == record.account_number, ReconDay.day.between(record.month, last))
        )
    }
    needed = {*db.session.scalars(billed), *_days_of_movement(record.account_number, record.month, last + timedelta(days=1)), *days}
    counts = dict(db.session.execute(
        select(ReconBreak.day_id, func.count()).where(ReconBreak.day_id.in_([each.id for each in days.values()]), ReconBreak.status.in_(UNSETTLED))
        .group_by(ReconBreak.day_id)
    ).tuples().all())
    return [Missing(day, days[day].id if day in days else None, _why(days.get(day), counts)) for day in sorted(needed)
            if day not in days or days[day].status != "signed"]


def _why(day: ReconDay | None, counts: dict[int, int]) -> Any:
    if day is None:
        return _l("还没有比对")
    return _l("%(count)d 条差异没有了结", count=counts[day.id]) if day.id in counts else _l("等签字")


def unsettled_breaks(_: Any = None) -> int:
    """Breaks that wait for a person."""
    return int(db.session.scalar(select(func.count()).select_from(ReconBreak).where(ReconBreak.status.in_(UNSETTLED))) or 0)


def corrections_waiting(_: Any = None) -> int:
    """Corrections that wait for a second person."""
    return int(db.session.scalar(select(func.count()).select_from(ReconCorrection).where(ReconCorrection.status == "draft")) or 0)


def corrections_of(found: ReconBreak) -> Sequence[ReconCorrection]:
    """The corrections that the break is part of, newest first."""
    named = (ReconCorrection.break_id == found.id) | (ReconCorrection.other_id == found.id)
    return db.session.scalars(select(ReconCorrection).where(named).order_by(ReconCorrection.id.desc())).all()


def ageing(now: datetime) -> list[Age]:
    """Unsettled breaks by the days since they were found, youngest first; every age is there, also with none."""
    rows = db.session.execute(
        select(_day_of(ReconBreak.created_at), func.count(), func.coalesce(func.sum(func.abs(ReconBreak.effect)), 0))
        .where(ReconBreak.status.in_(UNSETTLED)).group_by(_day_of(ReconBreak.created_at))
    ).all()
    found: list[Age] = []
    least = -1
    for days, title, tone in AGES:
        some = [row for row in rows if least < (business_day(now) - row[0]).days and (days is None or (business_day(now) - row[0]).days <= days)]
        found.append(Age(days, title, tone, sum(row[1] for row in some), int(sum(row[2] for row in some))))
        least = days if days is not None else least
    return found


def breaks_of_desk(day: date | None = None, kind: str = "", limit: int = 300) -> Sequence[ReconBreak]:
    """Breaks for the desk: of one day all of them, else those that wait; the most urgent first."""
    statement = select(ReconBreak).order_by(ReconBreak.status == "closed", ReconBreak.due_on, ReconBreak.id).limit(limit)
    statement = statement.where(ReconBreak.status.in_(UNSETTLED)) if day is None else statement.join(ReconBreak.day).where(ReconDay.day == day)
    return db.session.scalars(statement.where(ReconBreak.kind == kind) if kind else statement).all()


@dataclass(frozen=True)
class Totals:
    """Both sides over the days of the desk, in fen, and how many lines and pairs; `suspense` is what stands in suspense of them."""

    days: int
    ours: int
    theirs: int
    lines: int
    matched: int
    breaks: int
    suspense: int


def totals_of(day: date | None) -> Totals:
    """Sums of one day, or of the days that nobody signed."""
    days = ReconDay.status != "signed" if day is None else ReconDay.day == day
    row = db.session.execute(select(
        func.count(), *(func.coalesce(func.sum(each), 0) for each in (
            ReconDay.ours_in - ReconDay.ours_out, ReconDay.theirs_in - ReconDay.theirs_out, ReconDay.lines + ReconDay.movements,
            ReconDay.matched + ReconDay.moved,
        )),
    ).where(days)).one()
    waits = select(func.count(), func.coalesce(func.sum(ReconBreak.effect), 0)).join(ReconBreak.day).where(ReconBreak.status.in_(UNSETTLED))
    count, effect = db.session.execute(waits if day is None else waits.where(ReconDay.day == day)).one()
    return Totals(*map(int, (*row, count, effect)))


def kinds_of(day: date | None) -> dict[str, int]:
    """How many breaks of each kind the desk has, most first."""
    statement = select(ReconBreak.kind, func.count()).group_by(ReconBreak.kind).order_by(func.count().desc(), ReconBreak.kind)
    of_desk = statement.where(ReconBreak.status.in_(UNSETTLED)) if day is None else statement.join(ReconBreak.day).where(ReconDay.day == day)
    return {kind: int(count) for kind, count in db.session.execute(of_desk)}


def day_of_desk(day: date | None) -> ReconDay | None:
    """The compared day, None when the desk shows no single day or nobody compared it."""
    return db.session.scalars(select(ReconDay).where(ReconDay.day == day).order_by(ReconDay.id).limit(1)).one_or_none() if day else None
