"""The console in a browser: axe finds nothing, nothing overflows, the keyboard is enough, pages work without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, violations

pytestmark = pytest.mark.browser

PAGES = [
    "/", "/sample/dishes/", "/sample/dishes/?status=pending&created_at=7d", "/sample/dishes/?q=zzz", "/sample/dishes/60", "/sample/dishes/31",
    "/sample/dishes/new", "/sample/dishes/31/edit", "/sample/dishes/31/move/refuse", "/sample/cafes/1", "/nope", "/sample/desk/fail/x",
]


@pytest.mark.parametrize(("width", "dark", "english"), [(1440, False, False), (1440, True, True), (375, False, True), (375, True, False)])
def test_axe_finds_nothing_and_nothing_overflows(visit: Open, width: int, dark: bool, english: bool) -> None:
    for path in PAGES:
        page = visit(path, width=width, dark=dark, english=english)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()


def test_menus_dialogs_and_palette_are_clean_and_close_on_escape(visit: Open) -> None:
    page = visit("/sample/dishes/31")
    page.get_by_role("button", name="驳回").click()
    page.get_by_role("dialog", name="驳回").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("密件")
    expect(page.get_by_role("option").first).to_contain_text("密件")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/sample/secrets/")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="键盘快捷键").wait_for()
    assert violations(page) == []


def test_approve_by_keyboard_alone(visit: Open) -> None:
    page = visit("/sample/dishes/?status=pending")
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sample/dishes/1")
    page.get_by_role("button", name="通过").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("在售").wait_for()
    assert page.locator("h1 .by-chip").inner_text() == "在售"


def test_bulk_bar_counts_what_each_move_fits(visit: Open) -> None:
    page = visit("/sample/dishes/")
    for key in ("j", "x", "j", "x", "j", "x"):
        page.keyboard.press(key)
    bar = page.get_by_role("group", name="批量操作")
    assert "已选 3 道" in bar.inner_text()
    assert violations(page) == []
    bar.get_by_role("button", name="取消选择").click()
    assert bar.is_hidden()


def test_filters_by_menu_reach_the_address(visit: Open) -> None:
    page = visit("/sample/dishes/")
    page.get_by_role("button", name="单价").click()
    assert violations(page) == []
    page.get_by_label("最少（元）").fill("60")
    page.keyboard.press("Enter")
    page.wait_for_url("**price=60..**")
    page.get_by_role("button", name="商户").click()
    page.get_by_label("输入名称查找").fill("湘里")
    page.get_by_role("button", name="湘里人家").click()
    page.wait_for_url("**merchant_id=2**")


def test_unsaved_changes_warn_and_errors_take_the_focus(visit: Open) -> None:
    page = visit("/sample/dishes/new", who="owner")
    page.get_by_label("菜名").fill("牛肉面")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="门店").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="保存").click()
    page.get_by_role("alert").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-summary]')")
    assert page.get_by_label("菜名").input_value() == "牛肉面"
    assert violations(page) == []


def test_theme_is_kept_by_the_server(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("button", name="切换到深色").click()
    page.get_by_role("button", name="切换到浅色").wait_for()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_chart_has_its_table(visit: Open) -> None:
    page = visit("/")
    page.locator("[data-canvas] canvas").wait_for()
    page.get_by_role("button", name="表", exact=True).click()
    assert page.get_by_role("cell", name="900").first.is_visible()


def test_menu_opens_and_closes_on_a_phone(visit: Open) -> None:
    page = visit("/", width=375)
    assert not page.get_by_role("navigation", name="主菜单").is_visible()
    page.get_by_role("button", name="打开菜单").click()
    page.get_by_role("link", name="门店").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="主菜单").wait_for(state="hidden")


def test_moves_work_without_scripts(visit: Open) -> None:
    page = visit("/sample/dishes/36", scripts=False)
    page.get_by_role("button", name="驳回").click()
    page.get_by_label("原因").fill("图片不清楚")
    page.get_by_role("button", name="驳回").click()
    assert page.locator("h1 .by-chip").inner_text() == "已驳回"
