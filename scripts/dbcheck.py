"""Migrate an empty database, then compare it with the models: exits 1 when a migration is missing."""

from __future__ import annotations

import sys

import flask_migrate

from tests.support.database import empty_database


def main() -> int:
    """Run `flask db check` on a fresh database."""
    with empty_database("dbcheck") as app, app.app_context():
        flask_migrate.upgrade()
        flask_migrate.check()
    return 0


if __name__ == "__main__":
    sys.exit(main())
