"""A complaint on the statement: what is held and given back, what a ruling takes, and what the platform bears of it; on paper, too."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.settlement.models import StatementLine
from tests.kernel.complaints.test_complaints import arbitrated, released
from tests.kernel.settlement.test_papers import words_of
from tests.kernel.settlement.test_workbook import workbook
from tests.kernel.settlement.world import close, statements
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import restaurant

ORDER = ("order", 10800, 0, 864, 0, 9936)  # kind, earned, refunded, fees, adjusted, net
HELD, BACK, TAKEN = ("adjustment", 0, 0, 0, -5000, -5000), ("adjustment", 0, 0, 0, 5000, 5000), ("refund", 0, 5000, -400, 0, -4600)
BORNE = ("adjustment", 0, 0, 0, 4600, 4600)


@pytest.mark.covers("dining.F2")
@pytest.mark.parametrize(("bearer", "more", "closing"), [("merchant", [], 5336), ("platform", [BORNE], 9936)])
def test_a_ruling_stands_on_the_statement_line_by_line(app: Flask, bearer: str, more: list[tuple[object, ...]], closing: int) -> None:
    place, shopper = restaurant(app), Shopper(app)
    order = released(app, place, shopper)
    key = arbitrated(app, place, shopper, order)
    first, second = staff(app, "Operator"), staff(app, "Operator", "operator2")
    first.post(f"/complaints/{key}/move/rule", data={"granted": "50.00", "bearer": bearer, "ruling": "查实"})
    assert second.post(f"/complaints/{key}/move/uphold", data={"confirmed_amount": "50.00"}).status_code == 303
    close(app)
    names = ("earned", "refunded", "fees", "adjusted", "net")
    with app.app_context():
        enter_scope(EVERYTHING)
        lines = [(each.kind, *(getattr(each, name) for name in names)) for each in db.session.scalars(select(StatementLine).order_by(StatementLine.id))]
    assert sorted(lines) == sorted([ORDER, HELD, BACK, TAKEN, *more])
    (found,) = statements(app)
    assert (found["closing"], found["payable"], found["adjusted"], found["fees"]) == (closing, closing, 4600 * len(more), 464)
    assert f"{closing / 100:,.2f}" in words_of(sign_in(app, place.house.members["Owner"]).get("/statements/1/paper").data)
    book = load_workbook(io.BytesIO(workbook(app)), data_only=True)
    shown = list(book["明细"].iter_rows(min_row=2, values_only=True))
    assert [row.count("调整") for row in shown].count(1) == 2 + len(more)
    assert round(shown[-1][16] * 100) == closing and round({row[0]: row[1] for row in book["汇总"].values}["期末"] * 100) == closing


def test_what_is_still_held_is_not_paid(app: Flask) -> None:
    place, shopper = restaurant(app), Shopper(app)
    arbitrated(app, place, shopper, released(app, place, shopper))
    close(app)
    (found,) = statements(app)
    assert (found["earned"], found["adjusted"], found["closing"], found["payable"]) == (10800, -5000, 4936, 4936)
