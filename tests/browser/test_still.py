"""The product, for those who asked the system for less motion: boards, lists, records, menus, toasts, and charts stand still."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.test_motion import moving
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("role", "paths"), [
    ("Owner", ("/", "/dining/board/", "/dining/orders/", "/dining/orders/2", "/dining/menu/", "/messages/")), ("Kitchen", ("/dining/kitchen/",)),
])
def test_the_product_stands_still_for_them(chromium: Browser, running: Running, role: str, paths: tuple[str, ...]) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members[role], reduced_motion="reduce")
    for path in paths:
        page.goto(running.address + path)
        page.wait_for_load_state("networkidle" if path == "/" else "load")
        assert (path, moving(page)) == (path, [])


def test_menus_toasts_and_charts_stand_still_for_them(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"], reduced_motion="reduce")
    page.goto(f"{running.address}/dining/orders/")
    page.get_by_role("button", name="导出").click()
    assert moving(page) == []
    page.goto(f"{running.address}/refunds/1")
    page.get_by_role("button", name="同意退款").click()
    assert moving(page) == []
    page.get_by_role("dialog").get_by_role("button", name="同意退款").click()
    page.locator(".by-toast").first.wait_for()
    assert moving(page) == []
    page.goto(f"{running.address}/")
    canvas = page.locator("[data-chart] canvas, [data-chart] svg").first
    canvas.wait_for()
    assert canvas.screenshot() == canvas.screenshot()
