"""A member works from the mini-program: linked with the password, for one merchant at a time, until signed out; rights are the console's."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.framework.database import save, transaction
from app.kernel.parties.models import Membership, StaffUser
from app.kernel.parties.operations.sign_in import create_user
from tests.support.people import PASSWORD, SETUP, House, Shopper, Worker, merchant, sign_in, staff


def link(shopper: Shopper, username: str, password: str = PASSWORD) -> Any:
    return shopper.post("/work", {"username": username, "password": password})


def linked(app: Flask) -> dict[str, int]:
    """Username → customer, of accounts that are linked."""
    with app.app_context(), transaction(SETUP):
        found = select(StaffUser.username, StaffUser.customer_id).where(StaffUser.customer_id.is_not(None))
        return dict(db.session.execute(found).tuples().all())


def also_works_for(app: Flask, username: str, house: House) -> None:
    """The person has a second place, as its cashier."""
    with app.app_context(), transaction(SETUP) as session:
        user = session.scalars(select(StaffUser).where(StaffUser.username == username)).one()
        save(Membership(user_id=user.id, merchant_id=house.merchant_id, role="Cashier", name=user.label, username=username))


def test_the_password_links_the_account_and_nothing_less(app: Flask) -> None:
    house, li = merchant(app), Shopper(app, "li")
    owner = house.members["Owner"]
    assert li.get("/work").json == {"items": []}
    assert (li.get("/money/balances").status_code, li.get("/money/balances").json["code"]) == (403, "member.no_place")
    refused = link(li, owner, "wrong password 1")
    assert (refused.status_code, refused.json["code"], refused.json["errors"][0]["field"]) == (401, "sign_in.refused", "password")
    staff(app, "Operator")
    assert link(li, "operator").json["code"] == "member.no_place"
    assert linked(app) == {}
    answer = link(li, owner)
    place = {"merchant_id": house.merchant_id, "name": "老巷子砂锅粥", "role": "Owner", "status": "open", "trades": ["dining"]}
    assert (answer.status_code, answer.json) == (200, {"items": [place]})
    assert linked(app) == {owner: li.id}
    assert li.get("/money/balances").json["available"] == 0
    assert app.test_client().get("/api/v1/money/balances").status_code == 401


def test_an_account_of_the_platform_is_refused_whatever_its_second_factor(app: Flask) -> None:
    """Also one that must have a second factor and has not signed in yet."""
    with app.app_context(), transaction(SETUP):
        create_user("finance", PASSWORD, ["Finance"], last_name="王", first_name="会计")
    answer = link(Shopper(app, "li"), "finance")
    assert (answer.status_code, answer.json["code"], linked(app)) == (403, "member.no_place", {})


def test_one_account_works_from_one_mini_program(app: Flask) -> None:
    house, li, zhang = merchant(app), Shopper(app, "li"), Shopper(app, "zhang")
    owner, manager = house.members["Owner"], house.members["Manager"]
    for shopper, username in ((li, owner), (zhang, owner), (zhang, manager)):
        assert link(shopper, username).status_code == 200
    assert linked(app) == {manager: zhang.id}
    assert li.get("/money/balances").status_code == 403


def test_forty_who_link_at_once_leave_one_link(app: Flask) -> None:
    """Four accounts from one mini-program, and one account from four: whoever comes last has it, and nobody gets an error."""
    house, shoppers = merchant(app), [Shopper(app, f"s{number}") for number in range(4)]
    usernames = [house.members[role] for role in ("Owner", "Manager", "Cashier", "Kitchen")]
    barrier, answers = threading.Barrier(40), [0] * 40

    def run(number: int) -> None:
        shopper = shoppers[number % 4]
        barrier.wait()
        form = {"username": usernames[number // 4 % 4], "password": PASSWORD}
        headers = {"Authorization": f"Bearer {shopper.token}"}
        answers[number] = app.test_client().post("/api/v1/work", json=form, headers=headers).status_code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(40)]
    [each.start() for each in threads]
    [each.join(90) for each in threads]
    assert answers == [200] * 40
    found = linked(app)
    assert 1 <= len(found) == len(set(found.values())) <= 4


def test_rights_are_those_of_the_role_in_the_console(app: Flask) -> None:
    house = merchant(app)
    answers = {role: Worker(app, house, role).get("/money/balances").status_code for role in ("Owner", "Manager", "Cashier", "Kitchen", "Courier")}
    assert answers == {"Owner": 200, "Manager": 200, "Cashier": 403, "Kitchen": 403, "Courier": 200}, "a courier sees its own money"
    refused = Worker(app, house, "Manager").post("/money/withdrawals", {"amount": 1, "password": PASSWORD})
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


def test_people_of_several_merchants_say_for_which(app: Flask) -> None:
    house, second = merchant(app), merchant(app, "川渝小馆")
    owner = Worker(app, house)
    also_works_for(app, house.members["Owner"], second)
    assert (owner.get("/money/balances").status_code, owner.get("/money/balances").json["code"]) == (409, "member.several_places")

    def status_for(merchant_id: object) -> int:
        return owner.client.get("/api/v1/money/balances", headers={**owner.headers(), "X-Merchant": str(merchant_id)}).status_code

    stranger = merchant(app, "别人家")
    assert [status_for(each) for each in (house.merchant_id, second.merchant_id, stranger.merchant_id, "x")] == [200, 403, 403, 403]


def test_signing_out_everywhere_and_a_lost_place_end_it(app: Flask) -> None:
    house = merchant(app)
    cashier, manager = Worker(app, house, "Cashier"), Worker(app, house, "Manager")
    form = {"old": PASSWORD, "password": "another horse 43"}
    assert sign_in(app, house.members["Manager"]).post("/account/", data=form).status_code == 303
    assert manager.get("/work").json == {"items": []}
    with app.app_context(), transaction(SETUP) as session:
        key = session.scalars(select(Membership.id).where(Membership.username == house.members["Cashier"])).one()
    owner = sign_in(app, house.members["Owner"])
    assert owner.post(f"/members/{key}/edit", data={"role": "Cashier"}).status_code == 303
    assert cashier.get("/work").json == {"items": []}
    assert linked(app) == {}


def test_a_key_counts_for_one_merchant(app: Flask) -> None:
    """The same key in two places is two requests: nobody reads the answer that another merchant got."""
    house, second = merchant(app, trade="groupbuy"), merchant(app, "川渝小馆", trade="groupbuy")
    owner = Worker(app, house)
    also_works_for(app, house.members["Owner"], second)
    seen = []
    for place in (house, second, house):
        headers = {**owner.headers("one-key-for-both"), "X-Merchant": str(place.merchant_id)}
        answer = owner.client.post("/api/v1/applications/groupbuy/begin", headers=headers)
        seen.append((answer.status_code, answer.headers.get("Idempotent-Replay")))
    assert seen == [(200, None), (403, None), (200, "true")]
