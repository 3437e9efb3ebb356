"""Who is told of what between a merchant and finance: statements to confirm, disputes, withdrawals, invoices; and what the card of finance lists."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.framework.notices import Happening
from app.kernel.notices.queries import kinds
from app.kernel.parties.models import StaffUser
from app.kernel.settlement.models import Dispute, Invoice, Withdrawal
from app.kernel.workspace.models import Notice
from tests.kernel.settlement.test_disputes import dispute, owner, place  # noqa: F401 - fixtures
from tests.kernel.settlement.test_withdrawals import ask, setting
from tests.kernel.settlement.world import CHECKER, MAKER, later, payee, release
from tests.support.people import Shopper, staff
from tests.verticals.dining.world import Restaurant


def told(app: Flask) -> list[tuple[str, str]]:
    """Who was told what, by name, in order."""
    with app.app_context():
        enter_scope(EVERYTHING)
        rows = select(StaffUser.username, Notice.title).join(Notice, Notice.user_id == StaffUser.id).order_by(Notice.id)
        return [(who, title) for who, title in db.session.execute(rows)]


@pytest.mark.covers("dining.E5")
def test_a_dispute_goes_to_finance_and_its_answer_to_the_owner(app: Flask, place: Restaurant, owner: FlaskClient) -> None:  # noqa: F811
    mine = place.house.members["Owner"]
    assert [title for who, title in told(app) if who == mine][-1].endswith("的账单等你确认")
    finance, before = staff(app, "Finance", "xu"), len(told(app))
    assert dispute(app, owner) == 303
    assert told(app)[before:] == [("xu", "账单异议：少算了 ¥2.00")]
    home = finance.get("/").get_data(as_text=True)
    assert "账单异议等答复" in home
    assert finance.post("/statement-disputes/1/move/reject", data={"answer": "打包费在里面"}).status_code == 303
    assert told(app)[before + 1:] == [(mine, "异议 " + number_of(app) + " 有答复")]


def number_of(app: Flask) -> str:
    """The number of the one dispute."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.scalars(select(Dispute.number)).one()


def test_a_large_withdrawal_is_told_to_finance_and_its_refusal_to_the_owner(app: Flask, place: Restaurant) -> None:  # noqa: F811
    payee(app)
    place.serve(place.paid(Shopper(app, "wang"), ("鲜虾粥", 2)))
    release(app)
    finance, before = staff(app, "Finance", "xu"), len(told(app))
    assert ask(app, place, 1000) == "ready"
    assert told(app)[before:] == []
    setting(app, "settlement.withdrawal_review_above", 500)
    assert ask(app, place, 600) == "asked"
    assert told(app)[before:][-1:] == [("xu", "提现 ¥6.00 等审核")]
    assert "提现等审核" in finance.get("/").get_data(as_text=True)
    with app.app_context(), transaction(MAKER) as session:
        move(session.scalars(select(Withdrawal).order_by(Withdrawal.id.desc())).first(), "refuse", actor=CHECKER, now=later(0), reason="账户待核实")
    assert told(app)[-1] == (place.house.members["Owner"], "提现 ¥6.00 没有付成")


def test_invoices_are_told_both_ways(app: Flask) -> None:
    asked = Invoice(id=3, number="F1", merchant_id=7, month=date(2026, 10, 1), amount=126000)
    with app.app_context():
        there = kinds()["settlement.invoice_asked"].tell(asked, Happening("", "", MAKER))
        back = kinds()["settlement.invoice_answered"].tell(asked, Happening("", "抬头不对", MAKER))
    assert (there.merchant_id, there.roles, there.values["amount"], there.values["month"]) == (None, {"Finance"}, "¥1,260.00", "2026-10")
    assert (back.merchant_id, back.roles, back.values["reason"]) == (7, {"Owner"}, "抬头不对")
