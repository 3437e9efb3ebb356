"""After-sales, and what it takes back from whom: before settlement, after it, and when a leader has taken its money already."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import EVERYTHING, Actor
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.aftersales.models import RefundCase
from app.kernel.ledger.accounts import merchant_available, merchant_receivable, refund_payable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.settlement.models import Statement, StatementLine
from app.kernel.settlement.operations.accounts import propose_account
from app.kernel.settlement.operations.closing import draft_statements, open_cycle
from app.kernel.settlement.operations.release import release_due
from app.kernel.settlement.operations.withdrawals import ask_withdrawal
from app.verticals.groupbuy.models import RefundPhotos
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.support.pictures import picture
from tests.verticals.groupbuy.world import Town, town

NOW = datetime.now(UTC)
FINANCE = Actor("staff", 7, "财务", frozenset({"Finance"}), EVERYTHING)


@pytest.fixture
def place(app: Flask) -> Town:
    return town(app)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


def sent(shopper: Shopper) -> str:
    """The key of a picture that the resident sent."""
    answer = shopper.client.post("/api/v1/groupbuy/pictures", data={"file": (io.BytesIO(picture()), "bad.jpg")}, headers=shopper.headers())
    assert answer.status_code == 201, answer.json
    return str(answer.json["key"])


def asked(shopper: Shopper, order: dict[str, Any], pieces: int = 1, line: int = 0, **changes: Any) -> Any:
    """The answer to a request about some pieces of a line."""
    body = {"reason": "坏了", "lines": [{"line_id": order["lines"][line]["id"], "quantity": pieces}], "pictures": [sent(shopper)], **changes}
    return shopper.post(f"/groupbuy/orders/{order['id']}/refunds", body)


def release(app: Flask, days: int = 2) -> datetime:
    """The holds are over; the moment."""
    moment = NOW + timedelta(days=days)
    with app.app_context(), transaction(SETUP), clock.at(moment):
        release_due(moment)
    return moment


@pytest.mark.covers("groupbuy.S6", "groupbuy.F4", "groupbuy.F5", "groupbuy.E3", "groupbuy.E7")
def test_a_small_amount_goes_back_at_once_from_all_three_in_proportion(app: Flask, place: Town, li: Shopper) -> None:
    order = place.delivered(li, ("蓝莓", 2), ("土豆", 1))
    answer = asked(li, order)
    assert (answer.status_code, answer.json["at_once"], answer.json["amount"], answer.json["status"]) == (201, True, 1250, "refunding")
    assert place.money() == {"leader": 124, "supplier": 1100, "other": 0, "margin": 326}
    with app.app_context(), transaction(SETUP) as session:
        assert balance(refund_payable(li.id)) == 1250
        photos = session.scalars(select(RefundPhotos)).one()
        assert (photos.at_once, len(photos.pictures)) == (True, 1)
        key = photos.id
    assert "/media/" in staff(app, "Operator").get(f"/groupbuy/photos/{key}").get_data(as_text=True)
    assert sign_in(app, place.supplier.members["Owner"]).get(f"/groupbuy/photos/{key}").status_code == 404


@pytest.mark.covers("groupbuy.F4")
def test_a_large_amount_waits_for_somebody_and_so_does_who_asks_often(app: Flask, place: Town, li: Shopper) -> None:
    large = place.delivered(li, ("蓝莓", 3))
    waiting = asked(li, large, 3)
    assert (waiting.json["at_once"], waiting.json["status"], waiting.json["amount"]) == (False, "asked", 3750)
    assert place.money()["supplier"] == 2700
    operator = staff(app, "Operator")
    assert operator.post(f"/refunds/{waiting.json['id']}/move/grant").status_code == 303
    assert place.money() == {"leader": 0, "supplier": 0, "other": 0, "margin": 0}
    small = place.paid(li, ("土豆", 5))
    found = place.cut_off()
    place.bring(found)
    place.check_in(found, place.leader)
    assert [asked(li, small).json["at_once"] for _ in range(4)] == [True, True, True, False]


def test_what_is_refused_changes_nothing(app: Flask, place: Town, li: Shopper) -> None:
    order = place.paid(li, ("土豆", 2))
    early = asked(li, order)
    assert (early.status_code, early.json["code"]) == (409, "groupbuy.refund_too_late")
    found = place.cut_off()
    place.bring(found)
    place.check_in(found, place.leader, 土豆=1)
    assert asked(li, order, 2).status_code == 422  # only one came
    assert asked(li, order, pictures=[]).json["code"] == "groupbuy.pictures_needed"
    assert asked(li, order, pictures=[sent(Shopper(app, "zhang"))]).json["code"] == "groupbuy.pictures_needed"
    assert Shopper(app, "zhang").get(f"/groupbuy/orders/{order['id']}").status_code == 404
    with clock.at(NOW + timedelta(days=1)):
        assert li.post(f"/groupbuy/orders/{order['id']}/confirm").status_code == 200
    with clock.at(NOW + timedelta(days=4)):
        assert asked(li, order).json["code"] == "groupbuy.refund_too_late"
    with app.app_context(), transaction(SETUP):
        assert [case.reason for case in db.session.scalars(select(RefundCase))] == ["到货短少：土豆 1 件"]


@pytest.mark.covers("groupbuy.F5", "groupbuy.E5", "groupbuy.R2")
def test_each_party_has_a_statement_of_its_own_part_and_a_late_refund_is_taken_back(app: Flask, place: Town, li: Shopper) -> None:
    order = place.delivered(li, ("蓝莓", 2), ("土豆", 1))
    moment = release(app)
    with app.app_context(), transaction(SETUP), clock.at(moment):
        assert balance(merchant_available(place.leader.merchant_id)) == 224
        assert balance(merchant_available(place.supplier.merchant_id)) == 2000
        cycle = open_cycle("groupbuy", business_day(moment), actor=SETUP, now=moment)
        key = cycle.id
    with app.app_context(), transaction(SETUP), clock.at(moment):
        draft_statements(key, actor=SETUP, now=moment)
    with app.app_context(), transaction(SETUP) as session:
        rows = {row.merchant_id: row for row in session.scalars(select(Statement))}
        sums = {house.merchant_id: (rows[house.merchant_id].earned, rows[house.merchant_id].fees, rows[house.merchant_id].closing)
                for house in (place.leader, place.supplier)}
        assert sums == {place.leader.merchant_id: (224, 0, 224), place.supplier.merchant_id: (2000, 0, 2000)}
        lines = session.scalars(select(StatementLine).where(StatementLine.merchant_id == place.supplier.merchant_id)).all()
        assert [(line.order_number, line.goods, line.paid, line.refunded, line.net) for line in lines] == [(order["number"], 2000, 2000, 0, 2000)]
    with clock.at(NOW + timedelta(hours=30)):
        assert asked(li, order).json["amount"] == 1250
    with app.app_context(), transaction(SETUP):
        assert balance(merchant_available(place.leader.merchant_id)) == 124
        assert balance(merchant_available(place.supplier.merchant_id)) == 1100
        assert balance(revenue("margin")) == 326


@pytest.mark.covers("groupbuy.F1", "groupbuy.F5")
def test_a_leader_who_has_withdrawn_owes_what_a_refund_takes_back(app: Flask, place: Town, li: Shopper) -> None:
    order = place.delivered(li, ("鸡蛋", 2))
    moment, owner, key = release(app), place.leader.actor, place.leader.merchant_id
    with app.app_context(), transaction(SETUP), clock.at(moment):
        account = propose_account(
            owner_kind="merchant", owner_id=key, method="bank", holder="春梅", bank_name="青溪农商银行", number="6222021234567890123", reason="登记",
            actor=owner, now=moment,
        )
        move(account, "approve", actor=FINANCE, now=moment)
    with app.app_context(), transaction(owner), clock.at(moment):
        assert ask_withdrawal(owner_kind="merchant", owner_id=key, amount=384, actor=owner, now=moment).status == "ready"
    with clock.at(NOW + timedelta(hours=30)):
        assert asked(li, order, 1).json["amount"] == 2400
    with app.app_context(), transaction(SETUP):
        assert balance(merchant_available(key)) == 0
        assert balance(merchant_receivable(key)) == -192
        assert balance(merchant_available(place.other.merchant_id)) == 1800
