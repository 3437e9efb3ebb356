"""Import the channel's bills, once each, and book what they prove. Amounts in fen; days are business days of Shanghai."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import day_range
from app.extensions import db
from app.framework.database import elevated, save
from app.kernel.audit.operations import append
from app.kernel.ledger.accounts import channel_balance, clearing
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.bill import fund_bill_booked
from app.kernel.payments.channels.factory import account
from app.kernel.payments.models import ChannelBill
from app.kernel.payments.queries import newest_bill
from app.kernel.payments.rules import FundDay, check_fund_bill, check_trade_bill, fund_day, read_bill

BASIC = "BASIC"


class BillChanged(Refusal):
    """Another file for this day was imported before; a booked day does not change."""

    code = "bill.changed"
    status = 409
    sentence = _l("%(day)s 的账单已经导入过，这次的内容不同，没有导入")


class BillOutOfOrder(Refusal):
    """A fund bill continues the one before it: same account, later day, opening where that one closed."""

    code = "bill.out_of_order"
    status = 409
    sentence = _l("%(day)s 的期初余额 ¥%(opening)s 接不上 %(before)s 的期末 ¥%(closing)s，先导入中间的账单")


def import_bill(day: date, kind: str, content: bytes, *, actor: Actor, now: datetime) -> ChannelBill:
    """The bill of `day` (`kind` trade or fund) is kept as it came, and a fund bill is booked as one ledger transaction.

    The same file again changes nothing. Refuses with BillBroken, BillChanged, BillOutOfOrder; then nothing was kept.
    """
    number, content_hash = account().merchant_id, sha256(content).hexdigest()
    with elevated():
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": f"pay_bill/{number}/{kind}"})
        known = select(ChannelBill).where(ChannelBill.account_number == number, ChannelBill.kind == kind, ChannelBill.day == day)
        found = db.session.scalars(known).one_or_none()
        if found is not None:
            if found.content_hash != content_hash:
                raise BillChanged(day=day.isoformat())
            return found
        bill = read_bill(content)
        totals = check_fund_bill(bill, day) if kind == "fund" else check_trade_bill(bill, day, number)
        kept = ChannelBill(
            day=day, kind=kind, channel="wechat", account_number=number, content=content, content_hash=content_hash, rows=len(bill.rows),
            income=totals.income, spending=totals.spending, imported_at=now,
        )
        if kind == "fund":
            _book(kept, fund_day(bill), now)
        save(kept)
        append("bill.imported", kept, actor=actor, now=now, changes={"rows": [None, kept.rows]})
    return kept


def _book(kept: ChannelBill, money: FundDay, now: datetime) -> None:
    """The ledger's channel balance follows the bill; what the first bill opens with has an origin unknown to us."""
    before = newest_bill(kept.account_number, "fund")
    if before is not None and (before.day >= kept.day or before.closing != money.opening):
        days = {"day": kept.day.isoformat(), "before": before.day.isoformat()}
        raise BillOutOfOrder(opening=f"{money.opening / 100:.2f}", closing=f"{(before.closing or 0) / 100:.2f}", **days)
    kept.opening, kept.closing = money.opening, money.closing
    others = money.others + (0 if before is not None else money.opening)
    if money.received == money.refunded and not money.fees and not others:
        return
    kept.transaction_id = post(
        fund_bill_booked(
            bill=f"{kept.account_number}:{BASIC}:{kept.day.isoformat()}", balance=channel_balance(kept.account_number, BASIC),
            clearing=clearing(kept.channel, kept.account_number), received=money.received, refunded=money.refunded, fees=money.fees,
            others=others, ended_at=day_range(kept.day)[1] - timedelta(microseconds=1),
        ), now,
    )
