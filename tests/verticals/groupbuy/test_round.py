"""A round from a shared code to the payout: ordered, cut off, bought, counted, handed out, refunded, paid."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.core import clock
from app.extensions import db
from app.framework.database import transaction
from app.kernel.aftersales.models import RefundCase
from app.kernel.commission.models import FeeLine
from app.verticals.groupbuy.jobs import close_forgotten_group_orders, close_rounds
from app.verticals.groupbuy.models import GroupbuyOrder, Round, Sheet
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.groupbuy.world import Town, together, town, warehouse


@pytest.fixture
def place(app: Flask) -> Town:
    return town(app)


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


@pytest.mark.covers("groupbuy.S3", "groupbuy.R1", "groupbuy.R2", "groupbuy.F5", "groupbuy.E4")
def test_what_a_resident_pays_is_shared_to_the_fen(app: Flask, place: Town, li: Shopper) -> None:
    order = place.delivered(li, ("蓝莓", 2), ("土豆", 1))
    assert (order["status"], order["payable"]) == ("done", 2800)
    # 8 % of 25.00 and 3.00 are the leader's; the margin is 7.00 + 1.00 less that; the supplier has its price.
    assert place.money() == {"leader": 224, "supplier": 2000, "other": 0, "margin": 576}
    with app.app_context(), transaction(SETUP):
        fees = {(line.kind, line.base): line.amount for line in db.session.scalars(select(FeeLine).where(FeeLine.order_id == order["id"]))}
    assert fees == {("leader_commission", 2500): 200, ("leader_commission", 300): 24, ("margin", 500): 500, ("margin", 76): 76}


@pytest.mark.covers("groupbuy.F3", "groupbuy.S4")
def test_the_cut_off_makes_sheets_that_are_the_orders_and_can_be_made_again(app: Flask, place: Town, li: Shopper) -> None:
    other = Shopper(app, "zhang")
    place.paid(li, ("蓝莓", 2), ("鸡蛋", 1))
    place.paid(other, ("蓝莓", 3), leader=1)
    key = place.cut_off()
    assert place.sheet(key, "purchase", place.supplier)["counts"] == {"蓝莓": (5, None, None)}
    assert place.sheet(key, "purchase", place.supplier)["amount"] == 4500
    assert place.sheet(key, "purchase", place.other)["amount"] == 1800
    assert place.sheet(key, "picking", place.leader)["counts"] == {"蓝莓": (2, None, None), "鸡蛋": (1, None, None)}
    assert place.sheet(key, "picking", place.second)["counts"] == {"蓝莓": (3, None, None)}
    keeper = warehouse(app)
    assert keeper.post(f"/groupbuy/rounds/{key}/move/remake").status_code == 303
    assert place.sheet(key, "purchase", place.supplier)["pieces"] == 5
    for kind, cells in (("purchase", ["蓝莓", "份", 5, None, 45]), ("picking", ["蓝莓", "份", 2, None, None])):
        answer = keeper.get(f"/groupbuy/sheet-files/{key}/{kind}.xlsx")
        assert answer.status_code == 200
        rows = [[cell.value for cell in row] for page in load_workbook(io.BytesIO(answer.data)).worksheets for row in page.iter_rows()]
        assert cells in rows
    book = load_workbook(io.BytesIO(keeper.get(f"/groupbuy/sheet-files/{key}/community.xlsx").data))
    assert [page.title[2:] for page in book.worksheets] == ["竹苑小区"]
    assert sum(1 for row in book.worksheets[0].iter_rows(min_row=3) if row[0].value) == 2
    own = place.sheet(key, "purchase", place.supplier)["id"]
    assert sign_in(app, place.supplier.members["Owner"]).get(f"/groupbuy/sheet-files/sheet/{own}.xlsx").status_code == 200
    assert sign_in(app, place.other.members["Owner"]).get(f"/groupbuy/sheet-files/sheet/{own}.xlsx").status_code == 404


@pytest.mark.covers("groupbuy.S3")
def test_an_order_after_the_cut_off_is_in_the_next_round(app: Flask, place: Town, li: Shopper) -> None:
    first = place.paid(li, ("土豆", 1))
    late = place.place(li, ("土豆", 1))
    key = place.cut_off()
    with app.app_context(), transaction(SETUP) as session:
        cutoff = session.get_one(Round, key).cutoff_at
    with clock.at(cutoff + timedelta(minutes=1)):
        place.pay(late["id"], cutoff + timedelta(minutes=1))
    (round_id, status), (after, later_status) = place.order(first["id"], "round_id", "status"), place.order(late["id"], "round_id", "status")
    assert (round_id, status, later_status) == (key, "ordered", "waiting")
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Round, after).cutoff_at == cutoff + timedelta(days=1)


@pytest.mark.covers("groupbuy.S4", "groupbuy.F4", "groupbuy.E3")
def test_a_short_delivery_refunds_who_ordered_last_and_nobody_is_paid_for_it(app: Flask, place: Town, li: Shopper) -> None:
    first, last = place.paid(li, ("蓝莓", 2)), place.paid(Shopper(app, "zhang"), ("蓝莓", 3), ("土豆", 1))
    key = place.cut_off()
    place.bring(key)
    place.check_in(key, place.leader, 蓝莓=4)
    assert place.order(first["id"], "status", "refunded") == ("arrived", 0)
    assert place.order(last["id"], "status", "refunded") == ("arrived", 1250)
    with app.app_context(), transaction(SETUP) as session:
        case = session.scalars(select(RefundCase).where(RefundCase.order_id == last["id"])).one()
        assert (case.amount, case.reason, case.asked_by) == (1250, "到货短少：蓝莓 1 件", "system")
        assert session.get_one(Round, key).status == "over"
    assert place.sheet(key, "picking", place.leader)["counts"]["蓝莓"] == (5, 5, 4)
    for placed in (first, last):
        (code,) = place.order(placed["id"], "code")
        assert place.hand_over(place.leader, code).status_code == 303
    # Five blueberries less one: 4 × 9.00 and a potato to the supplier; 8 % of 4 × 12.50 and of 3.00 to the leader.
    assert place.money() == {"leader": 424, "supplier": 3800, "other": 0, "margin": 4 * 350 + 100 - 424}


def test_an_order_of_which_nothing_came_ends_and_is_refunded_whole(app: Flask, place: Town, li: Shopper) -> None:
    order = place.paid(li, ("鸡蛋", 2))
    key = place.cut_off()
    place.bring(key)
    place.check_in(key, place.leader, 鸡蛋=0)
    assert place.order(order["id"], "status", "refunded", "paid", "ended_because") == ("cancelled", 4800, 4800, "全部缺货")
    again = sign_in(app, place.leader.members["Owner"]).post(f"/groupbuy/day/check-in/{place.sheet(key, 'picking', place.leader)['id']}")
    assert again.status_code == 409


def test_what_the_warehouse_lacks_is_allotted_by_share(app: Flask, place: Town, li: Shopper) -> None:
    place.paid(li, ("蓝莓", 4))
    place.paid(Shopper(app, "zhang"), ("蓝莓", 2), leader=1)
    key, keeper = place.cut_off(), warehouse(app)
    sheet = place.sheet(key, "purchase", place.supplier)
    assert keeper.post(f"/groupbuy/warehouse/{sheet['id']}/count", data={f"line-{sheet['lines']['蓝莓']}": "3"}).status_code == 303
    too_many = keeper.post(f"/groupbuy/warehouse/{sheet['id']}/count", data={f"line-{sheet['lines']['蓝莓']}": "7"})
    assert too_many.status_code == 422
    place.bring(key)
    assert place.sheet(key, "picking", place.leader)["counts"]["蓝莓"] == (4, 2, None)
    assert place.sheet(key, "picking", place.second)["counts"]["蓝莓"] == (2, 1, None)
    assert keeper.post(f"/groupbuy/warehouse/{sheet['id']}/count", data={f"line-{sheet['lines']['蓝莓']}": "6"}).status_code == 409


@pytest.mark.covers("groupbuy.S5")
def test_a_parcel_is_handed_out_by_its_code_confirmed_by_its_resident_or_done_by_the_clock(app: Flask, place: Town, li: Shopper) -> None:
    orders = [place.paid(li, ("土豆", 1)) for _ in range(3)]
    key = place.cut_off()
    place.bring(key)
    place.check_in(key, place.leader)
    wrong = place.hand_over(place.leader, "AAAAAA")
    assert wrong.status_code == 409
    assert "没有这个取货码的包裹" in wrong.get_data(as_text=True)
    (code,) = place.order(orders[0]["id"], "code")
    assert place.hand_over(place.second, code).status_code == 409
    assert place.hand_over(place.leader, code.lower()).status_code == 303
    assert li.post(f"/groupbuy/orders/{orders[1]['id']}/confirm").json["status"] == "done"
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(days=2)):
        assert close_forgotten_group_orders() == 0
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(days=4)):
        assert close_forgotten_group_orders() == 1
    assert [place.order(each["id"], "status") for each in orders] == [("done",)] * 3


def test_before_the_cut_off_a_resident_may_call_off_and_after_it_not(app: Flask, place: Town, li: Shopper) -> None:
    first, second = place.paid(li, ("土豆", 2)), place.paid(li, ("土豆", 1))
    gone = li.post(f"/groupbuy/orders/{first['id']}/cancel")
    assert (gone.status_code, gone.json["status"], gone.json["refunded"]) == (200, "cancelled", 600)
    place.cut_off()
    refused = li.post(f"/groupbuy/orders/{second['id']}/cancel")
    assert (refused.status_code, refused.json["code"]) == (409, "flow.wrong_state")
    assert place.order(second["id"], "status", "refunded") == ("ordered", 0)


def test_forty_closers_close_a_round_once(app: Flask, place: Town, li: Shopper) -> None:
    order = place.paid(li, ("蓝莓", 1))
    (key,) = place.order(order["id"], "round_id")
    with app.app_context(), transaction(SETUP) as session:
        moment = session.get_one(Round, key).cutoff_at + timedelta(seconds=1)

    def close(_number: int) -> int:
        with app.app_context(), clock.at(moment):
            return close_rounds()

    assert sum(together(40, close)) == 1
    with app.app_context(), transaction(SETUP):
        assert db.session.scalar(select(func.count()).select_from(Sheet)) == 2
        assert db.session.scalar(select(func.count()).select_from(GroupbuyOrder).where(GroupbuyOrder.status == "ordered")) == 1
