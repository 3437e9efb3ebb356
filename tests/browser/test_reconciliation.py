"""The reconciliation desk with a keyboard and without new pages: propose, and the next break is there; nothing on it is out of reach or too wide."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.core.clock import now
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.payments.channels.factory import account
from app.kernel.payments.operations.bills import import_bill
from app.kernel.reconciliation.operations.comparing import compare_day
from tests.browser.conftest import patient, violations
from tests.browser.test_product import Running, running  # noqa: F401 - a fixture
from tests.kernel.reconciliation import test_days
from tests.support.people import SETUP, staff


def with_breaks(running: Running) -> date:  # noqa: F811
    """A day of which the channel knows three payments that we do not."""
    day = business_day(now()) - timedelta(days=2)
    with running.app.app_context(), transaction(SETUP):
        number = account().merchant_id
        rows = [(f"X{key}", f"420{key}", 100 * key, "SUCCESS") for key in (1, 2, 3)]
        content = test_days.trade_bill(day, rows).replace(test_days.NUMBER.encode(), number.encode())
        import_bill(day, "trade", content, actor=SETUP, now=now())
        compare_day(day, number, actor=SETUP, now=now())
    return day


def on_desk(browser: Browser, running: Running, width: int = 1440, scripts: bool = True) -> Page:  # noqa: F811
    """The desk as finance sees it."""
    client = staff(running.app, "Finance")
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": each.key, "value": each.value, "url": running.address} for each in client._cookies.values()])
    page = patient(context.new_page()) if scripts else context.new_page()
    page.goto(f"{running.address}/reconciliation/desk/")
    return page


def test_breaks_are_proposed_one_after_the_other_without_a_new_page(chromium: Browser, running: Running) -> None:  # noqa: F811
    with_breaks(running)
    page = on_desk(chromium, running)
    page.evaluate("window.stayed = true")
    for amount in ("1.00", "2.00"):
        expect(page.locator("#break-title")).to_contain_text(f"¥{amount}")
        page.keyboard.press("p")
        page.keyboard.type("顾客直接扫了收款码")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(page.locator("#break-title")).to_contain_text("¥3.00")
    page.keyboard.press("k")
    expect(page.locator("#break-title")).to_contain_text("¥2.00")
    expect(page.get_by_text("你提出的，须由另一人复核。")).to_be_visible()
    page.go_back()
    expect(page.locator("#break-title")).to_contain_text("¥3.00")
    assert page.evaluate("window.stayed") is True, "the page was never loaded again"
    with running.app.app_context():
        enter_scope(EVERYTHING)
        statuses = db.session.execute(text("SELECT status FROM recon_break ORDER BY id")).scalars().all()
    assert statuses == ["proposed", "proposed", "open"]


@pytest.mark.parametrize("width", [1440, 375])
def test_the_desk_is_clean(chromium: Browser, running: Running, width: int) -> None:  # noqa: F811
    day = with_breaks(running)
    page = on_desk(chromium, running, width)
    assert violations(page) == []
    page.goto(f"{running.address}/reconciliation/desk/?day={day}&kind=channel_only_payment")
    assert violations(page) == [] and page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_desk_works_without_scripts(chromium: Browser, running: Running) -> None:  # noqa: F811
    with_breaks(running)
    page = on_desk(chromium, running, scripts=False)
    page.fill("#reason", "老客户直接付的")
    page.get_by_role("button", name="提出处理").click()
    expect(page.locator("#break-title")).to_contain_text("¥2.00")
