"""The product in Chromium, almost empty: the pages without parameters are clean, and the order board lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route
from werkzeug.serving import make_server

from tests.browser.conftest import patient, violations
from tests.support.people import PASSWORD, SETUP, Shopper
from tests.verticals.dining.world import Restaurant, restaurant

pytestmark = pytest.mark.browser


@dataclass
class Running:
    """The product on a free port, with a restaurant that has sold something."""

    app: Flask
    address: str
    place: Restaurant
    li: Shopper


@pytest.fixture
def running(app: Flask) -> Iterator[Running]:
    place, li = restaurant(app, stock=10), Shopper(app, "li")
    place.serve(place.paid(li, ("鲜虾粥", 2)))
    order = place.paid(li, ("牛肉面", 1), note="少放姜")
    li.post(f"/dining/orders/{order['id']}/refunds", {"reason": "等太久"})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Running(app, f"http://127.0.0.1:{server.server_port}", place, li)
    server.shutdown()
    thread.join()


def signed_in(browser: Browser, running: Running, username: str, **context: Any) -> Page:
    page = browser.new_context(viewport=context.pop("viewport", {"width": 1440, "height": 900}), **context).new_page()
    if context.get("java_script_enabled", True):
        page = patient(page)
    page.goto(f"{running.address}/sign-in/")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(f"{running.address}/")
    return page


def pages_of(running: Running, role: str) -> list[str]:
    """Every page without parameters that the role may open, and one record of each kind it may show."""
    rights, found = running.app.extensions["console"].rights, ["/"]
    held = [role, "in:dining"] if role in {"Owner", "Kitchen"} else [role]
    for rule in running.app.url_map.iter_rules():
        right = running.app.extensions["console"].permission_of(rule.endpoint)
        view = next((each for each in running.app.appbuilder.baseviews if getattr(each, "endpoint", None) == rule.endpoint.split(".")[0]), None)
        skipped = rule.endpoint.endswith((".events", ".export", ".template", ".workbook", ".spreadsheet", ".download"))
        if right and view and "GET" in (rule.methods or ()) and not skipped and rights.allow(held, right, view.name) and not rule.arguments:
            found.append(rule.rule)
    return sorted({*found, *(("/dining/orders/1", "/refunds/1", "/refund-order/2") if role in {"Owner", "Operator"} else ())})


@pytest.mark.parametrize(("role", "width", "dark"), [("Owner", 1440, False), ("Kitchen", 375, True)])
def test_every_page_of_a_member_is_clean(chromium: Browser, running: Running, role: str, width: int, dark: bool) -> None:
    page = signed_in(
        chromium, running, running.place.house.members[role], viewport={"width": width, "height": 812}, color_scheme="dark" if dark else "light"
    )
    check(page, running, role)


@pytest.mark.parametrize("role", ["Operator"])
def test_every_page_of_the_platform_is_clean(chromium: Browser, running: Running, role: str) -> None:
    from app.framework.database import transaction
    from app.kernel.parties.operations.sign_in import create_user

    with running.app.app_context(), transaction(SETUP):
        create_user(role.lower(), PASSWORD, [role], last_name="周", first_name="敏")
    check(signed_in(chromium, running, role.lower()), running, role)


def check(page: Page, running: Running, role: str) -> None:
    problems: list[str] = []
    for path in pages_of(running, role):
        answer = page.goto(running.address + path)
        if answer is None or "text/html" not in (answer.headers.get("content-type") or ""):
            continue
        if answer.status >= 400:
            problems.append(f"{path}: {answer.status}")
            continue
        problems += [f"{path}: {rule} {element[:120]}" for rule, element in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            problems.append(f"{path}: wider than the screen")
    assert problems == []


@pytest.mark.covers("dining.S4", "dining.F2")
def test_the_board_shows_a_new_order_by_itself_and_accepts_it(chromium: Browser, running: Running) -> None:
    page = signed_in(chromium, running, running.place.house.members["Cashier"])
    page.goto(f"{running.address}/dining/board/")
    waiting = page.locator("[data-column=waiting] [data-ticket]")
    assert waiting.count() == 1
    order = running.place.paid(running.li, ("鲜虾粥", 1), note="多给一双筷子")
    page.get_by_text("多给一双筷子").wait_for(timeout=25000)
    assert waiting.count() == 2
    page.locator(f"[data-ticket='{order['id']}']").get_by_role("button", name="接单").click()
    page.locator(f"[data-column=cooking] [data-ticket='{order['id']}']").wait_for(timeout=25000)
    assert running.li.get(f"/dining/orders/{order['id']}").json["status"] == "cooking"


def test_an_order_paid_before_the_page_listens_is_not_missed(chromium: Browser, running: Running) -> None:
    page = signed_in(chromium, running, running.place.house.members["Cashier"])

    def late(route: Route) -> None:
        running.place.paid(running.li, ("鲜虾粥", 1), note="页面还没开始听")
        route.continue_()

    page.route("**/dining/board/events", late, times=1)
    page.goto(f"{running.address}/dining/board/")
    page.get_by_text("页面还没开始听").wait_for(timeout=25000)  # the page looks by itself only once a minute


def test_signing_in_and_the_second_factor_are_clean(chromium: Browser, running: Running) -> None:
    page = chromium.new_context(viewport={"width": 375, "height": 812}).new_page()
    page.goto(f"{running.address}/sign-in/")
    assert violations(page) == []
    page.fill("#username", "nobody")
    page.fill("#password", "wrong password")
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_text("账号或密码不对").first.wait_for()
    assert violations(page) == []
