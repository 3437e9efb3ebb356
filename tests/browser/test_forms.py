"""Forms in a browser: drafts that outlive the session, a second click, slow pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from app.framework.database import transaction
from app.kernel.parties.operations.sign_in import create_user
from tests.browser.conftest import Open, violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture
from tests.support.people import PASSWORD, SETUP

pytestmark = pytest.mark.browser


def test_a_draft_is_kept_as_one_types_and_offered_after_signing_in_again(chromium: Browser, running: Running) -> None:  # noqa: F811
    with running.app.app_context(), transaction(SETUP):
        create_user("operator", PASSWORD, ["Operator"], last_name="周", first_name="敏")
    page = signed_in(chromium, running, "operator")
    page.goto(f"{running.address}/review-reasons/new")
    page.locator("[name=sentence]").fill("图太暗，重拍一张")
    page.get_by_text("草稿已保存").wait_for()
    page.context.close()
    again = signed_in(chromium, running, "operator")
    again.goto(f"{running.address}/review-reasons/new")
    assert violations(again) == []
    again.get_by_role("link", name="的草稿").click()
    expect(again.locator("[name=sentence]")).to_have_value("图太暗，重拍一张")
    again.goto(f"{running.address}/review-reasons/new")
    again.get_by_role("button", name="丢弃").click()
    expect(again.get_by_text("有没提交的草稿")).to_have_count(0)


def test_a_second_click_sends_nothing_twice(visit: Open) -> None:
    page = visit("/sample/dishes/new", who="owner")
    page.get_by_label("菜名").fill("只要一份")
    page.get_by_label("单价").fill("12")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="保存").dblclick()
    page.get_by_role("status").get_by_text("已新建").wait_for()
    assert len(sent) == 1


def test_a_slow_page_says_so(visit: Open) -> None:
    page = visit("/sample/dishes/")
    page.route("**/sample/cafes/**", lambda route: route.fulfill(status=204))  # the page stays where it is
    page.evaluate("document.querySelector('a[href=\"/sample/cafes/\"]').click()")
    page.locator(".by-progress-top").wait_for(timeout=15000, state="attached")
    page.get_by_text("仍在处理…").wait_for(timeout=15000)
