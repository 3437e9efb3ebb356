"""Finance's month end and the merchant beside it: export, approve, a batch with a failure and a return, a withdrawal, all through their doors."""

from __future__ import annotations

import io

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.framework.queue import run_waiting
from app.kernel.ledger.accounts import bank, payout_in_transit
from app.kernel.ledger.proofs import assert_proofs_hold
from app.kernel.ledger.queries import balance
from app.kernel.settlement.models import Payout, Statement
from app.kernel.settlement.queries import wallet_of
from tests.kernel.settlement.world import close, payee, prove, release
from tests.support.people import PASSWORD, Shopper, sign_in, staff
from tests.verticals.dining.world import restaurant


def test_finance_pays_a_cycle_and_a_merchant_takes_its_money(app: Flask) -> None:
    li = Shopper(app, "li")
    places = [restaurant(app, name) for name in ("甲", "乙", "丙")]
    for place in places:
        place.serve(place.paid(li, ("鲜虾粥", 2)))
    release(app)
    payee(app)
    close(app)
    prove(app)
    first, second = staff(app, "Finance", "xu"), staff(app, "Finance", "he")
    summary = load_workbook(io.BytesIO(first.post("/settlement/cycles/1/export").data), data_only=True)["汇总"]
    assert {row[0].value: row[1].value for row in summary.iter_rows()}["应付"] == 104.88
    bulk = {"key": ["1", "2", "3"], "confirmed": "yes"}
    assert first.post("/statements/bulk", data={**bulk, "move": "freeze"}).status_code == 200
    assert second.post("/statements/bulk", data={**bulk, "move": "approve", "confirmed_amount": "104.88"}).status_code == 200
    assert "3 笔共 ¥104.88" in first.get("/settlement/").get_data(as_text=True)
    assert first.post("/payout-batches/make").status_code == 303
    assert second.post("/payout-batches/1/move/approve", data={"confirmed_amount": "104.88"}).status_code == 303
    run_waiting(app, only="send_batch")
    paid = {"confirmed_amount": "34.96", "reference": "QX01"}
    for address, answers in (
        ("1/move/mark_paid", paid), ("2/move/mark_failed", {"reason": "账号不存在"}), ("3/move/mark_paid", {**paid, "reference": "QX03"}),
        ("3/move/mark_returned", {"confirmed_amount": "34.96", "reason": "户名不符"}),
    ):
        assert first.post(f"/payouts/{address}", data=answers).status_code == 303, address
    desk = first.get("/settlement/").get_data(as_text=True)
    assert "账号不存在" in desk and "户名不符" in desk and "要处理 2" in desk
    assert second.post("/statements/2/move/carry").status_code == 303
    owner = sign_in(app, places[1].house.members["Owner"])
    assert owner.post("/withdrawals/new", data={"amount": "30", "password": PASSWORD}).status_code == 303
    assert first.post("/statements/3/move/retry").status_code == 303
    assert first.post("/payout-batches/make").status_code == 303
    assert second.post("/payout-batches/2/move/approve", data={"confirmed_amount": "64.96"}).status_code == 303
    run_waiting(app, only="send_batch")
    assert first.post("/payouts/4/move/mark_paid", data={"confirmed_amount": "34.96", "reference": "QX04"}).status_code == 303
    assert first.post("/payouts/5/move/mark_paid", data={"confirmed_amount": "30", "reference": "QX05"}).status_code == 303
    assert "已到账" in owner.get("/withdrawals/1").get_data(as_text=True)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert list(db.session.scalars(select(Statement.status).order_by(Statement.id))) == ["paid", "carried", "paid"]
        assert list(db.session.scalars(select(Payout.status).order_by(Payout.id))) == ["paid", "failed", "returned", "paid", "paid"]
        assert (balance(payout_in_transit()), balance(bank())) == (0, 3496 + 3496 + 3000)
        assert [wallet_of(place.house.merchant_id).available for place in places] == [0, 496, 0]
        assert_proofs_hold()
