"""The sample application, a fresh database for each test, and people who use it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.framework.embedded import embedded_urls, ensure_app_role
from tests.framework.console import sample
from tests.support import database

Person = Callable[..., FlaskClient]


@pytest.fixture(scope="session")
def sample_site(server: str, worker_id: str) -> Iterator[Flask]:
    """The sample application of this process, on a database that each test replaces by a copy of the filled one."""
    filled = f"sample_filled_{worker_id}_{os.getpid()}"
    database.create(server, filled)
    ensure_app_role(embedded_urls(server, filled, database.PASSWORD)[0], database.PASSWORD)
    sample.fill(server, filled, database.PASSWORD)
    with sample.registered():
        site = sample.build(server, f"sample_{worker_id}_{os.getpid()}", database.PASSWORD)
    yield site
    database.drop(server, filled)


@pytest.fixture
def site(sample_site: Flask, server: str, worker_id: str) -> Iterator[Flask]:
    """The sample application on fresh data. What it registers in the process is put back afterwards."""
    name = f"sample_{worker_id}_{os.getpid()}"
    database.create(server, name, f"sample_filled_{worker_id}_{os.getpid()}")
    with sample.registered():
        yield sample_site
    sample_site.config["WTF_CSRF_ENABLED"] = False
    with sample_site.app_context():
        db.session.remove()
        db.engine.dispose()
    database.drop(server, name)


@pytest.fixture
def as_(site: Flask) -> Person:
    """A client signed in as one of the sample's people: `as_("owner")`; nobody when left out."""

    def enter(who: str = "") -> FlaskClient:
        client = site.test_client()
        if who:
            client.get(f"/sign-in/as/{who}")
        return client

    return enter
