"""From a completed order to a paid statement: exact fen, before and after refunds, once."""

from __future__ import annotations

import threading

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError

from app.core.actors import EVERYTHING, system
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.ledger.accounts import bank, merchant_available, payout_in_transit, unidentified_receipt
from app.kernel.ledger.operations import post
from app.kernel.ledger.queries import balance
from app.kernel.ledger.values import Entry, Posting
from app.kernel.settlement.jobs import send_batch
from app.kernel.settlement.models import Cycle, PayoutBatch, Policy, Statement, StatementLine
from app.kernel.settlement.operations.approval import FrozeItYourself
from app.kernel.settlement.operations.batches import NothingToPay, OwnBatch, ProofsFail
from app.kernel.settlement.operations.closing import take_watermark
from app.kernel.settlement.operations.release import release_reserves
from app.kernel.settlement.queries import available_below, wallet_of
from tests.kernel.settlement.world import (
    CHECKER,
    MAKER,
    answer,
    batch,
    close,
    later,
    make,
    numbers,
    pay,
    payee,
    payouts,
    prove,
    refund,
    release,
    send,
    statements,
    today,
)
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def sold(place: Restaurant, li: Shopper, *wishes: tuple[str, int]) -> int:
    """A completed order; its id. 鲜虾粥 × 2 is 36.00 + 2.00 packing; 8 % of it is 3.04."""
    order = place.paid(li, *(wishes or (("鲜虾粥", 2),)))
    place.serve(order)
    return int(order["id"])


def money(app: Flask, place: Restaurant) -> tuple[int, int, int, int]:
    """The merchant's pending, available, reserve, receivable."""
    with app.app_context():
        enter_scope(EVERYTHING)
        wallet = wallet_of(place.house.merchant_id)
    return wallet.pending, wallet.available, wallet.reserve, wallet.receivable


