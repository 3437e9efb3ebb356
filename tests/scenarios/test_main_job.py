"""The main job on real input: a spreadsheet of sixty dishes, hundreds of orders through the public API and the gateway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.parties.demo import fill as fill_people
from app.verticals.dining.demo.menus import TOWN
from app.verticals.dining.demo.play import ENDINGS, Town
from app.verticals.dining.demo.town import open_restaurant


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
