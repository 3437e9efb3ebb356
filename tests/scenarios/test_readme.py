"""The README's walk through one order: exactly its lines, in a shell, against a running product and sandbox."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.serving import make_server

import config
from app.kernel.parties.demo import fill as fill_people
from app.verticals.dining.demo.menus import TOWN
from app.verticals.dining.demo.town import open_restaurant


@pytest.mark.covers("dining.E7")
@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="the lines are for a shell with curl")
def test_the_lines_of_the_readme_place_pay_and_ask_back_an_order(app: Flask, gateway: str) -> None:
    fill_people(app)
    open_restaurant(app, TOWN[0], datetime.now(UTC))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    before, app.config["PUBLIC_URL"] = app.config["PUBLIC_URL"], address
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        lines = re.search(r"```sh\n(.*?)```", (config.ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)[1]
        script = lines.replace("http://127.0.0.1:8080", address).replace("http://127.0.0.1:8081", gateway)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    finally:
        app.config["PUBLIC_URL"] = before
        server.shutdown()
        thread.join()
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"order \d+, 2600 fen, waiting, refund asked", done.stdout.strip()), done.stdout
