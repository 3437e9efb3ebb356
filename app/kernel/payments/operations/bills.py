"""Import the channel's bills, once each, keep their lines, and book what they prove. Amounts in fen; days are business days of Shanghai."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import IO

from flask_babel import lazy_gettext as _l
from psycopg.copy import QueuedLibpqWriter
from sqlalchemy import func, select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import day_range
from app.extensions import db
from app.framework.database import driver_connection, elevated, save
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.ledger.accounts import channel_balance, clearing
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.bill import fund_bill_booked
from app.kernel.payments.channels.factory import account
from app.kernel.payments.models import BillLine, ChannelBill
from app.kernel.payments.queries import newest_bill
from app.kernel.payments.rules import fund_bill, sharing_bill, trade_bill
from app.kernel.payments.rules.bill_text import BillText, Block
from app.kernel.payments.rules.fund_bill import FundBill
from app.kernel.payments.rules.sharing_bill import SharingBill
from app.kernel.payments.rules.trade_bill import TradeBill

BASIC = "BASIC"
AnyBill = TradeBill | FundBill | SharingBill


class BillChanged(Refusal):
    """Another file for this day was imported before; a booked day does not change."""

    code = "bill.changed"
    status = 409
    sentence = _l("%(day)s 的账单已经导入过，这次的内容不同，没有导入")


class BillOutOfOrder(Refusal):
    """A fund bill continues the one before it: a later day, and over days that had no bill the same balance."""

    code = "bill.out_of_order"
    status = 409
    sentence = _l("%(day)s 的期初余额 ¥%(opening)s 接不上 %(before)s 的期末 ¥%(closing)s，先导入中间的账单")


def import_bill(day: date, kind: str, content: bytes, *, actor: Actor, now: datetime) -> ChannelBill:
    """The bill of `day` (`kind` trade, fund, or sharing) is kept as it came and line by line; a fund bill is booked as one ledger transaction.

    The same file again changes nothing. Publishes `bill_arrives` first, so that those above may refuse it. Refuses with BillBroken, BillChanged,
    BillOutOfOrder; then nothing was kept.
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
        publish("bill_arrives", day=day, account_number=number)
        key = int(db.session.scalar(select(func.nextval("pay_bill_id_seq"))) or 0)
        bill = read_into_lines(key, kind, BytesIO(content), day, number)
        kept = ChannelBill(
            id=key, day=day, kind=kind, channel="wechat", account_number=number, content=content, content_hash=content_hash, rows=bill.text.rows,
            income=bill.income, spending=bill.spending, imported_at=now,
        )
        if isinstance(bill, FundBill):
            _book(kept, bill, now)
        save(kept)
        append("bill.imported", kept, actor=actor, now=now, changes={"rows": [None, kept.rows]})
    return kept


def read_into_lines(bill_id: int, kind: str, stream: IO[bytes], day: date, account_number: str) -> AnyBill:
    """The lines of a bill are in the table, and its sums are known; needs the memory of a few thousand lines. Raises BillBroken."""
    source = BillText(stream)
    if kind == "trade":
        bill: AnyBill = TradeBill(source, day, account_number)
    else:
        bill = FundBill(source, day) if kind == "fund" else SharingBill(source, day)
    columns = {"trade": trade_bill, "fund": fund_bill, "sharing": sharing_bill}[kind].COLUMNS
    _copy(bill_id, columns, bill.lines())
    return bill


def _copy(bill_id: int, columns: tuple[str, ...], blocks: Iterator[Block]) -> None:
    names = ", ".join(f'"{name}"' for name in ("bill_id", *columns))
    start = f"{bill_id}\t"
    # The writer sends in a thread of its own, so that the database stores a block while the next one is cut.
    with driver_connection().cursor() as cursor, cursor.copy(
        f"COPY {BillLine.__tablename__} ({names}) FROM STDIN", writer=QueuedLibpqWriter(cursor),
    ) as copy:
        for block in blocks:
            copy.write(start + f"\n{start}".join(map("\t".join, block)) + "\n")


def keep_lines(bill: ChannelBill) -> None:
    """A bill that was kept before its lines were has them too."""
    known = select(BillLine.row).where(BillLine.bill_id == bill.id).limit(1)
    if bill.rows and db.session.scalar(known) is None:
        read_into_lines(bill.id, bill.kind, BytesIO(bill.content), bill.day, bill.account_number)


def _book(kept: ChannelBill, money: FundBill, now: datetime) -> None:
    """The ledger's channel balance follows the bill; what the first bill opens with, and a gap to the day before, has an origin unknown to us."""
    before = newest_bill(kept.account_number, "fund")
    stood = (before.closing or 0) if before is not None else 0
    if money.opening is None:
        kept.opening = kept.closing = stood
        return
    gap = money.opening - stood
    if before is not None and (before.day >= kept.day or (gap and before.day < kept.day - timedelta(days=1))):
        days = {"day": kept.day.isoformat(), "before": before.day.isoformat()}
        raise BillOutOfOrder(opening=f"{money.opening / 100:.2f}", closing=f"{stood / 100:.2f}", **days)
    kept.opening, kept.closing = money.opening, money.closing
    others = money.others + gap
    if money.received == money.refunded and not money.fees and not others:
        return
    kept.transaction_id = post(
        fund_bill_booked(
            bill=f"{kept.account_number}:{BASIC}:{kept.day.isoformat()}", balance=channel_balance(kept.account_number, BASIC),
            clearing=clearing(kept.channel, kept.account_number), received=money.received, refunded=money.refunded, fees=money.fees,
            others=others, ended_at=day_range(kept.day)[1] - timedelta(microseconds=1),
        ), now,
    )
