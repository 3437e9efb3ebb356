"""Records in a browser: notes with mentions, messages, undo, conflicts, copying."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Open, violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture

pytestmark = pytest.mark.browser


def test_a_mention_by_keyboard_reaches_the_colleague(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"])
    page.goto(f"{running.address}/dining/orders/1")
    page.get_by_label("写备注，@ 提到同事").click()
    page.keyboard.type("@man")
    page.locator("#note-people [role=option]").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.keyboard.type("看看这单")
    page.get_by_role("button", name="写上").click()
    page.locator(".by-notes").get_by_text("@林Manager 看看这单").wait_for()
    page.evaluate("scrollTo(0, 0)")  # where the page stands now, its head may lie half under the bar
    assert violations(page) == []
    other = signed_in(chromium, running, running.place.house.members["Manager"])
    other.get_by_role("link", name="消息，2 条未读").click()
    assert violations(other) == []
    other.get_by_role("button", name="提到你").click()
    other.wait_for_url("**/dining/orders/1")
    expect(other.get_by_role("link", name="消息，2 条未读")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 375])
def test_messages_and_records_fit(chromium: Browser, running: Running, width: int) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"], viewport={"width": width, "height": 812})
    for path in ("/messages/", "/dining/orders/1", "/dining/orders/"):
        page.goto(running.address + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_number_is_copied(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"], permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{running.address}/dining/orders/1")
    number = page.locator("h1 [data-copy]").inner_text()
    page.get_by_role("button", name=f"复制 {number}").first.click()
    page.get_by_text("已复制").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == number


def test_a_move_is_taken_back_from_its_toast(visit: Open) -> None:
    page = visit("/sample/dishes/2")
    page.get_by_role("button", name="冻结").click()
    page.get_by_role("dialog").get_by_role("button", name="冻结", exact=True).click()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("h1 .by-chip")).to_have_text("在售")


def test_a_conflict_shows_both_versions_field_by_field(visit: Open) -> None:
    mine, theirs = visit("/sample/dishes/10/edit", who="owner"), visit("/sample/dishes/10/edit", who="owner")
    theirs.get_by_label("菜名").fill("别人改的名字")
    theirs.get_by_role("button", name="保存").click()
    theirs.wait_for_url("**/sample/dishes/10")
    mine.get_by_label("菜名").fill("我改的名字")
    mine.get_by_role("button", name="保存").click()
    mine.get_by_text("别人刚改过这条记录").wait_for()
    row = mine.get_by_role("row", name="菜名")
    assert "别人改的名字" in row.inner_text() and "我改的名字" in row.inner_text()
    assert violations(mine) == []
    mine.get_by_role("button", name="保存").click()
    mine.wait_for_url("**/sample/dishes/10")
    expect(mine.locator("h1")).to_contain_text("我改的名字")
