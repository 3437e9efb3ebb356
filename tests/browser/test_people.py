"""People in a browser: inviting and being invited, looking as somebody else; each page clean in both themes and widths."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.extensions import db
from app.framework.database import transaction
from app.kernel.parties.models import StaffUser
from app.kernel.parties.operations.sign_in import begin_enrolment, create_user, current_code
from tests.browser.conftest import violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture
from tests.kernel.parties.test_staff import member_key
from tests.support.people import PASSWORD, SETUP

pytestmark = pytest.mark.browser

LOOKS: list[dict[str, Any]] = [
    {}, {"color_scheme": "dark"}, {"viewport": {"width": 375, "height": 812}}, {"viewport": {"width": 375, "height": 812}, "color_scheme": "dark"},
]


def wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def clean(page: Page) -> None:
    assert violations(page) == [] and not wide(page), page.url


def admin_page(browser: Browser, running: Running, **context: Any) -> Page:  # noqa: F811
    with running.app.app_context(), transaction(SETUP):
        if db.session.scalars(select(StaffUser).where(StaffUser.username == "root-wu")).first() is None:
            create_user("root-wu", PASSWORD, ["Admin"], last_name="吴", first_name="桐")
    page = browser.new_context(viewport=context.pop("viewport", {"width": 1440, "height": 900}), **context).new_page()
    page.goto(f"{running.address}/sign-in/")
    page.fill("#username", "root-wu")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/sign-in/code*")
    with running.app.app_context(), transaction(SETUP):
        user = db.session.scalars(select(StaffUser).where(StaffUser.username == "root-wu")).one()
        user.totp_last_step = 0
        begin_enrolment(user)
        code = current_code(user, datetime.now(UTC))
    page.fill("#code", code)
    page.get_by_role("button", name="验证", exact=True).click()
    page.wait_for_url(f"{running.address}/")
    return page


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow", "narrow-dark"])
def test_an_owner_invites_and_the_invited_person_comes_in(chromium: Browser, running: Running, look: dict[str, Any]) -> None:  # noqa: F811
    owner = signed_in(chromium, running, running.place.house.members["Owner"], **dict(look))
    owner.goto(f"{running.address}/members/")
    clean(owner)
    owner.get_by_role("link", name="邀请成员").first.click()
    owner.get_by_label("姓", exact=False).first.fill("陈")
    owner.locator("[name=first_name]").fill("新")
    owner.locator("[name=username]").fill("chenxin")
    owner.get_by_text("接单、核对取餐码、按行退款").click()
    clean(owner)
    owner.get_by_role("button", name="邀请", exact=True).click()
    link = owner.get_by_text("/invitation/").inner_text()
    clean(owner)
    guest = chromium.new_context(**dict(look)).new_page()
    guest.goto(running.address + "/invitation/" + link.split("/invitation/")[1].split()[0])
    expect(guest.get_by_role("heading", name="陈新，欢迎加入")).to_be_visible()
    expect(guest.get_by_text("接单、核对取餐码、按行退款")).to_be_visible()
    clean(guest)
    guest.get_by_label("设置密码").fill("short")
    guest.get_by_role("button", name="接受邀请").click()
    expect(guest.get_by_text("密码太容易猜").first).to_be_visible()
    clean(guest)
    guest.get_by_label("设置密码").fill("a quiet river 9")
    guest.get_by_role("button", name="接受邀请").click()
    guest.wait_for_url(f"{running.address}/")
    owner.goto(f"{running.address}/members/{member_key(running.app, 'chenxin')}")
    expect(owner.get_by_role("button", name="结束第 1 个登录")).to_be_visible()
    clean(owner)
    owner.goto(f"{running.address}/account/")
    expect(owner.get_by_text("这一台")).to_be_visible()
    clean(owner)
    guest.goto(f"{running.address}/invitation/{link.split('/invitation/')[1].split()[0]}")
    expect(guest.get_by_text("已用过、已撤回或已过期")).to_be_visible()
    clean(guest)


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow", "narrow-dark"])
def test_an_administrator_looks_as_an_owner_under_a_banner(chromium: Browser, running: Running, look: dict[str, Any]) -> None:  # noqa: F811
    page = admin_page(chromium, running, **dict(look))
    owner = member_key(running.app, running.place.house.members["Owner"])
    page.goto(f"{running.address}/members/{owner}")
    clean(page)
    page.get_by_role("link", name="以此人身份查看").click()
    page.get_by_label("原因").fill("客户说看不到订单")
    page.get_by_text("30 分钟").click()
    clean(page)
    page.get_by_role("button", name="确定").click()
    banner = page.get_by_role("region", name="以他人身份查看")
    expect(banner).to_contain_text("吴桐，你正在以“林Owner”的身份查看，只能看不能改，还剩 30 分钟")
    for path in ("/", "/members/", "/members/new", "/dining/orders/", "/join"):
        page.goto(running.address + path)
        expect(banner).to_be_visible()
        clean(page)
    page.goto(f"{running.address}/members/{owner}/edit")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="正在以“林Owner”的身份查看")).to_be_visible()
    expect(banner).to_be_visible()
    clean(page)
    banner.get_by_role("button", name="结束查看").click()
    expect(page.get_by_text("已回到你自己的账号")).to_be_visible()
    expect(banner).to_have_count(0)
    page.goto(f"{running.address}/staff/")
    clean(page)
    page.goto(f"{running.address}/staff/new")
    clean(page)
    page.goto(f"{running.address}/staff/invitations/")
    clean(page)


def test_the_demo_says_that_it_is_one(chromium: Browser, running: Running) -> None:  # noqa: F811
    running.app.config["DEMO"] = True
    page = signed_in(chromium, running, running.place.house.members["Owner"])
    expect(page.get_by_text("演示数据 · 支付走模拟通道")).to_be_visible()
    clean(page)
    running.app.config["DEMO"] = False
    page.goto(f"{running.address}/members/")
    expect(page.get_by_text("演示数据 · 支付走模拟通道")).to_have_count(0)
