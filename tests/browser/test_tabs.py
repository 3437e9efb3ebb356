"""The cards of a record as tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - `running` is a fixture

pytestmark = pytest.mark.browser


def test_without_scripts_every_card_of_a_record_is_there(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in(chromium, running, running.place.house.members["Owner"], java_script_enabled=False)
    page.goto(f"{running.address}/dining/orders/2")
    for name in ("明细与支付", "费用"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("tab")).to_have_count(0)
