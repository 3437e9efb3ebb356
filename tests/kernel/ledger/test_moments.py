"""The books at a moment: what the trial balance of a moment says is what it showed when somebody looked then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.actors import EVERYTHING
from app.core.clock import at
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.ledger import jobs
from app.kernel.ledger.accounts import escrow, merchant_available
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.ledger.queries import account_of
from app.kernel.ledger.standing import Standing, accounts_of_book, entries_of_amount, platform_accounts, statement_page, trial_balance
from tests.kernel.ledger.conftest import NOON, booked, commit

INSTANT = timedelta(microseconds=1)
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def recorded(transaction_id: int) -> datetime:
    """When the posting was recorded."""
    moment = db.session.scalar(select(LedgerTransaction.recorded_at).where(LedgerTransaction.id == transaction_id))
    assert moment is not None
    return moment


def shown(until: datetime | None = None) -> tuple[object, ...]:
    """Everything that the pages show of how the books stand."""
    def of(lines: list[Standing]) -> list[tuple[str, int]]:
        return [(line.account.address, line.balance) for line in lines if line.balance]

    books = [(line.book, line.debit, line.credit) for line in trial_balance(until) if line.debit or line.credit]
    return books, of(platform_accounts(until)), of(accounts_of_book("available", until)), of(accounts_of_book("available", until, order="amount"))


def test_a_moment_counts_what_was_recorded_until_then_to_the_instant(unlimited: Flask) -> None:
    first, second = commit(booked("1", 100)), commit(booked("2", 30))
    account = account_of(merchant_available(1))
    assert account is not None
    for moment, balance in ((recorded(first) - INSTANT, 0), (recorded(first), 100), (recorded(second) - INSTANT, 100), (recorded(second), 130)):
        assert [line.credit for line in trial_balance(moment) if line.book == "available"] == [balance]
        assert statement_page(account, NOON.date(), moment).closing == balance


def test_a_late_fact_is_in_its_day_and_not_in_a_moment_before_it_was_recorded(unlimited: Flask) -> None:
    commit(booked("1", 100, at=YESTERDAY), YESTERDAY)
    moment = datetime.now(UTC)
    commit(booked("late", 7, at=YESTERDAY), YESTERDAY)
    day = business_day(YESTERDAY)
    assert [line.credit for line in trial_balance(day) if line.book == "available"] == [107]
    assert [line.credit for line in trial_balance(moment) if line.book == "available"] == [100]


def test_a_statement_between_moments_holds_what_was_recorded_after_the_first_until_the_last(unlimited: Flask) -> None:
    facts = [commit(booked(str(amount), amount)) for amount in (100, 30, 7, 2)]
    times = [recorded(fact) for fact in facts]
    account = account_of(merchant_available(1))
    assert account is not None
    statement = statement_page(account, times[0], times[2])
    assert (statement.opening, statement.credited, statement.debited, statement.closing, statement.count) == (100, 37, 0, 137, 2)
    assert [(entry.amount, running) for entry, running in statement.lines] == [(30, 130), (7, 137)]
    first = statement_page(account, times[0], times[3], limit=2)
    rest = statement_page(account, times[0], times[3], first.after, limit=2)
    assert [running for _, running in (*first.lines, *rest.lines)] == [130, 137, 139] and rest.after is None
    assert [entry.amount for entry in entries_of_amount(7, times[1], times[2])] == [-7, 7]
    assert entries_of_amount(7, times[2], times[3]) == []


@pytest.mark.parametrize("seed", range(5))
def test_what_was_shown_at_any_moment_is_shown_as_of_it(unlimited: Flask, as_superuser: Session, seed: int) -> None:
    """Oracle: what the pages showed live after each step. The steps are then moved to the times at which they are said to have happened."""
    random, hour, steps = Random(seed), NOON, []
    for number in range(30):
        hour += timedelta(minutes=random.randint(1, 900))
        if random.random() < 0.25:
            with at(hour):
                jobs.close_yesterday()
            enter_scope(EVERYTHING)
            fact = None
        else:
            account = random.choice([merchant_available(1), merchant_available(2), escrow("dining"), escrow("vouchers")])
            event = hour - timedelta(minutes=random.choice([0, 0, 1000, 4000]))
            fact = commit(booked(f"{seed}-{number}", random.randint(1, 10_000), account, event), hour)
        steps.append((hour, fact, shown()))
    as_superuser.execute(text("SET LOCAL session_replication_role = replica"))
    for moment, fact, _ in steps:
        if fact:
            as_superuser.execute(text("UPDATE ledger_transaction SET recorded_at = :moment WHERE id = :fact"), {"moment": moment, "fact": fact})
        else:
            day = business_day(moment) - timedelta(days=1)
            as_superuser.execute(text("UPDATE ledger_day SET closed_at = least(closed_at, :moment) WHERE day <= :day"), {"moment": moment, "day": day})
    as_superuser.commit()
    db.session.rollback()
    enter_scope(EVERYTHING)
    assert shown(steps[0][0] - INSTANT)[0] == []
    for moment, _, live in steps:
        assert shown(moment) == live, moment
    for (moment, _, live), (following, *_rest) in zip(steps, steps[1:], strict=False):
        assert shown(following - INSTANT) == live, moment
