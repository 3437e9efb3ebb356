"""What people who earn by work have: how much of which order, what is held and until when, what was paid. Amounts in fen, days of Shanghai."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import elevated
from app.kernel.ledger.accounts import available, pending, reserve, withdrawing
from app.kernel.ledger.queries import balances
from app.kernel.orders.models import Order, OrderLine
from app.kernel.parties.models import Merchant
from app.kernel.settlement.models import Policy, Withdrawal
from app.kernel.settlement.payees import Payee, earners, payee_words
from app.kernel.settlement.rules import cycle_began, terms_on

MOST_TASKS = 200
PAGE = 50


@dataclass(frozen=True)
class Purse:
    """What a party has: earned and inside the hold, its own, kept back, asked for, on its way to the account; and what ever reached it."""

    pending: int
    available: int
    reserve: int
    withdrawing: int
    underway: int
    paid: int


@dataclass(frozen=True)
class Task:
    """An order's part that somebody earned, net of refunds; `free_on` is the day on which its hold ends, None once it has."""

    called: str
    order_number: str
    merchant: str
    done_at: datetime
    earned: int
    free_on: date | None


@dataclass(frozen=True)
class Spans:
    """First days of the stretches that a person looks at, and what was earned in each up to the present."""

    today: date
    cycle: date
    month: date
    earned_today: int
    earned_cycle: int
    earned_month: int


@dataclass(frozen=True)
class Person:
    """Somebody who earns by work, as finance sees it; `account` is where it is paid, None while nothing is approved."""

    owner_kind: str
    owner_id: int
    pending: int
    available: int
    withdrawing: int
    paid: int
    account: str | None

    @property
    def name(self) -> str:
        """Kind and name."""
        return payee_words(self)


def purse_of(payee: Payee) -> Purse:
    """What the party has at present."""
    refs = [book(payee.kind, payee.id) for book in (pending, available, reserve, withdrawing)]
    gone = select(
        func.coalesce(func.sum(Withdrawal.amount).filter(Withdrawal.status == "submitted"), 0),
        func.coalesce(func.sum(Withdrawal.amount).filter(Withdrawal.status == "paid"), 0),
    ).where(Withdrawal.owner_kind == payee.kind, Withdrawal.owner_id == payee.id)
    with elevated():
        found, (underway, paid) = balances(refs), db.session.execute(gone).one()
    held, own, kept_back, asked = (int(found[ref]) for ref in refs)
    return Purse(held, own, kept_back, asked, int(underway), int(paid))


def spans_of(payee: Payee, merchant_id: int | None, now: datetime) -> Spans:
    """What was earned today, in the cycle in which the merchant it works for is settled, and in this month."""
    today = business_day(now)
    with elevated():
        began = cycle_began(_cycle_of(merchant_id, today), today)
        month = today.replace(day=1)
        sums = [func.coalesce(func.sum(OrderLine.earned).filter(Order.completed_at >= day_start(day)), 0) for day in (today, began, month)]
        row = db.session.execute(_earned(payee, *sums).where(Order.completed_at >= day_start(min(began, month)))).one()
    return Spans(today, began, month, *(int(each) for each in row))


def tasks_of(payee: Payee, first: date, last: date) -> list[Task]:
    """What the person did on these days, both included, the latest first, at most MOST_TASKS."""
    with elevated():
        rows = db.session.execute(
            _earned(payee, Order.id, Order.number, Order.trade, Order.merchant_id, Merchant.name, Order.completed_at, Order.released_at, OrderLine.earned)
            .join(Merchant, Merchant.id == Order.merchant_id)
            .where(Order.completed_at >= day_start(first), Order.completed_at < day_start(last + timedelta(days=1)))
            .order_by(Order.completed_at.desc(), Order.id.desc()).limit(MOST_TASKS)
        ).all()
        called = earners()[payee.kind].called([row.id for row in rows])
        policies = _policies()
        return [
            Task(
                called.get(row.id, row.number), row.number, row.name, row.completed_at, row.earned,
                None if row.released_at else _free_on(policies, row.trade, row.merchant_id, row.completed_at),
            ) for row in rows
        ]


