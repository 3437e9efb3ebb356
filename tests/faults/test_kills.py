"""Killed in the middle, the database or a worker: nothing is lost, nothing happens twice, the proofs hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import bank, escrow, merchant_available, payout_in_transit, refund_payable
from app.kernel.ledger.queries import balance
from app.kernel.payments import jobs
from app.kernel.settlement.jobs import close_cycle, follow_payouts
from app.kernel.settlement.models import Cycle, PayoutBatch, StatementLine
from tests.faults.cluster import Cluster, stopped_in_the_middle
from tests.kernel.payments.conftest import Town, town  # noqa: F401 - a fixture
from tests.kernel.settlement.world import CHECKER, MAKER, batch, close, later, make, payee, payouts, prove, release, statements
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant

CLOSING = """
from app.kernel.settlement import jobs
from app.kernel.settlement.operations import closing
write, draft, written = closing._write, closing.draft_statements, []
def halting(cycle, chosen, now):
    write(cycle, chosen, now)
    written.append(chosen)
    if len(written) == 3:
        stop_here()
closing._write = halting
jobs.draft_statements = lambda cycle_id, **how: draft(cycle_id, **how, most=1)
with app.app_context():
    jobs.close_cycle("dining", date.fromisoformat(argument), actor=system("settlement"), now=datetime.now(UTC) + timedelta(days=1))
"""
PAYING = """
from app.kernel.settlement import jobs
from app.kernel.settlement.operations import sending
give, given = sending.send_next, []
def halting(batch_id, *, now):
    payout = give(batch_id, now=now)
    given.append(payout)
    if len(given) == 3:
        stop_here()
    return payout
sending.send_next = halting
with app.app_context():
    jobs.send_batch(int(argument))
"""
REFUNDING = """
import json
from app.kernel.payments import jobs
from app.kernel.payments.operations import refunding
asked = json.loads(argument)
app.config.update(GATEWAY_FOLDER=Path(asked["folder"]), WECHAT_PAY_URL=asked["channel"], PUBLIC_URL=asked["own"])
heed = refunding.heed_refund
def halting(told, **who):
    heed(told, **who)
    refunding.db.session.flush()
    stop_here()
refunding.heed_refund = halting
with app.app_context():
    jobs.send_refund(asked["refund"])
"""
EACH = 3496  # 36.00 of goods and 2.00 packing, less 3.04 of commission

killed = pytest.mark.parametrize("who", ["worker", "database"])


def kill(who: str, cluster: Cluster, app: Flask) -> None:
    """The database is killed and comes back; a worker is killed by whoever holds it."""
    if who == "database":
        cluster.kill()
        with app.app_context():
            db.engine.dispose()


def sold(app: Flask) -> list[Restaurant]:
    """Four restaurants with a completed order each, past their hold."""
    li = Shopper(app, "li")
    places = [restaurant(app, name) for name in ("甲", "乙", "丙", "丁")]
    for place in places:
        place.serve(place.paid(li, ("鲜虾粥", 2)))
    release(app)
    return places


def held(app: Flask, *places: Restaurant) -> tuple[int, ...]:
    """In transit, at the bank, and what each merchant has available."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return balance(payout_in_transit()), balance(bank()), *(balance(merchant_available(place.house.merchant_id)) for place in places)


@killed
def test_a_closing_goes_on_where_it_was_killed(app: Flask, cluster: Cluster, tmp_path: Path, who: str) -> None:
    places = sold(app)
    with stopped_in_the_middle(cluster, tmp_path, CLOSING, later(1).date().isoformat()):
        assert len(statements(app)) == 2
        kill(who, cluster, app)
    assert [each["lines_count"] for each in statements(app)] == [1, 1]
    day = later(1).date()
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Cycle)).one().finished_at is None
        close_cycle("dining", day, actor=MAKER, now=later(1))
    assert [(each["closing"], each["payable"], each["lines_count"]) for each in statements(app)] == [(EACH, EACH, 1)] * 4
    with app.app_context():
        enter_scope(EVERYTHING)
        lines = db.session.execute(select(StatementLine.merchant_id, StatementLine.transaction_id, StatementLine.net)).all()
        assert sorted(each.merchant_id for each in lines) == sorted(place.house.merchant_id for place in places)
        assert len({each.transaction_id for each in lines}) == 4 and {each.net for each in lines} == {EACH}
        assert db.session.scalars(select(Cycle)).one().finished_at is not None


def test_a_batch_goes_on_when_the_database_was_killed(app: Flask, cluster: Cluster, tmp_path: Path) -> None:
    places = sold(app)
    close(app)
    prove(app)
    for number in range(4):
        make(app, "freeze", number=number)
        make(app, "approve", actor=CHECKER, number=number)
    payee(app)
    key = batch(app)
    with app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(PayoutBatch, key), "approve", actor=CHECKER, now=later(0))
    with stopped_in_the_middle(cluster, tmp_path, PAYING, str(key)):
        kill("database", cluster, app)
    assert [status for _, status, *_ in payouts(app)] == ["sent", "sent", "waiting", "waiting"]
    assert held(app, *places) == (2 * EACH, 0, 0, 0, EACH, EACH)
    with app.app_context():
        follow_payouts()
        follow_payouts()
    assert [status for _, status, *_ in payouts(app)] == ["sent"] * 4
    assert held(app, *places) == (4 * EACH, 0, 0, 0, 0, 0)


@killed
def test_a_refund_that_the_channel_took_is_not_given_again(  # noqa: F811 - the fixture
    app: Flask, cluster: Cluster, tmp_path: Path, town: Town, who: str,  # noqa: F811
) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 3080)
    key, owed = town.refund(refund_number).id, refund_payable(town.customer_id)
    db.session.rollback()
    asked = {name: str(app.config[setting]) for name, setting in (("folder", "GATEWAY_FOLDER"), ("channel", "WECHAT_PAY_URL"), ("own", "PUBLIC_URL"))}
    with stopped_in_the_middle(cluster, tmp_path, REFUNDING, json.dumps({**asked, "refund": key})):
        kill(who, cluster, app)
    town.fresh()
    assert (town.refund(refund_number).status, town.held(owed)) == ("created", 3080)
    db.session.rollback()
    jobs.send_refund(key)
    jobs.send_refund(key)
    assert town.take(town.box.merchant.wait_for(2)[1]) == 200
    town.fresh()
    assert (town.refund(refund_number).status, town.refunds_done, town.held(owed)) == ("succeeded", [key], 0)
    assert (town.held(town.payment(number).clearing_account), town.held(escrow("test"))) == (3080 - 8700, 8700 - 3080)
    with town.box.gateway.house.store.reading() as connection:
        assert [tuple(row) for row in connection.execute("SELECT out_refund_no, state FROM refund")] == [(refund_number, "SUCCESS")]
