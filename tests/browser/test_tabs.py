"""The cards of a record as tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture

pytestmark = pytest.mark.browser


def test_the_cards_of_a_record_are_tabs_that_keys_move_between_and_the_address_remembers(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"])
    address = f"{running.address}/dining/orders/2"
    page.goto(address)
    tabs = page.get_by_role("tab")
    names = [words.split(" ")[0] for words in tabs.all_inner_texts()]
    assert names[0] == "明细与支付" and "费用" in names and len(names) >= 3
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name=names[1])).to_be_visible()
    remembered = page.url
    assert remembered == f"{address}#section-fees"
    page.keyboard.press("End")
    expect(tabs.last).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tabs.first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(tabs.last).to_be_focused()
    page.keyboard.press("Home")
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    page.goto("about:blank")
    page.goto(remembered)
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    assert violations(page) == []
    page.set_viewport_size({"width": 375, "height": 812})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.emulate_media(media="print")
    assert page.locator("[role=tabpanel]:visible").count() == len(names)


def test_without_scripts_every_card_of_a_record_is_there(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"], java_script_enabled=False)
    page.goto(f"{running.address}/dining/orders/2")
    for name in ("明细与支付", "费用"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("tab")).to_have_count(0)
