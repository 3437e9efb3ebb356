"""Posting: once and only once, never below a floor, never on a closed day; a refusal changes nothing."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.core.actors import EVERYTHING, Scope, system
from app.core.clock import at
from app.core.errors import NotFound
from app.core.money import split
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.ledger import jobs
from app.kernel.ledger.accounts import (
    BOOKS,
    escrow,
    merchant_available,
    merchant_deposit,
    merchant_pending,
    merchant_receivable,
    merchant_reserve,
    refund_payable,
    revenue,
)
from app.kernel.ledger.models import LedgerAccount, LedgerBalance, LedgerBook, LedgerEntry, LedgerTransaction
from app.kernel.ledger.operations import (
    DayNotOver,
    NotEnough,
    OtherContent,
    close_day,
    hold_balances,
    post,
    reverse,
    snapshot_day,
    take_from_merchant,
)
from app.kernel.ledger.queries import (
    account_of,
    balance,
    entries_of_account,
    entries_of_order,
    entries_of_transaction,
    last_closed_day,
    transaction_with_entries,
)
from app.kernel.ledger.standing import accounts_of_book, entries_of_amount, statement_page, trial_balance
from app.kernel.ledger.values import Entry, Posting, Share, credit, debit
from tests.kernel.ledger.conftest import NOON, WECHAT, booked, commit, together

DAY = date(2026, 3, 2)
NUMBERS = itertools.count()


def counts() -> tuple[int, int, int]:
    """How many transactions, entries, and fen in live balances there are."""
    row = db.session.execute(
        select(
            select(func.count()).select_from(LedgerTransaction).scalar_subquery(),
            select(func.count()).select_from(LedgerEntry).scalar_subquery(),
            select(func.coalesce(func.sum(LedgerBalance.posted), 0)).scalar_subquery(),
        )
    ).one()
    return row[0], row[1], int(row[2])


def test_the_books_of_the_database_are_those_of_the_code(unlimited: Flask) -> None:
    stored = {book.name: book.floor for book in db.session.scalars(select(LedgerBook))}
    assert stored == {name: book.floor for name, book in BOOKS.items()}


def test_the_database_and_the_code_agree_on_addresses(unlimited: Flask) -> None:
    refs = [WECHAT, escrow("dining"), merchant_available(12), revenue("commission")]
    for index, ref in enumerate(refs[1:]):
        commit(booked(str(index), 5, ref))
    stored = {account.address: account.ref for account in db.session.scalars(select(LedgerAccount))}
    assert stored == {ref.address: ref for ref in refs}


def test_the_same_key_and_content_is_the_first_transaction(unlimited: Flask) -> None:
    first = commit(booked("k1", 500))
    assert commit(booked("k1", 500), NOON + timedelta(days=3)) == first
    assert counts() == (1, 2, 500)


def test_the_same_key_with_other_content_is_refused_and_changes_nothing(unlimited: Flask) -> None:
    commit(booked("k1", 500))
    with pytest.raises(OtherContent) as refused:
        commit(booked("k1", 501))
    assert refused.value.status == 409
    assert str(refused.value) == "这笔账已经记过，内容不同：test k1"
    assert counts() == (1, 2, 500)


def test_forty_replays_at_once_give_one_id(unlimited: Flask) -> None:
    ids = together(unlimited, 40, lambda number: commit(booked("k1", 500)))
    assert len(set(ids)) == 1
    assert counts() == (1, 2, 500)


def test_forty_who_want_the_last_fen_get_what_there_is(unlimited: Flask) -> None:
    commit(booked("in", 1000))

    def take(number: int) -> int:
        return commit(Posting("take", str(number), NOON, (debit(merchant_available(1), 100), credit(WECHAT, 100))))

    results = together(unlimited, 40, take)
    print([repr(r)[:300] for r in results if not isinstance(r,(int,NotEnough))][:3])
    assert sum(isinstance(result, int) for result in results) == 10
    assert sum(isinstance(result, NotEnough) for result in results) == 30
    assert (balance(merchant_available(1)), balance(WECHAT)) == (0, 0)
    assert counts() == (11, 22, 0)


def test_forty_transfers_crosswise_do_not_deadlock(unlimited: Flask) -> None:
    commit(booked("a", 10_000, merchant_available(1)))
    commit(booked("b", 10_000, merchant_available(2)))

    def cross(number: int) -> int:
        giver, taker = (1, 2) if number % 2 else (2, 1)
        return commit(Posting("cross", str(number), NOON, (
            debit(merchant_available(giver), number + 1), credit(merchant_available(taker), number + 1)
        )))

    results = together(unlimited, 40, cross)
    assert all(isinstance(result, int) for result in results)
    assert balance(merchant_available(1)) + balance(merchant_available(2)) == 20_000


def test_a_refusal_for_lack_of_money_leaves_the_transaction_usable(unlimited: Flask) -> None:
    with transaction(system("test")):
        post(booked("in", 100), NOON)
        with pytest.raises(NotEnough) as refused:
            post(Posting("take", "1", NOON, (debit(merchant_available(1), 101), credit(WECHAT, 101))), NOON)
        assert str(refused.value) == "“可提现”余额不够"
        post(Posting("take", "2", NOON, (debit(merchant_available(1), 100), credit(WECHAT, 100))), NOON)
    enter_scope(EVERYTHING)
    assert counts() == (2, 4, 0)


def test_a_replay_of_a_spending_is_answered_although_nothing_is_left(unlimited: Flask) -> None:
    commit(booked("in", 100))
    spending = Posting("take", "1", NOON, (debit(merchant_available(1), 100), credit(WECHAT, 100)))
    assert commit(spending) == commit(spending)
    assert counts() == (2, 4, 0)


@pytest.mark.parametrize("entries", [
    (credit(escrow("dining"), 5),),
    (debit(WECHAT, 5), credit(escrow("dining"), 4)),
    (debit(WECHAT, 5), credit(WECHAT, 5)),
])
def test_what_does_not_balance_is_a_mistake_of_code(unlimited: Flask, entries: tuple[Entry, ...]) -> None:
    with pytest.raises(ValueError, match="does not balance"):
        commit(Posting("test", "1", NOON, entries))
    assert counts() == (0, 0, 0)


def test_an_unknown_book_is_refused(unlimited: Flask) -> None:
    with pytest.raises(IntegrityError, match="ledger_book"):
        commit(booked("1", 5, merchant_available(1).__class__("merchant", 1, "nonsense")))
    assert counts() == (0, 0, 0)


def test_maker_and_checker_are_two_people(unlimited: Flask) -> None:
    first = commit(booked("1", 5))
    with pytest.raises(IntegrityError, match="four_eyes"), transaction(system("test")):
        reverse(first, maker="staff:1", checker="staff:1", memo="wrong merchant", now=NOON)
    enter_scope(EVERYTHING)
    assert counts() == (1, 2, 5)


def test_a_correction_reverses_by_id_and_only_once(unlimited: Flask) -> None:
    first = commit(booked("1", 5))
    with transaction(system("test")):
        second = reverse(first, maker="staff:1", checker="staff:2", memo="wrong merchant", now=NOON)
        again = reverse(first, maker="staff:1", checker="staff:2", memo="wrong merchant", now=NOON)
    enter_scope(EVERYTHING)
    reversal = transaction_with_entries(second)
    assert reversal is not None
    assert (again, reversal.reverses, reversal.maker, reversal.checker) == (second, first, "staff:1", "staff:2")
    assert [(entry.account.ref, entry.amount) for entry in entries_of_transaction(second)] == [(WECHAT, 5), (merchant_available(1), -5)]
    assert counts() == (2, 4, 0)
    with pytest.raises(NotFound), transaction(system("test")):
        reverse(999_999, maker="staff:1", checker="staff:2", memo="", now=NOON)


def test_a_late_refund_takes_what_the_merchant_has_and_we_advance_the_rest(unlimited: Flask) -> None:
    commit(booked("1", 1000, merchant_available(12)))
    commit(booked("2", 739, merchant_reserve(12)))
    commit(booked("3", 200, merchant_deposit(12)))
    with transaction(system("test")):
        shares = take_from_merchant(12, 2958)
        entries = [debit(share.account, share.amount) for share in shares]
        post(Posting("refund_promised", "r", NOON, (*entries, credit(refund_payable(7), 2958))), NOON)
    enter_scope(EVERYTHING)
    assert shares == [
        Share(merchant_available(12), 1000), Share(merchant_reserve(12), 739), Share(merchant_deposit(12), 200),
        Share(merchant_receivable(12), 1019),
    ]
    assert balance(merchant_receivable(12)) == -1019
    assert balance(refund_payable(7)) == 2958


def test_held_balances_are_locked_until_the_transaction_ends(unlimited: Flask) -> None:
    commit(booked("1", 1000))
    with transaction(system("test")):
        assert hold_balances([merchant_available(1)]) == {merchant_available(1): 1000}
        with unlimited.app_context(), pytest.raises(Exception, match="lock timeout"), transaction(system("other")) as session:
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            hold_balances([merchant_available(1)])


# ---- days --------------------------------------------------------------------------------------------------------------

def test_a_fact_is_booked_on_its_day_while_that_is_open_and_today_once_it_is_closed(unlimited: Flask) -> None:
    commit(booked("early", 100))
    tomorrow = NOON + timedelta(days=1)
    with transaction(system("test")):
        assert close_day(DAY, by="system:test", now=tomorrow)
        assert not close_day(DAY, by="system:test", now=tomorrow)
    late = commit(booked("late", 10), tomorrow)
    transaction_ = transaction_with_entries(late)
    assert transaction_ is not None
    assert (transaction_.event_at, transaction_.booked_on) == (NOON, DAY + timedelta(days=1))
    assert last_closed_day() == DAY
    assert (balance(merchant_available(1), DAY), balance(merchant_available(1))) == (100, 110)


def test_a_posting_with_a_clock_behind_a_closed_day_is_booked_after_it(unlimited: Flask) -> None:
    with transaction(system("test")):
        close_day(DAY + timedelta(days=5), by="system:test", now=NOON + timedelta(days=9))
    transaction_ = transaction_with_entries(commit(booked("1", 5)))
    assert transaction_ is not None and transaction_.booked_on == DAY + timedelta(days=6)


def test_a_day_that_is_not_over_cannot_be_closed(unlimited: Flask) -> None:
    with pytest.raises(DayNotOver), transaction(system("test")):
        close_day(DAY, by="system:test", now=NOON)
    enter_scope(EVERYTHING)
    assert last_closed_day() is None


def test_an_open_day_has_no_snapshot(unlimited: Flask) -> None:
    with pytest.raises(IntegrityError, match="not closed"), transaction(system("test")):
        snapshot_day(DAY)


def test_closing_waits_for_a_posting_in_flight(unlimited: Flask) -> None:
    with transaction(system("test")):
        post(booked("1", 5), NOON)
        with unlimited.app_context(), pytest.raises(Exception, match="lock timeout"), transaction(system("other")) as session:
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            close_day(DAY, by="system:test", now=NOON + timedelta(days=1))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.tuples(st.integers(1, 10**9), st.booleans()), min_size=1, max_size=6))
def test_busy_accounts_are_snapshot_plus_tail(unlimited: Flask, days: list[tuple[int, bool]]) -> None:
    """Whatever days were closed and snapshotted on the way, a balance is the sum of its entries, on every day."""
    trade = f"t{next(NUMBERS)}"
    start = (last_closed_day() or DAY) + timedelta(days=1)
    expected, total = {}, 0
    for offset, (amount, closes) in enumerate(days):
        day = start + timedelta(days=offset)
        moment = NOON + (day - DAY) * 1
        commit(booked(f"{trade}{offset}", amount, escrow(trade), moment), moment)
        total += amount
        expected[day] = total
        if closes:
            with transaction(system("test")):
                close_day(day, by="system:test", now=moment + timedelta(days=1))
            with transaction(system("test")):
                snapshot_day(day)
                assert snapshot_day(day) == 0
            enter_scope(EVERYTHING)
    assert {day: balance(escrow(trade), day) for day in expected} == expected
    assert balance(escrow(trade)) == total
    assert balance(escrow(trade), start - timedelta(days=1)) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=st.integers(1, 10**11), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any))
def test_any_split_of_any_amount_can_be_posted(unlimited: Flask, amount: int, weights: list[int]) -> None:
    entries = [credit(merchant_pending(number), part) for number, part in enumerate(split(amount, weights))]
    transaction_id = commit(Posting("split", str(next(NUMBERS)), NOON, (debit(escrow("dining"), amount), *entries)))
    assert sum(entry.amount for entry in entries_of_transaction(transaction_id)) == 0


# ---- reading -----------------------------------------------------------------------------------------------------------

def test_a_statement_says_opening_movements_and_closing(unlimited: Flask) -> None:
    for offset, amount in enumerate((100, 30, 7)):
        moment = NOON + timedelta(days=offset)
        commit(booked(str(offset), amount, at=moment), moment)
    second = NOON + timedelta(days=1)
    commit(Posting("take", "1", second, (debit(merchant_available(1), 50), credit(WECHAT, 50))), second)
    account = account_of(merchant_available(1))
    assert account is not None
    statement = statement_page(account, DAY + timedelta(days=1), DAY + timedelta(days=1))
    assert (statement.opening, statement.credited, statement.debited, statement.closing, statement.count) == (100, 30, 50, 80, 2)
    assert [(entry.amount, running) for entry, running in statement.lines] == [(30, 130), (-50, 80)]
    first = statement_page(account, DAY, DAY + timedelta(days=2), limit=3)
    rest = statement_page(account, DAY, DAY + timedelta(days=2), first.after, limit=3)
    assert [running for _, running in (*first.lines, *rest.lines)] == [100, 130, 80, 87]
    assert (rest.after, rest.opening, rest.closing) == (None, 0, 87)


def test_entries_are_read_newest_first_page_by_page(unlimited: Flask) -> None:
    for number in range(5):
        commit(booked(str(number), number + 1))
    first = entries_of_account(merchant_available(1), limit=2)
    rest = entries_of_account(merchant_available(1), before=(first[-1].booked_on, first[-1].transaction_id))
    assert [entry.amount for entry in first] == [5, 4]
    assert [(entry.amount, entry.balance_after, entry.version) for entry in rest] == [(3, 6, 3), (2, 3, 2), (1, 1, 1)]


def test_the_trial_balance_has_equal_columns(unlimited: Flask) -> None:
    commit(booked("1", 100))
    commit(booked("2", 40, escrow("dining"), NOON + timedelta(days=1)), NOON + timedelta(days=1))
    lines = {line.book: (line.debit, line.credit) for line in trial_balance()}
    assert lines == {"available": (0, 100), "clearing": (140, 0), "escrow": (0, 40)}
    before = {line.book: (line.debit, line.credit) for line in trial_balance(DAY)}
    assert before == {"available": (0, 100), "clearing": (100, 0), "escrow": (0, 0)}
    with at(NOON + timedelta(days=2)):
        jobs.close_yesterday()
    commit(booked("3", 5, at=NOON + timedelta(days=2)), NOON + timedelta(days=2))
    assert {line.book: (line.debit, line.credit) for line in trial_balance(DAY)} == before
    assert {line.book: (line.debit, line.credit) for line in trial_balance(DAY + timedelta(days=1))} == lines
    assert {line.book: line.credit for line in trial_balance()} == {"available": 105, "clearing": 0, "escrow": 40}


def test_a_book_is_read_account_by_account_as_of_a_day(unlimited: Flask) -> None:
    for merchant, amount in ((1, 100), (2, 900), (3, 40)):
        commit(booked(str(merchant), amount, merchant_available(merchant)))
    commit(booked("later", 1000, merchant_available(3), NOON + timedelta(days=1)), NOON + timedelta(days=1))
    assert [(line.account.owner_id, line.balance) for line in accounts_of_book("available")] == [(1, 100), (2, 900), (3, 1040)]
    assert [(line.account.owner_id, line.balance) for line in accounts_of_book("available", order="amount")] == [(3, 1040), (2, 900), (1, 100)]
    assert [(line.account.owner_id, line.balance) for line in accounts_of_book("available", DAY, order="amount")] == [(2, 900), (1, 100), (3, 40)]


def test_an_exact_amount_is_found_within_days_on_either_side(unlimited: Flask) -> None:
    commit(booked("1", 680))
    commit(booked("2", 681))
    commit(booked("3", 680, at=NOON + timedelta(days=3)), NOON + timedelta(days=3))
    found = entries_of_amount(680, DAY, DAY + timedelta(days=1))
    assert [(entry.transaction.key, entry.amount) for entry in found] == [("1", -680), ("1", 680)]
    assert len(entries_of_amount(680, DAY, DAY + timedelta(days=3))) == 4


def test_a_party_sees_its_own_accounts_and_entries_and_nobody_elses(unlimited: Flask) -> None:
    both = Posting("test", "1", NOON, (
        debit(escrow("dining"), 12), credit(merchant_available(1), 5), credit(merchant_available(2), 4), credit(refund_payable(7), 3),
    ), order_id=9, merchant_id=1)
    commit(booked("0", 12, escrow("dining")))
    commit(both)
    for scope, own, seen, transactions in (
        (Scope("merchant", 1), merchant_available(1), [5], 1), (Scope("merchant", 2), merchant_available(2), [4], 0),
        (Scope("customer", 7), refund_payable(7), [3], 0), (Scope("customer", 8), refund_payable(8), [], 0), (Scope("public"), WECHAT, [], 0),
    ):
        enter_scope(scope)
        db.session.expire_all()
        assert [entry.amount for entry in db.session.scalars(select(LedgerEntry))] == seen
        assert [entry.amount for entry in entries_of_account(own)] == seen
        assert [row.posted for row in db.session.scalars(select(LedgerBalance))] == seen
        assert balance(own) == sum(seen)
        assert balance(escrow("dining")) == 0
        assert len(db.session.scalars(select(LedgerTransaction)).all()) == transactions
        assert [entry.amount for entry in entries_of_order(9)] == (seen if transactions else [])
        # The second wall: the same through SQL that the hook does not see.
        assert [row.amount for row in db.session.execute(text("SELECT amount FROM ledger_entry"))] == seen
    enter_scope(EVERYTHING)


def test_a_merchants_own_request_may_post_for_others(unlimited: Flask) -> None:
    """Triggers and functions look at all entries of a transaction, whatever the scope of the session that commits it."""
    enter_scope(Scope("merchant", 1))
    posted = post(booked("1", 5, merchant_available(2)), NOON)
    db.session.commit()
    assert transaction_with_entries(posted) is None
    enter_scope(EVERYTHING)
    assert counts() == (1, 2, 5)
