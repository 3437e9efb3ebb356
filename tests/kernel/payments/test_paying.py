"""From the open payment to money booked, whatever the channel does on the way."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core.clock import at
from app.core.clock import now as clock_now
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import refund_payable
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.ledger.values import AccountRef
from app.kernel.payments import jobs
from app.kernel.payments.channels.factory import NOTIFY_PATH
from app.kernel.payments.models import ChannelNotice, Payment
from app.kernel.payments.operations.notices import MOST_TRIES
from app.kernel.payments.operations.paying import (
    ChannelAway,
    OtherAmountOpen,
    PayerUnknown,
    PaymentOver,
    close_payment,
    close_payments_of,
    open_payment,
    prepare_payment,
)
from app.kernel.payments.queries import payments_of, refunds_of
from tests.gateway.sandbox import until
from tests.kernel.payments.conftest import TESTER, Town


def transactions(kind: str) -> int:
    """How many ledger transactions of a kind there are."""
    return db.session.scalar(select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.kind == kind)) or 0


def test_a_callback_makes_one_paid_payment_and_one_posting(town: Town, held_in_escrow: AccountRef) -> None:
    number = town.paid()
    payment = town.payment(number)
    assert (payment.status, payment.amount, payment.refunded) == ("paid", 8700, 0)
    assert payment.channel_number and payment.paid_at and abs(payment.paid_at - clock_now()) < timedelta(seconds=10)
    assert (town.held(payment.clearing_account), town.held(held_in_escrow), transactions("order_paid")) == (-8700, 8700, 1)
    assert [(notice.status, notice.subject, notice.tries) for notice in town.notices()] == [("handled", number, 1)]
    assert payment.clearing_account.label == f"wechat:{town.box.gateway.house.keys.merchant_id}"


def test_a_lost_callback_is_made_up_by_asking(town: Town, held_in_escrow: AccountRef) -> None:
    town.box.fault("lost")
    number = town.prepared()
    town.box.pay(number)
    assert town.run() == 0
    assert town.run(timedelta(minutes=2), only="ask_about_payment") == 1
    town.fresh()
    assert (town.payment(number).status, town.held(held_in_escrow), town.notices()) == ("paid", 8700, [])


def test_asking_changes_nothing_while_the_payer_has_time(town: Town) -> None:
    number = town.prepared()
    assert town.run(timedelta(minutes=6), only="ask_about_payment") == 2
    town.fresh()
    assert (town.payment(number).status, transactions("order_paid")) == ("created", 0)


def test_a_payment_past_its_time_is_closed_at_the_channel_and_here(town: Town) -> None:
    number = town.prepared()
    with at(clock_now() + timedelta(minutes=20)):
        jobs.ask_about_payment(town.payment(number).id)
    town.fresh()
    assert (town.payment(number).status, town.box.channel.query(number).state) == ("closed", "CLOSED")
    assert town.box.pay(number).status_code == 400


def test_the_sweep_asks_about_what_lost_its_jobs(town: Town) -> None:
    number = town.prepared()
    db.session.execute(text("UPDATE procrastinate_jobs SET status = 'cancelled'"))
    db.session.commit()
    with at(clock_now() + timedelta(minutes=30)):
        jobs.ask_about_the_quiet()
    town.fresh()
    assert town.payment(number).status == "closed"


def test_closing_what_was_paid_confirms_it_instead(town: Town, held_in_escrow: AccountRef) -> None:
    town.box.fault("lost")
    number = town.prepared()
    town.box.pay(number)
    with transaction(TESTER):
        close_payments_of("test", 1)
    assert town.run(only="close_payment") == 1
    town.fresh()
    assert (town.payment(number).status, town.held(held_in_escrow)) == ("paid", 8700)


def test_money_that_comes_after_closing_is_booked_and_told(town: Town, held_in_escrow: AccountRef) -> None:
    number = town.prepared()
    town.box.pay(number)
    with transaction(TESTER):
        payment = town.payment(number)
        payment.closed_at = clock_now()
        move(payment, "close", actor=TESTER, now=clock_now())
    assert town.take(town.box.merchant.wait_for(1)[0]) == 200
    town.fresh()
    assert (town.payment(number).status, town.held(held_in_escrow)) == ("paid", 8700)


def test_paid_twice_sends_the_second_back_whole(town: Town, held_in_escrow: AccountRef) -> None:
    first = town.prepared()
    with transaction(TESTER):
        payment = town.payment(first)
        payment.closed_at = clock_now()
        move(payment, "close", actor=TESTER, now=clock_now())
    second = town.paid()
    town.box.pay(first)
    assert town.take(town.box.merchant.wait_for(2)[1]) == 200
    town.fresh()
    [back] = refunds_of(town.payment(first))
    assert (back.amount, back.status, back.reason) == (8700, "created", "paid twice")
    assert (town.held(refund_payable(town.customer_id)), town.held(held_in_escrow), refunds_of(town.payment(second))) == (8700, 8700, [])
    assert [each.status for each in payments_of("test", 1)] == ["paid", "paid"]
    town.run(only="send_refund")
    assert town.take(town.box.merchant.wait_for(3)[2]) == 200
    town.fresh()
    assert (town.refund(back.number).status, town.held(refund_payable(town.customer_id)), town.payment(first).refunded) == ("succeeded", 0, 8700)
    assert town.held(town.payment(first).clearing_account) == -8700


def test_forty_replays_of_one_callback_make_one_posting(town: Town, held_in_escrow: AccountRef) -> None:
    number = town.prepared()
    town.box.pay(number)
    posted = town.box.merchant.wait_for(1)[0]
    start, answers = threading.Barrier(40), []

    def replay() -> None:
        start.wait()
        answers.append(town.take(posted))

    threads = [threading.Thread(target=replay) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    town.fresh()
    assert answers == [200] * 40
    assert (transactions("order_paid"), town.held(held_in_escrow), town.payment(number).status) == (1, 8700, "paid")
    assert [notice.status for notice in town.notices()] == ["handled"]


def test_two_notices_of_one_payment_make_one_posting(town: Town) -> None:
    number = town.paid()
    with transaction(TESTER):
        known = town.notices()[0]
        again = ChannelNotice(
            notify_id="another", event_type=known.event_type, subject=number, received_at=clock_now(), body=b"{}", resource=known.resource
        )
        db.session.add(again)
    jobs.obey_notices()
    town.fresh()
    assert ([notice.status for notice in town.notices()], transactions("order_paid")) == (["handled", "handled"], 1)


def test_a_forged_callback_is_refused_and_not_kept(town: Town) -> None:
    number = town.prepared()
    town.box.fault("signtest")
    town.box.pay(number)
    posted = town.box.merchant.wait_for(1)[0]
    with town.at_the_door():
        client = town.app.test_client()
        answer = client.post(NOTIFY_PATH, data=posted.body, headers=posted.headers)
        assert (answer.status_code, answer.mimetype, answer.json["code"]) == (401, "application/problem+json", "callback_forged")
        assert [client.post(NOTIFY_PATH, data=body).status_code for body in (b"", b"{}", b"x" * 70_000)] == [401, 401, 401]
    town.fresh()
    assert (town.notices(), town.payment(number).status, transactions("order_paid")) == ([], "created", 0)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("amount", {"total": 8701, "currency": "CNY"}), ("mchid", "1900000002"), ("appid", "wx0000000000000000"), ("out_trade_no", "P9"),
        ("trade_state", "NOTPAY"),
    ],
)
def test_what_differs_from_ours_is_not_booked_and_waits_for_a_person(town: Town, part: str, said: object) -> None:
    number = town.paid()
    with transaction(TESTER):
        told = dict(town.notices()[0].resource)
    other = town.prepared(subject_id=2)
    with transaction(TESTER):
        resource = told | {"out_trade_no": other, "transaction_id": "420000000000"} | {part: said}
        known = {"notify_id": "n2", "event_type": "TRANSACTION.SUCCESS", "subject": other}
        db.session.add(ChannelNotice(**known, received_at=clock_now(), body=b"", resource=resource))
    jobs.obey_notices()
    town.fresh()
    notice = town.notices()[1]
    assert (notice.status, bool(notice.error)) == ("failed", True)
    assert (town.payment(other).status, transactions("order_paid"), town.payment(number).status) == ("created", 1, "paid")


def test_an_unknown_event_and_an_unreadable_notice_wait_for_a_person(town: Town) -> None:
    with transaction(TESTER):
        for number, event in enumerate(("COUPON.USE", "TRANSACTION.SUCCESS")):
            db.session.add(ChannelNotice(notify_id=f"n{number}", event_type=event, received_at=clock_now(), body=b"", resource={"amount": 1}))
    jobs.obey_notices()
    town.fresh()
    assert [(notice.status, notice.tries) for notice in town.notices()] == [("failed", 1), ("failed", 1)]


def test_staff_have_a_failed_notice_obeyed_again(town: Town) -> None:
    number = town.prepared()
    town.box.pay(number)
    real = town.app.extensions["pay_account"]
    town.app.extensions["pay_account"] = type(real)(**{**real.__dict__, "appid": "wxanother"})
    town.take(town.box.merchant.wait_for(1)[0])
    town.app.extensions["pay_account"] = real
    town.fresh()
    [notice] = town.notices()
    assert (notice.status, "appid" in notice.error, town.payment(number).status) == ("failed", True, "created")
    with transaction(TESTER):
        move(town.notices()[0], "retry", actor=_finance(), now=clock_now())
    town.run(only="obey_notice")
    town.fresh()
    assert (town.notices()[0].status, town.payment(number).status) == ("handled", "paid")


def test_a_fault_of_ours_keeps_the_notice_for_another_try(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    number = town.prepared()
    town.box.pay(number)
    posted = town.box.merchant.wait_for(1)[0]

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a mistake")

    with monkeypatch.context() as patched:
        patched.setattr("app.kernel.payments.operations.notices.confirm_payment", broken)
        assert town.take(posted) == 200
        town.fresh()
        assert [(notice.status, notice.tries) for notice in town.notices()] == [("received", 1)]
        for _ in range(MOST_TRIES - 2):
            jobs.obey_notices()
        town.fresh()
        assert [(notice.status, notice.tries) for notice in town.notices()] == [("received", MOST_TRIES - 1)]
    jobs.obey_notices()
    town.fresh()
    assert (town.notices()[0].status, town.payment(number).status) == ("handled", "paid")


def test_an_answer_that_differs_is_kept_once_for_a_person(town: Town) -> None:
    town.box.fault("lost")
    number = town.prepared()
    town.box.pay(number)
    with town.box.gateway.house.store.writing() as connection:
        connection.execute("UPDATE payment SET amount = 8701 WHERE out_trade_no = ?", (number,))
    key = town.payment(number).id
    db.session.rollback()
    jobs.ask_about_payment(key)
    jobs.ask_about_payment(key)
    town.fresh()
    [notice] = town.notices()
    assert (notice.event_type, notice.status, notice.subject, town.payment(number).status) == ("QUERY", "failed", number, "created")
    with town.box.gateway.house.store.writing() as connection:
        connection.execute("UPDATE payment SET amount = 8700 WHERE out_trade_no = ?", (number,))
    with transaction(TESTER):
        move(town.notices()[0], "retry", actor=_finance(), now=clock_now())
    town.run(only="obey_notice")
    town.run(only="ask_about_payment")
    town.fresh()
    assert (town.notices()[0].status, town.payment(number).status) == ("handled", "paid")


def test_an_open_payment_is_found_again_and_two_at_once_get_the_same(town: Town) -> None:
    start, numbers = threading.Barrier(8), []

    def race() -> None:
        with town.app.app_context():
            start.wait()
            numbers.append(town.opened())

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(numbers), len(set(numbers))) == (8, 1)
    with pytest.raises(OtherAmountOpen), transaction(TESTER):
        open_payment("test", 1, 8800, "x", "test", town.merchant_id, town.customer_id, clock_now(), actor=TESTER, now=clock_now())


def test_preparing_twice_gives_the_same_payment(town: Town) -> None:
    number = town.opened()
    key = town.payment(number).id
    with transaction(TESTER):
        first, second = (prepare_payment(key, "oPayer", now=clock_now()) for _ in range(2))
    assert (first.number, first.amount, first.parameters["package"]) == (number, 8700, second.parameters["package"])
    assert first.payer_page and first.payer_page.startswith(town.box.gateway.address)
    asks = db.session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ask_about_payment'"))
    assert asks == 3


def test_preparing_needs_a_payer_time_and_a_channel(town: Town) -> None:
    number = town.opened()
    key = town.payment(number).id
    with pytest.raises(PayerUnknown), transaction(TESTER):
        prepare_payment(key, "", now=clock_now())
    with pytest.raises(PaymentOver), transaction(TESTER):
        prepare_payment(key, "oPayer", now=clock_now() + timedelta(minutes=16))
    town.box.fault("http_500", "requests")
    with pytest.raises(ChannelAway), transaction(TESTER):
        prepare_payment(key, "oPayer", now=clock_now())
    town.fresh()
    assert (town.payment(number).status, town.payment(number).prepay_id) == ("created", None)
    paid = town.paid(subject_id=2)
    with pytest.raises(PaymentOver), transaction(TESTER):
        prepare_payment(town.payment(paid).id, "oPayer", now=clock_now())


def test_no_transaction_is_open_while_the_channel_is_called(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ones: list[int] = []
    channel = type(town.box.channel)
    for name in ("prepay", "query", "close", "refund", "query_refund"):
        real = getattr(channel, name)

        def watched(self: object, *arguments: object, _real: object = real, **named: object) -> object:
            with db.engine.connect() as looking:
                open_ones.append(looking.execute(text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
                )).scalar_one())
            return _real(self, *arguments, **named)

        monkeypatch.setattr(channel, name, watched)
    number = town.paid()
    other = town.prepared(subject_id=2)
    db.session.rollback()
    with transaction(TESTER):
        close_payment(db.session.scalars(select(Payment.id).where(Payment.number == other)).one(), actor=TESTER, now=clock_now())
    town.refunded(number, 100)
    db.session.rollback()
    town.run(timedelta(minutes=2))
    assert len(open_ones) >= 5
    assert set(open_ones) == {0}
    until(lambda: len(town.box.merchant.posts) >= 2)
    assert town.take(town.box.merchant.posts[1]) == 200


@pytest.mark.parametrize(
    "change",
    [
        "amount = 1", "number = 'X'", "status = 'created'", "channel_number = 'X'", "refunded = 5", "paid_at = now()", "merchant_id = NULL",
    ],
)
def test_what_is_paid_cannot_be_changed_by_hand(town: Town, change: str) -> None:
    number = town.paid()
    town.fresh()
    with pytest.raises(DBAPIError):
        db.session.execute(text(f"UPDATE pay_payment SET {change} WHERE number = :number"), {"number": number})
    town.fresh()
    with pytest.raises(DBAPIError):
        db.session.execute(text("DELETE FROM pay_payment"))
    town.fresh()
    with pytest.raises(DBAPIError):
        db.session.execute(text("UPDATE pay_notice SET resource = '{}'"))
    town.fresh()
    assert town.payment(number).status == "paid"


def test_time_of_success_is_the_channels(town: Town) -> None:
    number = town.prepared()
    town.box.pay(number, at="2026-11-01T12:00:00+08:00")
    town.take(town.box.merchant.wait_for(1)[0])
    town.fresh()
    assert town.payment(number).paid_at == datetime(2026, 11, 1, 4, tzinfo=UTC)


def _finance() -> object:
    return type(TESTER)("staff", 1, "财务", frozenset({"Finance"}), TESTER.scope)
