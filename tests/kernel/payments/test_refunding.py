"""Refunds: never more than was paid, never twice, never forgotten, always under the number they were born with."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from app.core.actors import Actor, system
from app.core.clock import at
from app.core.clock import now as clock_now
from app.core.errors import Forbidden
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import WrongState, move
from app.kernel.ledger.accounts import refund_payable
from app.kernel.ledger.values import AccountRef
from app.kernel.payments import jobs
from app.kernel.payments.models import ChannelNotice, Refund
from app.kernel.payments.operations.refund_limits import MoreThanPaid, NotPaid, RefundTooLate, TooManyRefunds
from app.kernel.payments.operations.refunding import PAUSE, create_refund
from app.kernel.payments.queries import refunds_of, stuck_refunds
from tests.kernel.payments.conftest import TESTER, Town

FINANCE = Actor("staff", 1, "财务", frozenset({"Finance"}), TESTER.scope)


def promise_many(town: Town, number: str, amounts: list[int]) -> list[str]:
    """Refunds whose minute apart is over by the time that they are sent."""
    return [town.refunded(number, amount, now=clock_now() - timedelta(hours=1)) for amount in amounts]


def test_a_refund_goes_out_comes_back_and_is_booked(town: Town, held_in_escrow: AccountRef) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 3080)
    owed = refund_payable(town.customer_id)
    assert (town.refund(refund_number).status, town.payment(number).refunded, town.held(owed)) == ("created", 3080, 3080)
    assert town.run(only="send_refund") == 1
    town.fresh()
    sent = town.refund(refund_number)
    assert (sent.status, sent.problem) == ("submitted", "")
    assert town.take(town.box.merchant.wait_for(2)[1]) == 200
    town.fresh()
    done = town.refund(refund_number)
    assert (done.status, done.channel_number, town.refunds_done) == ("succeeded", sent.channel_number, [done.id])
    assert done.succeeded_at is not None and town.held(owed) == 0
    assert (town.held(town.payment(number).clearing_account), town.held(held_in_escrow)) == (3080 - 8700, 8700 - 3080)


def test_a_lost_callback_of_a_refund_is_made_up_by_asking(town: Town) -> None:
    number = town.paid()
    town.box.fault("lost")
    refund_number = town.refunded(number, 8700)
    town.run(only="send_refund")
    town.box.wait_until_refunded(refund_number)
    town.run(timedelta(minutes=2), only="ask_about_refund")
    town.fresh()
    assert (town.refund(refund_number).status, len(town.refunds_done), town.held(refund_payable(town.customer_id))) == ("succeeded", 1, 0)


def test_replayed_and_sent_again_it_refunds_once(town: Town) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 100)
    key = town.refund(refund_number).id
    db.session.rollback()
    jobs.send_refund(key)
    jobs.send_refund(key)
    posted = town.box.merchant.wait_for(2)[1]
    start, answers = threading.Barrier(20), []

    def replay() -> None:
        start.wait()
        answers.append(town.take(posted))

    threads = [threading.Thread(target=replay) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs.ask_about_refund(key)
    town.fresh()
    assert (answers, town.refunds_done, town.refund(refund_number).status) == ([200] * 20, [key], "succeeded")
    assert town.held(town.payment(number).clearing_account) == 100 - 8700


@pytest.mark.parametrize("fault", ["lost", "wrong_key", "signtest"])
def test_no_answer_means_asking_never_a_new_number(town: Town, fault: str) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 500)
    town.box.fault(fault, "requests")
    town.run(only="send_refund")
    town.fresh()
    waiting = town.refund(refund_number)
    assert (waiting.status, bool(waiting.problem)) == ("created", True)
    town.run(timedelta(seconds=30), only="ask_about_refund")
    town.fresh()
    known = town.refund(refund_number)
    assert (known.status in {"submitted", "succeeded"}, known.problem) == (True, "")
    with town.box.gateway.house.store.reading() as connection:
        assert [row["out_refund_no"] for row in connection.execute("SELECT out_refund_no FROM refund")] == [refund_number]
    town.take(town.box.merchant.wait_for(2)[1])
    town.fresh()
    assert town.refund(refund_number).status == "succeeded"


def test_a_refund_that_never_got_there_is_sent_again(town: Town) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 500)
    town.box.fault("http_500", "requests")
    town.run(only="send_refund")
    assert town.run(timedelta(seconds=30), only="ask_about_refund") == 1
    assert town.run(only="send_refund") == 1
    town.take(town.box.merchant.wait_for(2)[1])
    town.fresh()
    assert town.refund(refund_number).status == "succeeded"


def test_too_soon_comes_again_later(town: Town) -> None:
    number = town.paid()
    town.box.gateway.house.clock.speed = 1.0
    first, second = promise_many(town, number, [100, 200])
    with transaction(TESTER):
        db.session.execute(update(Refund).values(send_at=clock_now()))
    town.run(only="send_refund")
    town.fresh()
    assert [town.refund(each).status for each in (first, second)] == ["submitted", "created"]
    again = town.refund(second)
    assert ("FREQUENCY" in again.problem, again.send_at > clock_now() + timedelta(seconds=55)) == (True, True)
    town.box.gateway.house.clock.speed = 1_000_000.0
    with at(clock_now() + timedelta(minutes=2)):
        town.run(only="send_refund")
    town.fresh()
    assert town.refund(second).status in {"submitted", "succeeded"}
    for key in (town.refund(first).id, town.refund(second).id):
        with town.box.gateway.house.store.writing() as connection:
            connection.execute("UPDATE refund SET due_at = 0")
        town.box.gateway.house.wake.set()
        jobs.ask_about_refund(key)


def test_a_minute_lies_between_two_refunds_of_a_payment(town: Town) -> None:
    number = town.paid()
    numbers = [town.refunded(number, 100) for _ in range(3)]
    times = [town.refund(each).send_at for each in numbers]
    assert [later - earlier for earlier, later in pairwise(times)] == [PAUSE, PAUSE]
    assert town.run(only="send_refund") == 1
    town.fresh()
    assert [town.refund(each).status for each in numbers] == ["submitted", "created", "created"]
    assert town.run(timedelta(seconds=59), only="send_refund") == 0


def test_forty_ask_for_the_last_fen_and_one_gets_it(town: Town) -> None:
    number = town.paid(amount=100)
    start, results = threading.Barrier(40), []

    def take_all() -> None:
        with town.app.app_context():
            start.wait()
            try:
                town.refunded(number, 100)
                results.append("made")
            except MoreThanPaid:
                results.append("refused")

    threads = [threading.Thread(target=take_all) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    town.fresh()
    assert (results.count("made"), results.count("refused")) == (1, 39)
    assert (town.payment(number).refunded, len(refunds_of(town.payment(number))), town.held(refund_payable(town.customer_id))) == (100, 1, 100)


@pytest.mark.parametrize("amount", [0, -1, 8701, 10**12])
def test_a_refund_is_more_than_nothing_and_not_more_than_what_was_paid(town: Town, amount: int) -> None:
    number = town.paid()
    with pytest.raises(MoreThanPaid) as refused:
        town.refunded(number, amount)
    assert (refused.value.status, str(refused.value)) == (409, "最多还能退 ¥87.00")
    town.fresh()
    assert (refunds_of(town.payment(number)), town.payment(number).refunded) == ([], 0)


def test_what_was_not_paid_is_not_refunded(town: Town) -> None:
    number = town.prepared()
    with pytest.raises(NotPaid):
        town.refunded(number, 1)


def test_after_365_days_and_after_fifty_times_the_channel_refunds_no_more(town: Town) -> None:
    number = town.paid()
    moment = clock_now()
    with pytest.raises(RefundTooLate):
        town.refunded(number, 1, now=moment + timedelta(days=365, minutes=1))
    for _ in range(50):
        town.refunded(number, 1)
    with pytest.raises(TooManyRefunds):
        town.refunded(number, 1)
    town.fresh()
    assert town.payment(number).refunded == 50



def accepted_and(town: Town, patched: pytest.MonkeyPatch, state: str) -> None:
    """The refund is accepted, does not come to an end by itself, and the channel says `state` of it when asked."""
    town.box.gateway.house.clock.speed = 0.0001
    town.run(only="send_refund")
    town.box.gateway.house.clock.speed = 1_000_000.0  # the channel's minute is over at once
    channel = town.app.extensions["pay_channel"]
    real = channel.query_refund
    patched.setattr(channel, "query_refund", lambda *asked: replace(real(*asked), state=state))
    town.run(timedelta(minutes=2), only="ask_about_refund")
    town.fresh()


def finish_at_gateway(town: Town, refund_number: str) -> None:
    """What was stuck at the channel goes through."""
    with town.box.gateway.house.store.writing() as connection:
        connection.execute("UPDATE refund SET due_at = 0 WHERE out_refund_no = ?", (refund_number,))
    town.box.gateway.house.wake.set()


def test_an_abnormal_refund_waits_for_staff_who_retry_the_same_number(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 900)
    with monkeypatch.context() as patched:
        accepted_and(town, patched, "ABNORMAL")
    stuck = town.refund(refund_number)
    assert (stuck.status, stuck.problem, stuck_refunds(FINANCE)) == ("abnormal", "ABNORMAL", 1)
    cashier = Actor("member", 2, "收银", frozenset({"Cashier", "Owner"}), TESTER.scope)
    with pytest.raises(Forbidden), transaction(TESTER):
        move(town.refund(refund_number), "retry", actor=cashier, now=clock_now())
    with transaction(TESTER):
        move(town.refund(refund_number), "retry", actor=FINANCE, now=clock_now())
    assert town.run(only="send_refund") == 1
    finish_at_gateway(town, refund_number)
    town.take(town.box.merchant.wait_for(2)[1])
    town.fresh()
    assert (town.refund(refund_number).status, town.held(refund_payable(town.customer_id)), stuck_refunds(FINANCE)) == ("succeeded", 0, 0)
    assert [each.number for each in refunds_of(town.payment(number))] == [refund_number]


def test_what_the_channel_refuses_is_abnormal_with_its_words(town: Town) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 900)
    with town.box.gateway.house.store.writing() as connection:
        connection.execute("UPDATE payment SET amount = 8701 WHERE out_trade_no = ?", (number,))
    town.run(only="send_refund")
    town.fresh()
    refused = town.refund(refund_number)
    assert (refused.status, "PARAM_ERROR" in refused.problem) == ("abnormal", True)
    with at(clock_now() + timedelta(hours=1)):
        jobs.ask_about_the_quiet()
    town.fresh()
    assert town.refund(refund_number).status == "abnormal"


def test_a_refund_closed_by_the_channel_is_replaced_once_and_told_as_the_first(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 900)
    with monkeypatch.context() as patched:
        accepted_and(town, patched, "CLOSED")
    closed = town.refund(refund_number)
    assert (closed.status, town.payment(number).refunded, town.held(refund_payable(town.customer_id))) == ("closed", 0, 900)
    with transaction(TESTER):
        move(town.refund(refund_number), "replace", actor=FINANCE, now=clock_now())
    with pytest.raises(WrongState), transaction(TESTER):
        move(town.refund(refund_number), "replace", actor=FINANCE, now=clock_now())
    town.fresh()
    first, second = refunds_of(town.payment(number))
    assert (second.amount, second.replaces_id, second.number != first.number, town.payment(number).refunded) == (900, first.id, True, 900)
    with at(clock_now() + timedelta(minutes=2)):
        town.run(only="send_refund")
    posted = town.box.merchant.wait_for(2)[1]
    assert town.take(posted) == 200
    town.fresh()
    assert (town.refund(second.number).status, town.refunds_done) == ("succeeded", [first.id])
    assert town.held(refund_payable(town.customer_id)) == 0


@pytest.mark.parametrize(("part", "said"), [("refund", 99), ("total", 1), ("out_refund_no", "R0"), ("transaction_id", "4200")])
def test_a_refund_that_differs_from_ours_is_not_booked(town: Town, part: str, said: object) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 100)
    resource = {
        "out_trade_no": number, "out_refund_no": refund_number, "refund_id": "5000", "transaction_id": town.payment(number).channel_number,
        "refund_status": "SUCCESS", "amount": {"refund": 100, "total": 8700}, "success_time": "2026-11-23T12:00:00+08:00",
    }
    resource = resource | ({"amount": resource["amount"] | {part: said}} if part in {"refund", "total"} else {part: said})
    with transaction(TESTER):
        known = {"notify_id": "r1", "event_type": "REFUND.SUCCESS", "subject": refund_number}
        db.session.add(ChannelNotice(**known, received_at=clock_now(), body=b"", resource=resource))
    jobs.obey_notices()
    town.fresh()
    assert (town.notices()[1].status, town.refund(refund_number).status, town.refunds_done) == ("failed", "created", [])
    assert town.held(refund_payable(town.customer_id)) == 100


def test_the_sweep_asks_about_refunds_that_fell_silent(town: Town) -> None:
    number = town.paid()
    town.box.fault("lost")
    refund_number = town.refunded(number, 100)
    town.run(only="send_refund")
    town.box.wait_until_refunded(refund_number)
    db.session.execute(text("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE status = 'todo'"))
    db.session.commit()
    with at(clock_now() + timedelta(minutes=30)):
        jobs.ask_about_the_quiet()
    town.fresh()
    assert town.refund(refund_number).status == "succeeded"


@pytest.mark.parametrize("change", ["amount = 1", "number = 'X'", "payment_id = payment_id + 1", "status = 'created'"])
def test_a_refund_that_arrived_cannot_be_changed_by_hand(town: Town, change: str) -> None:
    number = town.paid()
    town.refunded(number, 100)
    town.run(only="send_refund")
    town.take(town.box.merchant.wait_for(2)[1])
    town.fresh()
    with pytest.raises(DBAPIError):
        db.session.execute(text(f"UPDATE pay_refund SET {change}"))
    town.fresh()
    with pytest.raises(DBAPIError):
        db.session.execute(text("DELETE FROM pay_refund"))
    town.fresh()
    assert town.payment(number).refunded == 100


def test_the_database_refuses_refunds_above_the_payment_whoever_writes_them(town: Town) -> None:
    number = town.paid(amount=100)
    key = town.payment(number).id
    insert = text(
        "INSERT INTO pay_refund (number, payment_id, subject_type, subject_id, trade, merchant_id, customer_id, amount, reason, status, asked_at,"
        " send_at, created_at, updated_at, version) VALUES ('RX', :key, 'test', 1, 'test', :merchant, :customer, 101, '', 'created', now(), now(),"
        " now(), now(), 1)"
    )
    with pytest.raises(DBAPIError, match="refunded_within"):
        db.session.execute(insert, {"key": key, "merchant": town.merchant_id, "customer": town.customer_id})


def test_owner_scope_can_ask_and_only_its_own_refunds_are_seen(town: Town) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 100)
    owner = Actor("member", 1, "王", frozenset({"Owner"}), type(TESTER.scope)("merchant", town.merchant_id))
    stranger = Actor("member", 2, "李", frozenset({"Owner"}), type(TESTER.scope)("merchant", town.merchant_id + 1))
    with transaction(owner):
        assert [each.number for each in db.session.query(Refund)] == [refund_number]
    with transaction(stranger):
        assert (db.session.query(Refund).all(), db.session.query(ChannelNotice).all()) == ([], [])
        assert db.session.execute(text("SELECT count(*) FROM pay_refund")).scalar_one() == 0


def test_a_refund_without_its_promise_is_caught_by_the_proofs(town: Town) -> None:
    """Negative control: the proof that compares what is owed with what is under way does find a broken promise."""
    from app.kernel.payments.proofs import OwedRefundsAreUnderway

    number = town.paid()
    with pytest.raises(ZeroDivisionError), transaction(system("test")) as session:
        create_refund(town.payment(number), amount=5, reason="x", actor=TESTER, now=clock_now())
        [found] = OwedRefundsAreUnderway().check(session)
        assert (found.subject, found.expected, found.found) == (f"customer {town.customer_id}", "5", "0")
        raise ZeroDivisionError
