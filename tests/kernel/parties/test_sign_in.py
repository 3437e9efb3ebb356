"""Signing in to the console: lock-out, second factor, sessions that end, and what a redirect may not do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actors import EVERYTHING
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.parties.models import StaffUser
from app.kernel.parties.operations.sign_in import begin_enrolment, create_user, current_code
from tests.support.people import PASSWORD, SETUP, merchant, sign_in, staff


def made(app: Flask, username: str, role: str) -> None:
    with app.app_context(), transaction(SETUP):
        create_user(username, PASSWORD, [role])


def code_of(app: Flask, username: str) -> str:
    with app.app_context(), transaction(SETUP):
        user = db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one()
        begin_enrolment(user)
        return current_code(user, datetime.now(UTC))


def count(app: Flask, statement: str) -> int:
    with app.app_context():
        enter_scope(EVERYTHING)
        return int(db.session.execute(text(statement)).scalar_one())


def test_five_wrong_passwords_lock_the_account_and_the_right_one_no_longer_helps(app: Flask) -> None:
    made(app, "zhou", "Operator")
    browser = app.test_client()
    answers = [browser.post("/sign-in/", data={"username": "zhou", "password": "wrong"}).status_code for _ in range(5)]
    assert answers == [401] * 5
    assert browser.post("/sign-in/", data={"username": "zhou", "password": PASSWORD}).status_code == 429


def test_an_unknown_name_and_a_wrong_password_read_the_same(app: Flask) -> None:
    made(app, "zhou", "Operator")
    pages = [app.test_client().post("/sign-in/", data={"username": name, "password": "wrong"}) for name in ("zhou", "nobody")]
    assert [page.status_code for page in pages] == [401, 401]
    assert all("账号或密码不对" in page.get_data(as_text=True) for page in pages)


def test_finance_needs_the_second_factor_and_each_code_serves_once(app: Flask) -> None:
    made(app, "sun", "Finance")
    browser = app.test_client()
    assert "/sign-in/code" in browser.post("/sign-in/", data={"username": "sun", "password": PASSWORD}).headers["Location"]
    assert browser.get("/settlement/").status_code == 302
    code = code_of(app, "sun")
    assert browser.post("/sign-in/code", data={"code": "000000" if code != "000000" else "000001"}).status_code == 401
    assert browser.post("/sign-in/code", data={"code": code}).status_code == 303
    assert browser.get("/settlement/").status_code == 200
    other = app.test_client()
    other.post("/sign-in/", data={"username": "sun", "password": PASSWORD})
    assert other.post("/sign-in/code", data={"code": code}).status_code == 401


def test_signing_out_ends_the_session_in_the_database(app: Flask) -> None:
    browser = staff(app, "Operator")
    assert browser.get("/merchants/").status_code == 200
    cookie = browser.get_cookie("baiye").value
    browser.post("/sign-in/out")
    stolen = app.test_client()
    stolen.set_cookie("baiye", cookie)
    assert stolen.get("/merchants/").status_code == 302


def test_a_new_password_signs_out_every_device(app: Flask) -> None:
    first, second = staff(app, "Operator"), sign_in(app, "operator")
    answer = first.post("/account/", data={"old": PASSWORD, "password": "a quite new one 7"})
    assert answer.status_code == 303
    assert second.get("/merchants/").status_code == 302


def test_a_deactivated_member_is_out_at_the_next_click(app: Flask) -> None:
    house = merchant(app)
    cashier, owner = sign_in(app, house.members["Cashier"]), sign_in(app, house.members["Owner"])
    with app.app_context():
        enter_scope(EVERYTHING)
        key = db.session.execute(text("SELECT id FROM party_membership WHERE username = :name"), {"name": house.members["Cashier"]}).scalar_one()
    assert owner.post(f"/members/{key}/edit", data={"role": "Cashier", "version": "1"}).status_code == 303
    assert cashier.get("/dining/board/").status_code == 302


def test_the_last_owner_stays(app: Flask) -> None:
    house = merchant(app)
    owner = sign_in(app, house.members["Owner"])
    with app.app_context():
        enter_scope(EVERYTHING)
        key = db.session.execute(text("SELECT id FROM party_membership WHERE role = 'Owner'")).scalar_one()
    answer = owner.post(f"/members/{key}/edit", data={"role": "Cashier", "active": "y", "version": "1"})
    assert answer.status_code == 409
    assert count(app, "SELECT count(*) FROM party_membership WHERE role = 'Owner' AND active") == 1


@pytest.mark.parametrize("target", ["//evil.example/x", "https://evil.example/x", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_away_from_us_after_signing_in(app: Flask, target: str) -> None:
    made(app, "zhou", "Operator")
    answer = app.test_client().post("/sign-in/", query_string={"next": target}, data={"username": "zhou", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("password", ["short", "1234567890", "zhou-is-my-name", "aaaaaaaaaaaa"])
def test_weak_passwords_are_refused(app: Flask, password: str) -> None:
    with app.app_context(), pytest.raises(Refusal) as refused, transaction(SETUP):
        create_user("zhou", password, ["Operator"])
    assert refused.value.code == "password.weak"
