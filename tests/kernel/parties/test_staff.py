"""Accounts: roles, on and off, second factor, sessions; and a 403 that names the right and whom to ask."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import lock, transaction
from app.kernel.parties.models import Membership, StaffUser
from app.kernel.parties.operations.merchants import add_member, change_member
from app.kernel.parties.operations.staff import change_staff
from tests.kernel.parties.test_invitations import rows
from tests.support.people import PASSWORD, SETUP, merchant, sign_in, staff


def key_of(app: Flask, username: str) -> int:
    return int(rows(app, f"SELECT id FROM ab_user WHERE username = '{username}'")[0][0])


def member_key(app: Flask, username: str) -> int:
    return int(rows(app, f"SELECT id FROM party_membership WHERE username = '{username}'")[0][0])


def roles_of(app: Flask, username: str) -> list[str]:
    found = rows(app, "SELECT r.name FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id"
                      f" WHERE u.username = '{username}' ORDER BY 1")
    return [name for (name,) in found]


def test_other_roles_count_at_the_next_click_and_stand_in_the_story(app: Flask) -> None:
    admin, operator = staff(app, "Admin"), staff(app, "Operator")
    key = key_of(app, "operator")
    assert operator.get("/customers/").status_code == 200
    assert "审核入驻和商品，通过、驳回、要求补充" in admin.get(f"/staff/{key}/edit").get_data(as_text=True)
    assert admin.post(f"/staff/{key}/edit", data={"roles": ["Reviewer"], "active": "y"}).status_code == 303
    assert roles_of(app, "operator") == ["Reviewer"]
    assert operator.get("/customers/").status_code == 403
    page = admin.get(f"/staff/{key}").get_data(as_text=True)
    assert "改角色" in page and "审核员" in page


def test_switched_off_is_out_everywhere_and_on_again_signs_in(app: Flask) -> None:
    admin, operator = staff(app, "Admin"), staff(app, "Operator")
    key = key_of(app, "operator")
    assert admin.post(f"/staff/{key}/edit", data={"roles": ["Operator"]}).status_code == 303
    assert operator.get("/merchants/").status_code == 302
    assert rows(app, f"SELECT 1 FROM party_session WHERE user_id = {key}") == []
    assert app.test_client().post("/sign-in/", data={"username": "operator", "password": PASSWORD}).status_code == 401
    assert admin.post(f"/staff/{key}/edit", data={"roles": ["Operator"], "active": "y"}).status_code == 303
    assert sign_in(app, "operator").get("/merchants/").status_code == 200
    acts = rows(app, "SELECT action FROM audit_entry WHERE action LIKE 'user.switched%' ORDER BY id")
    assert acts == [("user.switched_off",), ("user.switched_on",)]


def test_nobody_takes_the_own_admin_role_or_access(app: Flask) -> None:
    admin = staff(app, "Admin")
    staff(app, "Admin", "second")
    key = key_of(app, "admin")
    for data in ({"roles": ["Operator"], "active": "y"}, {"roles": ["Admin"]}):
        assert admin.post(f"/staff/{key}/edit", data=data).status_code == 409
    assert admin.post(f"/staff/{key}/second-factor", data={"reason": "x"}).status_code == 409
    assert roles_of(app, "admin") == ["Admin"]
    assert rows(app, f"SELECT active, totp_confirmed_at IS NOT NULL FROM ab_user WHERE id = {key}") == [(True, True)]


def test_two_administrators_who_remove_each_other_at_once_leave_one(app: Flask) -> None:
    staff(app, "Admin")
    staff(app, "Admin", "second")
    keys = [key_of(app, "admin"), key_of(app, "second")]

    def remove(pair: tuple[int, int]) -> str:
        with app.app_context():
            try:
                with transaction(SETUP):
                    actor = Actor("staff", pair[0], "x", frozenset({"Admin"}), EVERYTHING)
                    change_staff(lock(StaffUser, pair[1]), roles=["Operator"], active=True, actor=actor, now=datetime.now(UTC))
            except Refusal as refused:
                return refused.code
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, [(keys[0], keys[1]), (keys[1], keys[0])])) == ["done", "staff.last_admin"]
    assert rows(app, "SELECT count(*) FROM ab_user_role ur JOIN ab_role r ON r.id = ur.role_id WHERE r.name = 'Admin'") == [(1,)]


def test_two_owners_who_remove_each_other_at_once_leave_one(app: Flask) -> None:
    house = merchant(app)
    with app.app_context(), transaction(SETUP):
        made = db.session.scalars(select(Membership).where(Membership.role == "Owner")).one()
        add_member(made.merchant, username="owner-b", password=PASSWORD, role="Owner", last_name="林", first_name="二", actor=SETUP, now=datetime.now(UTC))
    keys = [key for (key,) in rows(app, "SELECT id FROM party_membership WHERE role = 'Owner' ORDER BY id")]

    def remove(key: int) -> str:
        with app.app_context():
            try:
                with transaction(house.actor):
                    change_member(lock(Membership, key), role="Cashier", active=True, actor=house.actor, now=datetime.now(UTC))
            except Refusal as refused:
                return refused.code
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, keys)) == ["done", "member.last_owner"]
    assert rows(app, "SELECT count(*) FROM party_membership WHERE role = 'Owner'") == [(1,)]


def test_the_second_factor_is_reset_for_a_reason_and_enrolled_again(app: Flask) -> None:
    admin, finance = staff(app, "Admin"), staff(app, "Finance")
    key = key_of(app, "finance")
    assert admin.post(f"/staff/{key}/second-factor", data={"reason": ""}).status_code == 422
    assert finance.get("/settlement/").status_code == 200
    assert admin.post(f"/staff/{key}/second-factor", data={"reason": "手机丢了"}).status_code == 303
    assert finance.get("/settlement/").status_code == 302
    assert rows(app, f"SELECT totp_secret, totp_confirmed_at FROM ab_user WHERE id = {key}") == [(None, None)]
    assert rows(app, "SELECT actor_name, reason FROM audit_entry WHERE action = 'user.second_factor_reset'") == [("AdminStaff", "手机丢了")]
    fresh = app.test_client()
    assert fresh.post("/sign-in/", data={"username": "finance", "password": PASSWORD}).headers["Location"] == "/sign-in/code"
    assert "验证器二维码" in fresh.get("/sign-in/code").get_data(as_text=True)


def test_one_session_or_all_are_ended_by_the_admin(app: Flask) -> None:
    admin, first, second = staff(app, "Admin"), staff(app, "Operator"), sign_in(app, "operator")
    key = key_of(app, "operator")
    page = admin.get(f"/staff/{key}").get_data(as_text=True)
    assert page.count("127.0.0.1 ·") == 2
    newest = rows(app, f"SELECT id FROM party_session WHERE user_id = {key} ORDER BY created_at DESC LIMIT 1")[0][0]
    assert admin.post(f"/staff/{key}/sessions/end", data={"session": "0" * 64}).status_code == 404
    assert admin.post(f"/staff/{key}/sessions/end", data={"session": newest}).status_code == 303
    assert (first.get("/merchants/").status_code, second.get("/merchants/").status_code) == (200, 302)
    assert admin.post(f"/staff/{key}/sessions/end").status_code == 303
    assert first.get("/merchants/").status_code == 302
    assert rows(app, "SELECT count(*) FROM audit_entry WHERE action = 'user.sessions_ended'") == [(2,)]


def test_an_owner_ends_sessions_of_the_own_members_only(app: Flask) -> None:
    house, other = merchant(app), merchant(app, "川渝小馆")
    owner, cashier = sign_in(app, house.members["Owner"]), sign_in(app, house.members["Cashier"])
    key = member_key(app, house.members["Cashier"])
    assert "127.0.0.1 ·" in owner.get(f"/members/{key}").get_data(as_text=True)
    assert sign_in(app, other.members["Owner"]).post(f"/members/{key}/sessions/end").status_code == 404
    assert cashier.post(f"/members/{key}/sessions/end").status_code == 403
    assert cashier.get("/account/").status_code == 200
    assert owner.post(f"/members/{key}/sessions/end").status_code == 303
    assert cashier.get("/account/").status_code == 302


def test_the_sessions_of_somebody_who_works_elsewhere_too_are_not_the_owners(app: Flask) -> None:
    house, other = merchant(app), merchant(app, "川渝小馆")
    key = member_key(app, house.members["Cashier"])
    with app.app_context(), transaction(SETUP) as session:
        member = session.get_one(Membership, key)
        session.add(Membership(user_id=member.user_id, merchant_id=other.merchant_id, role="Kitchen", name=member.name, username=member.username))
    owner, cashier = sign_in(app, house.members["Owner"]), sign_in(app, house.members["Cashier"])
    assert "登录中的设备" not in owner.get(f"/members/{key}").get_data(as_text=True)
    assert owner.post(f"/members/{key}/sessions/end").status_code == 409
    assert cashier.get("/account/").status_code == 200


def test_a_members_account_takes_no_platform_role(app: Flask) -> None:
    house, admin = merchant(app), staff(app, "Admin")
    key = key_of(app, house.members["Cashier"])
    assert 'name="roles"' not in admin.get(f"/staff/{key}/edit").get_data(as_text=True)
    assert admin.post(f"/staff/{key}/edit", data={"roles": ["Admin"], "active": "y"}).status_code == 303
    assert roles_of(app, house.members["Cashier"]) == []


def test_a_refusal_names_the_right_and_whom_to_ask(app: Flask) -> None:
    house = merchant(app)
    answer = sign_in(app, house.members["Cashier"]).get("/members/")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "你没有“成员 · 查看列表”的权限" in page and "你的角色是“收银”。" in page and "有这个权限的角色：管理员 / 运营 / 店主。" in page
    page = staff(app, "Operator").get(f"/staff/{key_of(app, 'operator')}/view-as").get_data(as_text=True)
    assert "你没有“员工账号 · 以此人身份查看”的权限" in page and "有这个权限的角色：管理员。" in page
