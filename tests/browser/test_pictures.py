"""Pictures in a browser: seen before they are sent, put in order with keys and with the mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.verticals.dining.models import Dish
from tests.browser.conftest import violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture
from tests.support.pictures import picture
from tests.verticals.dining.world import approve_what_waits

pytestmark = pytest.mark.browser


def images(running: Running) -> list[str]:  # noqa: F811
    with running.app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(Dish.images).where(Dish.name == "鲜虾粥")).one())


def test_pictures_are_seen_ordered_and_removed_by_hand(chromium: Browser, running: Running, tmp_path: Path) -> None:  # noqa: F811
    paths = []
    for number, colour in enumerate(("#aa0000", "#00aa00", "#0000aa")):
        paths.append(tmp_path / f"{number}.jpg")
        paths[-1].write_bytes(picture(colour=colour))
    page = signed_in(chromium, running, running.place.house.members["Owner"])
    page.goto(f"{running.address}/dining/menu/dish/1")
    page.set_input_files("#picture", paths[:2])
    page.set_input_files("#picture", paths[2:])
    tiles = page.locator("[data-picture]")
    expect(tiles).to_have_count(3)
    expect(tiles.first.locator("img")).to_have_js_property("naturalWidth", 64)
    first, second, third = tiles.evaluate_all("all => all.map((each) => each.querySelector('input').value)")
    assert (first, second, third) == ("new:0", "new:1", "new:2")
    page.get_by_role("button", name="第 3 张往前").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="现在是第 1 张")).to_have_count(1)
    assert tiles.evaluate_all("all => all.map((each) => each.querySelector('input').value)") == ["new:2", "new:0", "new:1"]
    assert page.evaluate("document.activeElement.closest('[data-picture]') === document.querySelector('[data-picture]')")
    tiles.nth(2).drag_to(tiles.nth(0))
    assert tiles.evaluate_all("all => all.map((each) => each.querySelector('input').value)") == ["new:1", "new:2", "new:0"]
    assert violations(page) == []
    page.get_by_role("button", name="移除第 2 张").click()
    expect(tiles).to_have_count(2)
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.wait_for_url("**/dining/menu/**")
    assert images(running) == [], "they wait beside the dish"
    approve_what_waits(running.app)
    kept = images(running)
    assert len(kept) == 2
    page.goto(f"{running.address}/dining/menu/dish/1")
    page.get_by_role("button", name="第 2 张往前").click()
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.wait_for_url("**/dining/menu/**")
    approve_what_waits(running.app)
    assert images(running) == kept[::-1]
