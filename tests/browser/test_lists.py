"""Lists in a browser: saved views, columns, keyboard, pins, the palette, inline edit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture

pytestmark = pytest.mark.browser
ORDERS = "/dining/orders/"
RECORD = re.compile(r"/dining/orders/\d+$")


@pytest.fixture
def owner(chromium: Browser, running: Running) -> Page:  # noqa: F811 - the fixture, not the import
    page = signed_in(chromium, running, running.place.house.members["Owner"])
    page.goto(f"{running.address}{ORDERS}?sort=-placed_at")
    return page


def test_a_view_is_saved_opened_renamed_and_deleted_with_a_way_back(owner: Page) -> None:
    owner.get_by_role("button", name="存为视图").click()
    assert violations(owner) == []
    owner.get_by_label("视图名称").fill("最新的单")
    owner.get_by_label("谁能看到").select_option("side")
    owner.get_by_role("button", name="保存视图").click()
    owner.wait_for_url("**saved=1**")
    assert "sort=-placed_at" in owner.url
    expect(owner.get_by_role("link", name="最新的单")).to_have_attribute("aria-current", "true")
    assert violations(owner) == []
    owner.get_by_role("button", name="视图“最新的单”的操作").click()
    assert violations(owner) == []
    owner.get_by_label("新名称").fill("今天的单")
    owner.get_by_role("button", name="改名").click()
    expect(owner.get_by_role("link", name="今天的单")).to_be_visible()
    owner.get_by_role("button", name="视图“今天的单”的操作").click()
    owner.get_by_role("button", name="删除视图").click()
    expect(owner.get_by_role("link", name="今天的单")).to_have_count(0)
    owner.get_by_role("button", name="撤销").click()
    expect(owner.get_by_role("link", name="今天的单")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 375])
def test_columns_are_chosen_and_ordered_by_keyboard(owner: Page, width: int) -> None:
    owner.set_viewport_size({"width": width, "height": 900})
    heads = owner.locator("thead th[role=columnheader] >> visible=true") if width > 640 else owner.locator("thead th[role=columnheader]")
    before = heads.count()
    owner.get_by_role("button", name="选择列").focus()
    owner.keyboard.press("Enter")
    assert violations(owner) == []
    boxes = owner.locator("#columns input[type=checkbox]")
    assert boxes.nth(0).is_disabled(), "the column that leads to the record stays"
    label = owner.locator("#columns li").nth(1).locator("label").inner_text().strip()
    boxes.nth(2).focus()
    owner.keyboard.press("Space")
    owner.get_by_role("button", name=f"{label} 往后").focus()
    owner.keyboard.press("Enter")
    owner.get_by_role("button", name="用这些列").focus()
    owner.keyboard.press("Enter")
    owner.wait_for_load_state()
    expect(heads).to_have_count(before - 1)
    assert owner.evaluate("document.documentElement.scrollWidth") <= width
    owner.get_by_role("button", name="选择列").click()
    owner.get_by_role("button", name="恢复默认").click()
    expect(heads).to_have_count(before)


def test_the_keys_of_a_list(owner: Page) -> None:
    owner.keyboard.press("/")
    assert owner.evaluate("document.activeElement.name") == "q"
    owner.keyboard.press("Escape")
    owner.evaluate("document.activeElement.blur()")
    owner.keyboard.press("j")
    assert owner.locator("tr[data-here]").count() == 1
    owner.keyboard.press("?")
    owner.get_by_role("dialog", name="键盘快捷键").wait_for()
    owner.keyboard.press("Escape")
    owner.keyboard.press("Enter")
    owner.wait_for_url(RECORD)


def test_a_pinned_list_and_an_opened_record_lead_the_palette(owner: Page) -> None:
    star = owner.get_by_role("button", name="收藏这个页面")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    owner.reload()
    expect(star).to_have_attribute("aria-pressed", "true")
    owner.locator("tbody a").first.click()
    owner.wait_for_url(RECORD)
    owner.keyboard.press("Control+k")
    hits = owner.get_by_role("option")
    expect(hits.first).to_contain_text("收藏")
    expect(hits.nth(1)).to_contain_text("最近")
    assert violations(owner) == []


def test_a_cell_is_edited_in_place(chromium: Browser, running: Running) -> None:  # noqa: F811
    from app.framework.database import transaction
    from app.kernel.parties.operations.sign_in import create_user
    from tests.support.people import PASSWORD, SETUP

    with running.app.app_context(), transaction(SETUP):
        create_user("operator", PASSWORD, ["Operator"], last_name="周", first_name="敏")
    page = signed_in(chromium, running, "operator")
    page.goto(f"{running.address}/review-reasons/")
    cell = page.locator("[data-edit]").first
    cell.locator("button").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    cell.locator("button").click()
    page.locator(".by-input--cell").fill("x")
    page.keyboard.press("Enter")
    page.locator("#cell-error").wait_for()
    assert violations(page) == []
    page.locator(".by-input--cell").fill("41")
    page.keyboard.press("Enter")
    expect(cell.locator("[data-edit-words]")).to_have_text("41")
    page.reload()
    assert "41" in page.locator("[data-edit-words]").all_inner_texts()
