"""A PostgreSQL of the tests' own: one migrated template, a clone for each test.

The template is made once for all processes under an advisory lock and named by the hash of the migrations, so a second
run starts at once. Durability is off: nothing here outlives the run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import text

import config
from app.extensions import db
from app.factory import create_app
from app.framework.commands.data import fill, upgrade, write_defaults
from app.framework.database import elevated
from app.framework.embedded import APP, OWNER, embedded_urls, ensure_app_role, start_embedded
from gateway.app import RunningGateway, Settings
from gateway.keys import ensure_keys
from tests.support.place import folder

PASSWORD = "for tests only"
FOLDER = folder()


def server_uri() -> str:
    """The superuser's address of the tests' server: TEST_DATABASE_URL, which has to trust its callers, or the embedded one, started if need be."""
    uri: str = os.environ.get("TEST_DATABASE_URL") or start_embedded(FOLDER / "postgres").get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")  # type: ignore[call-overload]
        connection.execute("SELECT pg_reload_conf()")
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(OWNER)))
    return uri


def create(uri: str, name: str, template: str = "template0") -> None:
    """A fresh database `name`, owned by the owner, as a copy of `template`."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy").format(*map(sql.Identifier, (name, OWNER, template)))
        )


def drop(uri: str, name: str) -> None:
    """Remove a database and whoever is connected to it."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def test_app(uri: str, name: str, **overrides: Any) -> Flask:
    """An application on database `name`, set up for tests."""
    owner, app_url = embedded_urls(uri, name, PASSWORD)
    ensure_keys(FOLDER / "gateway")
    return create_app(
        SQLALCHEMY_DATABASE_URI=app_url, MIGRATION_URL=owner, APP_PASSWORD=PASSWORD, TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False,
        FILES_FOLDER=FOLDER / "files", GATEWAY_FOLDER=FOLDER / "gateway", PROPAGATE_EXCEPTIONS=False,
        PASSWORD_METHOD="pbkdf2:sha256:1", **overrides,
    )


@contextmanager
def empty_database(name: str) -> Iterator[Flask]:
    """An application on a database without tables, dropped afterwards."""
    uri = server_uri()
    create(uri, name)
    ensure_app_role(embedded_urls(uri, name, PASSWORD)[0], PASSWORD)
    try:
        yield test_app(uri, name)
    finally:
        drop(uri, name)


def template(uri: str) -> str:
    """The name of the migrated template, made by whoever comes first."""
    name = f"template_{_fingerprint()}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(2)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        for (old,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%' ORDER BY oid DESC OFFSET 2").fetchall():
            drop(uri, old)
        create(uri, "template_unfinished")
        ensure_app_role(embedded_urls(uri, "template_unfinished", PASSWORD)[0], PASSWORD)
        app = test_app(uri, "template_unfinished")
        upgrade(app)
        write_defaults(app)
        with app.app_context():
            db.engine.dispose()
        connection.execute(sql.SQL("ALTER DATABASE template_unfinished RENAME TO {}").format(sql.Identifier(name)))
    return name


def town(uri: str) -> str:
    """The name of a template that holds today's demo town, made by whoever comes first; its gateway's store stands in `town_folder`."""
    name = _town_name()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(3)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        for (old,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'town\\_%'").fetchall():
            drop(uri, old)
            shutil.rmtree(FOLDER / old, ignore_errors=True)
        create(uri, "town_unfinished", template(uri))
        shutil.rmtree(town_folder(name), ignore_errors=True)  # of one that broke off
        app = test_app(uri, "town_unfinished", DEMO=True)
        with gateway_of(app, town_folder(name)):
            assert fill(app) == 0
        with app.app_context():
            db.engine.dispose()
        connection.execute(sql.SQL("ALTER DATABASE town_unfinished RENAME TO {}").format(sql.Identifier(name)))
    return name


def town_folder(name: str) -> Path:
    """Where the gateway of a town keeps its keys and its store."""
    return FOLDER / name


@contextmanager
def gateway_of(app: Flask, folder: Path) -> Iterator[None]:
    """A gateway on `folder` that the application talks to, hurried 600 times."""
    if not (folder / "keys").exists():
        shutil.copytree(FOLDER / "gateway" / "keys", folder / "keys")
    running = RunningGateway(Settings(folder=folder, speed=600.0), host="127.0.0.1", port=0)
    app.config.update(dict.fromkeys(("WECHAT_PAY_URL", "WECHAT_LOGIN_URL", "SMS_URL", "LOCKS_URL"), running.address))
    app.extensions.pop("pay_channel", None)
    yield
    running.stop()


def calm() -> None:
    """Wait until nothing that runs on the server is older than what was committed here: other tests share it, and a block waits for theirs too."""
    deadline = time.monotonic() + 60
    with elevated():  # nobody else sees what was committed
        while time.monotonic() < deadline:
            older = db.session.execute(text("SELECT baiye_tx_below() <= (SELECT max(tx) FROM ledger_transaction)")).scalar_one()
            db.session.rollback()
            if older is False:
                return
            time.sleep(0.05)
    raise TimeoutError("another test's transaction is older than what this one committed, for a minute")


def _town_name() -> str:
    digest = hashlib.sha256(f"{date.today()} {_fingerprint()}".encode())
    for path in sorted([*config.ROOT.glob("app/**/*.py"), *config.ROOT.glob("gateway/*.py")]):
        digest.update(path.read_bytes())
    return f"town_{digest.hexdigest()[:16]}"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    told = (
        "migrations/versions/*.py", "app/**/*.sql", "app/**/manifest.py", "app/**/price_list/*.py", "app/**/models.py", "app/**/models/*.py",
        "app/**/views.py", "app/**/views/*.py",
    )
    sources = {path for pattern in told for path in config.ROOT.glob(pattern)}
    for path in sorted([*sources, config.ROOT / "app/kernel/parties/roles.py", config.ROOT / "app/framework/access.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


__all__ = ["APP", "calm", "create", "drop", "empty_database", "gateway_of", "server_uri", "template", "test_app", "town", "town_folder"]
