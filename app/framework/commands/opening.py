"""What every command needs first: the database and an application on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

import config
from app.factory import create_app
from app.framework.embedded import Databases, open_databases


@contextmanager
def database() -> Iterator[tuple[dict[str, Any], Databases]]:
    """The settings and an open database; an embedded server stops afterwards unless somebody else uses it."""
    settings = config.load()
    if os.environ.get("BAIYE_OWNER_URL"):  # a child of `up`: the parent holds the server
        yield settings, Databases(os.environ["BAIYE_OWNER_URL"], os.environ["BAIYE_APP_URL"])
        return
    databases = open_databases(settings)
    try:
        yield settings, databases
    finally:
        databases.stop()


@contextmanager
def application(**overrides: Any) -> Iterator[Flask]:
    """An application on the open database."""
    with database() as (_, databases):
        yield make(databases, **overrides)


def make(databases: Databases, **overrides: Any) -> Flask:
    """An application that serves as the application's role and migrates as the owner."""
    return create_app(SQLALCHEMY_DATABASE_URI=databases.app, MIGRATION_URL=databases.owner, **overrides)