@pytest.mark.covers("dining.E5")
def test_an_order_is_released_the_business_day_after_it_was_completed_and_once(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    assert release(app, 0) == 0
    assert money(app, place) == (3496, 0, 0, 0)
    assert release(app, 1) == 1
    assert money(app, place) == (0, 3496, 0, 0)
    assert release(app, 1) == 0
    assert money(app, place) == (0, 3496, 0, 0)


def test_a_statement_adds_up_to_the_fen_and_equals_the_ledger(app: Flask, place: Restaurant, li: Shopper) -> None:
    first = sold(place, li)
    refund(app, first, 1800)  # 18.00 of the customer's money: merchant 16.56, commission 1.44
    sold(place, li, ("牛肉面", 3))  # 37.50 + 3.00, fee 3.24
    release(app)
    close(app)
    [statement] = statements(app)
    assert statement == {
        "opening": 0, "earned": 3800 + 4050, "refunded": 1800, "fees": 304 - 144 + 324, "adjusted": 0, "paid": 0,
        "closing": 3800 + 4050 - 1800 - 484, "payable": 5566, "status": "draft", "lines_count": 2,
    }
    with app.app_context():
        enter_scope(EVERYTHING)
        stored = db.session.scalars(select(Statement)).one()
        assert available_below(stored.merchant_id, stored.watermark) == balance(merchant_available(stored.merchant_id)) == stored.closing
        lines = [(line.kind, line.earned, line.refunded, line.fees, line.net, line.goods, line.packing) for line in stored.lines]
        assert lines == [("order", 3800, 1800, 160, 1840, 3600, 200), ("order", 4050, 0, 324, 3726, 3750, 300)]
        assert all(line.rule_versions for line in stored.lines)


def test_a_refund_after_release_comes_in_the_next_statement(app: Flask, place: Restaurant, li: Shopper) -> None:
    order = sold(place, li)
    release(app)
    close(app, 1)
    pay(app)
    refund(app, order, 1800)  # the till is empty: we advance 16.56
    assert money(app, place) == (0, 0, 0, -1656)
    sold(place, li)
    release(app, 2)
    assert money(app, place) == (0, 3496, 0, -1656)
    close(app, 2)
    first, second = statements(app)
    assert (first["closing"], first["payable"], first["status"]) == (3496, 3496, "paid")
    assert second == {
        "opening": 3496, "earned": 3800, "refunded": 0, "fees": 304, "adjusted": -1656, "paid": 3496, "closing": 1840, "payable": 1840,
        "status": "draft", "lines_count": 3,
    }
    assert money(app, place) == (0, 1840, 0, 0)


def test_a_refund_before_payment_lowers_the_next_statement_and_stops_this_one(app: Flask, place: Restaurant, li: Shopper) -> None:
    order = sold(place, li)
    release(app)
    close(app, 1)
    refund(app, order, 1800)
    prove(app)
    make(app, "freeze")
    make(app, "approve", actor=CHECKER)
    close(app, 2)
    assert statements(app)[1] == {
        "opening": 3496, "earned": 0, "refunded": 1800, "fees": -144, "adjusted": 0, "paid": 0, "closing": 1840, "payable": 0, "status": "draft",
        "lines_count": 1,
    }
    payee(app)
    send(app)
    assert payouts(app) == [(numbers(app)[0], "dropped", 3496, "商户可提现只剩 ¥18.40，少于应付 ¥34.96；这份账单结转下期")]
    close(app, 3)
    shown = [(each["closing"], each["payable"], each["status"]) for each in statements(app)]
    assert shown == [(3496, 3496, "carried"), (1840, 0, "draft"), (1840, 1840, "draft")]
    with app.app_context():
        enter_scope(EVERYTHING)
        assert [(each.status, each.rows, each.total) for each in db.session.scalars(select(PayoutBatch))] == [("done", 1, 3496)]


def test_what_an_earlier_statement_still_pays_is_not_promised_twice(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    release(app)
    close(app, 1)
    sold(place, li)
    release(app, 2)
    close(app, 2)
    assert [(each["closing"], each["payable"]) for each in statements(app)] == [(3496, 3496), (6992, 3496)]


def test_closing_twice_writes_nothing_twice(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    release(app)
    close(app)
    before = statements(app)
    close(app)
    close(app)
    assert statements(app) == before
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalar(text("SELECT count(*) FROM settle_line")) == 1


def test_two_closers_at_once_write_each_statement_once(app: Flask, li: Shopper) -> None:
    for name in ("甲", "乙", "丙"):
        sold(restaurant(app, name), li)
    release(app)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            close(app)
        except BaseException as problem:  # noqa: BLE001 - looked at below
            failures.append(problem)

    threads = [threading.Thread(target=run) for _ in range(3)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert not failures
    assert [(each["closing"], each["lines_count"]) for each in statements(app)] == [(3496, 1)] * 3
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Cycle)).one().finished_at


def test_two_releases_at_once_post_each_order_once(app: Flask, place: Restaurant, li: Shopper) -> None:
    for _ in range(4):
        sold(place, li)
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(release(app))) for _ in range(3)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert sum(done) == 4
    assert money(app, place) == (0, 4 * 3496, 0, 0)


def test_what_is_in_flight_at_the_cut_is_in_the_next_statement(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    release(app)
    merchant_id = place.house.merchant_id
    with app.app_context():
        enter_scope(EVERYTHING)
        entries = Entry(bank(), -100), Entry(unidentified_receipt(), 100)
        post(Posting("test_open", "1", later(0), entries), later(0))  # begins before the cut, ends after it

        def cut() -> None:
            with app.app_context(), transaction(system("t")):
                marks.append(take_watermark(patience=0.1))

        marks: list[int] = []
        thread = threading.Thread(target=cut)
        thread.start()
        thread.join()
        own = db.session.execute(text("SELECT baiye_tx()")).scalar_one()
        assert marks[0] <= own
        db.session.commit()
        after = take_watermark()
        assert after > own
        assert available_below(merchant_id, after) == 3496


def test_two_people_pay_and_the_money_moves_once(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    release(app)
    close(app)
    make(app, "freeze")
    with pytest.raises(FrozeItYourself):
        make(app, "approve")
    assert statements(app)[0]["status"] == "frozen"
    make(app, "approve", actor=CHECKER)
    with pytest.raises(NothingToPay):
        batch(app)  # nobody knows where to pay to
    payee(app)
    key = batch(app)
    with pytest.raises(NothingToPay):
        batch(app)  # it stands in one already
    with pytest.raises(OwnBatch), app.app_context(), transaction(MAKER) as session:
        move(session.get_one(PayoutBatch, key), "approve", actor=MAKER, now=later(0))
    with pytest.raises(ProofsFail), app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(PayoutBatch, key), "approve", actor=CHECKER, now=later(0))  # nobody has checked the proofs yet
    prove(app)
    with app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(PayoutBatch, key), "approve", actor=CHECKER, now=later(0))
    assert run_waiting(app, only="send_batch") == 1
    with app.app_context():
        send_batch(key)  # a second time changes nothing
    with app.app_context():
        enter_scope(EVERYTHING)
        assert balance(payout_in_transit()) == 3496
    answer(app, "mark_failed", reason="账号不对")
    assert money(app, place) == (0, 3496, 0, 0)
    with pytest.raises(NothingToPay):
        batch(app)  # a failure is looked at first
    make(app, "retry")
    send(app)
    answer(app, "mark_paid", reference="B1")
    with app.app_context():
        enter_scope(EVERYTHING)
        assert (balance(payout_in_transit()), balance(bank()), balance(merchant_available(place.house.merchant_id))) == (0, 3496, 0)
    answer(app, "mark_returned", reason="户名不符")
    assert money(app, place) == (0, 3496, 0, 0)
    assert [(status, fen, problem) for _, status, fen, problem in payouts(app)] == [("failed", 3496, "账号不对"), ("returned", 3496, "户名不符")]
    close(app, 2)
    assert [(each["status"], each["closing"], each["payable"], each["paid"]) for each in statements(app)][1:] == [("draft", 3496, 0, 0)]


def test_a_reserve_is_kept_and_comes_free(app: Flask, place: Restaurant, li: Shopper) -> None:
    with app.app_context(), transaction(system("t")) as session:
        session.add(Policy(trade="dining", cycle="daily", hold_days=2, reserve_ppm=100_000, reserve_days=30, starts_on=today(), made_by="staff:101"))
        session.flush()
        session.execute(text("UPDATE settle_policy SET status = 'approved', approved_by = 'staff:102'"))
    sold(place, li)
    assert release(app, 1) == 0
    assert release(app, 2) == 1
    assert money(app, place) == (0, 3146, 350, 0)
    close(app, 2)
    assert (statements(app)[0]["adjusted"], statements(app)[0]["closing"]) == (-350, 3146)
    with app.app_context(), transaction(system("t")):
        assert release_reserves(later(31)) == 0
        assert release_reserves(later(32)) == 1
        assert release_reserves(later(33)) == 0
    assert money(app, place) == (0, 3496, 0, 0)


LINE = """
INSERT INTO settle_line (statement_id, merchant_id, transaction_id, kind, transaction_key, order_number, trade, goods, delivery, packing, merchant_discount,
    paid, subsidy, earned, refunded, fees, adjusted, payout, net, rule_versions, event_at)
SELECT {statement}, merchant_id + {other}, 999999, 'adjustment', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{{}}', now() FROM settle_statement
"""


def test_lines_and_frozen_sums_never_change(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    release(app)
    close(app)
    for change in ("UPDATE settle_line SET net = 1", "DELETE FROM settle_line", "UPDATE settle_statement SET payable = 0", "DELETE FROM settle_statement"):
        with app.app_context(), pytest.raises((IntegrityError, InternalError, ProgrammingError)), transaction(system("t")) as session:
            session.execute(text(change))
        with owner(app) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(change)


def test_only_the_closing_writes_lines_and_only_of_an_open_statement_of_their_merchant(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    release(app)
    close(app)
    with app.app_context(), pytest.raises(ProgrammingError, match="permission denied"), transaction(system("t")) as session:
        session.execute(text(LINE.format(statement="id", other=0)))
    for statement, other in (("id", 0), ("id", 1), ("id + 1", 0)):  # sealed; of another merchant; none
        with owner(app) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation, match="not sealed"):
            connection.execute(LINE.format(statement=statement, other=other))
    with owner(app) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("UPDATE settle_statement SET id = id + 1")
    with app.app_context(), pytest.raises(ProgrammingError, match="for all merchants alike"), transaction(place.house.actor) as session:
        session.execute(text("SELECT settle_write_lines(1, ARRAY[1])"))
    assert [each["lines_count"] for each in statements(app)] == [1]


def owner(app: Flask) -> psycopg.Connection:
    """Who owns the tables: no right is missing, only what the database itself refuses."""
    return psycopg.connect(make_url(app.config["MIGRATION_URL"]).set(drivername="postgresql").render_as_string(hide_password=False))


def test_a_merchant_sees_only_its_own(app: Flask, li: Shopper) -> None:
    mine, other = restaurant(app, "甲"), restaurant(app, "乙")
    sold(mine, li)
    sold(other, li)
    release(app)
    close(app)
    with app.app_context():
        enter_scope(mine.house.actor.scope)
        assert {each.merchant_id for each in db.session.scalars(select(Statement))} == {mine.house.merchant_id}
        assert {each.merchant_id for each in db.session.scalars(select(StatementLine))} == {mine.house.merchant_id}
        assert db.session.execute(text("SELECT count(*) FROM settle_line")).scalar_one() == 1
        assert list(db.session.scalars(select(Cycle))) == []
