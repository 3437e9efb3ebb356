"""Fixtures: an application per process, a database per test, callers for every door."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from gateway.app import RunningGateway, Settings
from tests.support import database

os.environ.setdefault("BAIYE_VAR", str(database.FOLDER))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--slow` runs what only CI runs otherwise."""
    parser.addoption("--slow", action="store_true", help="the walks of every role through every page too, as CI does")


def pytest_configure(config: pytest.Config) -> None:
    """The marks of the suite."""
    config.addinivalue_line("markers", "covers(*items): the mission's items that this test shows working")
    config.addinivalue_line("markers", "browser: drives headless Chromium")
    config.addinivalue_line("markers", "slow: takes minutes; runs in CI, with --slow, and when a file or folder is named")
    config.addinivalue_line("markers", "long: takes minutes; begins first, so that no process is left alone with it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes begins first; of what is slow nothing begins unless it is asked for."""
    def takes_minutes(item: pytest.Item) -> bool:
        return any(item.get_closest_marker(name) for name in ("slow", "long"))

    items.sort(key=takes_minutes, reverse=True)
    if config.getoption("--slow") or os.environ.get("CI") or config.args != config.getini("testpaths"):
        return
    left = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session")
def server() -> str:
    """The superuser's address of the tests' PostgreSQL."""
    return database.server_uri()


@pytest.fixture(scope="session")
def database_name(server: str) -> Iterator[str]:
    """The database of this process, which several runs at once do not share; dropped when the process ends."""
    name = f"test_{os.getpid()}"
    yield name
    database.drop(server, name)


@pytest.fixture(scope="session")
def application(server: str, database_name: str) -> Flask:
    """One application for this process; its database is replaced before each test."""
    database.template(server)
    return database.test_app(server, database_name)


@pytest.fixture
def app(application: Flask, server: str, database_name: str) -> Iterator[Flask]:
    """The application on a fresh copy of the migrated template. After the test the ledger's proofs must hold."""
    with application.app_context():
        db.engine.dispose()
    database.create(server, database_name, database.template(server))
    yield application
    with application.app_context():
        db.session.rollback()
        enter_scope(EVERYTHING)
        _prove()
        db.session.remove()
        db.engine.dispose()


def _prove() -> None:
    from app.kernel.ledger.proofs import assert_proofs_hold

    assert_proofs_hold()


@pytest.fixture
def gateway(app: Flask, tmp_path: Path) -> Iterator[str]:
    """A running payment gateway of this test's own, hurried 600 times; the application talks to it."""
    shutil.copytree(database.FOLDER / "gateway" / "keys", tmp_path / "keys")
    running = RunningGateway(Settings(folder=tmp_path, speed=600.0), host="127.0.0.1", port=0)
    addresses = {name: app.config[name] for name in ("WECHAT_PAY_URL", "WECHAT_LOGIN_URL", "SMS_URL", "LOCKS_URL")}
    app.config.update(dict.fromkeys(addresses, running.address))
    kept = ("pay_channel", "subscribe_messages")
    for name in kept:
        app.extensions.pop(name, None)
    yield running.address
    app.config.update(addresses)
    for name in kept:
        app.extensions.pop(name, None)
    running.stop()


@pytest.fixture
def unlimited(app: Flask) -> Iterator[Flask]:
    """Inside the application's context, seeing every row: for arranging and for looking at results."""
    with app.app_context():
        enter_scope(EVERYTHING)
        yield app


@pytest.fixture
def as_superuser(app: Flask, server: str) -> Iterator[Session]:
    """A session of the superuser with all triggers switched off: the intruder that only the proofs can catch."""
    name = make_url(app.config["MIGRATION_URL"]).database
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg", database=name), poolclass=NullPool)
    with Session(engine) as session:
        enter_scope(EVERYTHING, session)
        yield session
        session.rollback()
