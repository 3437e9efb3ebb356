"""The daily work with no mouse at all: sign in, refund a line, take out a list. What has the focus is always to be seen."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from tests.browser.test_product import Running, running  # noqa: F401 - `running` is a fixture
from tests.support.people import PASSWORD

STOPS = 120
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const words = (at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || "").trim();
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return {words, seen, body: at === document.body};
}"""


def tab_to(page: Page, words: str, backwards: bool = False) -> None:
    """Press Tab until what is called `words` has the focus; each stop on the way shows that it has it."""
    for _ in range(STOPS):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        at = page.evaluate(FOCUSED)
        if at["body"]:
            continue
        assert at["seen"], f"{at['words']!r} has the focus and does not show it"
        if at["words"].rstrip("*") == words:
            return
    raise AssertionError(f"no way to {words!r} by Tab")


def signed_in_by_keyboard(browser: Browser, running: Running, username: str) -> Page:  # noqa: F811
    page = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True).new_page()
    page.goto(f"{running.address}/sign-in/")
    tab_to(page, "账号")
    page.keyboard.type(username)
    tab_to(page, "密码")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{running.address}/")
    return page


def test_a_line_is_refunded_by_keyboard_alone(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in_by_keyboard(chromium, running, running.place.house.members["Cashier"])
    page.goto(f"{running.address}/dining/orders/1")
    tab_to(page, "按行退款")
    page.keyboard.press("Enter")
    page.wait_for_url("**/refund-order/1")
    tab_to(page, "退“鲜虾粥”多少元")
    page.keyboard.type("6.50")
    tab_to(page, "原因")
    page.keyboard.type("少了一只虾")
    tab_to(page, "退款")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dining/orders/1")
    expect(page.get_by_role("status").filter(has_text="¥6.50").first).to_be_visible()
    with running.app.app_context():
        enter_scope(EVERYTHING)
        amount, reason = db.session.execute(text("SELECT amount, reason FROM after_refund_case WHERE order_id = 1")).one()
    assert (amount, reason) == (650, "少了一只虾")


def test_a_list_is_taken_out_by_keyboard_alone(chromium: Browser, running: Running, tmp_path: Path) -> None:  # noqa: F811
    page = signed_in_by_keyboard(chromium, running, running.place.house.members["Owner"])
    page.goto(f"{running.address}/dining/orders/")
    tab_to(page, "导出")
    page.keyboard.press("Enter")
    tab_to(page, "Excel 表格（XLSX）")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "orders.xlsx")
    rows = [[cell.value for cell in row] for row in load_workbook(tmp_path / "orders.xlsx").worksheets[0].iter_rows()]
    assert len([row for row in rows if str(row[0] or "").startswith("D")]) == 2
