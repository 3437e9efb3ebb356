"""`up`: the whole product in one command, and nothing left behind when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import Namespace
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.core.actors import system
from app.extensions import db
from app.framework.commands import data
from app.framework.commands.opening import database, make
from app.framework.database import transaction
from app.framework.embedded import Databases, ensure_app_role
from app.kernel.parties.demo import SIGN_INS

PARTS = ("gateway", "worker", "serve")
PATIENCE = 120.0  # a small machine that is busy takes its time


def up(_: Namespace) -> int:
    """Bring everything up, print where it is, wait for Ctrl-C, take everything down. 1 when a part dies by itself."""
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    print("百业 Baiye · starting PostgreSQL …", flush=True)
    with database() as (settings, databases):
        app = _prepare(settings, databases)
        if _half_filled(app):
            print(data.HALF_A_TOWN, file=sys.stderr)
            return 1
        children: dict[str, subprocess.Popen[bytes]] = {}
        try:
            children["gateway"] = _start("gateway", databases)
            if not _answers(f"http://127.0.0.1:{settings['GATEWAY_PORT']}/", children, stopping):
                return 1
            if not _fill(app, settings):
                return 1
            for part in PARTS[1:]:
                children[part] = _start(part, databases)
            if not _answers(f"http://127.0.0.1:{settings['PORT']}/readyz", children, stopping):
                return 1
            _greet(settings)
            return _watch(children, stopping)
        finally:
            _stop(children)


def _prepare(settings: dict[str, Any], databases: Databases) -> Flask:
    ensure_app_role(databases.owner, settings["APP_PASSWORD"])
    app = make(databases)
    print("  migrations …", flush=True)
    data.upgrade(app)
    data.write_defaults(app)
    return app


def _half_filled(app: Flask) -> bool:
    with app.app_context(), transaction(system("demo")):
        return data.is_half_filled()


def _fill(app: Flask, settings: dict[str, Any]) -> bool:
    """The demo town stands when it is wished for and the database was empty; False when it could not be filled."""
    with app.app_context(), transaction(system("demo")):
        empty = db.session.execute(text("SELECT 1 FROM party_merchant LIMIT 1")).first() is None
    if settings["DEMO"] and empty:
        print("  demo data, first time only …", flush=True)
        return data.fill(app) == 0
    return True


def _start(part: str, databases: Databases) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "BAIYE_OWNER_URL": databases.owner, "BAIYE_APP_URL": databases.app}
    return subprocess.Popen([sys.executable, "run.py", part], env=environment, start_new_session=True)


def _answers(address: str, children: dict[str, subprocess.Popen[bytes]], stopping: threading.Event) -> bool:
    """Wait until the address answers, a part dies, somebody stops us, or patience ends."""
    deadline, opener = time.monotonic() + PATIENCE, urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline and not stopping.is_set():
        dead = [part for part, child in children.items() if child.poll() is not None]
        if dead:
            print(f"{dead[0]} ended by itself; its last lines are above", file=sys.stderr)
            return False
        try:
            with opener.open(address, timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            stopping.wait(0.2)
    if not stopping.is_set():
        print(f"{address} did not answer within {PATIENCE:.0f} seconds; the last lines of its part are above", file=sys.stderr)
    return stopping.is_set()


def _greet(settings: dict[str, Any]) -> None:
    print(f"\n  百业 Baiye  http://127.0.0.1:{settings['PORT']}\n  API         http://127.0.0.1:{settings['PORT']}/api/v1/")
    print(f"  sandbox     http://127.0.0.1:{settings['GATEWAY_PORT']}  (payments, text messages)")
    if settings["DEMO"]:
        print("\n  demo sign-ins")
        for account in SIGN_INS:
            print(f"    {account.username:<10} {account.password:<18} {account.says}")
    print("\n  Ctrl-C stops everything.", flush=True)


def _watch(children: dict[str, subprocess.Popen[bytes]], stopping: threading.Event) -> int:
    while not stopping.wait(0.5):
        for part, child in children.items():
            if child.poll() is not None:
                print(f"{part} ended by itself with {child.returncode}", file=sys.stderr)
                return 1
    print("\nstopping …", flush=True)
    return 0


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask each part to end, wait, and end what does not: nothing is left behind."""
    for child in reversed(list(children.values())):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
    for child in children.values():
        try:
            child.wait(timeout=12)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
