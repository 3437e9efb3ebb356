"""The main job on real input: a spreadsheet of sixty dishes, hundreds of orders through the public API and the gateway."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import EVERYTHING, Actor, system
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import merchant_available
from app.kernel.ledger.proofs import run_proofs
from app.kernel.ledger.queries import balance
from app.kernel.parties.demo import fill as fill_people
from app.kernel.settlement.jobs import close_cycles, send_batch
from app.kernel.settlement.models import Cycle, Payout, Statement
from app.kernel.settlement.operations.batches import make_batch
from app.kernel.settlement.workbook.sheets import Extent, write
from app.verticals.dining.demo.menus import TOWN
from app.verticals.dining.demo.play import ENDINGS, Town
from app.verticals.dining.demo.restaurant import staff_actor
from app.verticals.dining.demo.town import open_restaurant
from tests.support.database import calm


@pytest.mark.covers("dining.S1", "dining.F1", "dining.E5")
def test_sixty_dishes_and_three_hundred_orders_end_to_the_fen(app: Flask, gateway: str) -> None:
    now = datetime.now(UTC)
    fill_people(app)
    shop_id = open_restaurant(app, TOWN[0], now - timedelta(days=3))
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.execute(text("SELECT count(*) FROM dining_dish WHERE status = 'on_sale'")).scalar_one() == 60
    town, seven = Town(app), day_start(business_day(now) - timedelta(days=2)) + timedelta(hours=7)
    for number in range(300):
        town.order(shop_id, ENDINGS[number % len(ENDINGS)], seven + timedelta(minutes=3 * number))
    town.set_gateway_clock(None)
    tally = town.tally
    assert tally.placed == 300
    with app.app_context():
        enter_scope(EVERYTHING)
        books = dict(db.session.execute(text(
            "SELECT a.book, sum(e.amount) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id GROUP BY a.book"
        )).tuples().all())
        assert -books["clearing"] == tally.paid
        assert books["refund_payable"] == tally.refunded
        assert books["pending"] + books["revenue"] == tally.paid - tally.refunded
        assert books.get("escrow", 0) == 0
    close_approve_and_compare(app, town, seven + timedelta(days=3))


def pay_statements(app: Flask, maker: Actor, checker: Actor, moment: datetime) -> None:
    """Freeze and approve every draft that owes something, pay them in one batch, and note what the bank answered."""
    with app.app_context(), clock.at(moment):
        with transaction(system("test")) as session:
            for statement in list(session.scalars(select(Statement).where(Statement.status == "draft", Statement.payable > 0).order_by(Statement.id))):
                move(statement, "freeze", actor=maker, now=moment)
                move(statement, "approve", actor=checker, now=moment)
            batch_id = move(make_batch(actor=maker, now=moment), "approve", actor=checker, now=moment).id
        send_batch(batch_id)
        with transaction(system("test")) as session:
            for payout in list(session.scalars(select(Payout).where(Payout.batch_id == batch_id, Payout.status == "sent").order_by(Payout.id))):
                move(payout, "mark_paid", actor=maker, now=moment, reference=f"QXNS{payout.id:08d}")


def close_approve_and_compare(app: Flask, town: Town, moment: datetime) -> None:
    """The cycle is released, closed, approved by a second person, paid, and exported; the spreadsheet equals the ledger."""
    with app.app_context(), clock.at(moment):
        calm()
        close_cycles("dining", business_day(moment).isoformat())
        with transaction(system("test")) as session:
            maker, checker = staff_actor("finance"), staff_actor("finance2")
            run_proofs(moment)
            statement = session.scalars(select(Statement)).one()
            merchant_id, closing = statement.merchant_id, statement.closing
        pay_statements(app, maker, checker, moment)
    with app.test_request_context():
        enter_scope(EVERYTHING)
        file = io.BytesIO()
        write(Extent(db.session.scalars(select(Cycle)).one()), file)
        values = load_workbook(file, data_only=True)
        earned, fees = (
            db.session.execute(text("SELECT sum(e.amount) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE " + where)).scalar_one()
            for where in ("a.book = 'available' AND e.amount > 0", "a.book = 'revenue'")
        )
        left = balance(merchant_available(merchant_id))
    summary = {row[0].value: row[1].value for row in values["汇总"].iter_rows()}
    assert (round(summary["期末"] * 100), round(summary["费用"] * 100), summary["明细行数"]) == (closing, fees, town.tally.completed)
    assert (earned, left) == (closing, 0)
    assert closing + fees == town.tally.paid - town.tally.refunded
