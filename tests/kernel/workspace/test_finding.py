"""Ctrl-K finds by number, last digits, name, and phone tail, in the reader's scope, and PostgreSQL has an index for each."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import Scope
from app.extensions import db
from app.framework.console.prefix import begins_with
from app.framework.database import enter_scope
from app.kernel.orders.models import Order
from app.kernel.parties.models import Customer
from app.kernel.payments.models import Payment
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


def labels(browser: Any, words: str) -> list[str]:
    return [each["label"] for each in browser.get("/find/", query_string={"q": words}).json]


def test_an_order_is_found_by_its_number_its_beginning_and_its_last_four(app: Flask, place: Restaurant) -> None:
    number = place.paid(Shopper(app, "li"), ("鲜虾粥", 1))["number"]
    owner, stranger, operator = sign_in(app, place.house.members["Owner"]), sign_in(app, restaurant(app, "别家").house.members["Owner"]), staff(app, "Operator")
    for words in (number, number.lower(), number[:8], number[-4:]):
        assert number in labels(owner, words) and number in labels(operator, words), words
        assert number not in labels(stranger, words)
    assert number not in labels(owner, number[:3])


def test_an_order_and_a_customer_are_found_by_the_phones_tail(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    number = place.paid(li, ("鲜虾粥", 1))["number"]
    with app.app_context():
        from app.core.actors import EVERYTHING

        enter_scope(EVERYTHING)
        customer = db.session.get(Customer, li.id)
        customer.phone_tail, customer.phone_masked, customer.name = "7788", "138****7788", "李小明"
        db.session.commit()
    owner, operator = sign_in(app, place.house.members["Owner"]), staff(app, "Operator")
    assert number in labels(owner, "7788") and "李小明" not in labels(owner, "7788")
    assert {number, "李小明"} <= set(labels(operator, "7788"))
    assert "李小明" in labels(operator, "李小") and "李小明" not in labels(operator, "小明")


def test_people_are_found_by_name_and_account_on_their_own_side(app: Flask, place: Restaurant) -> None:
    other = restaurant(app, "别家").house
    owner, admin, operator = sign_in(app, place.house.members["Owner"]), staff(app, "Admin"), staff(app, "Operator")
    mine, theirs = place.house.members["Courier"], other.members["Courier"]
    notes = {each["note"] for each in owner.get("/find/", query_string={"q": "林courier"}).json}
    assert (mine in notes, theirs in notes) == (True, False)
    assert [each["url"].rpartition("/")[0] for each in admin.get("/find/", query_string={"q": theirs}).json] == ["/staff"]
    assert {each["url"].rpartition("/")[0] for each in operator.get("/find/", query_string={"q": "林courier"}).json} == {"/members"}
    assert labels(sign_in(app, place.house.members["Kitchen"]), "林courier") == []


def test_the_form_for_something_new_is_found_by_its_button(app: Flask, place: Restaurant) -> None:
    def forms(browser: Any) -> set[str]:
        return {each["url"] for each in browser.get("/find/", query_string={"q": "邀请"}).json if each["icon"] == "plus"}

    assert forms(sign_in(app, place.house.members["Owner"])) == {"/members/new"}
    assert forms(staff(app, "Admin")) >= {"/staff/new"}
    assert forms(sign_in(app, place.house.members["Kitchen"])) == set()


def test_a_payment_is_found_by_those_who_may_see_payments(app: Flask, place: Restaurant, rows: Any) -> None:
    place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    [(number, theirs)] = rows("SELECT number, channel_number FROM pay_payment")
    finance, cashier = staff(app, "Finance"), sign_in(app, place.house.members["Cashier"])
    assert number in labels(finance, number) and number in labels(finance, theirs)
    assert number not in labels(cashier, theirs)


@pytest.mark.parametrize("condition", [
    begins_with(Order.number, "D2026112"), Order.number_tail == "0001", Customer.phone_tail == "7788", begins_with(Customer.name, "李"),
    begins_with(Payment.number, "P202611"), begins_with(Payment.channel_number, "4200001"),
])
def test_the_policies_leave_an_index_to_each_search(app: Flask, condition: Any) -> None:
    model = condition.left.entity_namespace if hasattr(condition, "left") else next(iter(condition.clauses)).left.entity_namespace
    with app.app_context():
        enter_scope(Scope("merchant", 1))
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        statement = select(model.id).where(condition).compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(db.session.scalars(text(f"EXPLAIN {str(statement).replace(':', chr(92) + ':')}")))
        assert "Index Cond" in plan, plan


def test_what_has_a_number_is_found_by_it_in_every_package(app: Flask, place: Restaurant, rows: Any) -> None:
    order = place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    owner, operator = sign_in(app, place.house.members["Owner"]), staff(app, "Operator")
    stranger = sign_in(app, restaurant(app, "别家").house.members["Owner"])
    page = owner.post(f"/dining/orders/{order['id']}/move/reject", data={"reason": "卖完了"})
    assert page.status_code == 303
    [(refund,)] = rows("SELECT number FROM after_refund_case")
    for browser in (owner, operator):
        assert refund in labels(browser, refund) and refund in labels(browser, refund.lower())
    assert refund not in labels(stranger, refund) and refund not in labels(operator, refund[:-1])


def test_a_setting_is_found_by_its_name_by_those_who_may(app: Flask, place: Restaurant) -> None:
    owner, admin = sign_in(app, place.house.members["Owner"]), staff(app, "Admin")
    assert "导出文件保留" in labels(admin, "导出文件") and "导出文件保留" not in labels(owner, "导出文件")
