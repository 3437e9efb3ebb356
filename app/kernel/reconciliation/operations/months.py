"""Close a month of an account: when every day of it is signed, by two people; then nothing of it changes and the ledger's days are closed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import business_day
from app.extensions import db
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.operations import close_day
from app.kernel.reconciliation.models import ReconMonth
from app.kernel.reconciliation.queries import last_day_of, missing_days


class MonthClosed(Refusal):
    """Nothing of a closed month changes."""

    code = "recon.month_closed"
    status = 409
    sentence = _l("%(month)s 已经关账，这一天的账单和比对不能再改")


class MonthNotReady(Refusal):
    """A month is closed when it is over and each of its days is signed."""

    code = "recon.month_not_ready"
    status = 409
    sentence = _l("%(month)s 还不能关账：%(count)d 天没有签字，先是 %(day)s")


class MonthNotOver(Refusal):
    """A month is closed when it is over in Shanghai."""

    code = "recon.month_not_over"
    status = 409
    sentence = _l("%(month)s 还没过完，不能关账")


class OwnMonth(SamePerson):
    """Whoever proposed to close a month may not approve it."""

    code = "recon.own_month"
    sentence = _l("自己提出的关账要由另一个人复核")


def month_of(day: date, account_number: str) -> ReconMonth:
    """The month of that day, made when it is the first of its days. Refuses with MonthClosed."""
    first = day.replace(day=1)
    db.session.execute(
        insert(ReconMonth).values(month=first, account_number=account_number).on_conflict_do_nothing(index_elements=["account_number", "month"])
    )
    found = db.session.scalars(select(ReconMonth).where(ReconMonth.account_number == account_number, ReconMonth.month == first)).one()
    if found.status == "closed":
        raise MonthClosed(month=found.label)
    return found


def refuse_closed_month(*, day: date, account_number: str, **_: Any) -> None:
    """Handler of `bill_arrives`: no bill comes into a closed month. Refuses with MonthClosed."""
    hold_account(account_number)
    closed = select(ReconMonth).where(
        ReconMonth.account_number == account_number, ReconMonth.month == day.replace(day=1), ReconMonth.status == "closed",
    )
    found = db.session.scalars(closed).one_or_none()
    if found is not None:
        raise MonthClosed(month=found.label)


def hold_account(account_number: str) -> None:
    """Until the transaction ends nobody else compares days of the account, brings bills into it, or closes its months."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": f"recon/{account_number}"})


def propose_close(record: ReconMonth, *, actor: Actor, now: datetime) -> None:
    """Effect of `propose`: the month waits for a second person. Refuses with MonthNotOver, MonthNotReady."""
    record.proposed_by = maker_name(actor)
    _ready(record, now)


def close(record: ReconMonth, *, actor: Actor, now: datetime) -> None:
    """Effect of `close`: the month is closed here and in the ledger. Refuses with OwnMonth, MonthNotReady."""
    if is_maker(record.proposed_by, actor):
        raise OwnMonth
    record.closed_by, record.closed_at = maker_name(actor), now
    _ready(record, now)
    close_day(last_day_of(record.month), by=maker_name(actor), now=now)


def _ready(record: ReconMonth, now: datetime) -> None:
    hold_account(record.account_number)
    if last_day_of(record.month) >= business_day(now):
        raise MonthNotOver(month=record.label)
    missing = missing_days(record)
    if missing:
        raise MonthNotReady(month=record.label, count=len(missing), day=missing[0].day.isoformat())
