"""The two centres in Chromium: a large list is watched, cancelled, and downloaded; a sheet is sent, corrected, and brought in."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.framework.console import export
from app.framework.database import transaction
from app.framework.queue import run_waiting
from app.kernel.parties.operations.sign_in import create_user
from tests.browser.conftest import violations
from tests.browser.test_product import Running, running, signed_in  # noqa: F401 - the fixture
from tests.support.people import PASSWORD, SETUP, merchant

pytestmark = pytest.mark.browser


def enter(chromium: Browser, running: Running, role: str, **context: object) -> Page:  # noqa: F811 - the fixture's value
    with running.app.app_context(), transaction(SETUP):
        create_user(role.lower(), PASSWORD, [role], last_name="周", first_name="敏")
    return signed_in(chromium, running, role.lower(), **context)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (375, True)])
def test_a_large_list_is_exported_from_the_keyboard_and_watched(
    chromium: Browser, app: Flask, running: Running, width: int, dark: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,  # noqa: F811
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 1)
    monkeypatch.setattr("app.framework.console.view.LINK_UP_TO", 1)
    merchant(app, "第二家")
    page = enter(chromium, running, "Operator", viewport={"width": width, "height": 812}, color_scheme="dark" if dark else "light")
    page.goto(f"{running.address}/merchants/?q=家")
    page.goto(f"{running.address}/merchants/")
    page.get_by_role("button", name="导出", exact=True).press("Enter")
    page.get_by_role("button", name="文本表格（CSV）").press("Enter")
    page.wait_for_url("**/exports/")
    expect(page.get_by_role("progressbar", name="商户的进度")).to_be_visible()
    assert violations(page) == []
    run_waiting(app, only="run_export")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 商户").click(timeout=25000)
    assert "第二家" in Path(download.value.path()).read_text("utf-8-sig")
    assert violations(page) == []
    page.get_by_role("button", name="重新导出 商户").click()
    page.get_by_role("button", name="取消 商户").click()
    page.wait_for_load_state()
    page.goto(f"{running.address}/exports/")
    expect(page.get_by_text("已取消")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_sheet_is_corrected_and_brought_in(chromium: Browser, app: Flask, running: Running, tmp_path: Path) -> None:  # noqa: F811
    page = enter(chromium, running, "Reviewer")
    page.goto(f"{running.address}/imports/")
    assert violations(page) == []
    page.get_by_role("link", name="导入表格").first.click()
    assert violations(page) == []
    file = tmp_path / "理由.csv"
    file.write_text("理由,英文,用在,排在第几,启用\n照片模糊,,,1,是\n缺一页,,,很多,是\n", "gbk")
    page.get_by_label("填好的表格").set_input_files(file)
    page.get_by_role("button", name="看看有没有错").click()
    expect(page.get_by_role("cell", name="填 0 到 999 的整数")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="只导入正确的 1 行").click()
    page.wait_for_url("**/imports/")
    run_waiting(app, only="run_import")
    expect(page.get_by_text("已导入", exact=True).last).to_be_visible(timeout=25000)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载结果表 理由.csv").click()
    assert download.value.suggested_filename == "结果-理由.xlsx"