def withdrawals_of(payee: Payee, limit: int = 20) -> list[Withdrawal]:
    """The newest withdrawals of the party."""
    own = select(Withdrawal).where(Withdrawal.owner_kind == payee.kind, Withdrawal.owner_id == payee.id)
    with elevated():
        return list(db.session.scalars(own.order_by(Withdrawal.id.desc()).limit(limit)))


_PEOPLE = text(
    """
    SELECT held.owner_kind, held.owner_id, held.pending, held.available, held.withdrawing, COALESCE(gone.paid, 0)::bigint AS paid,
           CASE WHEN paid_to.id IS NOT NULL THEN COALESCE(NULLIF(paid_to.bank_name, ''), paid_to.holder) || ' ' || paid_to.number_masked END AS account
    FROM (
        SELECT account.owner_kind, account.owner_id, COALESCE(sum(kept.posted) FILTER (WHERE account.book = 'pending'), 0)::bigint AS pending,
               COALESCE(sum(kept.posted) FILTER (WHERE account.book = 'available'), 0)::bigint AS available,
               COALESCE(sum(kept.posted) FILTER (WHERE account.book = 'withdrawing'), 0)::bigint AS withdrawing
        FROM ledger_account AS account JOIN ledger_balance AS kept ON kept.account_id = account.id
        WHERE account.owner_kind = ANY (:kinds) AND account.asset = 'CNY' GROUP BY 1, 2
    ) AS held
    LEFT JOIN (
        SELECT owner_kind, owner_id, sum(amount) AS paid FROM settle_withdrawal WHERE status = 'paid' GROUP BY 1, 2
    ) AS gone USING (owner_kind, owner_id)
    LEFT JOIN settle_account AS paid_to ON (paid_to.owner_kind, paid_to.owner_id, paid_to.status) = (held.owner_kind, held.owner_id, 'approved')
    ORDER BY held.available DESC, held.pending DESC, held.owner_kind, held.owner_id LIMIT :limit OFFSET :offset
    """
)


def people(page: int = 0) -> list[Person]:
    """People who earn by work, those with the most to withdraw first, a page and one."""
    rows = db.session.execute(_PEOPLE, {"kinds": sorted(earners()), "limit": PAGE + 1, "offset": page * PAGE})
    return [Person(*row) for row in rows]


def to_pay_people() -> tuple[int, int]:
    """How many people have something to withdraw, and fen in all."""
    row = db.session.execute(_TO_PAY, {"kinds": sorted(earners())}).one()
    return row.people, row.amount


_TO_PAY = text(
    """
    SELECT count(*) AS people, COALESCE(sum(kept.posted), 0)::bigint AS amount
    FROM ledger_account AS account JOIN ledger_balance AS kept ON kept.account_id = account.id
    WHERE account.owner_kind = ANY (:kinds) AND account.asset = 'CNY' AND account.book = 'available' AND kept.posted > 0
    """
)


def _earned(payee: Payee, *columns: Any) -> Any:
    own = OrderLine.earner_kind == payee.kind, OrderLine.earner_id == payee.id
    return select(*columns).select_from(OrderLine).join(Order, Order.id == OrderLine.order_id).where(*own, Order.completed_at.is_not(None))


def _policies() -> Sequence[Policy]:
    return db.session.scalars(select(Policy).where(Policy.status == "approved")).all()


def _free_on(policies: Sequence[Policy], trade: str, merchant_id: int, done_at: datetime) -> date:
    day = business_day(done_at)
    return day + timedelta(days=terms_on(policies, trade, merchant_id, day).hold_days)


def _cycle_of(merchant_id: int | None, day: date) -> str:
    """The rhythm of the merchant's first trade."""
    merchant = db.session.get(Merchant, merchant_id) if merchant_id is not None else None
    trade = next(iter(merchant.trades or ()), "") if merchant is not None else ""
    return terms_on(_policies(), trade, merchant_id or 0, day).cycle
