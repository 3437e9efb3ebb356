"""Runs migrations as the owner, online, with short lock waits so that serving goes on."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text

from app.extensions import db

IGNORED = ("procrastinate_",)


def include_object(candidate: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Tables of the queue belong to procrastinate, whose own schema file makes them."""
    return not (kind == "table" and reflected and (name or "").startswith(IGNORED))


def run() -> None:
    """Upgrade or compare, in one transaction."""
    engine = create_engine(current_app.config["MIGRATION_URL"])
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=db.metadata, compare_type=True, include_object=include_object, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
