"""The redeem desk with a camera: the code in front of it is read and redeemed; without leave for the camera typing still works."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import segno
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.redemption.models import Redemption, Voucher
from tests.browser.conftest import Launch, patient, violations
from tests.support.people import PASSWORD, Shopper
from tests.verticals.vouchers.world import Shop, shop

pytestmark = pytest.mark.browser

NO_NATIVE = "delete window.BarcodeDetector"
FRAMES = 10


@dataclass
class Desk:
    """The product on a free port, and a customer's voucher."""

    address: str
    place: Shop
    voucher: dict[str, str]


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    place = shop(app)
    place.deal("双人烤肉", price=12800)
    [voucher] = place.bought(Shopper(app, "li"), "双人烤肉")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Desk(f"http://127.0.0.1:{server.server_port}", place, voucher)
    server.shutdown()
    thread.join()


def film_of(text: str, to: Path) -> Path:
    """A film of 640 × 480 in front of whose camera somebody holds the QR code of `text`."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=7, border=4)
    code = Image.open(drawn).convert("RGB")
    frame = Image.new("RGB", (640, 480), "#8a8f98")
    frame.paste(code, ((640 - code.width) // 2, (480 - code.height) // 2))
    picture = io.BytesIO()
    frame.save(picture, "JPEG", quality=92)
    to.write_bytes(picture.getvalue() * FRAMES)
    return to


@contextmanager
def at_the_desk(launch: Launch, desk: Desk, *flags: str) -> Iterator[Page]:
    """The owner at the redeem desk in a phone-sized browser of its own, since a camera is a browser's and not a page's."""
    browser = launch(*flags)
    page = patient(browser.new_context(viewport={"width": 375, "height": 812}).new_page())
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.add_init_script(NO_NATIVE)
    page.goto(f"{desk.address}/sign-in/")
    page.fill("#username", desk.place.house.members["Owner"])
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(f"{desk.address}/")
    page.goto(f"{desk.address}/redeem/")
    try:
        yield page
    finally:
        browser.close()
    assert complaints == []


def used(app: Flask, voucher: dict[str, str]) -> tuple[str, int, list[tuple[str, int]]]:
    """The voucher's status, how often it was used, and its redemptions, as the database has them."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.get_one(Voucher, voucher["id"])
        made = db.session.query(Redemption).filter_by(voucher_id=found.id).all()
        return found.status, found.used, [(each.status, each.amount) for each in made]


@pytest.mark.covers("vouchers.S4", "vouchers.F2")
@pytest.mark.parametrize("shown", ["payload", "code"])
def test_a_code_before_the_camera_is_read_and_redeemed_where_the_browser_reads_none(
    app: Flask, launch: Launch, desk: Desk, tmp_path: Path, shown: str,
) -> None:
    film = film_of(desk.voucher[shown], tmp_path / "camera.mjpeg")
    flags = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    with at_the_desk(launch, desk, *flags) as page:
        assert page.evaluate("'BarcodeDetector' in window") is False
        page.get_by_role("button", name="用相机扫").click()
        offered = page.locator("[data-redeem-found]")
        expect(offered).to_contain_text("双人烤肉")
        assert used(app, desk.voucher) == ("live", 0, [])
        offered.get_by_role("button", name="核销", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="核销成功")).to_contain_text("¥128.00")
        assert violations(page) == []
    assert used(app, desk.voucher) == ("used", 1, [("held", 12800)])


def test_without_leave_for_the_camera_the_page_says_so_and_typing_works(app: Flask, launch: Launch, desk: Desk) -> None:
    with at_the_desk(launch, desk, "--use-fake-device-for-media-stream", "--deny-permission-prompts") as page:
        page.get_by_role("button", name="用相机扫").click()
        excuse = page.locator('[data-redeem-excuse="refused"]')
        expect(excuse).to_be_visible()
        expect(excuse).to_contain_text("没有得到使用相机的许可")
        expect(page.locator("[data-redeem-lens]")).to_be_hidden()
        assert violations(page) == []
        page.fill("#code", desk.voucher["code"])
        page.get_by_role("button", name="查券").click()
        page.get_by_role("button", name="核销", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="核销成功")).to_be_visible()
    assert used(app, desk.voucher) == ("used", 1, [("held", 12800)])


def test_only_the_redeem_desk_may_compile_the_decoder(desk: Desk) -> None:
    browser = desk.place.browser()
    policies = {path: browser.get(path).headers["Content-Security-Policy"] for path in ("/redeem/", "/")}
    assert {path: "'wasm-unsafe-eval'" in policy for path, policy in policies.items()} == {"/redeem/": True, "/": False}
    assert not any("'unsafe-eval'" in policy for policy in policies.values())
