"""A copy of the demo town that is served for a walk through it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app.extensions import db
from scripts.screens import Tour, Variant
from tests.support import database


@contextmanager
def toured_town(server: str, folder: Path) -> Iterator[Tour]:
    """A tour of the product with its demo, of nobody else's copy."""
    town, name = database.town(server), f"walk_{os.getpid()}"
    database.create(server, name, town)
    shutil.copytree(database.town_folder(town), folder / "gateway")
    app = database.test_app(server, name, DEMO=True)
    with database.gateway_of(app, folder / "gateway"):
        httpd = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield Tour(f"http://127.0.0.1:{httpd.server_port}", None, audit=True)
        httpd.shutdown()
        thread.join()
    with app.app_context():
        db.engine.dispose()
    database.drop(server, name)


def complaints(browser: Browser, tour: Tour, who: str, variant: Variant) -> list[str]:
    """What is wrong with the pages that the role can reach. What the tour audited with another role is not audited again."""
    tour.complaints.clear()
    tour.visit(browser, who, variant)
    return list(tour.complaints)
