"""Members sign in over the API as they do in the console; a token is one of their sessions and ends with it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.framework.database import transaction
from app.kernel.parties.models import ConsoleSession, Membership, StaffUser
from app.kernel.parties.operations.sign_in import begin_enrolment, current_code, end_sessions, set_password
from tests.support.people import PASSWORD, SETUP, House, Shopper, merchant, staff
from tests.support.tellers import Teller


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app)


def asked(app: Flask, **body: Any) -> tuple[int, str]:
    """Status and code of a sign-in."""
    answer = app.test_client().post("/api/v1/members/sign-in", json=body)
    return answer.status_code, answer.json.get("code", "")


def user(username: str) -> StaffUser:
    return db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one()


def test_a_member_signs_in_and_out(app: Flask, house: House) -> None:
    owner = Teller(app, house.members["Owner"])
    assert owner.answer["member"] == {
        "id": owner.answer["member"]["id"], "name": "林Owner", "merchant_id": house.merchant_id, "roles": ["Owner"],
    }
    assert owner.answer["places"] == [{"merchant_id": house.merchant_id, "name": "老巷子砂锅粥", "role": "Owner"}]
    assert owner.get("/members/me").json == owner.answer["member"]
    with app.app_context(), transaction(SETUP):
        stored = db.session.scalars(select(ConsoleSession)).one()
        assert owner.token not in stored.id and stored.data == {"api_merchant": house.merchant_id}
    assert owner.post("/members/sign-out").status_code == 204
    refused = owner.get("/members/me")
    assert (refused.status_code, refused.json["code"]) == (401, "token.refused")


@pytest.mark.parametrize("how", ["password", "ended", "switched_off", "place_lost"])
def test_a_token_ends_with_the_persons_sessions(app: Flask, house: House, how: str) -> None:
    owner = Teller(app, house.members["Owner"])
    with app.app_context(), transaction(SETUP):
        found = user(house.members["Owner"])
        if how == "password":
            set_password(found, "another horse 43")
        elif how == "ended":
            end_sessions(found.id)
        elif how == "switched_off":
            found.active = False
        else:
            db.session.scalars(select(Membership).where(Membership.user_id == found.id)).one().active = False
    assert owner.get("/members/me").status_code == 401


def test_wrong_names_passwords_and_strangers_get_no_token(app: Flask, house: House) -> None:
    name = house.members["Owner"]
    assert asked(app, username=name, password="wrong") == (401, "sign_in.refused")
    assert asked(app, username="nobody", password=PASSWORD) == (401, "sign_in.refused")
    assert asked(app, username=name, password=PASSWORD, merchant_id=house.merchant_id + 1) == (403, "sign_in.no_place")
    assert asked(app, username=name, password=PASSWORD, who="Owner")[0] == 422
    staff(app, "Operator")
    assert asked(app, username="operator", password=PASSWORD) == (403, "sign_in.no_place"), "the platform's people have the console"
    for _ in range(4):
        asked(app, username=name, password="wrong")
    assert asked(app, username=name, password=PASSWORD) == (429, "sign_in.locked")


def test_who_has_a_second_factor_sends_it_along_and_each_code_serves_once(app: Flask, house: House) -> None:
    name = house.members["Owner"]
    with app.app_context(), transaction(SETUP):
        found = user(name)
        begin_enrolment(found)
        found.totp_confirmed_at = clock.now()
        code = current_code(found, clock.now())
    assert asked(app, username=name, password=PASSWORD) == (401, "sign_in.code_needed")
    assert asked(app, username=name, password=PASSWORD, code="000000" if code != "000000" else "111111") == (401, "sign_in.wrong_code")
    assert asked(app, username=name, password=PASSWORD, code=code) == (200, "")
    assert asked(app, username=name, password=PASSWORD, code=code) == (401, "sign_in.wrong_code")


def test_tokens_of_one_kind_open_no_door_of_the_other(app: Flask, house: House) -> None:
    owner, li = Teller(app, house.members["Owner"]), Shopper(app, "li")
    assert (owner.get("/me").status_code, li.get("/members/me").status_code) == (401, 401)
    console = app.test_client()
    console.set_cookie(app.config["SESSION_COOKIE_NAME"], owner.token)
    assert console.get("/withdrawals/").status_code in {302, 303}, "a token is no signed-in browser"
    assert owner.get("/members/me").status_code == 200
