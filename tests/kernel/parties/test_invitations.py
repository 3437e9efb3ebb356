"""Invitations: a link that serves once, whom it lets in as what, and what it refuses."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, enter_scope, transaction
from app.framework.queue import run_waiting
from app.kernel.parties.channels.sms import Sms
from app.kernel.parties.operations.invitations import accept
from tests.support.people import SETUP, House, merchant, sign_in, staff

PERSON = {"last_name": "陈", "first_name": "新", "username": "chenxin"}
PASSWORD = "a quiet river 9"


def rows(app: Flask, statement: str) -> list[Any]:
    with app.app_context():
        enter_scope(EVERYTHING)
        return [tuple(row) for row in db.session.execute(text(statement))]


def invited(browser: FlaskClient, address: str = "/members/new", **values: Any) -> str:
    """Invite somebody; the path of the link that the next page shows."""
    answer = browser.post(address, data={**PERSON, **values})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return link_on(browser.get(answer.headers["Location"]).get_data(as_text=True))


def link_on(page: str) -> str:
    found = re.search(r"/invitation/[A-Za-z0-9_-]{43}", page)
    assert found, page
    return found.group(0)


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app)


@pytest.fixture
def owner(app: Flask, house: House) -> FlaskClient:
    return sign_in(app, house.members["Owner"])


def test_a_cashier_is_invited_reads_what_it_means_sets_a_password_and_is_in(app: Flask, house: House, owner: FlaskClient) -> None:
    link = invited(owner, role="Cashier")
    guest = app.test_client()
    page = guest.get(link).get_data(as_text=True)
    assert "林Owner 邀请你在“老巷子砂锅粥”工作" in page and "接单、核对取餐码、按行退款" in page and "chenxin" in page
    assert guest.post(link, data={"password": PASSWORD}).headers["Location"] == "/"
    assert rows(app, "SELECT username, role, active, merchant_id FROM party_membership WHERE username = 'chenxin'") == [
        ("chenxin", "Cashier", True, house.merchant_id)
    ]
    assert rows(app, "SELECT status FROM party_invitation") == [("accepted",)]
    assert guest.get("/account/").status_code == 200 and guest.get("/members/").status_code == 403
    acts = rows(app, "SELECT action, actor_name FROM audit_entry WHERE action LIKE 'invitation%' OR action = 'member.added' ORDER BY id DESC LIMIT 3")
    assert acts == [("invitation.accept", "陈新"), ("member.added", "陈新"), ("invitation.made", "林Owner")]


def test_the_link_is_kept_hashed_and_shown_once(app: Flask, house: House, owner: FlaskClient) -> None:
    link = invited(owner, role="Kitchen")
    token = link.rpartition("/")[2]
    [(key, kept)] = rows(app, "SELECT id, token_hash FROM party_invitation")
    assert len(kept) == 64 and token not in kept
    assert token not in owner.get(f"/members/invitations/{key}").get_data(as_text=True)
    assert rows(app, f"SELECT 1 FROM party_session WHERE data::text LIKE '%{token}%'") == []


def test_finance_goes_on_to_enrol_the_second_factor(app: Flask) -> None:
    link = invited(staff(app, "Admin"), "/staff/new", roles=["Finance", "Reviewer"])
    guest = app.test_client()
    page = guest.get(link).get_data(as_text=True)
    assert "邀请你加入百业平台" in page and "费率、结算、导出对账单，看账本" in page and "审核入驻和商品，通过、驳回、要求补充" in page
    answer = guest.post(link, data={"password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/code"
    assert guest.get("/settlement/").status_code == 302
    assert "验证器二维码" in guest.get("/sign-in/code").get_data(as_text=True)
    assert rows(app, "SELECT r.name FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id"
                     " WHERE u.username = 'chenxin' ORDER BY 1") == [("Finance",), ("Reviewer",)]


def test_a_link_serves_once_and_withdrawn_expired_or_replaced_ones_never(app: Flask, owner: FlaskClient) -> None:
    first = invited(owner, role="Cashier")
    [(key,)] = rows(app, "SELECT id FROM party_invitation")
    assert owner.post(f"/members/invitations/{key}/send").status_code == 303
    second = link_on(owner.get(f"/members/invitations/{key}").get_data(as_text=True))
    guest = app.test_client()
    assert [guest.get(link).status_code for link in (first, second)] == [404, 200]
    with app.app_context(), transaction(SETUP) as session:
        session.execute(text("UPDATE party_invitation SET expires_at = now() - interval '1 second'"))
    assert guest.post(second, data={"password": PASSWORD}).status_code == 404
    owner.post(f"/members/invitations/{key}/send")
    third = link_on(owner.get(f"/members/invitations/{key}").get_data(as_text=True))
    assert owner.post(f"/members/invitations/{key}/move/withdraw").status_code == 303
    assert guest.post(third, data={"password": PASSWORD}).status_code == 404
    assert owner.post(f"/members/invitations/{key}/send").status_code == 409
    assert rows(app, "SELECT 1 FROM ab_user WHERE username = 'chenxin'") == []
    fourth = invited(owner, role="Cashier")
    assert [app.test_client().post(fourth, data={"password": PASSWORD}).status_code for _ in range(2)] == [303, 404]
    assert rows(app, "SELECT status, count(*) FROM party_invitation GROUP BY 1 ORDER BY 1") == [("accepted", 1), ("withdrawn", 1)]


def test_a_weak_password_is_refused_and_the_link_still_serves(app: Flask, owner: FlaskClient) -> None:
    link, guest = invited(owner, role="Cashier"), app.test_client()
    answer = guest.post(link, data={"password": "chenxin-2026"})
    assert answer.status_code == 422 and "密码太容易猜" in answer.get_data(as_text=True)
    assert rows(app, "SELECT status FROM party_invitation") == [("open",)]
    assert guest.post(link, data={"password": PASSWORD}).status_code == 303


@pytest.mark.parametrize(("values", "status"), [
    ({"role": "Admin"}, 422), ({"role": ""}, 422), ({"role": "Cashier", "username": "x y z"}, 422), ({"role": "Cashier", "phone": "12345"}, 422),
    ({"role": "Cashier", "username": "OWNER1"}, 409), ({"role": "Cashier", "last_name": ""}, 422),
])
def test_what_does_not_fit_invites_nobody(app: Flask, house: House, owner: FlaskClient, values: dict[str, str], status: int) -> None:
    given = {**PERSON, **values}
    given["username"] = given["username"].replace("OWNER1", house.members["Owner"].upper())
    assert owner.post("/members/new", data=given).status_code == status
    assert rows(app, "SELECT 1 FROM party_invitation") == [] and rows(app, "SELECT 1 FROM audit_entry WHERE action LIKE 'invitation%'") == []


def test_a_name_waits_in_one_invitation_only(app: Flask, owner: FlaskClient) -> None:
    invited(owner, role="Cashier")
    answer = owner.post("/members/new", data={**PERSON, "username": "ChenXin", "role": "Owner"})
    assert answer.status_code == 409 and "已经有人用了" in answer.get_data(as_text=True)
    assert rows(app, "SELECT count(*) FROM party_invitation") == [(1,)]


def test_with_a_phone_the_link_goes_out_sealed_and_arrives(app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(Sms, "send", lambda self, phone, template, **params: sent.append((phone, template, params)) or "1")
    link = invited(owner, role="Cashier", phone="13900139000")
    [(arguments,)] = rows(app, "SELECT args::text FROM procrastinate_jobs WHERE task_name = 'send_invitation'")
    assert "13900139000" not in arguments and link.rpartition("/")[2] not in arguments
    assert run_waiting(app, only="send_invitation") == 1
    assert [(phone, template, params["link"].endswith(link)) for phone, template, params in sent] == [("13900139000", "invitation", True)]
    assert rows(app, "SELECT phone_masked FROM party_invitation") == [("139****9000",)]


def test_forty_tries_at_once_make_one_account(app: Flask, owner: FlaskClient) -> None:
    token = invited(owner, role="Cashier").rpartition("/")[2]

    def attempt(_: int) -> str:
        with app.app_context():
            try:
                with transaction(SETUP), elevated():
                    accept(token, PASSWORD, address="", now=datetime.now(UTC))
            except Refusal as refused:
                return refused.code
            return "in"

    with ThreadPoolExecutor(40) as pool:
        outcomes = Counter(pool.map(attempt, range(40)))
    assert outcomes == {"in": 1, "invitation.gone": 39}
    assert rows(app, "SELECT count(*), (SELECT count(*) FROM party_membership WHERE username = 'chenxin') FROM ab_user WHERE username = 'chenxin'") == [(1, 1)]


def test_another_merchant_and_lesser_roles_see_and_send_nothing(app: Flask, house: House, owner: FlaskClient) -> None:
    invited(owner, role="Cashier")
    [(key,)] = rows(app, "SELECT id FROM party_invitation")
    other = merchant(app, "川渝小馆")
    stranger = sign_in(app, other.members["Owner"])
    assert stranger.get(f"/members/invitations/{key}").status_code == 404
    assert stranger.post(f"/members/invitations/{key}/send").status_code == 404
    assert stranger.post(f"/members/invitations/{key}/move/withdraw").status_code == 404
    cashier = sign_in(app, house.members["Cashier"])
    assert [cashier.get(path).status_code for path in ("/members/new", "/members/invitations/", "/staff/new", "/staff/invitations/")] == [403] * 4
    assert owner.post("/staff/new", data={**PERSON, "username": "other", "roles": ["Admin"]}).status_code == 403
    assert rows(app, "SELECT status, count(*) FROM party_invitation GROUP BY 1") == [("open", 1)]


def test_the_form_says_what_each_role_may_do(owner: FlaskClient) -> None:
    page = owner.get("/members/new").get_data(as_text=True)
    for sentence in (
        "管店铺的一切，包括账单和成员", "菜单、订单、退款，看账单", "接单、核对取餐码、按行退款", "看后厨板，标记出餐", "接配送单，只看到自己手上的单",
    ):
        assert sentence in page
    assert page.count('type="radio" name="role"') == 5 and "<select" not in page
