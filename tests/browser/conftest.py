"""Chromium, and the console's sample application served on a free port."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright
from werkzeug.serving import make_server

import config
from app.framework.embedded import embedded_urls, ensure_app_role
from tests.framework.console import sample
from tests.support import database

expect.set_options(timeout=20_000)  # CI machines are busy

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
AXE = config.ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Open = Callable[..., Page]


Launch = Callable[..., Browser]


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Starts Chromium with more arguments of its own. Without a browser the tests are skipped on a laptop and fail in CI."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        yield lambda *arguments: playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *arguments])


@pytest.fixture(scope="session")
def chromium(launch: Launch) -> Iterator[Browser]:
    """The browser that tests share."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def address(server: str, worker_id: str) -> Iterator[str]:
    """Where the sample application listens, with form tokens on as in the product."""
    name = f"browser_{worker_id}_{os.getpid()}"
    database.create(server, name)
    ensure_app_role(embedded_urls(server, name, database.PASSWORD)[0], database.PASSWORD)
    sample.fill(server, name, database.PASSWORD)
    with sample.registered():
        site = sample.build(server, name, database.PASSWORD, WTF_CSRF_ENABLED=True)
        httpd = make_server("127.0.0.1", 0, site, threaded=True)
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
    database.drop(server, name)


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Open]:
    """`visit("/sample/dishes/", width=375, dark=True)`: a page as the operator; what the console prints is a failure."""
    contexts = []
    complaints: list[str] = []

    def open_page(
        path: str, who: str = "operator", width: int = 1440, dark: bool = False, english: bool = False, scripts: bool = True, calm: bool = False,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", java_script_enabled=scripts,
            reduced_motion="reduce" if calm else "no-preference",
        )
        contexts.append(context)
        page = patient(context.new_page()) if scripts else context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(f"{address}/sign-in/as/{who}")
        page.goto(address + path + (("&" if "?" in path else "?") + "_l_=en" if english else ""))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def patient(page: Page) -> Page:
    """The page, whose `goto` comes back only when the scripts of the page it opened answer."""
    plain = page.goto

    def goto(url: str, **options: Any) -> Response | None:
        answer = plain(url, **options)
        if page.locator('script[src*="/js/main.js"]').count():
            page.locator("html[data-ready]").wait_for(state="attached")
        return answer

    page.goto = goto  # type: ignore[method-assign,assignment]
    return page


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds on the page: rule and the first element."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
    return [(each["id"], each["nodes"][0]["html"][:160]) for each in found["violations"]]
