"""Looking as somebody else: what one sees, that nothing changes or leaves, and every way in which it ends."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.framework.database import transaction
from app.kernel.parties.jobs import forget_old_sign_ins
from tests.kernel.parties.test_invitations import rows
from tests.kernel.parties.test_staff import key_of, member_key
from tests.support.people import SETUP, House, merchant, sign_in, staff

WHY = {"reason": "客户说看不到订单", "minutes": "15"}


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app)


@pytest.fixture
def admin(app: Flask, house: House) -> FlaskClient:
    return staff(app, "Admin")


def as_member(app: Flask, admin: FlaskClient, house: House, role: str = "Owner", **values: Any) -> int:
    """The admin looks as this member; the membership's key."""
    key = member_key(app, house.members[role])
    answer = admin.post(f"/staff/members/{key}/view-as", data={**WHY, **values})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return key


def acts(app: Flask) -> list[tuple[str, str, str]]:
    return rows(app, "SELECT action, actor_name, subject_label FROM audit_entry WHERE action LIKE 'viewing%' ORDER BY id")


def sql(app: Flask, statement: str) -> None:
    with app.app_context(), transaction(SETUP) as session:
        session.execute(text(statement))


def test_the_admin_sees_what_the_owner_sees_under_a_banner(app: Flask, admin: FlaskClient, house: House) -> None:
    other = merchant(app, "川渝小馆")
    key = as_member(app, admin, house)
    page = admin.get("/members/").get_data(as_text=True)
    assert "AdminStaff，你正在以“林Owner”的身份查看，只能看不能改，还剩 15 分钟" in page
    assert house.members["Cashier"] in page and other.members["Cashier"] not in page and "老巷子砂锅粥" in page
    assert admin.get("/staff/").status_code == 403 and admin.get("/merchants/").status_code == 403
    assert rows(app, "SELECT action, actor_name, subject_id, reason, changes->'viewing_minutes'->>1, merchant_id FROM audit_entry"
                     " WHERE action LIKE 'viewing%'") == [("viewing.begun", "AdminStaff", key, "客户说看不到订单", "15", house.merchant_id)]


def test_every_change_is_refused_and_noted(app: Flask, admin: FlaskClient, house: House) -> None:
    key = as_member(app, admin, house)
    before = rows(app, "SELECT id, role, active, version FROM party_membership ORDER BY id")
    for path in (f"/members/{key}/edit", "/members/new", f"/members/{key}/sessions/end", "/account/", "/nowhere", "/sign-in/", "/join"):
        answer = admin.post(path, data={"role": "Cashier"})
        assert answer.status_code == 403, path
        assert "正在以“林Owner”的身份查看，只能看" in answer.get_data(as_text=True)
    assert admin.delete(f"/members/{key}").status_code == 403
    assert rows(app, "SELECT id, role, active, version FROM party_membership ORDER BY id") == before
    assert rows(app, "SELECT 1 FROM party_invitation") == []
    refused = rows(app, "SELECT changes->'refused_request'->>1, actor_name FROM audit_entry WHERE action = 'viewing.refused' ORDER BY id")
    assert refused[0] == (f"POST /members/{key}/edit", "AdminStaff") and len(refused) == 8


def test_every_route_that_changes_is_refused(app: Flask, admin: FlaskClient, house: House) -> None:
    """Read from the URL map, so that a page of tomorrow is refused too."""
    as_member(app, admin, house)
    paths = {
        re.sub(r"<[^>]+>", "1", rule.rule) for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.rule.startswith("/api/")
        and rule.endpoint not in {"ViewingPage.end", "SignInView.out", "PreferenceView.index"}
    }
    assert len(paths) > 40
    answers = {path: admin.post(path).status_code for path in sorted(paths)}
    assert {path: status for path, status in answers.items() if status != 403} == {}


@pytest.mark.parametrize("path", ["/merchants/export/csv", "/account/", "/files/some-token", "/exports/1/download"])
def test_nothing_is_taken_out_and_no_secret_is_opened(app: Flask, admin: FlaskClient, path: str) -> None:
    staff(app, "Operator")
    assert admin.post(f"/staff/{key_of(app, 'operator')}/view-as", data=WHY).status_code == 303
    assert admin.get("/merchants/").status_code == 200
    assert admin.get(path).status_code == 403


def test_reading_leaves_nothing_behind_with_the_person(app: Flask, admin: FlaskClient, house: House) -> None:
    key = as_member(app, admin, house)
    assert admin.get(f"/members/{key}").status_code == 200
    assert rows(app, "SELECT 1 FROM workspace_recent WHERE address LIKE '/members/%'") == []


def test_theme_and_language_are_the_admins_own(app: Flask, admin: FlaskClient, house: House) -> None:
    as_member(app, admin, house)
    assert admin.post("/preferences/", data={"theme": "dark"}).status_code == 303
    assert 'data-theme="dark"' in admin.get("/members/").get_data(as_text=True)
    assert rows(app, "SELECT 1 FROM ab_user WHERE theme = 'dark'") == []


def test_ended_by_hand_the_admin_is_back(app: Flask, admin: FlaskClient, house: House) -> None:
    as_member(app, admin, house)
    assert admin.post("/viewing/end").status_code == 303
    page = admin.get("/staff/")
    assert page.status_code == 200 and "身份查看，只能看" not in page.get_data(as_text=True)
    assert acts(app) == [("viewing.begun", "AdminStaff", "林Owner"), ("viewing.ended", "AdminStaff", "林Owner")]
    assert rows(app, "SELECT ended_at IS NOT NULL FROM party_viewing") == [(True,)]


