"""The daily work with no mouse at all: sign in, refund a line, approve a case, take out a list. What has the focus is always to be seen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.console import export, view
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.parties.operations.sign_in import begin_enrolment, create_user, current_code
from app.verticals.dining.models import Dish
from tests.browser.test_product import Running, running  # noqa: F401 - `running` is a fixture
from tests.support.people import PASSWORD, SETUP

STOPS = 120
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const words = (at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || "").trim();
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return {words, seen, body: at === document.body};
}"""


def tab_to(page: Page, words: str, backwards: bool = False, begins: bool = False) -> None:
    """Press Tab until what is called `words`, or with `begins` begins so, has the focus; each stop on the way shows that it has it."""
    for _ in range(STOPS):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        at = page.evaluate(FOCUSED)
        if at["body"]:
            continue
        assert at["seen"], f"{at['words']!r} has the focus and does not show it"
        if at["words"].rstrip("*") == words or (begins and at["words"].startswith(words)):
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


def test_a_case_is_claimed_and_approved_by_keyboard_alone(chromium: Browser, running: Running) -> None:  # noqa: F811
    with running.app.app_context(), transaction(SETUP) as session:
        create_user("reviewer", PASSWORD, ["Reviewer"], last_name="赵", first_name="思源")
        move(session.get_one(Dish, 1), "recall", actor=SETUP, now=datetime.now(UTC), reason="看一下图片")
    page = signed_in_by_keyboard(chromium, running, "reviewer")
    tab_to(page, "审核台", begins=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/**")
    tab_to(page, "领最急的一件", begins=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**case=*")
    tab_to(page, "通过并看下一件", begins=True)
    page.keyboard.press("Enter")
    page.get_by_text("队列空了").wait_for()
    with running.app.app_context():
        enter_scope(EVERYTHING)
        status, decided_by = db.session.execute(text("SELECT status, decided_name FROM approval_case ORDER BY id DESC LIMIT 1")).one()
        assert (status, decided_by, db.session.get_one(Dish, 1).status) == ("approved", "赵思源", "on_sale")


def test_finance_takes_a_long_list_out_of_the_export_centre_by_keyboard_alone(
    chromium: Browser, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,  # noqa: F811
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 1)
    monkeypatch.setattr(view, "LINK_UP_TO", 1)
    with running.app.app_context(), transaction(SETUP) as session:
        user = create_user("finance", PASSWORD, ["Finance"], last_name="孙", first_name="静")
        begin_enrolment(user)
        session.flush()
        code = current_code(user, datetime.now(UTC))
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True).new_page()
    page.goto(f"{running.address}/sign-in/")
    tab_to(page, "账号")
    page.keyboard.type("finance")
    tab_to(page, "密码")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code**")
    page.locator("#code").focus()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{running.address}/")
    page.goto(f"{running.address}/dining/orders/")
    tab_to(page, "导出")
    page.keyboard.press("Enter")
    tab_to(page, "文本表格（CSV）")
    page.keyboard.press("Enter")
    page.wait_for_url("**/exports/**")
    run_waiting(running.app, only="run_export")
    page.goto(f"{running.address}/exports/1")
    tab_to(page, "下载", begins=True)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "orders.csv")
    lines = (tmp_path / "orders.csv").read_text("utf-8-sig").splitlines()
    assert len([line for line in lines if line.startswith("D")]) == 2


def test_the_focus_returns_to_what_opened_a_dialog_or_menu(chromium: Browser, running: Running) -> None:  # noqa: F811
    page = signed_in_by_keyboard(chromium, running, running.place.house.members["Owner"])
    page.goto(f"{running.address}/dining/orders/")
    tab_to(page, "导出")
    page.keyboard.press("Enter")
    tab_to(page, "文本表格（CSV）")
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED)["words"] == "导出"
    page.goto(f"{running.address}/refunds/1")
    tab_to(page, "拒绝", begins=True)
    opener = page.evaluate(FOCUSED)["words"]
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED)["words"] == opener
