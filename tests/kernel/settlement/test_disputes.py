"""The merchant's word on a statement: yes, no, or silence; what is granted comes with the next statement."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.ledger.accounts import cost
from app.kernel.ledger.queries import balance
from app.kernel.settlement.jobs import confirm_statements
from app.kernel.settlement.models import Dispute, Policy, Statement
from tests.kernel.settlement.world import close, later, make, prove, release, statements, today
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.support.pictures import picture
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant with a statement of 34.96 that waits for its word."""
    with app.app_context(), transaction(SETUP) as session:
        session.add(Policy(trade="dining", confirm_days=3, starts_on=today(), made_by="staff:101"))
        session.flush()
        session.execute(text("UPDATE settle_policy SET status = 'approved', approved_by = 'staff:102'"))
    made, li = restaurant(app), Shopper(app, "li")
    made.serve(made.paid(li, ("鲜虾粥", 2)))
    release(app)
    close(app)
    prove(app)
    make(app, "ask_merchant")
    return made


@pytest.fixture
def owner(app: Flask, place: Restaurant) -> FlaskClient:
    return sign_in(app, place.house.members["Owner"])


def order_number(app: Flask) -> str:
    with app.app_context():
        enter_scope(EVERYTHING)
        return str(db.session.scalar(text("SELECT number FROM order_order")))


def dispute(app: Flask, owner: FlaskClient, **more: object) -> int:
    """The owner says that 2.00 are missing; the answer's status."""
    form = {"statement_id": "1", "order_number": order_number(app), "claimed": "2", "reason": "打包费没有算给我", **more}
    return owner.post("/statement-disputes/new", data=form).status_code


def test_the_owner_confirms_and_finance_goes_on(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    assert statements(app)[0]["status"] == "confirming"
    assert staff(app, "Finance").post("/statements/1/move/approve", data={"confirmed_amount": "34.96"}).status_code == 409
    page = owner.get("/statements/1").get_data(as_text=True)
    assert "确认账单" in page and "有异议" in page
    assert sign_in(app, place.house.members["Manager"]).post("/statements/1/move/confirm").status_code == 403
    assert owner.post("/statements/1/move/confirm").status_code == 303
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(Statement)).one()
        assert (found.status, (found.confirmed_by or "").partition(":")[0]) == ("frozen", "member")


def test_silence_is_a_yes_when_the_time_is_over_and_not_before(app: Flask, place: Restaurant) -> None:
    with app.app_context(), clock.at(later(2)):
        confirm_statements()
    assert statements(app)[0]["status"] == "confirming"
    with app.app_context(), clock.at(later(4)):
        confirm_statements()
        confirm_statements()
    assert statements(app)[0]["status"] == "frozen"


def test_an_upheld_dispute_is_a_correction_in_the_next_statement(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    evidence = {"evidence": (io.BytesIO(picture("JPEG")), "小票.jpg")}
    assert dispute(app, owner, **evidence) == 303
    assert statements(app)[0]["status"] == "disputed"
    first, second = staff(app, "Finance", "xu"), staff(app, "Finance", "he")
    assert "/files/" in first.get("/statement-disputes/1").get_data(as_text=True)
    too_much = first.post("/statement-disputes/1/move/propose", data={"granted": "2.01", "answer": "补"})
    assert (too_much.status_code, "最多 ¥2.00" in too_much.get_data(as_text=True)) == (422, True)
    assert first.post("/statement-disputes/1/move/propose", data={"granted": "1.50", "answer": "补打包费"}).status_code == 303
    assert first.post("/statement-disputes/1/move/uphold", data={"confirmed_amount": "1.50"}).status_code == 403
    assert second.post("/statement-disputes/1/move/uphold", data={"confirmed_amount": "2"}).status_code == 422
    assert second.post("/statement-disputes/1/move/uphold", data={"confirmed_amount": "1.50"}).status_code == 303
    assert (statements(app)[0]["status"], statements(app)[0]["closing"]) == ("frozen", 3496)
    close(app, 2)
    assert {name: statements(app)[1][name] for name in ("opening", "adjusted", "closing", "payable")} == {
        "opening": 3496, "adjusted": 150, "closing": 3646, "payable": 150,
    }
    with app.app_context():
        enter_scope(EVERYTHING)
        assert balance(cost("compensation")) == -150
    assert "补打包费" in owner.get("/statement-disputes/1").get_data(as_text=True)


def test_a_statement_waits_for_its_last_answer(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    assert dispute(app, owner) == dispute(app, owner, order_number="") == 303
    finance = staff(app, "Finance")
    assert finance.post("/statement-disputes/1/move/reject", data={"answer": "打包费已经在收入里"}).status_code == 303
    assert statements(app)[0]["status"] == "disputed"
    assert owner.post("/statement-disputes/2/move/withdraw").status_code == 303
    assert statements(app)[0]["status"] == "frozen"


@pytest.mark.parametrize(("more", "words"), [
    ({"order_number": "D000000"}, "没有订单"), ({"claimed": "0"}, "少算了多少"), ({"reason": ""}, "写明哪里不对"), ({"statement_id": "7"}, ""),
    ({"evidence": (io.BytesIO(b"MZ nothing"), "x.exe")}, "只收"),
])
def test_what_is_no_dispute_changes_nothing(app: Flask, place: Restaurant, owner: FlaskClient, more: dict[str, object], words: str) -> None:
    form = {"statement_id": "1", "order_number": "", "claimed": "2", "reason": "不对", **more}
    answered = owner.post("/statement-disputes/new", data=form)
    assert (answered.status_code, words in answered.get_data(as_text=True)) == (422, True)
    assert statements(app)[0]["status"] == "confirming"
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Dispute)).all() == []


def test_after_its_word_a_merchant_disputes_no_more(app: Flask, place: Restaurant, owner: FlaskClient) -> None:
    owner.post("/statements/1/move/confirm")
    assert dispute(app, owner) == 422  # no statement is offered any more
    other = restaurant(app, "别家")
    assert sign_in(app, other.house.members["Owner"]).get("/statement-disputes/new?statement=1").status_code == 200
    assert dispute(app, sign_in(app, other.house.members["Owner"])) == 422
    assert statements(app)[0]["status"] == "frozen"
