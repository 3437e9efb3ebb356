"""Rows of a form in a browser: added, moved, and removed by keyboard; the order is what is saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.verticals.dining.models import Option, OptionGroup, Size
from tests.browser.conftest import violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture
from tests.verticals.dining.world import approve_what_waits

pytestmark = pytest.mark.browser


def names(running: Running, model: type, *where: object) -> list[str]:  # noqa: F811
    with running.app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(model.name).where(*where).order_by(model.position)))


def test_rows_are_added_moved_and_removed_by_keyboard(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"])
    page.goto(f"{running.address}/dining/menu/dish/1")
    for name, price in (("大份", "28"), ("特大", "36")):
        page.get_by_role("button", name="加规格").focus()
        page.keyboard.press("Enter")
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(price)
    page.get_by_role("button", name="规格往上").nth(2).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="现在是第 1 行")).to_have_count(1)
    expect(page.get_by_role("button", name="规格往下").first).to_be_focused()
    expect(page.get_by_role("button", name="规格往上").first).to_be_disabled()
    page.get_by_role("button", name="加一组选择").click()
    page.keyboard.type("辣度")
    options = page.get_by_label("选项", exact=True)
    options.nth(0).fill("微辣")
    options.nth(1).fill("特辣")
    page.get_by_role("button", name="选项往上").nth(1).click()
    assert violations(page) == []
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.wait_for_url("**/dining/menu/#**")
    assert names(running, Size, Size.dish_id == 1) == ["标准"], "new choices wait beside the dish"
    approve_what_waits(running.app)
    assert names(running, Size, Size.dish_id == 1) == ["特大", "标准", "大份"]
    assert names(running, OptionGroup, OptionGroup.dish_id == 1) == ["辣度"]
    assert names(running, Option, Option.group.has(OptionGroup.dish_id == 1)) == ["特辣", "微辣"]
    page.goto(f"{running.address}/dining/menu/dish/1")
    page.get_by_role("button", name="删除规格").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="删除规格").first).to_be_focused()
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.wait_for_url("**/dining/menu/#**")
    assert names(running, Size, Size.dish_id == 1) == ["标准", "大份"]
