"""Plans are proposed by two people, bought at two doors, earned by the day, renewed, and given back to the fen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.core.actors import Actor, system
from app.core.clock import at
from app.core.money import yuan
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import deferred, merchant_available, refund_payable, revenue
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.paying import confirm_payment
from app.kernel.plans.jobs import drop_unpaid_charges, earn_days, end_plans
from app.kernel.plans.models import Charge, Deferral, Entitled, Plan, Subscription
from app.kernel.plans.operations.charging import open_charge_payment
from app.kernel.plans.operations.subscribing import AskedYourself
from app.kernel.plans.rules import earned_until, ends_after
from app.kernel.workspace.models import Notice
from tests.kernel.plans.world import CHECKER, MAKER, fen, give, later, now, paid_by_channel, plan, rows, today
from tests.support.people import House, Shopper, merchant, sign_in, staff

MONTH = 19_900


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app, "青溪百货", trade="shop")


def days_of_month() -> int:
    return (ends_after(today(), "month") - today()).days


def bought(app: Flask, house: House, key: int) -> None:
    """The owner buys a plan in the console and pays from the balance."""
    owner = sign_in(app, house.members["Owner"])
    answer = owner.post(f"/store/{key}/buy")
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert owner.post(f"{page}/move/pay_from_balance", data={"confirmed_amount": "199.00"}).status_code == 303


def test_a_plan_is_on_sale_only_after_a_second_person(app: Flask, house: House) -> None:
    finance, other = staff(app, "Finance"), staff(app, "Finance", "finance2")
    form = {"fee": "shop/marketing_tools", "title": "营销工具", "description": "每月", "reason": "开业", "grant_plans__placement_days": "10",
            "grant_plans__placement_discount": "20", "grant_plans__placement_reserved": "y"}
    assert finance.post("/plans/new", data=form).status_code == 303
    assert rows(app, Plan, "status", "grants") == [
        ("draft", {"plans.placement_days": 10, "plans.placement_discount": 200_000, "plans.placement_reserved": 1}),
    ]
    owner = sign_in(app, house.members["Owner"])
    assert owner.post("/store/1/buy").status_code == 409
    assert finance.post("/plans/1/move/approve").status_code == 403
    assert rows(app, Plan, "status") == ["draft"]
    assert other.post("/plans/1/move/approve").status_code == 303
    page = owner.get("/store/").get_data(as_text=True)
    assert "¥199.00" in page
    assert "减 20 %" in page
    assert owner.post("/store/1/buy").status_code == 303
    assert (rows(app, Subscription, "status"), rows(app, Charge, "status", "amount")) == (["waiting"], [("waiting", MONTH)])


def test_what_a_plan_costs_and_grants_does_not_change(app: Flask) -> None:
    key = plan(app, grants={"plans.placement_days": 3})
    finance = staff(app, "Finance")
    answer = finance.post(f"/plans/{key}/edit", data={"title": "工具箱", "description": "好用", "fee": "shop/entry_fee", "grant_plans__placement_days": "99"})
    assert answer.status_code == 303
    assert rows(app, Plan, "title", "kind", "grants") == [("工具箱", "marketing_tools", {"plans.placement_days": 3})]


def test_paid_from_the_balance_it_is_active_at_once_and_deferred(app: Flask, house: House) -> None:
    key = plan(app, grants={"plans.placement_days": 5})
    give(app, house.merchant_id, 20_000)
    bought(app, house, key)
    assert rows(app, Subscription, "status", "price", "starts_on", "ends_on") == [("active", MONTH, today(), ends_after(today(), "month"))]
    assert rows(app, Charge, "status", "method") == [("paid", "balance")]
    assert rows(app, Entitled, "name", "amount", "used") == [("plans.placement_days", 5, 0)]
    assert (fen(app, merchant_available(house.merchant_id)), fen(app, deferred("marketing_tools"))) == (100, MONTH)
    assert fen(app, revenue("marketing_tools")) == 0


def test_too_little_money_pays_nothing(app: Flask, house: House) -> None:
    key = plan(app)
    give(app, house.merchant_id, MONTH - 1)
    owner = sign_in(app, house.members["Owner"])
    page = owner.post(f"/store/{key}/buy").headers["Location"]
    assert owner.post(f"{page}/move/pay_from_balance", data={"confirmed_amount": "199.00"}).status_code == 409
    assert (rows(app, Charge, "status"), rows(app, Subscription, "status")) == (["waiting"], ["waiting"])
    assert fen(app, merchant_available(house.merchant_id)) == MONTH - 1


def test_days_are_earned_once_and_caught_up_after_a_stop(app: Flask, house: House) -> None:
    key = plan(app)
    give(app, house.merchant_id, MONTH)
    bought(app, house, key)
    days = days_of_month()
    with app.app_context():
        earn_days()
        assert fen(app, revenue("marketing_tools")) == 0
        with at(later(1)):
            earn_days()
            earn_days()
        assert fen(app, revenue("marketing_tools")) == earned_until(MONTH, days, 1)
        with at(later(12)):
            earn_days()
        assert fen(app, revenue("marketing_tools")) == earned_until(MONTH, days, 12)
        with at(later(days + 40)):
            earn_days()
    assert (fen(app, revenue("marketing_tools")), fen(app, deferred("marketing_tools"))) == (MONTH, 0)
    assert rows(app, Deferral, "released", "released_days", "closed") == [(MONTH, days, True)]


def test_given_back_by_a_second_person_to_the_fen(app: Flask, house: House) -> None:
    key = plan(app, grants={"plans.placement_days": 5})
    give(app, house.merchant_id, MONTH)
    bought(app, house, key)
    days, owner = days_of_month(), sign_in(app, house.members["Owner"])
    left = MONTH - earned_until(MONTH, days, 1)
    preview = owner.get("/subscriptions/1").get_data(as_text=True)
    assert yuan(left) in re.sub(r"<[^>]+>", "", preview)
    assert owner.post("/subscriptions/1/move/leave", data={"reason": "不做了"}).status_code == 303
    finance = staff(app, "Finance")
    assert owner.post("/subscriptions/1/move/give_back", data={"confirmed_amount": f"{left / 100:.2f}"}).status_code == 403
    assert finance.post("/subscriptions/1/move/give_back", data={"confirmed_amount": "199.00"}).status_code == 422
    assert fen(app, merchant_available(house.merchant_id)) == 0
    assert finance.post("/subscriptions/1/move/give_back", data={"confirmed_amount": f"{left / 100:.2f}"}).status_code == 303
    assert (fen(app, merchant_available(house.merchant_id)), fen(app, revenue("marketing_tools"))) == (left, MONTH - left)
    assert fen(app, deferred("marketing_tools")) == 0
    assert rows(app, Subscription, "status", "given_back") == [("refunded", left)]
    assert rows(app, Entitled, "ends_on") == [today()]


def test_whoever_asked_for_the_money_does_not_let_it_go(app: Flask, house: House) -> None:
    key = plan(app)
    give(app, house.merchant_id, MONTH)
    bought(app, house, key)
    with app.app_context(), transaction(MAKER) as session:
        found = session.get_one(Subscription, 1)
        asker = Actor("staff", 101, "许志强", frozenset({"Finance", "Operator"}), MAKER.scope)
        move(found, "leave", actor=asker, now=now(), reason="商户电话里说的")
        with pytest.raises(AskedYourself):
            move(found, "give_back", actor=asker, now=now())
        session.rollback()


def test_renewed_from_its_end_and_expired_after_it(app: Flask, house: House) -> None:
    key = plan(app, grants={"plans.placement_days": 5})
    give(app, house.merchant_id, 2 * MONTH)
    bought(app, house, key)
    owner, end = sign_in(app, house.members["Owner"]), ends_after(today(), "month")
    page = owner.post("/subscriptions/1/renew").headers["Location"]
    assert owner.post("/subscriptions/1/renew").status_code == 409
    assert owner.post(f"{page}/move/pay_from_balance", data={"confirmed_amount": "199.00"}).status_code == 303
    assert rows(app, Subscription, "status", "starts_on", "ends_on") == [("active", today(), end), ("active", end, ends_after(end, "month"))]
    with app.app_context(), at(later(days_of_month())):
        end_plans()
    assert rows(app, Subscription, "status") == ["expired", "active"]


def test_owners_are_told_thirty_seven_and_one_day_before(app: Flask, house: House) -> None:
    key = plan(app)
    give(app, house.merchant_id, MONTH)
    bought(app, house, key)
    days = days_of_month()
    with app.app_context():
        for left in (30, 29, 7, 6, 1):
            with at(later(days - left)):
                end_plans()
    assert [title for kind, title in rows(app, Notice, "kind", "title") if kind == "plans.ending"] == [
        "营销工具 还有 30 天到期", "营销工具 还有 7 天到期", "营销工具 还有 1 天到期",
    ]


def test_unpaid_in_time_it_is_cancelled(app: Flask, house: House) -> None:
    key = plan(app)
    sign_in(app, house.members["Owner"]).post(f"/store/{key}/buy")
    with app.app_context():
        drop_unpaid_charges()
        assert rows(app, Subscription, "status") == ["waiting"]
        with at(now() + timedelta(minutes=31)):
            drop_unpaid_charges()
    assert (rows(app, Subscription, "status"), rows(app, Charge, "status")) == (["cancelled"], ["closed"])


def test_a_customer_buys_over_the_api_once_per_key(app: Flask) -> None:
    key = plan(app, kind="membership", title="购物会员", grants={"plans.placement_days": 1})
    li = Shopper(app, "li")
    offer = li.get("/plans", trade="shop").json["items"]
    assert [(each["id"], each["price"], each["period"]) for each in offer] == [(key, 1500, "month")]
    first = li.post("/subscriptions", {"plan_id": key}, key="buy-once-0001")
    again = li.post("/subscriptions", {"plan_id": key}, key="buy-once-0001")
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert (first.json["status"], len(rows(app, Subscription, "id"))) == ("waiting", 1)
    paid_by_channel(app, 1)
    mine = li.get("/subscriptions").json["items"]
    assert [(each["status"], each["price"]) for each in mine] == [("active", 1500)]
    assert fen(app, deferred("membership")) == 1500
    assert Shopper(app, "wang").get(f"/subscriptions/{mine[0]['id']}").status_code == 404


def test_a_customers_refund_goes_back_through_the_channel(app: Flask) -> None:
    key = plan(app, kind="membership", title="购物会员")
    li = Shopper(app, "li")
    li.post("/subscriptions", {"plan_id": key})
    paid_by_channel(app, 1)
    asked = li.post("/subscriptions/1/leave", {"reason": "买错了"}).json
    left = 1500 - earned_until(1500, days_of_month(), 1)
    assert (asked["status"], asked["refundable"]) == ("leaving", left)
    assert staff(app, "Finance").post("/subscriptions/1/move/give_back", data={"confirmed_amount": f"{left / 100:.2f}"}).status_code == 303
    assert rows(app, Refund, "amount", "status", "customer_id") == [(left, "created", li.id)]
    assert (fen(app, refund_payable(li.id)), fen(app, revenue("membership"))) == (left, 1500 - left)


def test_a_second_payment_goes_back_where_it_came_from(app: Flask, house: House) -> None:
    key = plan(app)
    give(app, house.merchant_id, MONTH)
    owner = sign_in(app, house.members["Owner"])
    page = owner.post(f"/store/{key}/buy").headers["Location"]
    with app.app_context(), transaction(CHECKER) as session:
        number = open_charge_payment(session.get_one(Charge, 1), actor=CHECKER, now=now()).number
    assert owner.post(f"{page}/move/pay_from_balance", data={"confirmed_amount": "199.00"}).status_code == 303
    with app.app_context(), transaction(CHECKER):
        told = ChannelPayment(number, "SUCCESS", account().appid, account().merchant_id, MONTH, "4300000000000000000001", "openid", now())
        confirm_payment(told, actor=system("channel"), now=now())
    assert rows(app, Payment, "status", "customer_id") == [("paid", None)]
    assert (fen(app, merchant_available(house.merchant_id)), fen(app, deferred("marketing_tools"))) == (MONTH, MONTH)


def test_another_house_sees_nothing(app: Flask, house: House) -> None:
    key = plan(app)
    sign_in(app, house.members["Owner"]).post(f"/store/{key}/buy")
    other = sign_in(app, merchant(app, "别家", trade="shop").members["Owner"])
    for path in ("/subscriptions/1", "/charges/1", "/charges/1/code"):
        assert other.get(path).status_code == 404, path
    assert sign_in(app, house.members["Kitchen"]).get("/charges/").status_code == 403