def test_when_the_time_is_up_a_page_falls_back_and_a_change_is_not_made_in_anybodys_name(app: Flask, admin: FlaskClient, house: House) -> None:
    key = as_member(app, admin, house)
    sql(app, "UPDATE party_viewing SET began_at = began_at - interval '1 hour', ends_at = now() - interval '1 second'")
    answer = admin.post(f"/members/{key}/edit", data={"role": "Cashier", "active": "y"})
    assert answer.status_code == 403 and "时间到了" in answer.get_data(as_text=True)
    assert rows(app, f"SELECT role FROM party_membership WHERE id = {key}") == [("Owner",)]
    assert admin.get("/staff/").status_code == 200
    assert [act for act, _, _ in acts(app)] == ["viewing.begun", "viewing.expired"]


def test_a_page_after_the_time_is_the_admins_own(app: Flask, admin: FlaskClient, house: House) -> None:
    as_member(app, admin, house)
    sql(app, "UPDATE party_viewing SET began_at = began_at - interval '1 hour', ends_at = now() - interval '1 second'")
    page = admin.get("/staff/")
    assert page.status_code == 200 and "以“林Owner”的身份查看已结束，你现在是自己的账号" in page.get_data(as_text=True)
    assert [act for act, _, _ in acts(app)] == ["viewing.begun", "viewing.expired"]


def test_signing_out_ends_it(app: Flask, admin: FlaskClient, house: House) -> None:
    as_member(app, admin, house)
    assert admin.post("/sign-in/out").status_code == 303
    assert admin.get("/members/").status_code == 302
    assert [act for act, _, _ in acts(app)] == ["viewing.begun", "viewing.ended"]


@pytest.mark.parametrize("change", [
    "UPDATE party_membership SET active = false WHERE role = 'Owner'",
    "UPDATE ab_user SET active = false WHERE id = (SELECT user_id FROM party_membership WHERE role = 'Owner')",
    "DELETE FROM ab_user_role WHERE user_id = (SELECT id FROM ab_user WHERE username = 'admin')",
])
def test_it_ends_when_the_person_or_the_right_is_gone(app: Flask, admin: FlaskClient, house: House, change: str) -> None:
    as_member(app, admin, house)
    sql(app, change)
    assert "身份查看，只能看" not in admin.get("/").get_data(as_text=True)
    assert [act for act, _, _ in acts(app)] == ["viewing.begun", "viewing.expired"]


def test_what_nobody_came_back_to_is_ended_by_the_clean_up(app: Flask, admin: FlaskClient, house: House) -> None:
    as_member(app, admin, house)
    sql(app, "UPDATE party_viewing SET began_at = began_at - interval '1 hour', ends_at = now() - interval '1 second'")
    with app.app_context():
        forget_old_sign_ins()
        forget_old_sign_ins()
    assert [act for act, _, _ in acts(app)] == ["viewing.begun", "viewing.expired"]
    assert admin.get("/staff/").status_code == 200


def test_nobody_looks_as_an_administrator_themselves_or_an_account_that_is_off(app: Flask, admin: FlaskClient, house: House) -> None:
    staff(app, "Admin", "second")
    staff(app, "Operator")
    sql(app, "UPDATE ab_user SET active = false WHERE username = 'operator'")
    for name in ("second", "admin", "operator", house.members["Cashier"]):
        assert admin.post(f"/staff/{key_of(app, name)}/view-as", data=WHY).status_code == 403, name
        assert "以此人身份查看" not in admin.get(f"/staff/{key_of(app, name)}").get_data(as_text=True)
    assert rows(app, "SELECT 1 FROM party_viewing") == [] and acts(app) == []


@pytest.mark.parametrize("given", [{"reason": ""}, {"reason": "  "}, {"minutes": "240"}, {"minutes": ""}])
def test_a_reason_and_a_limit_are_needed(app: Flask, admin: FlaskClient, house: House, given: dict[str, str]) -> None:
    key = member_key(app, house.members["Owner"])
    assert admin.post(f"/staff/members/{key}/view-as", data={**WHY, **given}).status_code == 422
    assert rows(app, "SELECT 1 FROM party_viewing") == []


def test_only_with_the_right_and_the_second_factor(app: Flask, admin: FlaskClient, house: House) -> None:
    key = member_key(app, house.members["Owner"])
    for browser in (staff(app, "Operator"), staff(app, "Finance"), sign_in(app, house.members["Owner"])):
        assert browser.post(f"/staff/members/{key}/view-as", data=WHY).status_code == 403
        assert "以此人身份查看" not in browser.get(f"/members/{key}").get_data(as_text=True)
    assert "以此人身份查看" in admin.get(f"/members/{key}").get_data(as_text=True)
    sql(app, "UPDATE ab_user SET totp_confirmed_at = NULL WHERE username = 'admin'")
    answer = admin.post(f"/staff/members/{key}/view-as", data=WHY)
    assert answer.status_code == 403 and "先完成两步验证" in answer.get_data(as_text=True)
    assert rows(app, "SELECT 1 FROM party_viewing") == []


def test_one_look_leads_to_no_other(app: Flask, admin: FlaskClient, house: House) -> None:
    key = as_member(app, admin, house)
    assert admin.post(f"/staff/members/{key}/view-as", data=WHY).status_code == 403
    assert rows(app, "SELECT count(*) FROM party_viewing") == [(1,)]


def test_the_owners_own_browser_notices_nothing(app: Flask, admin: FlaskClient, house: House) -> None:
    owner = sign_in(app, house.members["Owner"])
    key = as_member(app, admin, house)
    cashier = member_key(app, house.members["Cashier"])
    assert owner.post(f"/members/{cashier}/edit", data={"role": "Manager", "active": "y"}).status_code == 303
    assert "身份查看，只能看" not in owner.get("/members/").get_data(as_text=True)
    assert "开始以此人身份查看" in owner.get(f"/members/{key}").get_data(as_text=True)
