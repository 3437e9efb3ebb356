"""Every page that a demo role can reach, with the demo town's data: opens, fits the screen, and axe finds nothing."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app.extensions import db
from app.framework.commands.data import fill
from gateway.app import RunningGateway, Settings
from scripts.screens import ROLES, Tour, Variant
from tests.support import database

pytestmark = pytest.mark.browser

WIDE, NARROW = Variant(1440, False, False), Variant(375, True, True)


@pytest.fixture(scope="module")
def town(server: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the product with its demo, and of nobody else's."""
    name, folder = f"town_{worker_id}_{os.getpid()}", Path(tmp_path_factory.mktemp("gateway"))
    database.create(server, name, database.template(server))
    app = database.test_app(server, name, DEMO=True)
    shutil.copytree(database.FOLDER / "gateway" / "keys", folder / "keys")
    gateway = RunningGateway(Settings(folder=folder, speed=600.0), host="127.0.0.1", port=0)
    app.config.update(dict.fromkeys(("WECHAT_PAY_URL", "WECHAT_LOGIN_URL", "SMS_URL"), gateway.address))
    assert fill(app) == 0
    httpd = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    gateway.stop()
    with app.app_context():
        db.engine.dispose()
    database.drop(server, name)


@pytest.mark.parametrize(
    ("who", "variant"), [*((who, WIDE) for who in ("stranger", *ROLES)), *((who, NARROW) for who in ("stranger", "owner", "reviewer", "admin"))], ids=str,
)
def test_every_page_opens_fits_and_is_accessible(chromium: Browser, town: str, who: str, variant: Variant) -> None:
    tour = Tour(town, None, audit=True)
    tour.visit(chromium, who, variant)
    assert tour.complaints == []
