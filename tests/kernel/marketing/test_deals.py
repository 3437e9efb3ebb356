"""Seckill and groups that buy together, through the doors of group buying: never one unit or one seat too many, and nobody pays for a group that failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.periods import local
from app.extensions import db
from app.framework.database import transaction
from app.kernel.ledger.accounts import cost
from app.kernel.ledger.queries import balance
from app.kernel.marketing.deals.jobs import close_groups, end_deals
from app.kernel.marketing.deals.models import Deal, Grab, Team
from app.verticals.groupbuy.jobs import cancel_unpaid_group_orders
from app.verticals.groupbuy.models import GroupbuyOrder
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.groupbuy.world import Town, together, town

NOW = datetime.now(UTC)


@pytest.fixture
def place(app: Flask) -> Town:
    return town(app)


def typed(place: Town, **changes: Any) -> dict[str, Any]:
    """The form of a seckill of blueberries at 6.00, five units, one each."""
    form = {
        "kind": "seckill", "subject": f"groupbuy/{place.goods['蓝莓']}", "price": "6", "units": "5", "per_customer": "1",
        "begins_at": f"{local(NOW - timedelta(hours=1)):%Y-%m-%dT%H:%M}", "ends_at": f"{local(NOW + timedelta(days=3)):%Y-%m-%dT%H:%M}", "reason": "拉新",
    }
    return {**form, **changes}


def deal(place: Town, **changes: Any) -> int:
    """A deal of the platform that an operator proposed and finance approved; its key."""
    answer = staff(place.app, "Operator", "proposer").post("/deals/new", data=typed(place, **changes))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    with place.app.app_context(), transaction(SETUP) as session:
        most = session.get_one(Deal, key).most_given
    finance = staff(place.app, "Finance", f"finance{key}")
    assert finance.post(f"/deals/{key}/move/approve", data={"confirmed_amount": f"{most / 100:.2f}"}).status_code == 303
    return key


def of(app: Flask, key: int) -> tuple[str, int]:
    with app.app_context(), transaction(SETUP) as session:
        found = session.get_one(Deal, key)
        return found.status, found.taken


@pytest.mark.covers("groupbuy.F6")
def test_a_seckill_costs_the_platform_and_not_the_supplier(app: Flask, place: Town) -> None:
    key = deal(place)
    li = Shopper(app, "li")
    assert [each["rule"] for each in li.get("/deals", trade="groupbuy").json["running"]] == ["秒杀 ¥6.00，每人限 1 件"]
    order = place.paid(li, ("蓝莓", 1), deal_id=key)
    assert (order["payable"], order["paid"], order["status"]) == (600, 600, "waiting")
    again = li.post("/groupbuy/orders", place.basket(("蓝莓", 1), deal_id=key, expected=600))
    assert (again.status_code, again.json["code"]) == (409, "deal.limit")
    found = place.cut_off()
    place.bring(found)
    place.check_in(found, place.leader)
    assert place.hand_over(place.leader, place.seen(li, order["id"])["code"]).status_code == 303
    # 9.00 to the supplier, 8 % of 6.00 to the leader, the margin of 12.50; 6.50 from the platform.
    assert place.money() == {"leader": 48, "supplier": 900, "other": 0, "margin": 302}
    with app.app_context(), transaction(SETUP):
        assert balance(cost("coupon_subsidy")) == -650


def test_of_five_units_five_of_forty_get_one_and_a_cancelled_order_gives_it_back(app: Flask, place: Town) -> None:
    key = deal(place)
    shoppers = [Shopper(app, f"race{number}") for number in range(40)]
    body = place.basket(("蓝莓", 1), deal_id=key, expected=600)
    answers = together(40, lambda number: shoppers[number].post("/groupbuy/orders", body))
    won = [(number, answer.json) for number, answer in enumerate(answers) if answer.status_code == 201]
    assert len(won) == 5
    assert {answer.json["code"] for answer in answers if answer.status_code != 201} == {"deal.over"}
    assert of(app, key) == ("approved", 5)
    number, placed = won[0]
    assert shoppers[number].post(f"/groupbuy/orders/{placed['id']}/cancel").status_code == 200
    assert of(app, key) == ("approved", 4)
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=20)):
        assert cancel_unpaid_group_orders() == 4
    assert of(app, key) == ("approved", 0)


@pytest.mark.covers("groupbuy.F6")
def test_a_group_that_fills_goes_on_as_a_whole(app: Flask, place: Town) -> None:
    key = deal(place, kind="group", price="10", size="3", fill_hours="24", units="30", per_customer="2")
    people = [Shopper(app, name) for name in ("li", "zhang", "wang")]
    first = place.paid(people[0], ("蓝莓", 2), deal_id=key)
    assert (first["status"], first["payable"], first["group"]["seats"]) == ("paid", 2000, 1)
    code = first["group"]["code"]
    assert [each["code"] for each in people[1].get(f"/deals/{key}/groups").json["items"]] == [code]
    second = place.paid(people[1], ("蓝莓", 1), deal_id=key, group_code=code)
    assert place.order(first["id"], "status") == ("paid",)
    third = place.paid(people[2], ("蓝莓", 1), deal_id=key, group_code=code)
    assert {place.order(each["id"], "status") for each in (first, second, third)} == {("waiting",)}
    assert people[0].get(f"/deals/groups/{code}").json["status"] == "full"
    late = Shopper(app, "chen").post("/groupbuy/orders", place.basket(("蓝莓", 1), deal_id=key, group_code=code, expected=1000))
    assert (late.status_code, late.json["code"]) == (409, "deal.group_closed")


@pytest.mark.covers("groupbuy.F6")
def test_a_group_that_does_not_fill_in_time_refunds_everybody(app: Flask, place: Town) -> None:
    key = deal(place, kind="group", price="10", size="3", fill_hours="2", units="30")
    li, zhang, wang = (Shopper(app, name) for name in ("li", "zhang", "wang"))
    first = place.paid(li, ("蓝莓", 1), deal_id=key)
    second = place.paid(zhang, ("蓝莓", 1), deal_id=key, group_code=first["group"]["code"])
    unpaid = place.place(wang, ("蓝莓", 1), deal_id=key, group_code=first["group"]["code"])
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(hours=3)):
        assert close_groups() == 3
        assert close_groups() == 0
    assert place.order(first["id"], "status", "refunded", "ended_because") == ("failed", 1000, "到时间没拼满")
    assert place.order(second["id"], "status", "refunded") == ("failed", 1000)
    assert place.order(unpaid["id"], "status", "refunded") == ("cancelled", 0)
    assert of(app, key) == ("approved", 0)
    assert li.get(f"/deals/groups/{first['group']['code']}").json["status_words"] == "未成团"


def test_of_two_seats_two_of_forty_get_one(app: Flask, place: Town) -> None:
    key = deal(place, kind="group", price="10", size="3", fill_hours="24", units="90")
    code = place.paid(Shopper(app, "li"), ("蓝莓", 1), deal_id=key)["group"]["code"]
    shoppers = [Shopper(app, f"seat{number}") for number in range(40)]
    body = place.basket(("蓝莓", 1), deal_id=key, group_code=code, expected=1000)
    answers = together(40, lambda number: shoppers[number].post("/groupbuy/orders", body))
    assert sorted(answer.status_code for answer in answers) == [201, 201] + [409] * 38
    with app.app_context(), transaction(SETUP):
        team = db.session.scalars(select(Team)).one()
        assert (team.seats, team.paid, team.status) == (3, 1, "open")
        assert db.session.scalar(select(func.count()).select_from(GroupbuyOrder)) == 3
        assert db.session.scalar(select(func.sum(Grab.quantity))) == 3


def test_who_proposed_a_deal_does_not_approve_it_and_its_price_is_lower(app: Flask, place: Town) -> None:
    admin = staff(app, "Admin")
    key = int(admin.post("/deals/new", data=typed(place)).headers["Location"].rsplit("/", 1)[1])
    assert admin.post(f"/deals/{key}/move/approve", data={"confirmed_amount": "32.50"}).status_code == 403
    assert of(app, key)[0] == "draft"
    refused = Shopper(app, "li").post("/groupbuy/price", place.basket(("蓝莓", 1), deal_id=key))
    assert (refused.status_code, refused.json["code"]) == (409, "deal.over")
    for changes, field in (({"price": "12.50"}, "price"), ({"kind": "group"}, "size"), ({"units": "0"}, "units")):
        answer = admin.post("/deals/new", data=typed(place, **changes))
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.get_data(as_text=True)
    with app.app_context(), transaction(SETUP):
        assert db.session.scalar(select(func.count()).select_from(Deal)) == 1
    assert sign_in(app, place.supplier.members["Owner"]).get(f"/deals/{key}").status_code == 404


def test_a_deal_that_is_over_ends_by_itself(app: Flask, place: Town) -> None:
    key = deal(place)
    with app.app_context(), clock.at(datetime.now(UTC) + timedelta(days=4)):
        assert end_deals() == 1
        assert end_deals() == 0
    assert of(app, key) == ("ended", 0)
